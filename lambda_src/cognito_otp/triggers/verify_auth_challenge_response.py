"""VerifyAuthChallengeResponse: one guess, counted before it is compared; or the wish for another code.

What it raises counts as a wrong answer (`fails_open`): Cognito would burn the session and with it the code
(https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-verify-auth-challenge-response.html).
A wish comes as `clientMetadata`, which reaches this trigger reliably and CreateAuthChallenge not.
"""

import secrets
from dataclasses import dataclass
from typing import Any

from cognito_otp import clock, codes, destinations, event_log
from cognito_otp.activation import Activations
from cognito_otp.aws import FAILURES
from cognito_otp.challenges import Challenges, Guess
from cognito_otp.code_requests import CodeRequests
from cognito_otp.fraud import Guard
from cognito_otp.handover import Delivery, Received
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
    requests: CodeRequests
    identities: Identities
    activations: Activations
    limits: Limits
    guard: Guard
    delivery: Delivery
    cognito: Any

    def __call__(self, event: TriggerEvent) -> None:
        """Answer whether the code is right; to a wish for another code with `answerCorrect` false.

        Two calls for a returning user (the guess, the cooldown), three after a text that counts against pumping; an
        account's first sign-in costs three more: its activation, the user pool's attribute and the note that it was
        told.
        """
        event.response["answerCorrect"] = False
        private = event.private_parameters
        challenge_id = private.get("challenge_id")
        if not challenge_id:
            return
        round_id = private.get("round") or secrets.token_urlsafe(12)
        if event.client_metadata.get("action") == "resend":
            self._resend(event, challenge_id, round_id)
        else:
            self._guess(event, challenge_id, round_id)

    def _resend(self, event: TriggerEvent, challenge_id: str, round_id: str) -> None:
        wanted = event.client_metadata.get("channel")
        try:
            outcome = self.requests.resend(challenge_id, round_id, event.recipient, wanted)
        except FAILURES as error:
            # The code that is out still works, and the person can wish again.
            event_log.failure("resend", error)
        else:
            event_log.decision("resend", outcome)

    def _guess(self, event: TriggerEvent, challenge_id: str, round_id: str) -> None:
        code = codes.read_answer(event.request.get("challengeAnswer"), self.codes.length)
        if code is None:
            event_log.decision("guess", "unreadable")
            return
        now = clock.now()
        guess = self.challenges.guess(challenge_id, event.username, code, self.codes.max_attempts, now, round_id)
        if guess is None:
            event_log.decision("guess", "not_counted")
            return
        channel = guess.challenge.channel
        event_log.learned(**destinations.facts(channel, destinations.address_of(channel, event.attributes)))
        is_right = guess.is_right and event.recipient.is_reachable
        accepted = is_right and self._is_carried_through(event, guess, now)
        event.response["answerCorrect"] = accepted
        event_log.decision("guess", "right" if accepted else "not_carried_through" if is_right else "wrong")
        try:
            if accepted:
                self._note_success(guess, now)
            elif not is_right:
                self.limits.failed(guess.challenge.limits_key, challenge_id)
        except FAILURES as error:
            event_log.failure("after_guess", error)

    def _note_success(self, guess: Guess, now: int) -> None:
        challenge = guess.challenge
        self.limits.succeeded(challenge.limits_key, challenge.challenge_id)
        if challenge.country is not None:
            self.guard.verified(challenge.country, now)
        if challenge.message_id is not None:
            self.delivery.hand_over(Received(challenge.challenge_id))

    def _is_carried_through(self, event: TriggerEvent, guess: Guess, now: int) -> bool:
        proven = guess.challenge.activation
        if proven is None:
            return True
        try:
            if not self.identities.activate(proven, now):
                event_log.decision("activation", "refused")
                return False
        except FAILURES as error:
            # Whether the account became active or not, the person can type the same code again.
            event_log.failure("activation", error)
            self.challenges.take_back(guess)
            return False
        event_log.decision("activation", "activated")
        user_pool = UserPool(self.cognito, event.user_pool_id)
        self.activations.announce(user_pool, event.username, proven, event.attributes)
        return True
