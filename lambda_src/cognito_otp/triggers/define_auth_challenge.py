"""DefineAuthChallenge: what comes next in a sign-in.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-define-auth-challenge.html
"""

from cognito_otp import clock, event_log
from cognito_otp.aws import FAILURES
from cognito_otp.challenges import Challenges
from cognito_otp.triggers.event import TriggerEvent

_SPARE_ROUNDS = 2
"""Answers that cannot be a code (too short, letters) cost a round, not a guess; so many are forgiven."""


class DefineAuthChallenge:
    """The trigger.

    Args:
        challenges: read after a wrong answer.
        max_attempts: guesses per code.
    """

    def __init__(self, challenges: Challenges, max_attempts: int) -> None:
        self._challenges = challenges
        self._max_attempts = max_attempts

    def __call__(self, event: TriggerEvent) -> None:
        """Ask for a code, issue tokens for a right one, or end the sign-in."""
        rounds = event.rounds
        issue = bool(rounds) and rounds[-1].get("challengeResult") is True and not event.request.get("userNotFound")
        fail = bool(rounds) and not issue and not self._goes_on(event)
        event.response["issueTokens"] = issue
        event.response["failAuthentication"] = fail
        event.response["challengeName"] = None if issue or fail else "CUSTOM_CHALLENGE"
        if issue or fail:
            event_log.decision("sign_in", "passed" if issue else "ended", sub=event.sub, rounds=len(rounds))

    def _goes_on(self, event: TriggerEvent) -> bool:
        rounds = event.rounds
        if len(rounds) >= self._max_attempts + _SPARE_ROUNDS:
            return False
        challenge_id = rounds[-1].get("challengeMetadata")
        if not challenge_id:
            return False
        try:
            challenge = self._challenges.get(challenge_id)
        except FAILURES as error:
            # Failing here would burn a session whose code may still be typed right; the guesses are bounded without us.
            event_log.failure("DefineAuthChallenge", error, sub=event.sub)
            return True
        return challenge is not None and challenge.guesses < self._max_attempts and clock.now() < challenge.expires_at
