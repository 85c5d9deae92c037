"""Challenges: one requested code each, from the request to the guess that decides it.

One item per challenge in the auth-state table, `challenge#<id>`. `st` goes REQUESTED -> SENDING -> SENT, or REFUSED
when the provider definitely did not take the message. SENDING is never sent again, so there is at most one message per
request: a crash just before and just after the publication leave the same item. The code is there as a keyed hash
only, bound to the challenge and its generation; so are the guesses.
"""

import contextlib
import secrets
from dataclasses import asdict, dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cognito_otp import codes
from cognito_otp.dynamodb import ConditionFailedError, Item, Table
from cognito_otp.identities import Activation
from cognito_otp.keyed_hash import KeyedHash

REQUESTED, SENDING, SENT, REFUSED = "REQUESTED", "SENDING", "SENT", "REFUSED"


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
        expires_at: from when on no guess is right (seconds since the epoch, UTC).
        resend_at: when the destination may be sent another code.
        activation: what a right code sets in motion; None for an account that is active.
        simulated: nothing is sent and no guess is right (unknown users and others who get no message).
        generation: 1, and one more for each resend: the message and the hash belong to one generation.
        state: REQUESTED, SENDING, SENT or REFUSED.
        guesses: how many guesses were counted.
    """

    challenge_id: str
    username: str
    channel: str
    limits_key: str
    expires_at: int
    resend_at: int
    activation: Activation | None = None
    simulated: bool = False
    generation: int = 1
    state: str = REQUESTED
    guesses: int = 0


@dataclass(frozen=True)
class RightGuess:
    """A right guess, as it was counted: its challenge, its hash, and its own random token."""

    challenge: Challenge
    digest: str
    token: str


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
            "expires_at": challenge.expires_at,
            "resend_at": challenge.resend_at,
            "simulated": challenge.simulated,
        }
        if challenge.activation:
            item["activation"] = asdict(challenge.activation)
        # It is there after a lost answer, or if somebody who joined was faster: the same challenge either way.
        with contextlib.suppress(ConditionFailedError):
            self._table.put(_key(challenge.challenge_id), item, condition="attribute_not_exists(pk)")

    def get(self, challenge_id: str) -> Challenge | None:
        """Read a challenge (one strongly consistent read unit); None if there is none."""
        item = self._table.get(_key(challenge_id))
        return None if item is None else _challenge(challenge_id, item)

    def deliver(self, challenge_id: str, generation: int, length: int, now: int) -> tuple[str, str] | None:
        """Take the delivery of a requested code and make that code.

        One write unit. Whoever gets a code here is the only one who may publish it.

        Args:
            challenge_id: the challenge.
            generation: the generation that was handed over.
            length: digits of the code.
            now: seconds since the epoch (UTC).

        Returns:
            The code in plain text and the token of this delivery, or None if it was taken before, replaced or expired.
        """
        code, sender = codes.generate(length), secrets.token_urlsafe(12)
        try:
            self._table.update(
                _key(challenge_id),
                "SET st = :sending, code_hash = :hash, sender = :sender, sending_at = :now",
                condition="st = :requested AND gen = :gen AND expires_at > :now",
                values={
                    ":sending": SENDING,
                    ":requested": REQUESTED,
                    ":hash": codes.digest(self._keyed_hash, challenge_id, generation, code),
                    ":sender": sender,
                    ":gen": generation,
                    ":now": now,
                },
            )
        except ConditionFailedError:
            item = self._table.get(_key(challenge_id)) or {}
            if item.get("sender") != sender:
                return None
            # The answer to our own write was lost: the delivery is ours.
        return code, sender

    def delivered(self, challenge_id: str, sender: str, state: str) -> None:
        """Note how a delivery ended: SENT or REFUSED (one write unit); nothing if it is no longer this delivery's."""
        with contextlib.suppress(ConditionFailedError):
            self._table.update(
                _key(challenge_id),
                "SET st = :state",
                condition="st = :sending AND sender = :sender",
                values={":state": state, ":sending": SENDING, ":sender": sender},
            )

    def guess(self, challenge_id: str, username: str, code: str, max_attempts: int, now: int) -> RightGuess | None:
        """Count a guess, then compare it: one write unit decides, however many guesses race.

        A guess is counted before it is compared (ASVS 5.0 6.6.3) and each only once, so a right code is accepted once.
        The guess's own random token tells a lost answer from a repetition. A simulated challenge counts whoever
        guesses: Cognito may give an unknown user another name at each call.

        Args:
            challenge_id: the challenge.
            username: who answers.
            code: the digits that were typed.
            max_attempts: how many guesses a code admits.
            now: seconds since the epoch (UTC).

        Returns:
            This very guess if it is right, else None.
        """
        guessed = codes.guess_digest(self._keyed_hash, challenge_id, code)
        token = secrets.token_urlsafe(12)
        try:
            item = self._table.update(
                _key(challenge_id),
                "SET tries.#guess = :token",
                condition="(username = :username OR simulated = :true) AND st IN (:sending, :sent) "
                "AND expires_at > :now AND size(tries) < :max AND attribute_not_exists(tries.#guess)",
                names={"#guess": guessed},
                values={
                    ":token": token,
                    ":username": username,
                    ":sending": SENDING,
                    ":sent": SENT,
                    ":now": now,
                    ":max": max_attempts,
                    ":true": True,
                },
            )
        except (ConditionFailedError, BotoCoreError, ClientError):
            # Not counted, unless our own write went through and only its answer was lost.
            item = self._table.get(_key(challenge_id)) or {}
            if item.get("tries", {}).get(guessed) != token:
                return None
        challenge = _challenge(challenge_id, item)
        digest = codes.digest(self._keyed_hash, challenge_id, challenge.generation, code)
        if challenge.simulated or not codes.equal(item["code_hash"], digest):
            return None
        return RightGuess(challenge, guessed, token)

    def take_back(self, guess: RightGuess) -> None:
        """Uncount a right guess that could not be carried through, so that it can be made again (one write unit)."""
        with contextlib.suppress(ConditionFailedError):
            self._table.update(
                _key(guess.challenge.challenge_id),
                "REMOVE tries.#guess",
                condition="tries.#guess = :token",
                names={"#guess": guess.digest},
                values={":token": guess.token},
            )


def _key(challenge_id: str) -> str:
    return f"challenge#{challenge_id}"


def _challenge(challenge_id: str, item: Item) -> Challenge:
    return Challenge(
        challenge_id=challenge_id,
        username=item["username"],
        channel=item["channel"],
        limits_key=item["limits_key"],
        expires_at=item["expires_at"],
        resend_at=item["resend_at"],
        activation=Activation(**item["activation"]) if "activation" in item else None,
        simulated=item["simulated"],
        generation=item["gen"],
        state=item["st"],
        guesses=len(item["tries"]),
    )
