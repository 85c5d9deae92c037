"""Puts the accounts together that share an identifier, however it is spelled, also over a third account.

Ada signed up as `ada` with her phone, as `Ada` with her e-mail address, and with both by Google: one person.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cognito_otp import identifiers
from cognito_otp.identifiers import NORMALISED
from cognito_otp.refusals import Refusal
from cognito_otp_cli.pool_users import PoolUser

_KEPT = ("sub", "email", "email_verified", "phone_number", "phone_number_verified", "preferred_username")

Identifier = tuple[str, str]
"""Kind (`"username"`, `"email"`, `"phone_number"`) and normalised value."""


@dataclass(frozen=True)
class Person:
    """Accounts that are one person.

    Attributes:
        accounts: two or more, the oldest first.
        shared: the identifiers that at least two of them have.
    """

    accounts: Sequence[PoolUser]
    shared: Sequence[Identifier]


class People:
    """Gathers the accounts of a pool, in some hundred bytes each.

    Args:
        has_preferred_usernames: whether people may sign in with `preferred_username`.
    """

    def __init__(self, *, has_preferred_usernames: bool) -> None:
        self._has_preferred_usernames = has_preferred_usernames
        self._users: list[PoolUser] = []
        # A forest: the number of another account of the same person, or its own.
        self._parents: list[int] = []
        self._first_with: dict[Identifier, int] = {}

    def add(self, user: PoolUser) -> None:
        """Take one account in."""
        number = len(self._users)
        kept = {name: user.attributes[name] for name in _KEPT if name in user.attributes}
        self._users.append(PoolUser(user.username, user.status, user.is_enabled, user.created_at, kept))
        self._parents.append(number)
        for identifier in self._identifiers(user):
            other = self._first_with.setdefault(identifier, number)
            self._parents[self._root(number)] = self._root(other)

    def more_than_once(self) -> list[Person]:
        """Return the people with more than one account, those with most first."""
        accounts = defaultdict(list)
        for number, user in enumerate(self._users):
            accounts[self._root(number)].append(user)
        people = [self._person(users) for users in accounts.values() if len(users) > 1]
        return sorted(people, key=lambda person: (-len(person.accounts), person.shared))

    def __len__(self) -> int:
        return len(self._users)

    def _root(self, number: int) -> int:
        while self._parents[number] != number:
            self._parents[number] = number = self._parents[self._parents[number]]
        return number

    def _person(self, users: list[PoolUser]) -> Person:
        counts = Counter(identifier for user in users for identifier in set(self._identifiers(user)))
        shared = sorted(identifier for identifier, count in counts.items() if count > 1)
        return Person(sorted(users, key=lambda user: user.created_at), shared)

    def _identifiers(self, user: PoolUser) -> Iterator[Identifier]:
        names = [user.username]
        if self._has_preferred_usernames and user.attributes.get("preferred_username"):
            names.append(user.attributes["preferred_username"])
        for name in names:
            yield "username", _username(name)
            # In a pool of free usernames many a person's is an address or a number.
            for kind in NORMALISED:
                value = _normalised(kind, name)
                if value is not None:
                    yield kind, value
        for kind in NORMALISED:
            value = user.attributes.get(kind)
            if value:
                # What the module would refuse may stand in an old pool, and twice.
                yield kind, _normalised(kind, value) or value.casefold()


def _username(value: str) -> str:
    try:
        return identifiers.username(value)
    except Refusal:
        return value.casefold()


def _normalised(kind: str, value: str) -> str | None:
    try:
        return NORMALISED[kind](value)
    except Refusal:
        return None
