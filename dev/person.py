"""A person with a phone or a mailbox and a client application in hand: the public calls that any client makes."""

import base64
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from dev.local import LocalAWS

_MESSAGE_SECONDS = 15.0


class NoMessageError(Exception):
    """No message arrived in time."""


@dataclass
class Person:
    """Signs up and in with unsigned calls of boto3, and reads the messages that arrive.

    Attributes:
        aws: where the user pool is.
        client_id: the app client.
        username: what the person types to sign in: a phone number, an e-mail address or a name.
        session: the sign-in that is under way, as Cognito named it last.
        parameters: what the challenge told the client.
    """

    aws: LocalAWS
    client_id: str
    username: str
    session: str = ""
    parameters: dict[str, str] = field(default_factory=dict)

    @property
    def _cognito(self) -> Any:
        return self.aws.client("cognito-idp")

    def sign_up(self, **attributes: str) -> dict[str, Any]:
        """Call SignUp with a random password that is thrown away."""
        answer: dict[str, Any] = self._cognito.sign_up(
            ClientId=self.client_id,
            Username=self.username,
            Password=secrets.token_urlsafe(24),
            UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
        )
        return answer

    def start_sign_in(self) -> dict[str, Any]:
        """Call InitiateAuth; a code is on its way afterwards."""
        answer: dict[str, Any] = self._cognito.initiate_auth(
            ClientId=self.client_id, AuthFlow="CUSTOM_AUTH", AuthParameters={"USERNAME": self.username}
        )
        return self._remember(answer)

    def answer(self, code: str) -> dict[str, Any]:
        """Call RespondToAuthChallenge; the answer holds `AuthenticationResult` if the code was right."""
        answer: dict[str, Any] = self._cognito.respond_to_auth_challenge(
            ClientId=self.client_id,
            ChallengeName="CUSTOM_CHALLENGE",
            Session=self.session,
            ChallengeResponses={"USERNAME": self.parameters["USERNAME"], "ANSWER": code},
        )
        return self._remember(answer)

    def resend(self, channel: str | None = None) -> dict[str, Any]:
        """Ask for another code, by `"sms"` or `"email"`; None: the channel of the last one."""
        metadata = {"action": "resend"} if channel is None else {"action": "resend", "channel": channel}
        answer: dict[str, Any] = self._cognito.respond_to_auth_challenge(
            ClientId=self.client_id,
            ChallengeName="CUSTOM_CHALLENGE",
            Session=self.session,
            ChallengeResponses={"USERNAME": self.parameters["USERNAME"], "ANSWER": "resend"},
            ClientMetadata=metadata,
        )
        return self._remember(answer)

    def texts(self, address: str | None = None) -> list[str]:
        """Return the messages that arrived at an address, the username if none is named; the oldest first."""
        to = address or self.username
        if "@" in to:
            return [str(message["BodyText"]) for message in self.aws.emails(to)]
        return [str(message["Message"]) for message in self.aws.sms_messages(to)]

    def wait_for_text(self, count: int = 1, seconds: float = _MESSAGE_SECONDS, address: str | None = None) -> str:
        """Return the newest message as soon as `count` have arrived.

        Raises:
            NoMessageError: they did not within so many seconds.
        """
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            texts = self.texts(address)
            if len(texts) >= count:
                return texts[-1]
            time.sleep(0.02)
        raise NoMessageError(f"no message {count} for {address or self.username} within {seconds:.0f} s")

    def wait_for_code(self, count: int = 1, address: str | None = None) -> str:
        """Return the code of the newest message, see `wait_for_text`."""
        return self.wait_for_text(count, address=address).split()[0]

    def _remember(self, answer: dict[str, Any]) -> dict[str, Any]:
        self.session = answer.get("Session", "")
        self.parameters = answer.get("ChallengeParameters", {})
        return answer


def wrong(code: str, by: int = 1) -> str:
    """Return a code that is not this one; another for each `by`."""
    return f"{(int(code) + by) % 10 ** len(code):0{len(code)}d}"


def claims(token: str) -> dict[str, Any]:
    """Return what a JWT says, unverified: it comes straight from the pool."""
    payload = token.split(".")[1]
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return decoded
