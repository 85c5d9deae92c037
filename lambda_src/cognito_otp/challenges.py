"""Challenges: the codes of one sign-in, one at a time, from the request to the guess that decides it.

One item per challenge in the auth-state table, `challenge#<id>`. `st` goes REQUESTED -> SENDING -> SENT, or REFUSED
when the provider definitely did not take the message. SENDING is never sent again, so there is at most one message per
request: a crash just before and just after the publication leave the same item. A resend makes the challenge's next
generation: REQUESTED again, with a new code, a new life and no guesses. The code is there as a keyed hash only, bound
to the challenge, its generation and its user; the guesses to the challenge.
"""

import contextlib
import secrets
from dataclasses import dataclass
from typing import Any, NamedTuple

from cognito_otp import codes
from cognito_otp.aws import FAILURES
from cognito_otp.dynamodb import ConditionFailedError, Item, Table, Value
from cognito_otp.identities import Activation
from cognito_otp.keyed_hash import KeyedHash

REQUESTED, SENDING, SENT, REFUSED = "REQUESTED", "SENDING", "SENT", "REFUSED"

_OVERDUE = 10  # seconds after which a delivery that has not said how it ended is taken for dead


def new_id() -> str:
    """Return a random challenge id (144 bits)."""
    return secrets.token_urlsafe(18)


@dataclass(frozen=True)
class Challenge:
    """A challenge as it was read.

    Attributes:
        challenge_id: random id.
        username: whose it is (`event.userName`); nobody else can answer it.
        channel: `"sms"` or `"email"`.
        limits_key: key of its destination's cooldown item.
        requested_at: when this generation was asked for (seconds since the epoch, UTC, as all times here).
        expires_at: from when on no guess is right.
        resend_at: when the destination may be sent another code.
        activation: what a right code sets in motion; None for an account that is active.
        simulated: nothing is sent and no guess is right (unknown users and others who get no message).
        generation: 1, and one more for each resend: the message and the hash belong to one generation.
        state: REQUESTED, SENDING, SENT or REFUSED.
        guesses: how many guesses were counted.
        sending_at: when its delivery began, None before.
        country: where the text went, as far as it counts against pumping; None otherwise.
        message_id: the provider's id of the message, if the provider wants to hear whether it arrived.
        renewed_by: the round of the sign-in that asked for this generation, None for the first.
        shared: more than one sign-in has it, and one of them may be a stranger's.
    """

    challenge_id: str
    username: str
    channel: str
    limits_key: str
    requested_at: int
    expires_at: int
    resend_at: int
    activation: Activation | None = None
    simulated: bool = False
    generation: int = 1
    state: str = REQUESTED
    guesses: int = 0
    sending_at: int | None = None
    country: str | None = None
    message_id: str | None = None
    renewed_by: str | None = None
    shared: bool = False

    def is_undelivered(self, now: int) -> bool:
        """Tell whether no message can be expected any more: refused, or its delivery died on the way."""
        if self.state == REFUSED:
            return True
        begun = self.requested_at if self.state == REQUESTED else self.sending_at
        return self.state != SENT and begun is not None and begun + _OVERDUE <= now

    def may_be_answered_by(self, username: str) -> bool:
        """Tell whether it is this user's; a simulated one is anybody's.

        Cognito may give an unknown user another name at each call.
        """
        return self.simulated or self.username == username


class Guess(NamedTuple):
    """A guess, as it was counted: its challenge, whether it is right, its hash, and the round it was made in."""

    challenge: Challenge
    is_right: bool
    digest: str
    round_id: str


class Taken(NamedTuple):
    """A delivery that the caller alone carries out: its own random token, and when the code expires."""

    sender: str
    expires_at: int


