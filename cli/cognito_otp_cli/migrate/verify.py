"""Compares, after a migration, what is there with what was to be."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from cognito_otp_cli.migrate import pools
from cognito_otp_cli.migrate.becoming import Target
from cognito_otp_cli.migrate.journal import Journal, Moved
from cognito_otp_cli.migrate.plan import Plan, Planned
from cognito_otp_cli.migrate.pools import User
from cognito_otp_cli.migrate.rows import MIGRATED_FROM, Row, Rows

_BATCH = 100


@dataclass(frozen=True)
class Verification:
    """What was compared.

    Attributes:
        users: how many users of the new pool.
        rows: how many rows.
        gone: old ids that were moved, and that the old pool no longer has.
        differences: old id to what is not as it was to be, in words.
    """

    users: int
    rows: int
    gone: tuple[str, ...]
    differences: Mapping[str, tuple[str, ...]]

    def as_json(self) -> dict[str, Any]:
        """Return the report as it is written to a file."""
        return {"users": self.users, "rows": self.rows, "gone": self.gone, "differences": self.differences}


def verify(cognito: Any, target: Target, plan: Plan, journal: Journal, rows: Rows) -> Verification:
    """Compare every user that was moved, by attributes, status and groups, and every row.

    Costs one walk through the new pool, and a read of each row.
    """
    listed = pools.with_groups(cognito, target.pool.id, list(pools.users(cognito, target.pool.id)))
    there = {user.sub: user for user in listed}
    moved = list(journal.moved())
    differences: dict[str, list[str]] = {}
    gone = []
    compared = 0
    for batch in _batches(moved):
        new_rows = rows.new(each.new_sub for each in batch)
        left = rows.last_used(each.sub for each in batch)
        for sub, new_sub, _, username in batch:
            planned = plan.users.get(sub)
            if planned is None:
                gone.append(sub)
                continue
            # ListUsers comes to know of a new user a little later.
            actual = there.get(new_sub) or pools.user(cognito, target.pool.id, username)
            row = new_rows.get(new_sub)
            compared += row is not None
            found = _of_user(planned, new_sub, actual, target)
            found += _of_row(journal, rows, sub, row)
            if sub in left:
                found.append("row: there is one under the old id too")
            if found:
                differences[sub] = found
    return Verification(
        len(moved) - len(gone), compared, tuple(gone), {sub: tuple(found) for sub, found in differences.items()}
    )


def _of_user(planned: Planned, new_sub: str, actual: User | None, target: Target) -> list[str]:
    if actual is None or actual.sub != new_sub:
        return ["user: is not in the new pool"]
    wanted = planned.becoming.attributes
    found = [f"attribute: {name}" for name, value in sorted(wanted.items()) if actual.attributes.get(name) != value]
    if actual.is_enabled != planned.user.is_enabled:
        found.append("user: is enabled" if actual.is_enabled else "user: is disabled")
    if actual.status != "CONFIRMED":
        found.append(f"user: is {actual.status}")
    missing = set(planned.user.groups) & target.groups - set(actual.groups)
    return found + [f"group: {group}" for group in sorted(missing)]


def _of_row(journal: Journal, rows: Rows, sub: str, row: Row | None) -> list[str]:
    step = journal.steps(sub).get("row")
    if step is None or step.state != "done":
        return ["row: was not moved"]
    if row is None:
        return ["row: is not there"]
    if row.get(MIGRATED_FROM) != {"S": sub}:
        return ["row: does not name the old id"]
    return [f"row: {name}" for name in rows.lost(step.facts.get("row"), row)]


def _batches(moved: Iterable[Moved]) -> Iterable[list[Moved]]:
    left = iter(moved)
    while batch := list(islice(left, _BATCH)):
        yield batch
