"""A Cognito trigger event, as the triggers read it.

Events may gain fields at any time and leave out empty ones, so everything is read with a default
(https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html).
"""

from collections.abc import Mapping
from typing import Any

from cognito_otp.code_requests import Recipient


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
        return str(self._raw.get("userName") or "")

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
    def challenge_id(self) -> str | None:
        """Id of the challenge that this is about, as CreateAuthChallenge gave it; None before it did."""
        private = self.request.get("privateChallengeParameters") or {}
        return private.get("challenge_id") or (self.rounds[-1].get("challengeMetadata") if self.rounds else None)

    @property
    def recipient(self) -> Recipient:
        """The user as the one who is sent a code: not if unknown, and not while waiting for confirmation."""
        is_confirmed = self.attributes.get("cognito:user_status") != "UNCONFIRMED"
        is_reachable = is_confirmed and not self.request.get("userNotFound")
        return Recipient(self.username, self.attributes, is_reachable)

    @property
    def client_metadata(self) -> Mapping[str, str]:
        """`request.clientMetadata`: what the client sent with RespondToAuthChallenge; nothing of it is trusted."""
        return self.request.get("clientMetadata") or {}

    @property
    def session(self) -> list[Mapping[str, Any]]:
        """`request.session`: everything that was answered in this sign-in, oldest first; see `rounds`."""
        return self.request.get("session") or []

    @property
    def rounds(self) -> list[Mapping[str, Any]]:
        """The custom challenges answered in this session, oldest first.

        Other entries count for nothing: a client can start with SRP_A, which is answered "right" without any secret
        (https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-define-auth-challenge.html).
        """
        return [entry for entry in self.session if entry.get("challengeName") == "CUSTOM_CHALLENGE"]

    @property
    def response(self) -> dict[str, Any]:
        """`response`, to be filled in."""
        response: dict[str, Any] = self._raw.setdefault("response", {})
        return response
