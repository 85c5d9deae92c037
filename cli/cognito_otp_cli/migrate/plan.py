"""The plan: what becomes of every user of the old pool, found without changing anything."""

import enum
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cognito_otp_cli.migrate import duplicates
from cognito_otp_cli.migrate.becoming import Becoming, Target
from cognito_otp_cli.migrate.duplicates import KEEP, MERGE, Decisions, Group, identifiers_of
from cognito_otp_cli.migrate.journal import Journal
from cognito_otp_cli.migrate.pools import User


class Outcome(enum.StrEnum):
    """What becomes of a user."""

    MOVE = "move"
    MERGE = "merge"
    LEAVE = "leave"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Planned:
    """A user of the old pool and what becomes of it.

    Attributes:
        user: the user as the old pool has it.
        becoming: what it would be in the new pool.
        outcome: what becomes of it.
        reasons: why it is left.
        into: of a user who is merged, the old id of the account that is kept.
    """

    user: User
    becoming: Becoming
    outcome: Outcome
    reasons: tuple[str, ...] = ()
    into: str | None = None


@dataclass(frozen=True)
class Plan:
    """The plan.

    Attributes:
        users: everybody of the old pool, by old id.
        groups: the duplicates.
        rows: old ids of those who have a row in the old table.
        conflicts: in words, the groups whose decisions contradict each other.
    """

    users: Mapping[str, Planned]
    groups: Sequence[Group]
    rows: frozenset[str]
    conflicts: Sequence[str] = ()

    def of(self, outcome: Outcome) -> list[Planned]:
        """Return those with an outcome."""
        return [each for each in self.users.values() if each.outcome is outcome]

    def counts(self) -> dict[str, int]:
        """Return how many there are of each outcome, and how many have rows."""
        counted = Counter(each.outcome for each in self.users.values())
        return {"users": len(self.users), **{each.value: counted[each] for each in Outcome}, "rows": len(self.rows)}

    def as_json(self) -> dict[str, Any]:
        """Return the plan as it is written to a file."""
        return {
            "counts": self.counts(),
            "duplicates": [
                {"shared": group.shared, "users": [user.sub for user in group.users]} for group in self.groups
            ],
            "users": [
                {
                    "old_sub": each.user.sub,
                    "old_username": each.user.username,
                    "status": each.user.status,
                    "outcome": each.outcome.value,
                    "new_username": each.becoming.login,
                    "into": each.into,
                    "reasons": each.reasons,
                    "notes": each.becoming.notes,
                    "has_row": each.user.sub in self.rows,
                }
                for each in self.users.values()
            ],
        }


def make(
    old_users: Sequence[User],
    new_users: Sequence[User],
    target: Target,
    decisions: Decisions,
    journal: Journal,
    last_used: Mapping[str, str | None],
) -> Plan:
    """Decide what becomes of everybody.

    Args:
        old_users: everybody of the old pool.
        new_users: everybody of the new pool.
        target: the new pool and how users are to come into it.
        decisions: about duplicates.
        journal: what was moved already.
        last_used: old id to when its row was used last (None: nobody knows); without those who have no row.
    """
    becoming = {user.sub: target.becoming(user) for user in old_users}
    by_sub = {user.sub: user for user in old_users}
    # A status says that somebody is no account to be, whatever else: not a duplicate of one either.
    candidates = [user for user in old_users if becoming[user.sub].attributes]
    unfit = frozenset(sub for sub, each in becoming.items() if each.reasons)
    found = duplicates.groups(candidates, {sub: used for sub, used in last_used.items() if used}, unfit)
    planned = {
        sub: Planned(by_sub[sub], each, Outcome.LEAVE if each.reasons else Outcome.MOVE, each.reasons)
        for sub, each in becoming.items()
    }
    conflicts = []
    for number, group in enumerate(found, 1):
        conflict = _conflict(number, decisions.of(group) or {})
        if conflict:
            conflicts.append(conflict)
        planned.update(_decided(group, decisions, planned, conflict))
    _refuse_taken(planned, new_users, target, journal)
    return Plan(planned, found, frozenset(last_used), conflicts)


def _conflict(number: int, decided: Mapping[str, str]) -> str | None:
    kept = sum(decision == KEEP for decision in decided.values())
    if kept == 1 or MERGE not in decided.values():
        return None
    return f"Group {number}: merge needs exactly one keep beside it (there are {kept})"


def _decided(
    group: Group, decisions: Decisions, planned: Mapping[str, Planned], conflict: str | None
) -> dict[str, Planned]:
    decided = decisions.of(group)
    if decided is None:
        words = (f"shares {', '.join(group.shared)} with another account: decide in {decisions.path}",)
        return {user.sub: _left(planned[user.sub], words, Outcome.UNDECIDED) for user in group.users}
    kept = [sub for sub, decision in decided.items() if decision == KEEP]
    results = {}
    for sub, decision in decided.items():
        each = planned[sub]
        if decision == MERGE and conflict:
            results[sub] = _left(each, (conflict,), Outcome.UNDECIDED)
        elif decision == MERGE:
            results[sub] = replace(each, outcome=Outcome.MERGE, reasons=(), into=kept[0])
        elif decision == KEEP:
            results[sub] = each
        else:
            results[sub] = _left(each, ("is to be left, by the decision file",))
    return results


def _refuse_taken(planned: dict[str, Planned], new_users: Sequence[User], target: Target, journal: Journal) -> None:
    """Leave those whose identifiers are somebody else's in the new pool, or come to be two people's."""
    ours = {moved.new_sub: moved.sub for moved in journal.moved()}
    has_names = not target.pool.username_attributes
    holders: dict[str, str] = {}  # identifier to old id, or to None's stand-in
    for user in new_users:
        for identifier in identifiers_of(user.username, user.attributes, is_name=has_names):
            holders[identifier] = ours.get(user.sub, f"new {user.sub}")
    for sub, each in list(planned.items()):
        if each.outcome is not Outcome.MOVE or _may_be_made(journal, sub):
            continue
        own = identifiers_of(each.becoming.login, each.becoming.attributes, is_name=has_names)
        taken = [identifier for identifier in own if holders.setdefault(identifier, sub) != sub]
        if taken:
            words = tuple(
                f"{identifier} is taken by {holders[identifier].removeprefix('new ')}"
                + (" of the new pool" if holders[identifier].startswith("new ") else ", who is moved too")
                for identifier in taken
            )
            planned[sub] = _left(each, words)
    for sub, each in list(planned.items()):
        if each.outcome is Outcome.MERGE and planned[str(each.into)].outcome is not Outcome.MOVE:
            planned[sub] = _left(each, (f"is to be merged into {each.into}, who is not moved",))


def _may_be_made(journal: Journal, sub: str) -> bool:
    """Tell whether a user was made, or may have been when the run before died: then the identifiers may be its own."""
    create = journal.steps(sub).get("create")
    return create is not None and create.state != "failed"


def _left(planned: Planned, words: tuple[str, ...], outcome: Outcome = Outcome.LEAVE) -> Planned:
    return replace(planned, outcome=outcome, reasons=(*planned.reasons, *words), into=None)
