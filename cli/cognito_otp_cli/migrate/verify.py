"""Compares, after a migration, what is there with what was to be."""

from collections.abc import Iterator, Mapping
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

Pair = tuple[Moved, User | None]
"""Who was moved, and the user of the new pool if there is one."""


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
    moved = {each.new_sub: each for each in journal.moved() if each.sub in plan.users}
    gone = tuple(each.sub for each in journal.moved() if each.sub not in plan.users)
    users = len(moved)
    differences: dict[str, tuple[str, ...]] = {}
    compared = 0
    for batch in _batches(_there(cognito, target.pool.id, moved)):
        new_rows = rows.new(each.new_sub for each, _ in batch)
        left = rows.last_used(each.sub for each, _ in batch)
        for (sub, new_sub, _, _), actual in batch:
            row = new_rows.get(new_sub)
            compared += row is not None
            found = _of_user(plan.users[sub], new_sub, actual, target)
            found += _of_row(journal, rows, sub, row)
            if sub in left:
                found.append("row: there is one under the old id too")
            if found:
                differences[sub] = tuple(found)
    return Verification(users, compared, gone, differences)


def _there(cognito: Any, user_pool_id: str, moved: dict[str, Moved]) -> Iterator[Pair]:
    """Give everybody who was moved with the user of the new pool, and take them out of `moved`, which is by new id."""
    groups = pools.groups_by_user(cognito, user_pool_id)
    for user in pools.users(cognito, user_pool_id):
        each = moved.pop(user.sub, None)
        if each is not None:
            yield each, pools.in_groups(user, groups)
    # ListUsers comes to know of a new user a little later.
    for each in moved.values():
        found = pools.user(cognito, user_pool_id, each.new_username)
        yield each, found and pools.in_groups(found, groups)


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
    return [f"row: {name}" for name in rows.lost(journal.row(sub), row)]


def _batches(left: Iterator[Pair]) -> Iterator[list[Pair]]:
    while batch := list(islice(left, _BATCH)):
        yield batch
