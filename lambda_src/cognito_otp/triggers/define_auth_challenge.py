"""DefineAuthChallenge: what comes next in a sign-in.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-define-auth-challenge.html
"""

from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any

from cognito_otp import clock, event_log
from cognito_otp.aws import FAILURES
from cognito_otp.challenges import Challenges
from cognito_otp.settings import Codes
from cognito_otp.triggers.event import TriggerEvent

_CODE = "CUSTOM_CHALLENGE"
_PASSWORD_TO_BE_SET = ("FORCE_CHANGE_PASSWORD", "RESET_REQUIRED")

_SPARE_ROUNDS = 2
"""Answers that cannot be a code (too short, letters) and resends that come too early cost a round, not a guess."""


class DefineAuthChallenge:
    """The trigger.

    Args:
        challenges: read after a wrong answer.
        codes: guesses per code, and resends.
        password_required: whether a right password must stand in the session before a code is asked for.
    """

    def __init__(self, challenges: Challenges, codes: Codes, *, password_required: bool = False) -> None:
        self._challenges = challenges
        self._max_attempts = codes.max_attempts
        # Of each code: its guesses, and the answer that asks for the next one.
        self._max_rounds = (codes.max_attempts + 1) * (codes.max_resends + 1) + _SPARE_ROUNDS
        self._password_required = password_required

    def __call__(self, event: TriggerEvent) -> None:
        """Ask for the password where one is required, then for a code; issue tokens for it, or end the sign-in."""
        rounds, session = event.rounds, event.session
        step = _password_step(session, event.attributes) if self._password_required else _CODE
        proven = bool(rounds) and rounds[-1] is session[-1] and rounds[-1].get("challengeResult") is True
        issue = proven and step == _CODE and not event.request.get("userNotFound")
        fail = step is None or (bool(rounds) and not issue and not self._goes_on(event))
        event.response["issueTokens"] = issue
        event.response["failAuthentication"] = fail
        event.response["challengeName"] = None if issue or fail else step
        if issue or fail:
            event_log.decision("sign_in", "passed" if issue else "ended", rounds=len(rounds))

    def _goes_on(self, event: TriggerEvent) -> bool:
        rounds = event.rounds
        if len(rounds) >= self._max_rounds:
            return False
        challenge_id = rounds[-1].get("challengeMetadata")
        if not challenge_id:
            return False
        try:
            challenge = self._challenges.get(challenge_id)
        except FAILURES as error:
            # Failing here would burn a session whose code may still be typed right; the guesses are bounded without us.
            event_log.failure("round", error)
            return True
        return challenge is not None and challenge.guesses < self._max_attempts and clock.now() < challenge.expires_at


def _password_step(session: Sequence[Mapping[str, Any]], attributes: Mapping[str, str]) -> str | None:
    """Return the challenge that is due in a sign-in by password and code; None if there is none and it ends.

    SRP_A is a client's opening and proves nothing, although Cognito lists it as answered right. PASSWORD_VERIFIER does,
    and must stand before the first code. Whoever has to set a password of their own does so in between. What Cognito
    puts there itself (MFA) is passed over if it was answered right.

    Args:
        session: `event.request.session`.
        attributes: `event.request.userAttributes`.
    """
    before = list(takewhile(lambda entry: entry.get("challengeName") != _CODE, session))
    names = [entry.get("challengeName") for entry in before]
    if names[:1] != ["SRP_A"] or any(entry.get("challengeResult") is not True for entry in before):
        return None
    if "PASSWORD_VERIFIER" not in names:
        step = "PASSWORD_VERIFIER" if names == ["SRP_A"] else None
    elif attributes.get("cognito:user_status") in _PASSWORD_TO_BE_SET and "NEW_PASSWORD_REQUIRED" not in names:
        step = "NEW_PASSWORD_REQUIRED"
    else:
        return _CODE
    # A code that was asked for too early is worth nothing.
    return step if len(before) == len(session) else None
