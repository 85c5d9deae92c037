"""What `sign_in` hands over to `delivery`: the only place where a destination travels, and never the code."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from cognito_otp.invocation import queue


@dataclass(frozen=True)
class HandOver:
    """A requested delivery.

    Attributes:
        challenge_id: the challenge whose code is to be made and sent.
        generation: of that challenge.
        channel: `"sms"` or `"email"`.
        address: phone number or e-mail; None if nothing is to be sent (a simulated challenge).
        locale: the user's `locale` attribute, None if there is none.
    """

    challenge_id: str
    generation: int
    channel: str
    address: str | None
    locale: str | None = None

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> "HandOver":
        """Read an invocation's payload.

        Raises:
            KeyError: a field is missing.
        """
        return cls(event["challenge_id"], event["generation"], event["channel"], event["address"], event.get("locale"))


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
