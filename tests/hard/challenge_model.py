"""The life of a challenge as docs/limits.md and the README tell it, without the functions: what a test compares with.

Times are seconds. Nothing here knows of tables, conditions or hashes.
"""

from dataclasses import dataclass, field

FIRST, LONGEST = 30, 300
TTL, ATTEMPTS, RESENDS = 300, 3, 3
ANSWERS = (ATTEMPTS + 1) * (RESENDS + 1) + 2
DEAD_AFTER = 10  # a delivery of which nothing is known
QUIET = 3600
LADDER = ("sms", "email")

REQUESTED, SENDING, SENT, REFUSED = "requested", "sending", "sent", "refused"


@dataclass
class Cooldown:
    """Of one person's number or address."""

    challenge: "Challenge"
    begun: int
    until: int
    forgotten_at: int
    requests: int
    wrong: int
    is_answered: bool = False


@dataclass
class Challenge:
    """The codes of a sign-in, one after the other."""

    who: str
    channel: str
    asked_at: int
    next_at: int
    is_real: bool
    generation: int = 1
    state: str = REQUESTED
    sending_since: int = 0
    code: str | None = None
    guesses: set[str] = field(default_factory=set)
    is_joined: bool = False

    def is_alive(self, now: int) -> bool:
        return now < self.asked_at + TTL

    def is_undelivered(self, now: int) -> bool:
        """Tell whether no message is to be expected any more."""
        since = {REQUESTED: self.asked_at, SENDING: self.sending_since}
        return self.state == REFUSED or (self.state in since and now >= since[self.state] + DEAD_AFTER)

    def told(self, now: int) -> dict[str, str]:
        """Return what the client is to be told."""
        resend_in = 0 if self.is_undelivered(now) else max(0, self.next_at - now)
        return {
            "delivery_medium": self.channel.upper(),
            "expires_in": str(max(0, self.asked_at + TTL - now)),
            "resend_in": str(resend_in),
            "resends_left": str(RESENDS + 1 - self.generation),
            "attempts_left": str(ATTEMPTS - len(self.guesses)),
        }


@dataclass(frozen=True)
class Throttled:
    """A start that is refused."""

    retry_after: int


class Model:
    """What is expected of every request.

    Args:
        reachable: who can be sent codes, and by which channels; the first one of the ladder is where a start's goes.
    """

    def __init__(self, reachable: dict[str, tuple[str, ...]]) -> None:
        self._reachable = reachable
        self._cooldowns: dict[tuple[str, str], Cooldown] = {}

    def start(self, who: str, now: int) -> Challenge | Throttled:
        """Expect a new challenge, the running one, or a refusal."""
        channel = next((each for each in LADDER if each in self._reachable[who]), LADDER[0])
        running = self._remembered(who, channel, now)
        if running is None or now >= running.until:
            challenge = Challenge(who, channel, now, 0, channel in self._reachable[who])
            self._begin(challenge, now, running)
            return challenge
        challenge = running.challenge
        is_same = now < running.begun + FIRST or (challenge.is_undelivered(now) and challenge.generation <= RESENDS)
        is_there = challenge.channel == channel and challenge.is_alive(now)
        if is_same and is_there and not challenge.guesses:
            challenge.is_joined = True
            return challenge
        return Throttled(running.until - now)

    def deliver(self, challenge: Challenge, generation: int, now: int) -> bool:
        """Tell whether this hand-over makes a code; what becomes of it is for the provider to say."""
        if (challenge.state, challenge.generation) != (REQUESTED, generation) or not challenge.is_alive(now):
            return False
        challenge.state, challenge.sending_since = SENDING if challenge.is_real else SENT, now
        return True

    def guess(self, challenge: Challenge, guess: str, now: int, invocations: int = 1) -> bool:
        """Expect tokens, or not.

        Args:
            challenge: what is answered.
            guess: as typed.
            now: the time.
            invocations: of Verify, for one answer. A wrong one lengthens the cooldown with each: whether the one
                before came so far, nobody knows.
        """
        is_counted = (
            challenge.state in (SENDING, SENT)
            and challenge.is_alive(now)
            and len(challenge.guesses) < ATTEMPTS
            and guess not in challenge.guesses
        )
        if not is_counted:
            return False
        challenge.guesses.add(guess)
        is_right = guess == challenge.code
        cooldown = self._cooldowns[challenge.who, challenge.channel]
        if cooldown.challenge is challenge:
            if is_right:
                cooldown.until, cooldown.is_answered = cooldown.begun + FIRST, True
            else:
                cooldown.wrong += invocations
        return is_right

    def goes_on(self, challenge: Challenge, answers: int, now: int) -> bool:
        """Tell whether a sign-in goes on after an answer that was not right."""
        return answers < ANSWERS and len(challenge.guesses) < ATTEMPTS and challenge.is_alive(now)

    def resend(self, challenge: Challenge, wanted: str | None, now: int) -> None:
        """Replace the code, if it may be; otherwise nothing changes."""
        channel = wanted or challenge.channel
        is_other = channel != challenge.channel
        is_dead = challenge.is_undelivered(now)
        if not challenge.is_alive(now) or channel not in LADDER or challenge.generation > RESENDS:
            return
        if challenge.state == REQUESTED and not (is_other and is_dead):
            return  # its message is on its way
        if is_other and challenge.is_joined:
            return
        running = self._remembered(challenge.who, channel, now)
        if running is not None:
            is_own = running.challenge is challenge
            if is_own and running.is_answered:
                return
            if now < running.until and not (is_own and not is_other and is_dead):
                return
        challenge.channel, challenge.is_real = channel, channel in self._reachable[challenge.who]
        challenge.generation += 1
        challenge.state, challenge.code = REQUESTED, None
        challenge.asked_at = now
        challenge.guesses.clear()
        self._begin(challenge, now, running)

    def _remembered(self, who: str, channel: str, now: int) -> Cooldown | None:
        found = self._cooldowns.get((who, channel))
        return None if found is None or now >= found.forgotten_at else found

    def _begin(self, challenge: Challenge, now: int, before: Cooldown | None) -> None:
        requests, wrong = 0, 0
        if before is not None and not before.is_answered:
            requests, wrong = before.requests + 1, before.wrong
        until = now + min(FIRST * 2 ** (requests + wrong), LONGEST)
        challenge.next_at = until
        self._cooldowns[challenge.who, challenge.channel] = Cooldown(
            challenge, now, until, until + QUIET, requests, wrong
        )
