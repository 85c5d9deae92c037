"""A Cognito trigger event, as the triggers read it.

Events may gain fields at any time and leave out empty ones, so everything is read with a default
(https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html).
"""

from collections.abc import Mapping
from typing import Any


class TriggerEvent:
    """Typed views on an event. The answer is written to `response`, which is the event's own.

    Args:
        raw: the event as Lambda got it.
    """

    def __init__(self, raw: dict[str, Any]) -> None:
        self._raw = raw

    @property
    def source(self) -> str:
        """`triggerSource`, e.g. `"PreSignUp_SignUp"`."""
        return str(self._raw.get("triggerSource") or "")

    @property
    def user_pool_id(self) -> str:
        """`userPoolId`."""
        return str(self._raw["userPoolId"])

    @property
    def client_id(self) -> str:
        """`callerContext.clientId`; `CLIENT_ID_NOT_APPLICABLE` for an administrator's call."""
        return str((self._raw.get("callerContext") or {}).get("clientId") or "")

    @property
    def username(self) -> str:
        """`userName`: the stored username, whatever alias the person typed."""
        return str(self._raw["userName"])

    @property
    def request(self) -> Mapping[str, Any]:
        """`request`."""
        return self._raw.get("request") or {}

    @property
    def attributes(self) -> Mapping[str, str]:
        """`request.userAttributes`: all values are strings, empty for an unknown user."""
        return self.request.get("userAttributes") or {}

    @property
    def sub(self) -> str | None:
        """The user's id; None before the user exists and for an unknown one."""
        return self.attributes.get("sub")

    @property
    def is_reachable(self) -> bool:
        """Whether the user exists and may be sent a code: neither unknown nor waiting for confirmation."""
        return not self.request.get("userNotFound") and self.attributes.get("cognito:user_status") != "UNCONFIRMED"

    @property
    def rounds(self) -> list[Mapping[str, Any]]:
        """The custom challenges answered in this session, oldest first.

        Other entries count for nothing: a client can start with SRP_A, which is answered "right" without any secret
        (https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-define-auth-challenge.html).
        """
        session = self.request.get("session") or []
        return [entry for entry in session if entry.get("challengeName") == "CUSTOM_CHALLENGE"]

    @property
    def response(self) -> dict[str, Any]:
        """`response`, to be filled in."""
        response: dict[str, Any] = self._raw.setdefault("response", {})
        return response
