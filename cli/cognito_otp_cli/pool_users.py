"""The users of any pool, by ListUsers: not billed, unlike AdminGetUser, and paced, since its quota is the account's.

ListUsers has 30 requests a second for all pools of an account and region together, and nobody gets more
(https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import click

from cognito_otp.user_list import Pace

PER_SECOND = click.option(
    "--list-users-per-second",
    type=click.FloatRange(0.1, 30),
    default=5,
    show_default=True,
    help="Share of the 30 requests that the account has.",
)

_PAGE = 60  # users; the most that ListUsers gives


@dataclass(frozen=True, slots=True)
class PoolUser:
    """A user as ListUsers tells it.

    Attributes:
        username: as the pool spells it.
        status: e.g. `"CONFIRMED"`, `"EXTERNAL_PROVIDER"`.
        is_enabled: whether an administrator let the user sign in.
        created_at: when, with its time zone.
        attributes: all of them, `sub` too.
    """

    username: str
    status: str
    is_enabled: bool
    created_at: datetime
    attributes: Mapping[str, str]


def pages(cognito: Any, user_pool_id: str, per_second: float) -> Iterator[list[PoolUser]]:
    """Give all users of a pool, up to 60 at a time.

    Args:
        cognito: cognito-idp client.
        user_pool_id: the pool.
        per_second: pages to ask for in a second, at most.
    """
    pace = Pace(per_second)
    pace.wait()
    found = cognito.get_paginator("list_users").paginate(UserPoolId=user_pool_id, PaginationConfig={"PageSize": _PAGE})
    for page in found:
        yield [_parse(user) for user in page["Users"]]
        pace.wait()


def _parse(user: Mapping[str, Any]) -> PoolUser:
    return PoolUser(
        username=user["Username"],
        status=user["UserStatus"],
        is_enabled=user["Enabled"],
        created_at=user["UserCreateDate"],
        attributes={each["Name"]: each.get("Value", "") for each in user.get("Attributes", [])},
    )
