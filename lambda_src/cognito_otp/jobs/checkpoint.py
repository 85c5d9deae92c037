"""Where a walk is, so that the next slice goes on there, however the last one ended; and whose turn it is.

An item `job#<name>` of the auth-state table, without an expiry: `walk` (a map, see `Walk`), `lease` and `lease_until`.
Every change of it is conditional on the lease, so of two slices at once the second leaves, and one that was stopped for
longer than its lease finds that it lost it before it can write.
"""

import contextlib
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from cognito_otp.dynamodb import ConditionFailedError, Item, Table

LEASE_SECONDS = 120
"""How long a slice may be silent; one that died keeps the next away for so long."""

USERS, ACCOUNTS, ROWS = "users", "accounts", "rows"
"""The phases of a walk, in order."""


class LeaseLostError(Exception):
    """Another slice has taken over."""


@dataclass
class Walk:
    """One walk over the pool and its tables.

    Attributes:
        number: marks what the walk has seen; the time at which it began, in seconds since the epoch (UTC), or a little
            more if another one began in the same second.
        phase: `"users"`, `"accounts"` or `"rows"`.
        token: of the next page of users.
        after: key of the last item that was looked at, in the other phases.
        users: seen in the pool so far.
        accounts: items of the identities table looked at so far.
        rows: rows looked at so far.
        drift: kind of a difference to how often it was found.
        finished_at: seconds since the epoch (UTC), 0 while it goes on.
    """

    number: int
    phase: str = USERS
    token: str | None = None
    after: str | None = None
    users: int = 0
    accounts: int = 0
    rows: int = 0
    drift: dict[str, int] = field(default_factory=dict)
    finished_at: int = 0

    @classmethod
    def parse(cls, stored: Mapping[str, Any]) -> Self:
        """Read what `stored` returned."""
        return cls(**stored)

    def stored(self) -> Item:
        """Return the walk as an item's map."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def enter(self, phase: str) -> None:
        """Begin a phase at its beginning."""
        self.phase, self.token, self.after = phase, None, None

    def found(self, kind: str) -> None:
        """Count a difference."""
        self.drift[kind] = self.drift.get(kind, 0) + 1


class Checkpoint:
    """One job's checkpoint.

    Args:
        table: the auth-state table.
        name: the job's, e.g. `"reconcile"`.
    """

    def __init__(self, table: Table, name: str) -> None:
        self._table = table
        self._key = f"job#{name}"
        self._lease = secrets.token_urlsafe(12)

    def read(self) -> Walk | None:
        """Return where the walk is, None before the first (one read unit)."""
        item = self._table.get(self._key)
        return Walk.parse(item["walk"]) if item and "walk" in item else None

    def take(self, now: int) -> bool:
        """Take the lease (one write unit); return False if another slice has it.

        Args:
            now: seconds since the epoch (UTC).
        """
        try:
            self._table.update(
                self._key,
                "SET lease = :lease, lease_until = :until",
                condition="attribute_not_exists(lease_until) OR lease_until <= :now OR lease = :lease",
                values={":lease": self._lease, ":until": now + LEASE_SECONDS, ":now": now},
            )
        except ConditionFailedError:
            return False
        return True

    def save(self, walk: Walk, now: int) -> None:
        """Write where the walk is, and renew the lease (a write unit per KB, of which the token may be several).

        Raises:
            LeaseLostError: another slice has taken over.
        """
        try:
            self._table.update(
                self._key,
                "SET walk = :walk, lease_until = :until",
                condition="lease = :lease",
                values={":walk": walk.stored(), ":until": now + LEASE_SECONDS, ":lease": self._lease},
            )
        except ConditionFailedError:
            raise LeaseLostError from None

    def leave(self) -> None:
        """Give the lease back, if it is still held (one write unit)."""
        with contextlib.suppress(ConditionFailedError):
            self._table.update(
                self._key,
                "REMOVE lease, lease_until",
                condition="lease = :lease",
                values={":lease": self._lease},
            )
