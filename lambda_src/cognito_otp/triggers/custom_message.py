"""CustomMessage: the words around a code that Cognito makes itself, in the person's language.

Cognito sends codes of its own to confirm a sign-up (`sign_up.confirmation = "code"`), to verify a changed number or
address, to reset a password, and as one-time passwords (`native_otp`). A field that is left null has Cognito's default
words (https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-custom-message.html).
"""

from dataclasses import dataclass

from cognito_otp import event_log
from cognito_otp.messages import Messages
from cognito_otp.triggers.event import TriggerEvent

_HOUR = 3600
_LIVES = {
    "CustomMessage_SignUp": 24 * _HOUR,
    "CustomMessage_ResendCode": 24 * _HOUR,
    "CustomMessage_UpdateUserAttribute": 24 * _HOUR,
    "CustomMessage_VerifyUserAttribute": 24 * _HOUR,
    "CustomMessage_ForgotPassword": _HOUR,
}
"""Seconds that Cognito's codes live (https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html)."""

# Characters that Cognito takes, the code included; what is longer it refuses, and the call with it.
_LONGEST = {"smsMessage": 140, "emailSubject": 140, "emailMessage": 20_000}
_LONGEST_CODE = 8  # digits, of a one-time password


@dataclass(frozen=True)
class CustomMessage:
    """The trigger, with what it needs.

    Attributes:
        messages: the words.
        mails_by_ses: whether the pool mails by an SES identity of the caller's: only then Cognito takes words for mail.
        otp_ttl: seconds that one of Cognito's one-time passwords lives; None if the pool has none.
    """

    messages: Messages
    mails_by_ses: bool
    otp_ttl: int | None

    def __call__(self, event: TriggerEvent) -> None:
        """Write the words. An invitation (AdminCreateUser) carries a password and stays Cognito's or the pool's own."""
        ttl = self.otp_ttl if event.source == "CustomMessage_Authentication" else _LIVES.get(event.source)
        placeholder = event.request.get("codeParameter")
        if ttl is None or not placeholder:
            event_log.decision("custom_message", "left_alone")
            return
        locale = event.attributes.get("locale")
        words = {"smsMessage": self.messages.around("sms", placeholder, ttl, locale).text}
        if self.mails_by_ses:
            mail = self.messages.around("email", placeholder, ttl, locale)
            words |= {"emailSubject": mail.subject, "emailMessage": mail.html or mail.text}
        fitting = {field: text for field, text in words.items() if _length(text, placeholder) <= _LONGEST[field]}
        if len(fitting) < len(words):
            event_log.warning("custom_message", "too_long", left_out=",".join(sorted(words.keys() - fitting.keys())))
        event.response.update(fitting)
        event_log.decision("custom_message", "written")


def _length(text: str, placeholder: str) -> int:
    """Count as the plan does: what UTF-16 takes for one character, the code at its longest."""
    return len(text.replace(placeholder, "0" * _LONGEST_CODE).encode("utf-16-le")) // 2
