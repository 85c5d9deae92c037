"""A Cognito trigger event, as the triggers read it.

Events may gain fields at any time and leave out empty ones, so everything is read with a default
(https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html).
What is there and of another type than documented counts as left out: no view raises for it, so that what is logged of
an event can be read before anything is caught.
"""

from collections.abc import Mapping
from typing import Any

from cognito_otp.recipient import Recipient


class TriggerEvent:
    """Typed views on an event. The answer is written to `response`, which is the event's own.

    Args:
        raw: the event as Lambda got it.
    """

    def __init__(self, raw: dict[str, Any]) -> None:
        self._raw = raw if isinstance(raw, dict) else {}

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
        return str(_object(self._raw.get("callerContext")).get("clientId") or "")

    @property
    def username(self) -> str:
        """`userName`: the stored username, whatever alias the person typed."""
        return str(self._raw.get("userName") or "")

    @property
    def request(self) -> Mapping[str, Any]:
        """`request`."""
        return _object(self._raw.get("request"))

    @property
    def attributes(self) -> Mapping[str, str]:
        """`request.userAttributes`: all values are strings, empty for an unknown user."""
        return _texts(self.request.get("userAttributes"))

    @property
    def sub(self) -> str | None:
        """The user's id; None before the user exists and for an unknown one."""
        return self.attributes.get("sub")

    @property
    def private_parameters(self) -> Mapping[str, str]:
        """`request.privateChallengeParameters`: what CreateAuthChallenge kept for this round."""
        return _texts(self.request.get("privateChallengeParameters"))

    @property
    def challenge_id(self) -> str | None:
        """Id of the challenge that this is about, as CreateAuthChallenge gave it; None before it did."""
        last = _texts(self.rounds[-1]) if self.rounds else {}
        return self.private_parameters.get("challenge_id") or last.get("challengeMetadata")

    @property
    def recipient(self) -> Recipient:
        """The user as the one who is sent a code: not if unknown, and not while waiting for confirmation."""
        is_confirmed = self.attributes.get("cognito:user_status") != "UNCONFIRMED"
        is_reachable = is_confirmed and not self.request.get("userNotFound")
        return Recipient(self.username, self.attributes, is_reachable)

    @property
    def client_metadata(self) -> Mapping[str, str]:
        """`request.clientMetadata`: what the client sent with RespondToAuthChallenge; nothing of it is trusted."""
        return _texts(self.request.get("clientMetadata"))

    @property
    def session(self) -> list[Mapping[str, Any]]:
        """`request.session`: everything that was answered in this sign-in, oldest first; see `rounds`."""
        session = self.request.get("session")
        return [_object(entry) for entry in session] if isinstance(session, list) else []

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
        if not isinstance(self._raw.get("response"), dict):
            self._raw["response"] = {}
        response: dict[str, Any] = self._raw["response"]
        return response


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(value: object) -> Mapping[str, str]:
    return {name: text for name, text in _object(value).items() if isinstance(text, str)}
