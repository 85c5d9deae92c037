"""Accounts of the old pool that are one person by an identifier, and a person's decisions about them, as a CSV file."""

import csv
import os
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cognito_otp import identifiers
from cognito_otp.identifiers import NORMALISED
from cognito_otp.refusals import Refusal
from cognito_otp_cli.duplicates.people import People
from cognito_otp_cli.errors import CommandError
from cognito_otp_cli.migrate import pools
from cognito_otp_cli.migrate.pools import User

KEEP, MERGE, SKIP = "keep", "merge", "skip"
_DECISIONS = (KEEP, MERGE, SKIP)
_COLUMNS = [
    *("group", "shared", "old_sub", "username", "email", "email_verified", "phone_number", "phone_number_verified"),
    *("status", "enabled", "created", "row_last_used", "suggestion", "decision"),
]


@dataclass(frozen=True)
class Group:
    """Accounts that are one person by an identifier, the one to keep first.

    Attributes:
        users: the accounts; the first is the suggestion, verified before unverified, then by the most recently used
            row, then the oldest.
        shared: the identifiers that more than one of them has, e.g. `"email ada@mail.example"`.
    """

    users: tuple[User, ...]
    shared: tuple[str, ...]


def identifiers_of(username: str, attributes: Mapping[str, str], *, is_name: bool) -> list[str]:
    """Return what the new pool takes once, normalised as the module claims it, e.g. `"email ada@mail.example"`.

    Args:
        username: the username.
        attributes: the attributes.
        is_name: whether the username is a name, and not an id or an attribute.
    """
    found = [f"username {_folded(username)}"] if is_name else []
    for kind, normalised in NORMALISED.items():
        value = attributes.get(kind)
        if value:
            try:
                found.append(f"{kind} {normalised(value)}")
            except Refusal:
                found.append(f"{kind} {value}")
    return found


def groups(users: Iterable[User], last_used: Mapping[str, str], unfit: frozenset[str]) -> list[Group]:
    """Return those who share an identifier with somebody, directly or through others.

    Args:
        users: the accounts.
        last_used: old id to when its row was used last, ISO 8601; without those that have no such row.
        unfit: old ids of those who cannot be kept.
    """
    by_sub = {user.sub: user for user in users}
    people = People(has_preferred_usernames=False)
    for user in by_sub.values():
        people.add(user)
    found = []
    for person in people.more_than_once():
        ranked = [by_sub[account.attributes["sub"]] for account in person.accounts]  # the oldest first
        kinds = {kind for kind, _ in person.shared if kind in NORMALISED} or NORMALISED.keys()
        ranked.sort(key=lambda user: last_used.get(user.sub, ""), reverse=True)
        verified = {user.sub for user in ranked if any(map(user.verified, kinds))}
        ranked.sort(key=lambda user: (user.sub in unfit, user.sub not in verified))
        found.append(Group(tuple(ranked), tuple(" ".join(identifier) for identifier in person.shared)))
    return found


class Decisions:
    """The decision file: one line per account, whose column `decision` a person fills in.

    Args:
        path: the file, which need not be there.

    Raises:
        CommandError: it is there and does not make sense.
        OSError: it cannot be opened, or its folder is not there.

    Attributes:
        is_new: whether it is not there yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._by_sub: dict[str, str] = {}
        self._lines: dict[str, int] = {}
        self.is_new = path.parent.is_dir() and not path.exists()
        if self.is_new:
            return
        with path.open(newline="", encoding="utf-8-sig") as file:
            try:
                self._read(csv.DictReader(file))
            except UnicodeDecodeError:
                raise CommandError(f'{path} is not UTF-8: save it as "CSV UTF-8".') from None
            except csv.Error as error:
                raise CommandError(f"{path} is no CSV: {error}.") from None

    def _read(self, reader: "csv.DictReader[str]") -> None:
        columns = reader.fieldnames or ()
        if not {"old_sub", "decision"} <= set(columns):
            why = ' (this file has ";")' if any(";" in column for column in columns) else ""
            raise CommandError(f"{self.path}, line 1: no columns old_sub and decision, separated by commas{why}.")
        for line in reader:
            decision = (line["decision"] or "").strip().lower()
            if decision and decision not in _DECISIONS:
                raise CommandError(
                    f"{self.path}, line {reader.line_num}: {decision!r} is none of {', '.join(_DECISIONS)}."
                )
            if decision:
                sub = (line["old_sub"] or "").strip()
                self._by_sub[sub], self._lines[sub] = decision, reader.line_num

    def refuse_strangers(self, known: Container[str]) -> None:
        """Refuse a decision about nobody: it would be erased when the file is written anew.

        Args:
            known: old ids.

        Raises:
            CommandError: there is one.
        """
        for sub, number in self._lines.items():
            if sub not in known:
                raise CommandError(f'{self.path}, line {number}: nobody in the old pool has the id "{sub}".')

    def of(self, group: Group) -> Mapping[str, str] | None:
        """Return what was decided for each account of a group, by old id; None unless it was for all of them."""
        decided = {user.sub: self._by_sub[user.sub] for user in group.users if user.sub in self._by_sub}
        return decided if len(decided) == len(group.users) else None

    def write(self, found: Sequence[Group], last_used: Mapping[str, str]) -> None:
        """Write the file for these groups, with the decisions that were made already."""
        whole = self.path.with_name(self.path.name + ".new")
        with open(
            os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", newline="", encoding="utf-8"
        ) as file:
            writer = csv.DictWriter(file, _COLUMNS)
            writer.writeheader()
            for number, group in enumerate(found, 1):
                for user in group.users:
                    writer.writerow(
                        {
                            "group": number,
                            "shared": _cell("; ".join(group.shared)),
                            "old_sub": user.sub,
                            "username": _cell(user.username),
                            **{kind: _cell(user.attributes.get(kind, "")) for kind in NORMALISED},
                            **{f"{kind}_verified": user.verified(kind) for kind in NORMALISED},
                            "status": user.status,
                            "enabled": user.is_enabled,
                            "created": pools.moment(user.created_at),
                            "row_last_used": last_used.get(user.sub, ""),
                            "suggestion": KEEP if user is group.users[0] else MERGE,
                            "decision": self._by_sub.get(user.sub, ""),
                        }
                    )
        whole.replace(self.path)


def _folded(username: str) -> str:
    try:
        return identifiers.username(username)
    except Refusal:
        return username


def _cell(value: str) -> str:
    """Keep a spreadsheet from taking what a person chose (a name, a number with its plus) for a formula."""
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
