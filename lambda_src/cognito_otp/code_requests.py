"""Requests for a code: the first of a sign-in, and the resends within it, to the same destination or another channel.

A user who gets no message, for whatever reason, costs the same calls in the same order and is told the same.
"""

from dataclasses import replace
from typing import NamedTuple

from cognito_otp import challenges, clock, destinations, event_log, limits, refusals
from cognito_otp.challenges import Challenge, Challenges
from cognito_otp.destinations import Destination
from cognito_otp.dynamodb import ConditionFailedError
from cognito_otp.handover import Delivery, HandOver
from cognito_otp.identities import Identities
from cognito_otp.keyed_hash import KeyedHash, Purpose
from cognito_otp.limits import Limits, Running
from cognito_otp.recipient import Recipient
from cognito_otp.refusals import Refusal
from cognito_otp.settings import Channels, Codes

_TRIES = 3  # to begin a cooldown while others do the same


class CodeRequests(NamedTuple):
    """Carries requests out, up to the hand-over to delivery."""

    codes: Codes
    channels: Channels
    keyed_hash: KeyedHash
    identities: Identities
    limits: Limits
    challenges: Challenges
    delivery: Delivery

    def start(self, recipient: Recipient) -> Challenge:
        """Begin a challenge, or join the running one.

        A request that is repeated (Cognito's time-out retry, a second tap) is the same request and sends nothing more.
        Three calls for a user with a verified destination (cooldown, challenge, hand-over), one more on an account's
        first sign-in; within a cooldown a failed write and two reads instead of the first.

        Raises:
            Refusal: OTP_THROTTLED, the destination's cooldown is running.
        """
        now = clock.now()
        destination = self._destination(recipient, None)
        channel = destination.channel if destination else self.channels.ladder[0]
        event_log.learned(**destinations.facts(channel, destination.address if destination else None))
        key = self._limits_key(recipient, channel, destination)
        own = challenges.new_id()
        running: Running | None = None
        for _ in range(_TRIES):
            running = self.limits.begin(key, own, now, after=running)
            if running is None:
                continue
            if running.challenge_id == own:
                challenge = self._first(recipient, channel, key, running, destination)
                return self._requested(recipient, challenge, destination)
            if now < running.next_at:
                return self._joined(recipient, channel, key, running, destination, now)
        raise Refusal(refusals.OTP_THROTTLED, retry_after=1)

    def resend(self, challenge_id: str, round_id: str, recipient: Recipient, wanted: str | None) -> str:
        """Replace a challenge's code by a new one, sent to the same channel or another.

        Two reads, one transaction of four write units, one hand-over. The new code replaces the old one.

        Args:
            challenge_id: the challenge.
            round_id: the round that asks; a repetition of the same round is not another request.
            recipient: who asks.
            wanted: `"sms"` or `"email"`, in any case of letters; None for the channel of the last code.

        Returns:
            `requested` or `simulated`, or why nothing was: `repeated`, `unknown_channel`, `over`, `used_up`,
            `shared`, `throttled`.
        """
        now = clock.now()
        challenge = self.challenges.get(challenge_id)
        if challenge is None or not challenge.may_be_answered_by(recipient.username) or challenge.expires_at <= now:
            return "over"
        channel = wanted.lower() if wanted else challenge.channel
        if channel not in self.channels.ladder:
            return "unknown_channel"
        event_log.learned(channel=channel)
        is_same_channel = channel == challenge.channel
        is_on_its_way = challenge.state == challenges.REQUESTED and (
            is_same_channel or not challenge.is_undelivered(now)
        )
        if challenge.renewed_by == round_id or is_on_its_way:
            # Unless the hand-over was lost.
            self._hand_over(challenge, recipient, self._destination(recipient, challenge.channel))
            return "repeated"
        if challenge.generation > self.codes.max_resends:
            return "used_up"
        if challenge.shared and not is_same_channel:
            # Whoever joined may be a stranger, who could take the code away to where its owner does not look.
            return "shared"
        return self._renew(challenge, channel, round_id, recipient, now)

    def _renew(self, challenge: Challenge, channel: str, round_id: str, recipient: Recipient, now: int) -> str:
        destination = self._destination(recipient, channel)
        event_log.learned(**destinations.facts(channel, destination.address if destination else None))
        # An unknown user may have another name at each call: what the sign-in began with goes on.
        is_nobody = destination is None and challenge.simulated and channel == challenge.channel
        key = challenge.limits_key if is_nobody else self._limits_key(recipient, channel, destination)
        running = self.limits.running(key, now)
        if running is not None:
            is_own = running.challenge_id == challenge.challenge_id
            if is_own and running.answered:
                return "over"
            is_lost = is_own and channel == challenge.channel and challenge.is_undelivered(now)
            if now < running.next_at and not is_lost:
                return "throttled"
        begun, cooldown = self.limits.renewing(key, challenge.challenge_id, now, running)
        renewed = replace(
            self._first(recipient, channel, key, begun, destination),
            generation=challenge.generation + 1,
            renewed_by=round_id,
        )
        try:
            self.challenges.replace(renewed, cooldown)
        except ConditionFailedError:
            return "throttled"  # another request for this destination, or this very one, was faster
        self._hand_over(renewed, recipient, destination)
        return "simulated" if renewed.simulated else "requested"

    def _destination(self, recipient: Recipient, channel: str | None) -> Destination | None:
        if not recipient.is_reachable:
            return None
        return destinations.choose(recipient.username, recipient.attributes, self.channels, self.identities, channel)

    def _limits_key(self, recipient: Recipient, channel: str, destination: Destination | None) -> str:
        # Without a destination the name stands in for it, so that the same limits apply in the same words.
        address = destination.address if destination else f"nobody:{recipient.username}"
        return limits.key_of(channel, self.keyed_hash.digest(Purpose.DESTINATION, channel, address))

    def _first(
        self, recipient: Recipient, channel: str, key: str, running: Running, destination: Destination | None
    ) -> Challenge:
        return Challenge(
            challenge_id=running.challenge_id,
            username=recipient.username,
            channel=channel,
            limits_key=key,
            requested_at=running.begun,
            expires_at=running.begun + self.codes.ttl,
            resend_at=running.next_at,
            activation=destination.activation if destination else None,
            simulated=destination is None,
        )

    def _joined(
        self,
        recipient: Recipient,
        channel: str,
        key: str,
        running: Running,
        destination: Destination | None,
        now: int,
    ) -> Challenge:
        """Return the running challenge if this request is the same one, or one whose message never went out."""
        begun = self._first(recipient, channel, key, running, destination)
        standing = self.challenges.get(running.challenge_id)
        if standing is None and now < begun.expires_at:
            # Its start got no further than the cooldown, or not yet: go on where it stopped. Whose it is nobody knows.
            return self._requested(recipient, begun, destination, shared=True)
        if standing is None or not self._is_same(standing, begun, running, now):
            raise Refusal(refusals.OTP_THROTTLED, retry_after=running.next_at - now)
        event_log.learned(correlation_id=standing.challenge_id)
        self.challenges.share(standing)
        self._hand_over(standing, recipient, destination)
        event_log.decision("challenge", "joined")
        return standing

    def _is_same(self, standing: Challenge, wanted: Challenge, running: Running, now: int) -> bool:
        may_resend = standing.generation <= self.codes.max_resends
        is_repeated = self.limits.is_first(running, now) or (standing.is_undelivered(now) and may_resend)
        is_untouched = standing.guesses == 0 and now < standing.expires_at
        is_theirs = standing.limits_key == wanted.limits_key and standing.username == wanted.username
        return is_repeated and is_untouched and is_theirs

    def _requested(
        self, recipient: Recipient, challenge: Challenge, destination: Destination | None, *, shared: bool = False
    ) -> Challenge:
        event_log.learned(correlation_id=challenge.challenge_id)
        self.challenges.put(challenge)
        if shared:
            self.challenges.share(challenge)
        self._hand_over(challenge, recipient, destination)
        event_log.decision("challenge", "simulated" if challenge.simulated else "requested")
        return challenge

    def _hand_over(self, challenge: Challenge, recipient: Recipient, destination: Destination | None) -> None:
        # Always, even when another request has done so: whether there is something to send is for delivery to decide.
        address = destination.address if destination and not challenge.simulated else None
        self.delivery.hand_over(
            HandOver(
                challenge.challenge_id,
                challenge.generation,
                recipient.username,
                challenge.channel,
                address,
                recipient.attributes.get("locale"),
            )
        )
