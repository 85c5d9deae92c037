"""How often one destination is sent a code, across sessions: a cooldown that grows and is forgotten after a quiet hour.

One item per channel and destination in the auth-state table, `limits#<channel>#<keyed hash of the destination>`:
`cid` the running challenge, `begun` when its newest code was asked for, `level` how often the cooldown has grown,
`failures` the wrong guesses since the last success, `next_at` when the next code may be asked for, `answered` (its code
was typed right), `expires_at` when all of it is forgotten (TTL only sweeps: the conditions look at the time
themselves). Conditions decide races: of any number of simultaneous requests one begins a cooldown.
"""

import contextlib
from typing import Any, NamedTuple

from cognito_otp.dynamodb import ConditionFailedError, Item, Table
from cognito_otp.settings import Cooldown

_QUIET = 3600  # seconds without a request after which level and failures are forgotten


class Running(NamedTuple):
    """A destination's cooldown as it stands.

    Attributes:
        challenge_id: the challenge that began it.
        begun: when that challenge's newest code was asked for (seconds since the epoch, UTC).
        next_at: when another code may be asked for.
        level: how often it has grown.
        failures: wrong guesses since the last success.
        answered: the challenge's code was typed right.
    """

    challenge_id: str
    begun: int
    next_at: int
    level: int = 0
    failures: int = 0
    answered: bool = False


class Limits:
    """The cooldowns of all destinations.

    Args:
        table: the auth-state table.
        cooldown: its lengths.
    """

    def __init__(self, table: Table, cooldown: Cooldown) -> None:
        self._table = table
        self._cooldown = cooldown

    def running(self, key: str, now: int) -> Running | None:
        """Read a destination's cooldown (one strongly consistent read unit); None if nothing is remembered."""
        return running(self._table, key, now)

    def is_first(self, running: Running, now: int) -> bool:
        """Tell whether the first cooldown still runs, in which a repeated request is the same request."""
        return now < running.begun + self._cooldown.first

    def begin(self, key: str, challenge_id: str, now: int, after: Running | None = None) -> Running | None:
        """Begin a cooldown for a challenge, and return the one that stands then: this challenge's, or another's.

        One write unit; where another stands, a failed write and a read.

        Args:
            key: the item's key, see `key_of`.
            challenge_id: the challenge that is to be sent a code for.
            now: seconds since the epoch (UTC).
            after: the cooldown that this one follows; None if none runs.

        Returns:
            None if the one that stood is gone by the time it is read.
        """
        begun = self._next(challenge_id, now, after)
        try:
            self._table.update(key, _SET, **_write(begun, after))
        except ConditionFailedError:
            # Also after a lost answer to our own write: then what stands is ours.
            return self.running(key, now)
        return begun

    def renewing(self, key: str, challenge_id: str, now: int, after: Running | None) -> tuple[Running, Item]:
        """Return the cooldown that a resend begins, and the part of a transaction that writes it.

        Args:
            key: the item's key, see `key_of`.
            challenge_id: the challenge whose code is replaced.
            now: seconds since the epoch (UTC).
            after: the cooldown as it was read, None if nothing was remembered.
        """
        begun = self._next(challenge_id, now, after)
        return begun, self._table.updating(key, _SET, **_write(begun, after))

    def failed(self, key: str, challenge_id: str) -> None:
        """Count a wrong guess: the next cooldown grows by it, across sessions and codes (one write unit)."""
        with contextlib.suppress(ConditionFailedError):
            self._table.update(
                key, "SET failures = failures + :one", condition="cid = :cid", values={":one": 1, ":cid": challenge_id}
            )

    def succeeded(self, key: str, challenge_id: str) -> None:
        """Shorten the cooldown of a destination whose running challenge was answered to the first one, then forget all.

        Costs one write unit. Does nothing if another challenge runs by now. The first cooldown stays, counted from the
        code's request: without it whoever reads the codes of a dear number could have them sent without end.
        """
        with contextlib.suppress(ConditionFailedError):
            self._table.update(
                key,
                "SET next_at = begun + :first, answered = :true",
                condition="cid = :cid",
                values={":cid": challenge_id, ":first": self._cooldown.first, ":true": True},
            )

    def _next(self, challenge_id: str, now: int, after: Running | None) -> Running:
        level, failures = (after.level + 1, after.failures) if after and not after.answered else (0, 0)
        # 2**n is capped before it is computed: both are only counts and may have grown large.
        length = min(self._cooldown.first * 2 ** min(level + failures, 12), self._cooldown.longest)
        return Running(challenge_id, now, now + length, level, failures)


_SET = (
    "SET cid = :cid, begun = :begun, #level = :level, failures = :failures, next_at = :next, expires_at = :expires "
    "REMOVE answered"
)


def _write(begun: Running, after: Running | None) -> dict[str, Any]:
    """Return how `_SET` writes a cooldown, on the condition that the one it follows stands unchanged."""
    values = {
        ":cid": begun.challenge_id,
        ":begun": begun.begun,
        ":level": begun.level,
        ":failures": begun.failures,
        ":next": begun.next_at,
        ":expires": begun.next_at + _QUIET,
    }
    if after is None:
        condition = "attribute_not_exists(pk) OR expires_at <= :begun OR (answered = :true AND next_at <= :begun)"
        values |= {":true": True}
    else:
        condition = "cid = :seen_cid AND begun = :seen_begun AND next_at = :seen_next"
        values |= {":seen_cid": after.challenge_id, ":seen_begun": after.begun, ":seen_next": after.next_at}
    return {"condition": condition, "names": {"#level": "level"}, "values": values}


def running(table: Table, key: str, now: int) -> Running | None:
    """Read a destination's cooldown from the auth-state table, as `Limits.running` does."""
    item = table.get(key)
    if item is None or item["expires_at"] <= now:
        return None
    return Running(
        challenge_id=item["cid"],
        begun=item["begun"],
        next_at=item["next_at"],
        level=item["level"],
        failures=item["failures"],
        answered="answered" in item,
    )


def key_of(channel: str, destination_hash: str) -> str:
    """Return the key of a destination's item."""
    return f"limits#{channel}#{destination_hash}"
