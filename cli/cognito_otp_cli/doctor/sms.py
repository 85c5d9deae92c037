"""Texts: may they be sent, who pays for them until when, and who is allowed to send them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from cognito_otp_cli.doctor import policies
from cognito_otp_cli.doctor.finding import Finding, ok, problem, warning
from cognito_otp_cli.doctor.patient import APPLY, Patient

_COGNITO = "cognito-idp.amazonaws.com"
_NEARLY = 0.8  # of a spend limit
_LIMIT_OF_A_NEW_ACCOUNT = 1.0  # USD a month (SNS quotas)
_HOUR = 3600


def sms_sandbox(patient: Patient) -> Iterator[Finding]:
    """Texts reach everybody, and not only the numbers that were verified for tests."""
    if _by_end_user_messaging(patient):
        attributes = _voice(patient).describe_account_attributes()["AccountAttributes"]
        sandboxed = {"Name": "ACCOUNT_TIER", "Value": "SANDBOX"} in attributes
    elif _by_sns(patient):
        sns = patient.client("sns", _region(patient))
        sandboxed = sns.get_sms_sandbox_account_status()["IsInSandbox"]
    else:
        return
    if sandboxed:
        yield problem(
            f"The account is in the SMS sandbox of {_region(patient)}: only numbers verified there get texts.",
            "Ask for production access: SNS console, Text messaging (SMS), Exit SMS sandbox.",
        )
    else:
        yield ok(f"The account is out of the SMS sandbox of {_region(patient)}.")


def sms_spend(patient: Patient) -> Iterator[Finding]:
    """The month's spend limit is not used up."""
    if _by_end_user_messaging(patient):
        limits = _voice(patient).describe_spend_limits()["SpendLimits"]
        limit = float(next(each["EnforcedLimit"] for each in limits if each["Name"].startswith("TEXT_MESSAGE")))
        spent = _spent(patient, "AWS/SMSVoice", "TextMessageMonthlySpend")
    elif _by_sns(patient):
        attributes = _sns_attributes(patient)
        limit = float(attributes.get("MonthlySpendLimit", _LIMIT_OF_A_NEW_ACCOUNT))
        spent = _spent(patient, "AWS/SNS", "SMSMonthToDateSpentUSD")
    else:
        return
    raise_it = "Ask for a higher limit in Service Quotas, then set it (modules/sms-account-settings)."
    if spent is None:
        fact = f"Texts may cost {limit:g} USD a month; CloudWatch has no figure of what they cost so far."
    else:
        fact = f"Texts have cost {spent:.2f} of {limit:g} USD this month."
    if spent is not None and spent >= limit:
        yield problem(f"{fact} No more are sent.", raise_it)
    elif spent is not None and spent >= _NEARLY * limit:
        yield warning(fact, raise_it)
    elif limit <= _LIMIT_OF_A_NEW_ACCOUNT:
        yield warning(f"{fact} That is a new account's limit, and some dozens of texts.", raise_it)
    else:
        yield ok(fact)


def sms_delivery_log(patient: Patient) -> Iterator[Finding]:
    """SNS says somewhere which texts it took and did not deliver."""
    if not _by_sns(patient):
        return
    if _sns_attributes(patient).get("DeliveryStatusIAMRole"):
        yield ok("SNS logs the delivery of texts.")
    else:
        yield warning(
            "SNS does not log which texts were delivered: it takes those that it will never deliver, without a word.",
            "Turn it on: delivery_status_logging of modules/sms-account-settings.",
        )


def sms_role(patient: Patient) -> Iterator[Finding]:
    """Cognito may send the texts that it sends itself, e.g. when a person changes the number."""
    configuration = patient.pool.get("SmsConfiguration", {})
    arn = configuration.get("SnsCallerArn")
    if not arn:
        if "phone_number" in patient.pool.get("AutoVerifiedAttributes", []):
            yield problem("Cognito verifies phone numbers, and has no role to send texts with.", APPLY)
        return
    iam, name = patient.client("iam"), arn.rpartition("/")[2]
    try:
        trust = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    except iam.exceptions.NoSuchEntityException:
        yield problem(f"The role {name}, with which Cognito sends texts, is not there.", APPLY)
        return
    yield _trust(patient, name, trust, configuration.get("ExternalId", ""))
    decision = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=["sns:Publish"], ResourceArns=["*"])[
        "EvaluationResults"
    ][0]["EvalDecision"]
    if decision == "allowed":
        yield ok(f"The role {name} may send texts.")
    else:
        yield problem(f"The role {name} may not send texts (sns:Publish is {decision}).", f"Allow sns:Publish. {APPLY}")


