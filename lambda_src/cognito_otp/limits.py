"""How often one destination is sent a code, across sessions: a cooldown that grows and is forgotten after a quiet hour.

One item per channel and destination in the auth-state table, `limits#<channel>#<keyed hash of the destination>`:
`cid` the running challenge, `begun`, `level` how often the cooldown has grown, `next_at` when the next may start,
`expires_at` when all of it is forgotten (TTL only sweeps: the conditions look at the time themselves). Conditions
decide races: of any number of simultaneous starts one begins a challenge, the others join it or are throttled.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from cognito_otp.dynamodb import ConditionFailedError, Table
from cognito_otp.settings import Cooldown

_QUIET = 3600  # seconds without a start after which the level is forgotten
_READS = 3


class ThrottledError(Exception):
    """The destination's cooldown is running.

    Attributes:
        retry_after: seconds until it ends, at least 1.
    """

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(retry_after)


@dataclass(frozen=True)
class Start:
    """What a sign-in may go on with.

    Attributes:
        challenge_id: the challenge to answer: the caller's own, or the running one it joins.
        begun: when that challenge was requested (seconds since the epoch, UTC).
        next_at: when the destination may be sent another code.
    """

    challenge_id: str
    begun: int
    next_at: int


class Limits:
    """The cooldowns of all destinations.

    Args:
        table: the auth-state table.
        cooldown: its lengths.
    """

    def __init__(self, table: Table, cooldown: Cooldown) -> None:
        self._table = table
        self._cooldown = cooldown

    def start(self, key: str, challenge_id: str, now: int, may_join: Callable[[str], bool]) -> Start:
        """Begin a challenge for a destination, or join the running one.

        Costs one write unit; a start within a cooldown costs a failed write and two reads as well. A start that is
        repeated (Cognito's time-out retry, a second tap) joins, so that it cannot send a second message.

        Args:
            key: the item's key, see `key_of`.
            challenge_id: a new random id, to be used if a challenge begins.
            now: seconds since the epoch (UTC).
            may_join: tells whether the running challenge of that id may be joined.

        Raises:
            ThrottledError: neither is possible before the cooldown ends.
        """
        fresh = self._span(now, 0)
        if self._begin(key, challenge_id, now, fresh, "attribute_not_exists(pk) OR expires_at <= :now", {}):
            return Start(challenge_id, now, fresh["next_at"])
        retry_after = 1
        for _ in range(_READS):
            seen = self._table.get(key)
            if seen is None:
                continue
            running = Start(seen["cid"], seen["begun"], seen["next_at"])
            if running.challenge_id == challenge_id:  # the answer to our own write was lost
                return running
            if now < running.begun + self._cooldown.first and may_join(running.challenge_id):
                return running
            if now < running.next_at:
                raise ThrottledError(running.next_at - now)
            grown = self._span(now, seen["level"] + 1)
            same: dict[str, str | int] = {":seen": running.challenge_id, ":begun": running.begun}
            if self._begin(key, challenge_id, now, grown, "cid = :seen AND begun = :begun", same):
                return Start(challenge_id, now, grown["next_at"])
            retry_after = grown["next_at"] - now
        raise ThrottledError(retry_after)

    def succeeded(self, key: str, challenge_id: str) -> None:
        """Shorten the cooldown of a destination whose running challenge was answered to the first one, and forget all.

        Costs one write unit. Does nothing if another challenge runs by now. The first cooldown stays, counted from the
        challenge's beginning: without it whoever reads the codes of a dear number could have them sent without end.
        """
        with contextlib.suppress(ConditionFailedError):
            self._table.update(
                key,
                "SET next_at = begun + :first, expires_at = begun + :first",
                condition="cid = :cid",
                values={":cid": challenge_id, ":first": self._cooldown.first},
            )

    def _span(self, now: int, level: int) -> dict[str, int]:
        # 2**level is capped before it is computed: a level is only a count and may have grown large.
        length = min(self._cooldown.first * 2 ** min(level, 10), self._cooldown.longest)
        next_at = now + length
        return {"level": level, "next_at": next_at, "expires_at": next_at + _QUIET}

    def _begin(
        self, key: str, challenge_id: str, now: int, span: dict[str, int], condition: str, values: dict[str, str | int]
    ) -> bool:
        try:
            self._table.update(
                key,
                "SET cid = :cid, begun = :now, #level = :level, next_at = :next, expires_at = :expires",
                condition=condition,
                names={"#level": "level"},
                values={
                    ":cid": challenge_id,
                    ":now": now,
                    ":level": span["level"],
                    ":next": span["next_at"],
                    ":expires": span["expires_at"],
                    **values,
                },
            )
        except ConditionFailedError:
            return False
        return True


def key_of(channel: str, destination_hash: str) -> str:
    """Return the key of a destination's item."""
    return f"limits#{channel}#{destination_hash}"
