"""CreateAuthChallenge: the first round requests a code and hands its delivery over, later rounds only report.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-create-auth-challenge.html
"""

from dataclasses import dataclass

from cognito_otp import challenges, clock, destinations, event_log, limits, refusals
from cognito_otp.aws import FAILURES
from cognito_otp.challenges import Challenge, Challenges
from cognito_otp.destinations import Destination
from cognito_otp.handover import Delivery, HandOver
from cognito_otp.identities import Identities
from cognito_otp.keyed_hash import KeyedHash, Purpose
from cognito_otp.limits import Limits
from cognito_otp.refusals import Refusal
from cognito_otp.settings import CHANNEL_ATTRIBUTES, Channels, Codes
from cognito_otp.triggers.event import TriggerEvent


@dataclass(frozen=True)
class CreateAuthChallenge:
    """The trigger, with what it needs."""

    codes: Codes
    channels: Channels
    keyed_hash: KeyedHash
    identities: Identities
    limits: Limits
    challenges: Challenges
    delivery: Delivery

    def __call__(self, event: TriggerEvent) -> None:
        """Start or report a challenge.

        The first round of a user with a verified destination costs three calls (cooldown, challenge, hand-over), one
        more on an account's first sign-in; a later round one read. A user who gets no message, for whatever reason,
        costs the same calls and sees the same parameters.

        Raises:
            Refusal: OTP_THROTTLED, the destination's cooldown is running.
        """
        challenge = self._running(event) if event.rounds else self._start(event)
        now = clock.now()
        event.response["publicChallengeParameters"] = {
            "delivery_medium": challenge.channel.upper(),
            "destination": self._shown(event, challenge),
            "code_length": str(self.codes.length),
            "expires_in": str(max(0, challenge.expires_at - now)),
            "resend_in": str(max(0, challenge.resend_at - now)),
            "attempts_left": str(max(0, self.codes.max_attempts - challenge.guesses)),
        }
        event.response["privateChallengeParameters"] = {"challenge_id": challenge.challenge_id}
        event.response["challengeMetadata"] = challenge.challenge_id

    def _running(self, event: TriggerEvent) -> Challenge:
        challenge_id = event.rounds[-1]["challengeMetadata"]
        try:
            challenge = self.challenges.get(challenge_id)
        except FAILURES as error:
            # To refuse would burn the session, whose code may still be typed right: report what is known unread.
            event_log.failure("CreateAuthChallenge", error, sub=event.sub)
            challenge = None
        if challenge is None:
            channel, latest = self.channels.ladder[0], clock.now() + self.codes.ttl
            challenge = Challenge(challenge_id, event.username, channel, "", latest, latest, guesses=len(event.rounds))
        return challenge

    def _destination(self, event: TriggerEvent) -> Destination | None:
        if not event.is_reachable:
            return None
        return destinations.choose(event.username, event.attributes, self.channels, self.identities)

    def _shown(self, event: TriggerEvent, challenge: Challenge) -> str:
        mask = self.codes.show_destination and not challenge.simulated
        address = event.attributes.get(CHANNEL_ATTRIBUTES[challenge.channel]) if mask else None
        return destinations.shown(challenge.channel, address)

    def _start(self, event: TriggerEvent) -> Challenge:
        now = clock.now()
        destination = self._destination(event)
        channel = destination.channel if destination else self.channels.ladder[0]
        # Without a destination the name stands in for it, so that the same limits apply in the same words.
        address = destination.address if destination else f"nobody:{event.username}"
        key = limits.key_of(channel, self.keyed_hash.digest(Purpose.DESTINATION, channel, address))
        try:
            start = self.limits.start(
                key, challenges.new_id(), now, lambda running: self._may_join(running, event, now)
            )
        except limits.ThrottledError as throttled:
            raise Refusal(refusals.OTP_THROTTLED, retry_after=throttled.retry_after) from None
        challenge = Challenge(
            challenge_id=start.challenge_id,
            username=event.username,
            channel=channel,
            limits_key=key,
            expires_at=start.begun + self.codes.ttl,
            resend_at=start.next_at,
            activation=destination.activation if destination else None,
            simulated=destination is None,
        )
        self.challenges.put(challenge)
        # Always, even when another start has done so: whether there is something to send is for delivery to decide.
        self.delivery.hand_over(
            HandOver(
                challenge.challenge_id, challenge.generation, channel, destination.address if destination else None
            )
        )
        outcome = "requested" if destination else "simulated"
        event_log.decision("challenge", outcome, channel=channel, challenge=challenge.challenge_id, sub=event.sub)
        return challenge

    def _may_join(self, challenge_id: str, event: TriggerEvent, now: int) -> bool:
        running = self.challenges.get(challenge_id)
        if running is None:
            return True  # its start got no further than the cooldown
        return running.username == event.username and running.guesses == 0 and now < running.expires_at
