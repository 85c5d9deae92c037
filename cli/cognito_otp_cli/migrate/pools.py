"""What there is in a user pool: its settings, its users, its groups. Only by calls that bill nobody as active."""

import dataclasses
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cognito_otp_cli.pool_users import PoolUser

_PAGE = 60  # the most that ListUsers and ListUsersInGroup give


@dataclass(frozen=True, slots=True)
class User(PoolUser):
    """A user of a pool.

    Attributes:
        groups: names of the groups.
    """

    groups: tuple[str, ...] = ()

    @property
    def sub(self) -> str:
        """The pool's id of the user."""
        return self.attributes["sub"]

    def verified(self, attribute: str) -> bool:
        """Tell whether an attribute is there and verified."""
        return bool(self.attributes.get(attribute)) and self.attributes.get(f"{attribute}_verified") == "true"


@dataclass(frozen=True)
class Pool:
    """A pool's settings, as far as they decide what a user can be in it.

    Attributes:
        id: the pool's id.
        username_attributes: what signs in instead of a username, if anything.
        alias_attributes: what signs in beside the username.
        schema: attribute name (custom ones with `custom:`) to its entry of SchemaAttributes.
        password_length: how long a password must be at least.
        recovers_by_email: whether a forgotten password is reset by a code to the verified e-mail address.
    """

    id: str
    username_attributes: tuple[str, ...]
    alias_attributes: tuple[str, ...]
    schema: Mapping[str, Mapping[str, Any]]
    password_length: int
    recovers_by_email: bool

    @classmethod
    def from_description(cls, description: Mapping[str, Any]) -> "Pool":
        """Read what DescribeUserPool says."""
        policy = description.get("Policies", {}).get("PasswordPolicy", {})
        recovery = description.get("AccountRecoverySetting", {}).get("RecoveryMechanisms", [])
        return cls(
            id=description["Id"],
            username_attributes=tuple(description.get("UsernameAttributes") or ()),
            alias_attributes=tuple(description.get("AliasAttributes") or ()),
            schema={entry["Name"]: entry for entry in description.get("SchemaAttributes") or ()},
            password_length=policy.get("MinimumLength", 0),
            recovers_by_email=any(each["Name"] == "verified_email" for each in recovery),
        )


def users(cognito: Any, user_pool_id: str) -> Iterator[User]:
    """Walk a pool (ListUsers, 60 users a call)."""
    parameters: dict[str, Any] = {"UserPoolId": user_pool_id, "Limit": _PAGE}
    while True:
        page = cognito.list_users(**parameters)
        for found in page["Users"]:
            yield parse(found, found.get("Attributes", []))
        if not page.get("PaginationToken"):
            return
        parameters["PaginationToken"] = page["PaginationToken"]


def user(cognito: Any, user_pool_id: str, username: str) -> User | None:
    """Ask for one user by its username or sign-in attribute (AdminGetUser: strongly consistent, bills the user)."""
    try:
        found = cognito.admin_get_user(UserPoolId=user_pool_id, Username=username)
    except cognito.exceptions.UserNotFoundException:
        return None
    return parse(found, found["UserAttributes"])


def parse(found: Mapping[str, Any], listed: Sequence[Mapping[str, str]]) -> User:
    """Read a user as an API call gives it, with its attributes as they are listed there."""
    return User(
        username=found["Username"],
        status=found["UserStatus"],
        is_enabled=found["Enabled"],
        created_at=found["UserCreateDate"],
        # Millions of users share a few names, and each answer has its own copies of them.
        attributes={sys.intern(each["Name"]): each.get("Value", "") for each in listed},
    )


def groups_by_user(cognito: Any, user_pool_id: str) -> Mapping[str, Sequence[str]]:
    """Return the groups of a pool's users by username, without who is in none.

    One listing per group: asking for each user would be one call per user.
    """
    of: dict[str, list[str]] = {}
    for group in sorted(groups(cognito, user_pool_id)):
        parameters: dict[str, Any] = {"UserPoolId": user_pool_id, "GroupName": group, "Limit": _PAGE}
        while True:
            page = cognito.list_users_in_group(**parameters)
            for member in page["Users"]:
                of.setdefault(member["Username"], []).append(group)
            if not page.get("NextToken"):
                break
            parameters["NextToken"] = page["NextToken"]
    return of


def in_groups(found: User, of: Mapping[str, Sequence[str]]) -> User:
    """Return a user with the groups that `groups_by_user` has for it."""
    return dataclasses.replace(found, groups=tuple(of[found.username])) if found.username in of else found


def groups(cognito: Any, user_pool_id: str) -> set[str]:
    """Return the names of a pool's groups."""
    names: set[str] = set()
    parameters: dict[str, Any] = {"UserPoolId": user_pool_id, "Limit": _PAGE}
    while True:
        page = cognito.list_groups(**parameters)
        names.update(group["GroupName"] for group in page["Groups"])
        if not page.get("NextToken"):
            return names
        parameters["NextToken"] = page["NextToken"]


def moment(when: datetime) -> str:
    """Return a time as the tables have it: ISO 8601, UTC, whole seconds."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
