"""VerifyAuthChallengeResponse: one guess, counted before it is compared; the first right one activates the account.

It never raises: that would burn the session and with it the code
(https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-verify-auth-challenge-response.html).
"""

from dataclasses import dataclass
from typing import Any

from cognito_otp import activation, clock, codes, event_log
from cognito_otp.aws import FAILURES
from cognito_otp.challenges import Challenges, RightGuess
from cognito_otp.identities import Identities
from cognito_otp.limits import Limits
from cognito_otp.settings import Codes
from cognito_otp.triggers.event import TriggerEvent
from cognito_otp.user_pool import UserPool


@dataclass(frozen=True)
class VerifyAuthChallengeResponse:
    """The trigger, with what it needs; `cognito` is a botocore cognito-idp client."""

    codes: Codes
    challenges: Challenges
    identities: Identities
    limits: Limits
    cognito: Any

    def __call__(self, event: TriggerEvent) -> None:
        """Answer whether the code is right.

        Two calls for a returning user (the guess, the shorter cooldown), one for a wrong guess; an account's first
        sign-in costs three more: its activation, the user pool's attribute and the note that it was told.
        """
        event.response["answerCorrect"] = False
        challenge_id = (event.request.get("privateChallengeParameters") or {}).get("challenge_id")
        code = codes.read_answer(event.request.get("challengeAnswer"), self.codes.length)
        if not challenge_id or code is None:
            event_log.decision("guess", "unreadable", challenge=challenge_id, sub=event.sub)
            return
        now = clock.now()
        guess = self.challenges.guess(challenge_id, event.username, code, self.codes.max_attempts, now)
        right = guess is not None and event.is_reachable and self._carried_through(event, guess, now)
        event_log.decision("guess", "right" if right else "wrong", challenge=challenge_id, sub=event.sub)
        if guess is None or not right:
            return
        event.response["answerCorrect"] = True
        try:
            self.limits.succeeded(guess.challenge.limits_key, challenge_id)
        except FAILURES as error:
            event_log.failure("limits", error, sub=event.sub)

    def _carried_through(self, event: TriggerEvent, guess: RightGuess, now: int) -> bool:
        proven = guess.challenge.activation
        if proven is None:
            return True
        try:
            if not self.identities.activate(proven, now):
                return False
        except FAILURES as error:
            # Whether the account became active or not, the person can type the same code again.
            event_log.failure("activation", error, sub=event.sub)
            self.challenges.take_back(guess)
            return False
        user_pool = UserPool(self.cognito, event.user_pool_id)
        activation.tell(self.identities, user_pool, event.username, proven, event.attributes)
        return True
