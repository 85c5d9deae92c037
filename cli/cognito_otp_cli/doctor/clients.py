"""The app clients: what they let a person sign in with, and what they tell a stranger."""

from collections.abc import Iterator
from typing import Any

from cognito_otp_cli.doctor.finding import Finding, ok, problem, warning
from cognito_otp_cli.doctor.patient import APPLY, Patient

# Flows in which a password alone opens the account; those without ALLOW_ are their older names.
_PASSWORD = {
    "ADMIN_NO_SRP_AUTH",
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH",
    "USER_PASSWORD_AUTH",
}
_USER_AUTH = "ALLOW_USER_AUTH"
_CUSTOM_AUTH = {"ALLOW_CUSTOM_AUTH", "CUSTOM_AUTH_FLOW_ONLY"}
# What a client without any has (Cognito's API reference, CreateUserPoolClient).
_BY_DEFAULT = ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH"]
_DEFAULT_SESSION_MINUTES = 3


def client_flows(patient: Patient) -> Iterator[Finding]:
    """No client takes a password alone, since who signed up with a stranger's number holds one for it."""
    clients = patient.app_clients
    if not clients:
        yield warning("The pool has no app client.", "Nobody can sign in without one: make one.")
    for client in clients:
        yield _flows(patient, client)


def _flows(patient: Patient, client: dict[str, Any]) -> Finding:
    flows = set(client.get("ExplicitAuthFlows") or _BY_DEFAULT)
    shown = f"Client {client['ClientName']}"
    if patient.deployment is None:
        if flows & _CUSTOM_AUTH and flows & _PASSWORD and not patient.native_otp:
            return warning(
                f"{shown} takes a password beside the custom challenge ({', '.join(sorted(flows & _PASSWORD))}).",
                "Whoever signs up with a stranger's number or address sets a password for it: leave these flows out.",
            )
        return ok(f"{shown} allows {', '.join(sorted(flows))}.")
    open_flows = flows & (_PASSWORD if patient.native_otp else {*_PASSWORD, _USER_AUTH})
    if open_flows:
        return problem(
            f"{shown} allows {', '.join(sorted(open_flows))}: a password opens an account without a code.",
            f"Take it off the client. {APPLY}",
        )
    needed = {_USER_AUTH} if patient.native_otp else _CUSTOM_AUTH
    if not flows & needed:
        return problem(f"{shown} does not allow {min(needed)}: nobody can sign in by code with it.", APPLY)
    if "COGNITO" in client.get("SupportedIdentityProviders", []) and _domain(patient) and not patient.native_otp:
        return problem(
            f"{shown} lets people sign in with a password on the pages of {_domain(patient)}.",
            "Take COGNITO out of the client's identity providers, or remove the domain.",
        )
    return ok(f"{shown} allows {', '.join(sorted(flows))}.")


def existence_errors(patient: Patient) -> Iterator[Finding]:
    """A sign-in does not tell a stranger who has an account."""
    for client in patient.app_clients:
        shown = f"Client {client['ClientName']}"
        if client.get("PreventUserExistenceErrors") == "ENABLED":
            yield ok(f"{shown} tells nobody whether an account exists.")
        else:
            judged = problem if patient.deployment else warning
            yield judged(
                f"{shown} tells everybody who asks whether an account exists.",
                "Set prevent_user_existence_errors = ENABLED.",
            )


def session_validity(patient: Patient) -> Iterator[Finding]:
    """The session in which a code is typed lives as long as the code."""
    life = int(patient.environment("sign_in").get("CODE_TTL_SECONDS", "0"))
    for client in patient.app_clients:
        minutes = client.get("AuthSessionValidity", _DEFAULT_SESSION_MINUTES)
        shown = f"Client {client['ClientName']} gives {minutes} minutes to answer"
        if minutes * 60 < life:
            yield problem(
                f"{shown}, and a code lives {life} s: who answers late is refused with a right code.",
                "Set the client's auth_session_validity to at least the code's life, or lower otp.ttl_seconds.",
            )
        else:
            yield ok(f"{shown}{f', a code lives {life} s' if life else ''}.")


def write_attributes(patient: Patient) -> Iterator[Finding]:
    """A signed-in person writes no attribute that is not meant for them."""
    for client in patient.app_clients:
        if client.get("WriteAttributes"):
            yield ok(f"Client {client['ClientName']} names the attributes that a person may write.")
        else:
            yield warning(
                f"Client {client['ClientName']} lets a signed-in person write all mutable attributes, custom ones too.",
                "Set the client's write_attributes.",
            )


def _domain(patient: Patient) -> str | None:
    return patient.pool.get("CustomDomain") or patient.pool.get("Domain")
