"""The messages that Cognito sends itself, with the words that CustomMessage has for them.

The developer guide, "Custom message Lambda trigger", has the rules; the texts of the refusals are a guess.
"""

from typing import Any

from dev.local import triggers, users
from dev.local.ministack import module

_cognito = module(
    "services.cognito",
    "_deliver_cognito_email",
    "_expand_template",
    "_resolve_verification_template",
    "_template_username",
)
_sns = module("services.sns", "_sms_log_for")
_responses = module("core.responses", "new_uuid")

PLACEHOLDER = "{####}"
_LONGEST = {"smsMessage": 140, "emailSubject": 140, "emailMessage": 20_000}
_DEFAULT_SMS = "Your confirmation code is {####}"


def send(
    pool: dict[str, Any],
    user: dict[str, Any],
    cause: str,
    attribute: str,
    code: str,
    *,
    default: str,
    default_subject: str = "Your verification code",
    client_id: str,
    metadata: dict[str, str] | None = None,
    address: str | None = None,
) -> None:
    """Send a code to an attribute of a user, in the trigger's words or else in the default ones.

    It goes to `address`, or else to the attribute's value.

    Raises TriggerError, with nothing sent, if the trigger fails or answers what Cognito does not take.
    """
    words = _ask(pool, user, cause, code, client_id, metadata)
    own = users.attributes(user)
    to = address or own[attribute]
    if attribute == "phone_number":
        text = (words.get("smsMessage") or default).replace(PLACEHOLDER, code)
        message_id = _responses.new_uuid()
        entry = {"PhoneNumber": to, "MessageId": message_id, "Message": text, "MessageAttributes": {}}
        _sns._sms_log_for(to).append(entry)
        return
    display = _cognito._template_username(pool, user["Username"], own)
    subject, body = (
        _cognito._expand_template(text, display, code)
        for text in (words.get("emailSubject") or default_subject, words.get("emailMessage") or default)
    )
    extra = {"Username": user["Username"], "AttributeName": attribute}
    _cognito._deliver_cognito_email(pool, to, subject, body, f"CognitoMessage_{cause}", extra=extra)


def verification_words(pool: dict[str, Any], attribute: str) -> tuple[str, str]:
    """The pool's own words for a code that verifies an attribute: the subject of a mail, and the text."""
    subject, body = _cognito._resolve_verification_template(pool)
    if attribute == "phone_number":
        template = pool.get("VerificationMessageTemplate") or {}
        body = template.get("SmsMessage") or pool.get("SmsVerificationMessage") or _DEFAULT_SMS
    return subject, body


def delivery_details(attribute: str, value: str) -> dict[str, str]:
    """What an answer tells of a code that was sent (CodeDeliveryDetails)."""
    if attribute == "phone_number":
        masked, medium = f"+{'*' * max(0, len(value) - 5)}{value[-4:]}", "SMS"
    else:
        local, _at, domain = value.partition("@")
        masked, medium = f"{local[:1]}***@{domain[:1]}***", "EMAIL"
    return {"Destination": masked, "DeliveryMedium": medium, "AttributeName": attribute}


def _ask(
    pool: dict[str, Any],
    user: dict[str, Any],
    cause: str,
    code: str,
    client_id: str,
    metadata: dict[str, str] | None,
) -> dict[str, Any]:
    request: dict[str, Any] = {
        "userAttributes": users.trigger_attributes(user),
        "codeParameter": PLACEHOLDER,
        "linkParameter": "{##Click Here##}",
        "usernameParameter": None,
    }
    if metadata:
        request["clientMetadata"] = metadata
    empty: dict[str, str | None] = {"smsMessage": None, "emailMessage": None, "emailSubject": None}
    words = triggers.invoke(
        pool,
        "CustomMessage",
        cause,
        user_name=user["Username"],
        request=request,
        response=empty,
        client_id=client_id,
    )
    by_the_caller = (pool.get("EmailConfiguration") or {}).get("EmailSendingAccount") == "DEVELOPER"
    for name, longest in _LONGEST.items():
        text = (words or {}).get(name)
        if text is None:
            continue
        if name != "smsMessage" and not by_the_caller:
            raise _refused(f"{name} needs EmailSendingAccount DEVELOPER")
        if len(text.replace(PLACEHOLDER, code)) > longest:
            raise _refused(f"{name} is longer than {longest} characters")
        if name != "emailSubject" and PLACEHOLDER not in text:
            raise _refused(f"{name} must contain {PLACEHOLDER}")
    return words or {}


def _refused(reason: str) -> triggers.TriggerError:
    return triggers.TriggerError("InvalidLambdaResponseException", reason)
