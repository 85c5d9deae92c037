"""VerifyAuthChallengeResponse: one guess, counted before it is compared; the first right one activates the account.

It never raises: that would burn the session and with it the code
(https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-verify-auth-challenge-response.html).
"""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cognito_otp import activation, clock, codes, event_log
from cognito_otp.aws import BudgetSpentError
from cognito_otp.challenges import Challenge, Challenges
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

        Two calls for a returning user (the guess, the end of the cooldown), one for a wrong guess; an account's first
        sign-in costs four more: its activation, a read, the user pool's attribute and the note that it was told.
        """
        event.response["answerCorrect"] = False
        challenge_id = (event.request.get("privateChallengeParameters") or {}).get("challenge_id")
        code = codes.read_answer(event.request.get("challengeAnswer"), self.codes.length)
        if not challenge_id or code is None:
            event_log.decision("guess", "unreadable", challenge=challenge_id, sub=event.sub)
            return
        now = clock.now()
        challenge = self.challenges.guess(challenge_id, event.username, code, self.codes.max_attempts, now)
        right = challenge is not None and event.is_reachable and self._activated(event, challenge, now)
        event_log.decision("guess", "right" if right else "wrong", challenge=challenge_id, sub=event.sub)
        if challenge is None or not right:
            return
        event.response["answerCorrect"] = True
        try:
            self.limits.forget(challenge.limits_key, challenge.challenge_id, now)
        except (BotoCoreError, ClientError, BudgetSpentError) as error:
            event_log.failure("limits", error, sub=event.sub)

    def _activated(self, event: TriggerEvent, challenge: Challenge, now: int) -> bool:
        if challenge.attempt is None or challenge.proof is None:
            return True
        account = self.identities.activate(event.username, challenge.attempt, challenge.proof, now)
        if account is None:
            return False
        activation.tell(self.identities, UserPool(self.cognito, event.user_pool_id), account, event.attributes)
        return True