class Challenges:
    """The challenges in the auth-state table."""

    def __init__(self, table: Table, keyed_hash: KeyedHash) -> None:
        self._table = table
        self._keyed_hash = keyed_hash

    def put(self, challenge: Challenge) -> None:
        """Write a requested challenge unless it is there already (one write unit)."""
        item: dict[str, Any] = {
            "username": challenge.username,
            "channel": challenge.channel,
            "limits_key": challenge.limits_key,
            "gen": challenge.generation,
            "st": challenge.state,
            "tries": {},
            "requested_at": challenge.requested_at,
            "expires_at": challenge.expires_at,
            "resend_at": challenge.resend_at,
            "simulated": challenge.simulated,
        }
        if challenge.activation:
            item["activation"] = challenge.activation._asdict()
        # It is there after a lost answer, or if somebody who joined was faster: the same challenge either way.
        with contextlib.suppress(ConditionFailedError):
            self._table.put(_key(challenge.challenge_id), item, condition="attribute_not_exists(pk)")

    def get(self, challenge_id: str) -> Challenge | None:
        """Read a challenge (one strongly consistent read unit); None if there is none."""
        item = self._table.get(_key(challenge_id))
        return None if item is None else _challenge(challenge_id, item)

    def share(self, challenge: Challenge) -> None:
        """Note that another sign-in has joined (one write unit)."""
        self._table.update(
            _key(challenge.challenge_id),
            "SET joined = :true",
            condition="attribute_exists(pk)",
            values={":true": True},
        )

    def replace(self, challenge: Challenge, cooldown: Item) -> None:
        """Write a challenge's next generation together with the cooldown that it begins (four write units).

        The old code is dead from then on, and a delivery of it that is still on its way sends nothing.

        Args:
            challenge: the next generation.
            cooldown: the part of the transaction that writes the cooldown.

        Raises:
            ConditionFailedError: it was replaced before, it has expired, or the cooldown has changed.
            ContentionError: other transactions were in the way.
        """
        assignments = (
            "SET gen = :gen, st = :requested, tries = :none, channel = :channel, limits_key = :limits_key, "
            "requested_at = :now, expires_at = :expires, resend_at = :resend, simulated = :simulated, renewed_by = :by"
        )
        values: dict[str, Value] = {
            ":gen": challenge.generation,
            ":old": challenge.generation - 1,
            ":requested": REQUESTED,
            ":none": {},
            ":channel": challenge.channel,
            ":limits_key": challenge.limits_key,
            ":now": challenge.requested_at,
            ":expires": challenge.expires_at,
            ":resend": challenge.resend_at,
            ":simulated": challenge.simulated,
            ":by": str(challenge.renewed_by),
        }
        gone = ["code_hash", "sender", "sending_at", "country", "message_id"]
        if challenge.activation:
            assignments += ", activation = :activation"
            values[":activation"] = challenge.activation._asdict()
        else:
            gone.append("activation")
        replaced = self._table.updating(
            _key(challenge.challenge_id),
            f"{assignments} REMOVE {', '.join(gone)}",
            condition="gen = :old AND expires_at > :now",
            values=values,
        )
        self._table.transact([replaced, cooldown])

    def deliver(
        self, challenge_id: str, generation: int, username: str, code: str, now: int, *, country: str | None = None
    ) -> Taken | None:
        """Take the delivery of a requested code.

        One write unit. Whoever is given something here is the only one who may publish the code.

        Args:
            challenge_id: the challenge.
            generation: the generation that was handed over.
            username: whose code it is.
            code: digits, newly made.
            now: seconds since the epoch (UTC).
            country: what the message will count for against pumping, if it does.

        Returns:
            None if it was taken before, replaced, expired, or is somebody else's.
        """
        sender = secrets.token_urlsafe(12)
        values: dict[str, Value] = {
            ":sending": SENDING,
            ":requested": REQUESTED,
            ":hash": codes.digest(self._keyed_hash, challenge_id, generation, username, code),
            ":sender": sender,
            ":gen": generation,
            ":now": now,
            ":username": username,
            ":true": True,
        }
        assignments = "SET st = :sending, code_hash = :hash, sender = :sender, sending_at = :now"
        if country is not None:
            assignments += ", country = :country"
            values[":country"] = country
        try:
            item = self._table.update(
                _key(challenge_id),
                assignments,
                condition="st = :requested AND gen = :gen AND expires_at > :now "
                "AND (username = :username OR simulated = :true)",
                values=values,
            )
        except ConditionFailedError:
            item = self._table.get(_key(challenge_id)) or {}
            if item.get("sender") != sender:
                return None
            # The answer to our own write was lost: the delivery is ours.
        return Taken(sender, item["expires_at"])

    def delivered(self, challenge_id: str, sender: str, state: str, *, message_id: str | None = None) -> None:
        """Note how a delivery ended: SENT or REFUSED (one write unit); nothing if it is no longer this delivery's."""
        values: dict[str, Value] = {":state": state, ":sending": SENDING, ":sender": sender}
        if message_id is not None:
            values[":message_id"] = message_id
        with contextlib.suppress(ConditionFailedError):
            self._table.update(
                _key(challenge_id),
                "SET st = :state" + (", message_id = :message_id" if message_id is not None else ""),
                condition="st = :sending AND sender = :sender",
                values=values,
            )

    def guess(
        self, challenge_id: str, username: str, code: str, max_attempts: int, now: int, round_id: str
    ) -> Guess | None:
        """Count a guess, then compare it: one write unit decides, however many guesses race.

        A guess is counted before it is compared (ASVS 5.0 6.6.3) and each only once, so a right code is accepted once.
        A round of a sign-in is answered once, so its random id tells a lost answer, and Cognito's own retry of a late
        one, from the same guess made again.

        Args:
            challenge_id: the challenge.
            username: who answers.
            code: the digits that were typed.
            max_attempts: how many guesses a code admits.
            now: seconds since the epoch (UTC).
            round_id: the round of the sign-in that is answered, random.

        Returns:
            None if it was not counted: made before, too many, too late, nothing sent yet, or somebody else's.

        Raises:
            botocore.exceptions.BotoCoreError, ClientError: it was not counted, and could not be.
        """
        guessed = codes.guess_digest(self._keyed_hash, challenge_id, code)
        try:
            item = self._table.update(
                _key(challenge_id),
                "SET tries.#guess = :round",
                condition="(username = :username OR simulated = :true) AND st IN (:sending, :sent) "
                "AND expires_at > :now AND size(tries) < :max AND attribute_not_exists(tries.#guess)",
                names={"#guess": guessed},
                values={
                    ":round": round_id,
                    ":username": username,
                    ":sending": SENDING,
                    ":sent": SENT,
                    ":now": now,
                    ":max": max_attempts,
                    ":true": True,
                },
            )
        except (ConditionFailedError, *FAILURES) as error:
            # Not counted, unless this round's own write went through and only its answer was lost.
            item = self._table.get(_key(challenge_id)) or {}
            if item.get("tries", {}).get(guessed) != round_id:
                if isinstance(error, ConditionFailedError):
                    return None
                raise
        challenge = _challenge(challenge_id, item)
        digest = codes.digest(self._keyed_hash, challenge_id, challenge.generation, username, code)
        is_right = codes.equal(item["code_hash"], digest) and not challenge.simulated
        return Guess(challenge, is_right, guessed, round_id)

    def take_back(self, guess: Guess) -> None:
        """Uncount a right guess that could not be carried through, so that it can be made again (one write unit)."""
        with contextlib.suppress(ConditionFailedError):
            self._table.update(
                _key(guess.challenge.challenge_id),
                "REMOVE tries.#guess",
                condition="tries.#guess = :round",
                names={"#guess": guess.digest},
                values={":round": guess.round_id},
            )


def _key(challenge_id: str) -> str:
    return f"challenge#{challenge_id}"


def _challenge(challenge_id: str, item: Item) -> Challenge:
    return Challenge(
        challenge_id=challenge_id,
        username=item["username"],
        channel=item["channel"],
        limits_key=item["limits_key"],
        requested_at=item["requested_at"],
        expires_at=item["expires_at"],
        resend_at=item["resend_at"],
        activation=Activation(**item["activation"]) if "activation" in item else None,
        simulated=item["simulated"],
        generation=item["gen"],
        state=item["st"],
        guesses=len(item["tries"]),
        sending_at=item.get("sending_at"),
        country=item.get("country"),
        message_id=item.get("message_id"),
        renewed_by=item.get("renewed_by"),
        shared="joined" in item,
    )
