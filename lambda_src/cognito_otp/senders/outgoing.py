"""What every sender is given, and what it promises."""

from dataclasses import dataclass
from typing import Protocol

from cognito_otp.messages import Message


@dataclass(frozen=True)
class Outgoing:
    """One message on its way out.

    Attributes:
        to: phone number (E.164) or e-mail address.
        message: the words, with the code in them.
        code: the digits alone.
        channel: `"sms"` or `"email"`.
        locale: the user's `locale` attribute; None if there is none.
        expires_at: from when on the code is not accepted (seconds since the epoch, UTC).
    """

    to: str
    message: Message
    code: str
    channel: str
    locale: str | None
    expires_at: int


class Sender(Protocol):
    """Hands messages to one provider."""

    def send(self, outgoing: Outgoing) -> str | None:
        """Send one message, in one attempt.

        Returns:
            The provider's id of the message, if it gave one.

        Raises:
            outcome.NotTakenError, outcome.RefusedError: nothing was sent.
            outcome.UnknownError, botocore.exceptions.BotoCoreError, ClientError: unknown whether it was.
        """
        ...