def _trust(patient: Patient, name: str, trust: dict[str, Any], external_id: str) -> Finding:
    facts = {
        "sts:ExternalId": external_id,
        "aws:SourceAccount": patient.account_id,
        "aws:SourceArn": str(patient.pool["Arn"]),
    }
    granted = list(policies.granted(trust, _COGNITO, "sts:AssumeRole"))
    if not granted:
        return problem(f"The role {name} does not trust {_COGNITO}.", f"Let it assume the role. {APPLY}")
    if not any(all(policies.meets(each, key, value) for key, value in facts.items()) for each in granted):
        key = next(key for key, value in facts.items() if not any(policies.meets(each, key, value) for each in granted))
        wanted = ", ".join(value for each in granted for value in policies.demanded(each, key))
        return problem(
            f'The role {name} demands {key} = {wanted}, and Cognito comes with "{facts[key]}".',
            f"Write the same into the trust policy and the pool's sms_configuration. {APPLY}",
        )
    if not any(policies.demanded(each, key) for each in granted for key in facts):
        return warning(
            f"The role {name} trusts {_COGNITO} on behalf of anybody's pool.",
            "Add the conditions sts:ExternalId and aws:SourceAccount to its trust policy.",
        )
    return ok(f"The role {name} trusts Cognito on behalf of this pool.")


def protect_configuration(patient: Patient) -> Iterator[Finding]:
    """Countries that nobody comes from are blocked before a text is paid for."""
    if not (_by_sns(patient) or _by_end_user_messaging(patient)):
        return
    voice = _voice(patient)
    pages = voice.get_paginator("describe_protect_configurations").paginate()
    there = {each["ProtectConfigurationId"]: each for page in pages for each in page["ProtectConfigurations"]}
    default = next((key for key, each in there.items() if each["AccountDefault"]), None)
    named = patient.environment("delivery").get("SMS_PROTECT_CONFIGURATION_ID")
    if named and named.rpartition("/")[2] not in there:
        yield problem(f"The protect configuration {named} is not there: no text can be sent.", "Correct the setting.")
        return
    used = named.rpartition("/")[2] if named else default
    if used is None:
        yield warning(
            "No protect configuration blocks countries: the pumping guard and the lists of `fraud` are all there is.",
            "Make one in End User Messaging, block the countries that nobody of yours comes from, and make it the "
            "account's default: it also holds for SNS and for Cognito.",
        )
        return
    rules = voice.get_protect_configuration_country_rule_set(ProtectConfigurationId=used, NumberCapability="SMS")
    blocked = sum(rule["ProtectStatus"] == "BLOCK" for rule in rules["CountryRuleSet"].values())
    if blocked:
        yield ok(f"The protect configuration {used} blocks {blocked} countries.")
    else:
        yield warning(f"The protect configuration {used} blocks no country.", "Block those that nobody comes from.")


def _by_end_user_messaging(patient: Patient) -> bool:
    return "sms" in patient.channels and patient.environment("delivery").get("SMS_PROVIDER") == "end_user_messaging"


def _by_sns(patient: Patient) -> bool:
    if "sms" in patient.channels and patient.environment("delivery").get("SMS_PROVIDER") == "sns":
        return True
    return "SnsCallerArn" in patient.pool.get("SmsConfiguration", {})


def _region(patient: Patient) -> str:
    configured = patient.pool.get("SmsConfiguration", {}).get("SnsRegion")
    return str(patient.environment("delivery").get("SMS_REGION") or configured or patient.region)


def _voice(patient: Patient) -> Any:
    return patient.client("pinpoint-sms-voice-v2", _region(patient))


def _sns_attributes(patient: Patient) -> dict[str, str]:
    attributes: dict[str, str] = patient.client("sns", _region(patient)).get_sms_attributes()["attributes"]
    return attributes


def _spent(patient: Patient, namespace: str, metric: str) -> float | None:
    """Return what texts have cost this month: the metric counts up from the month's first second (UTC)."""
    now = datetime.now(UTC)
    hours = (now.day - 1) * 24 + now.hour + 1
    return patient.highest(namespace, metric, {}, "Maximum", region=_region(patient), period=_HOUR, hours=hours)
