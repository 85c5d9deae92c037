"""CreateAuthChallenge: the first round requests a code and hands its delivery over, later rounds only report.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-create-auth-challenge.html
"""

import secrets
from dataclasses import dataclass

from cognito_otp import clock, destinations, event_log
from cognito_otp.aws import FAILURES
from cognito_otp.challenges import Challenge, Challenges
from cognito_otp.code_requests import CodeRequests
from cognito_otp.settings import CHANNEL_ATTRIBUTES, Channels, Codes
from cognito_otp.triggers.event import TriggerEvent


@dataclass(frozen=True)
class CreateAuthChallenge:
    """The trigger, with what it needs."""

    codes: Codes
    channels: Channels
    challenges: Challenges
    requests: CodeRequests

    def __call__(self, event: TriggerEvent) -> None:
        """Start or report a challenge: what a start costs, see `CodeRequests.start`; a later round is one read.

        Raises:
            Refusal: OTP_THROTTLED, the destination's cooldown is running.
        """
        challenge = self._running(event) if event.rounds else self.requests.start(event.recipient)
        now = clock.now()
        resend_in = 0 if challenge.is_undelivered(now) else max(0, challenge.resend_at - now)
        event.response["publicChallengeParameters"] = {
            "delivery_medium": challenge.channel.upper(),
            "destination": self._shown(event, challenge),
            "code_length": str(self.codes.length),
            "expires_in": str(max(0, challenge.expires_at - now)),
            "resend_in": str(resend_in),
            "resends_left": str(max(0, self.codes.max_resends + 1 - challenge.generation)),
            "attempts_left": str(max(0, self.codes.max_attempts - challenge.guesses)),
        }
        # The round's own id makes an answer that Cognito hands over twice one answer.
        event.response["privateChallengeParameters"] = {
            "challenge_id": challenge.challenge_id,
            "round": secrets.token_urlsafe(12),
        }
        event.response["challengeMetadata"] = challenge.challenge_id

    def _running(self, event: TriggerEvent) -> Challenge:
        challenge_id = str(event.rounds[-1]["challengeMetadata"])
        try:
            challenge = self.challenges.get(challenge_id)
        except FAILURES as error:
            # To refuse would burn the session, whose code may still be typed right: report what is known unread.
            event_log.failure("round", error)
            challenge = None
        if challenge is None:
            now, channel = clock.now(), self.channels.ladder[0]
            latest, guesses = now + self.codes.ttl, len(event.rounds)
            challenge = Challenge(challenge_id, event.username, channel, "", now, latest, latest, guesses=guesses)
        return challenge

    def _shown(self, event: TriggerEvent, challenge: Challenge) -> str:
        mask = self.codes.show_destination and not challenge.simulated
        address = event.attributes.get(CHANNEL_ATTRIBUTES[challenge.channel]) if mask else None
        return destinations.shown(challenge.channel, address)
