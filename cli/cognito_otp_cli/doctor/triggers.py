"""The pool's triggers and Cognito's permission to invoke them."""

import json
from collections.abc import Iterator

from cognito_otp_cli.doctor import policies
from cognito_otp_cli.doctor.finding import Finding, ok, problem, warning
from cognito_otp_cli.doctor.patient import APPLY, Patient

_CUSTOM_AUTH = ("DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse")
_COGNITO = "cognito-idp.amazonaws.com"
_INVOKE = "lambda:InvokeFunction"


def triggers(patient: Patient) -> Iterator[Finding]:
    """Each trigger is the right function of the module; elsewhere the custom challenge has all it needs."""
    if patient.deployment is None:
        attached = [trigger for trigger in _CUSTOM_AUTH if trigger in patient.triggers]
        if attached and len(attached) < len(_CUSTOM_AUTH):
            missing = ", ".join(sorted(set(_CUSTOM_AUTH) - set(attached)))
            yield problem(f"{missing} has no function, and {', '.join(attached)} has one.", "Attach all three or none.")
        else:
            yield ok(f"Triggers: {', '.join(sorted(patient.triggers)) or 'none'}.")
        return
    wrong = False
    for trigger, function in _expected(patient).items():
        wanted = patient.deployment.name + "-" + function.replace("_", "-")
        arn = patient.triggers.get(trigger)
        if arn is None:
            wrong = True
            yield problem(
                f"{trigger} has no function; it should be {wanted}.",
                f"Something updated the pool without its triggers: UpdateUserPool resets what it is not given. {APPLY}",
            )
        elif name_of(arn) != wanted:
            wrong = True
            yield problem(
                f"{trigger} is {name_of(arn)} and not {wanted}.",
                f"{APPLY} Your own function goes behind a hook (docs/hooks.md); the pool's triggers are the "
                "module's to set.",
            )
    if not wrong:
        yield ok("Every trigger is the module's function.")


def _expected(patient: Patient) -> dict[str, str]:
    expected = {"PreSignUp": "sign_up", "PostConfirmation": "sign_up"}
    if "DEFAULT_LOCALE" in patient.environment("sign_up"):  # it finds the words of Cognito's own messages
        expected["CustomMessage"] = "sign_up"
    if patient.native_otp:
        return {**expected, "PostAuthentication": "sign_up"}
    return {**expected, **dict.fromkeys(_CUSTOM_AUTH, "sign_in"), "PostAuthentication": "sign_in"}


def trigger_permissions(patient: Patient) -> Iterator[Finding]:
    """Cognito may invoke each trigger, for this pool only."""
    for arn in dict.fromkeys(patient.triggers.values()):
        yield _permission(patient, arn)


def _permission(patient: Patient, arn: str) -> Finding:
    client = patient.client("lambda", arn.split(":")[3])
    name = name_of(arn)
    pool = str(patient.pool["Arn"])
    allow = (
        f"Allow it: `aws lambda add-permission --function-name {arn} --statement-id AllowCognito --action {_INVOKE} "
        f"--principal {_COGNITO} --source-arn {pool} --source-account {patient.account_id}`"
        f"{', or: ' + APPLY if patient.deployment else '.'}"
    )
    try:
        policy = json.loads(client.get_policy(FunctionName=arn)["Policy"])
    except client.exceptions.ResourceNotFoundException:
        return problem(f"Cognito may not invoke {name} (it has no policy, or is not there).", allow)
    granted = list(policies.granted(policy, _COGNITO, _INVOKE))
    fitting = [
        statement
        for statement in granted
        if policies.meets(statement, "aws:SourceArn", pool)
        and policies.meets(statement, "aws:SourceAccount", patient.account_id)
    ]
    if not fitting:
        other = ", ".join(value for each in granted for value in policies.demanded(each, "aws:SourceArn"))
        fact = f"Cognito may not invoke {name} for this pool" + (f", only for {other}." if other else ".")
        return problem(fact, allow)
    if not any(policies.demanded(statement, "aws:SourceArn") for statement in fitting):
        return warning(
            f"Any user pool, also one of another account, may have Cognito invoke {name}.",
            f"Add the conditions aws:SourceArn = {pool} and aws:SourceAccount = {patient.account_id} to its policy.",
        )
    return ok(f"Cognito may invoke {name} for this pool.")


def name_of(arn: str) -> str:
    """Return a function's name from its ARN, also from that of an alias."""
    return arn.split(":")[6]
