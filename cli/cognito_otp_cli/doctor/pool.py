"""The pool's own settings."""

from collections.abc import Iterator

from cognito_otp_cli.doctor.finding import Finding, ok, problem, warning
from cognito_otp_cli.doctor.patient import APPLY, Patient

_SENT_TO = {"email": "EmailConfigurationFailure", "phone_number": "SmsConfigurationFailure"}


def case(patient: Patient) -> Iterator[Finding]:
    """`Ada` and `ada` are one user."""
    if patient.pool.get("UsernameConfiguration", {}).get("CaseSensitive", True):
        yield warning(
            "Usernames are case-sensitive: Ada and ada are two users, and who types the other one gets no code.",
            "A pool cannot change this. `cognito-otp duplicates` shows who is affected, `cognito-otp migrate` moves to "
            "a pool where case does not count.",
        )
    else:
        yield ok("Usernames are the same in any case.")


def aliases(patient: Patient) -> Iterator[Finding]:
    """What people sign in with, and whether the functions know it."""
    pool = {
        "USERNAME_ATTRIBUTES": sorted(patient.pool.get("UsernameAttributes", [])),
        "ALIAS_ATTRIBUTES": sorted(patient.pool.get("AliasAttributes", [])),
    }
    known = patient.environment("sign_up")
    differing = [name for name, value in pool.items() if known and known.get(name, "") != ",".join(value)]
    if differing:
        yield problem(
            f"{', '.join(differing)} of the functions does not fit the pool, which has "
            f"username attributes {pool['USERNAME_ATTRIBUTES']} and alias attributes {pool['ALIAS_ATTRIBUTES']}.",
            "Somebody changed the functions or imported another pool: write the pool's own into username_attributes "
            "and alias_attributes, and apply.",
        )
        return
    if pool["USERNAME_ATTRIBUTES"]:
        yield ok(f"People sign in with {' or '.join(pool['USERNAME_ATTRIBUTES'])}.")
        return
    also = pool["ALIAS_ATTRIBUTES"]
    yield ok(f"People sign in with a username{''.join(f', or a verified {each}' for each in also)}.")
    unverified = sorted({"email", "phone_number"} & set(also) - set(patient.pool.get("AutoVerifiedAttributes", [])))
    if unverified:
        yield warning(
            f"{', '.join(unverified)} is an alias, and Cognito never verifies it: nobody can sign in with it.",
            "Add it to the pool's auto_verified_attributes.",
        )


def verified_before_update(patient: Patient) -> Iterator[Finding]:
    """A changed number or address counts only once it was verified."""
    names = {*patient.pool.get("UsernameAttributes", []), *patient.pool.get("AliasAttributes", [])}
    settings = patient.pool.get("UserAttributeUpdateSettings", {})
    verified = set(settings.get("AttributesRequireVerificationBeforeUpdate", []))
    for name in sorted(names & {"email", "phone_number"}):
        if name in verified:
            yield ok(f"A changed {name} is verified before it counts.")
        else:
            judged = problem if patient.deployment else warning
            advice = APPLY if patient.deployment else "Set attributes_require_verification_before_update."
            yield judged(
                f"A changed {name} counts before it was verified: a slip of the finger locks a person out, and where "
                "it is the username one can take another's.",
                advice,
            )


def recovery(patient: Patient) -> Iterator[Finding]:
    """Nobody sets a password with a code of Cognito's own, unless a password is only half of a sign-in."""
    mechanisms = patient.pool.get("AccountRecoverySetting", {}).get("RecoveryMechanisms", [])
    names = [each["Name"] for each in sorted(mechanisms, key=lambda each: each.get("Priority", 1))]
    shown = ", ".join(names) or "Cognito's default (a verified phone number, else e-mail)"
    if patient.deployment is None or names == ["admin_only"]:
        yield ok(f"A forgotten password is recovered by {shown}.")
    elif patient.environment("sign_in").get("PASSWORD_REQUIRED") != "true":
        yield problem(
            f"A forgotten password is recovered by {shown}, and these accounts have no password to forget.",
            f"Whoever gets that code sets a password. {APPLY}",
        )
    elif names == ["verified_email"] and "email" not in patient.environment("sign_in").get("CHANNELS", ""):
        yield ok("A forgotten password is recovered by verified_email, and codes go elsewhere.")
    else:
        yield problem(
            f"A forgotten password is recovered by {shown}, where codes go too: one mailbox or phone is both factors.",
            APPLY,
        )


def pool_protection(patient: Patient) -> Iterator[Finding]:
    """The pool cannot be deleted by a slip."""
    if patient.pool.get("DeletionProtection") == "ACTIVE":
        yield ok("The pool is protected against deletion.")
    else:
        yield warning(
            "The pool is not protected against deletion: one call removes every user for good.",
            'Set deletion_protection = "ACTIVE" before real people sign up.',
        )


def own_messages(patient: Patient) -> Iterator[Finding]:
    """Cognito could send what it had to send."""
    for attribute, failure in _SENT_TO.items():
        if patient.pool.get(failure):
            yield problem(
                f"Cognito could not send to a {attribute}: {patient.pool[failure]}.",
                "Look at the checks sms-role, sms-sandbox and email-identity.",
            )
    if not any(patient.pool.get(failure) for failure in _SENT_TO.values()):
        yield ok("Cognito reports no failure of its own messages.")
