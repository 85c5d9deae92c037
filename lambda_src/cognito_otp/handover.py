"""What `sign_in` hands over to `delivery`: the only place where a destination travels, and never the code."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from cognito_otp.invocation import queue


class NotAHandOverError(Exception):
    """A payload is none of ours. Without a text: Lambda logs it, and a payload may hold an address anywhere."""


@dataclass(frozen=True)
class HandOver:
    """A requested delivery.

    Attributes:
        challenge_id: the challenge whose code is to be made and sent.
        generation: of that challenge.
        username: whose it is; the code is bound to it.
        channel: `"sms"` or `"email"`.
        address: phone number or e-mail; None if nothing is to be sent (a simulated challenge).
        locale: the user's `locale` attribute, None if there is none.
    """

    challenge_id: str
    generation: int
    username: str
    channel: str
    address: str | None
    locale: str | None = None

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> "HandOver":
        """Read an invocation's payload.

        Raises:
            NotAHandOverError: it is not what `Delivery.hand_over` sends.
        """
        match event:
            case {
                "challenge_id": str(challenge_id),
                "generation": int(generation),
                "username": str(username),
                "channel": "sms" | "email" as channel,
                "address": str() | None as address,
            }:
                locale = event.get("locale")
                language = locale if isinstance(locale, str) else None
                return cls(challenge_id, generation, username, channel, address, language)
        raise NotAHandOverError


@dataclass(frozen=True)
class Received:
    """A message that arrived: its code was typed right."""

    received: str
    """The challenge's id."""


class Delivery:
    """The delivery function, as `sign_in` sees it.

    Args:
        lambda_client: botocore Lambda client.
        function_name: name or ARN.
    """

    def __init__(self, lambda_client: Any, function_name: str) -> None:
        self._lambda = lambda_client
        self._function_name = function_name

    def hand_over(self, request: HandOver | Received) -> None:
        """Queue a request; it may be queued twice, the challenge's state decides.

        Raises:
            botocore.exceptions.BotoCoreError, ClientError: it was not (or not certainly) queued.
        """
        queue(self._lambda, self._function_name, asdict(request))
