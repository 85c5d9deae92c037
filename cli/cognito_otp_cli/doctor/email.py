"""Codes by e-mail: may SES send from that address, and to everybody."""

from collections.abc import Iterator
from email.utils import parseaddr

from cognito_otp_cli.doctor.finding import Finding, ok, problem, warning
from cognito_otp_cli.doctor.patient import Patient

_NEARLY = 0.8  # of a day's messages


def email_identity(patient: Patient) -> Iterator[Finding]:
    """The sender is verified."""
    arn = _identity(patient)
    if arn is None:
        if patient.pool.get("AutoVerifiedAttributes", []) == ["email"] and patient.deployment is None:
            yield warning(
                "Cognito mails from its own address, about 50 messages a day.",
                "Let it send by SES: email_sending_account = DEVELOPER and a source_arn.",
            )
        return
    ses, name = patient.client("sesv2", arn.split(":")[3]), arn.partition("/")[2]
    try:
        verified = ses.get_email_identity(EmailIdentity=name)["VerifiedForSendingStatus"]
    except ses.exceptions.NotFoundException:
        yield problem(f"The SES identity {name} is not there.", "Make it in that region, and verify it.")
        return
    if verified:
        yield ok(f"The SES identity {name} is verified.")
    else:
        yield problem(
            f"The SES identity {name} is not verified: no code goes out by e-mail.",
            "Follow the link that SES mailed to the address, or set the domain's DKIM records.",
        )
    sender = parseaddr(patient.environment("delivery").get("EMAIL_FROM", ""))[1]
    if sender and name not in (sender, sender.rpartition("@")[2]) and not sender.endswith(f".{name}"):
        yield problem(f"Codes come from {sender}, and {name} does not cover it.", "Make email.from an address of it.")


def email_sandbox(patient: Patient) -> Iterator[Finding]:
    """SES sends to everybody, and enough."""
    arn = _identity(patient)
    if arn is None:
        return
    region = arn.split(":")[3]
    account = patient.client("sesv2", region).get_account()
    if not account.get("SendingEnabled", True):
        yield problem(f"SES sends nothing from {region}: sending is paused.", "See the account's SES reputation page.")
    if not account["ProductionAccessEnabled"]:
        yield problem(
            f"The account is in the SES sandbox of {region}: only verified addresses get mail.",
            "Ask for production access: SES console, Account dashboard.",
        )
        return
    quota = account["SendQuota"]
    fact = f"SES has sent {quota['SentLast24Hours']:.0f} of {quota['Max24HourSend']:.0f} messages a day."
    if 0 < quota["Max24HourSend"] * _NEARLY <= quota["SentLast24Hours"]:
        yield warning(fact, "Ask for a higher sending quota.")
    else:
        yield ok(fact)


def _identity(patient: Patient) -> str | None:
    if "email" in patient.channels and "EMAIL_IDENTITY_ARN" in patient.environment("delivery"):
        return patient.environment("delivery")["EMAIL_IDENTITY_ARN"]
    configured: str | None = patient.pool.get("EmailConfiguration", {}).get("SourceArn")
    return configured
