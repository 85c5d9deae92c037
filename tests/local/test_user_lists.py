"""ListUsers: what can be filtered, how values are escaped, and that no page leaves anybody out."""

from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from dev.local import LocalAWS
from tests.local.support import Pool, make_pool


@pytest.fixture
def pool(aws: LocalAWS, tmp_path: Path) -> Pool:
    return make_pool(aws, tmp_path, UsernameAttributes=[], triggers=())


def add(pool: Pool, *usernames: str) -> None:
    for username in usernames:
        pool.aws.client("cognito-idp").admin_create_user(
            UserPoolId=pool.id, Username=username, MessageAction="SUPPRESS", TemporaryPassword="Passw0rd!x"
        )


def listed(pool: Pool, **request: object) -> list[str]:
    answer = pool.aws.client("cognito-idp").list_users(UserPoolId=pool.id, **request)
    return [user["Username"] for user in answer["Users"]]


def test_one_is_found_by_username_and_by_id(pool: Pool) -> None:
    add(pool, "ada", "bob")
    sub = pool.user("ada")["sub"]
    assert listed(pool, Filter='username = "ada"') == ["ada"]
    assert listed(pool, Filter=f'sub = "{sub}"') == ["ada"]
    assert listed(pool, Filter='username = "ad"') == []
    assert listed(pool, Filter='"username" ^= "ad"') == ["ada"]
    assert listed(pool, Filter='cognito:user_status = "FORCE_CHANGE_PASSWORD"') == ["ada", "bob"]


def test_quotes_and_backslashes_are_escaped(pool: Pool) -> None:
    add(pool, 'a"b', "a\\b", "ab")
    assert listed(pool, Filter=r'username = "a\"b"') == ['a"b']
    assert listed(pool, Filter=r'username = "a\\b"') == ["a\\b"]


@pytest.mark.parametrize(
    "asked",
    [
        'username = "a" OR username = "b"',
        'username = "a"b"',
        "username = ada",
        'email_verified = "true"',
        'custom:team = "a"',
        f'username = "{"a" * 256}"',
    ],
)
def test_a_filter_that_cognito_does_not_know_is_refused(pool: Pool, asked: str) -> None:
    add(pool, "ada")
    with pytest.raises(ClientError, match="InvalidParameterException"):
        listed(pool, Filter=asked)


def test_pages_leave_nobody_out_when_users_go_in_between(pool: Pool) -> None:
    idp = pool.aws.client("cognito-idp")
    add(pool, *(f"user-{number}" for number in range(7)))
    first = idp.list_users(UserPoolId=pool.id, Limit=3)
    for gone in ("user-0", "user-2"):
        idp.admin_delete_user(UserPoolId=pool.id, Username=gone)
    second = idp.list_users(UserPoolId=pool.id, Limit=3, PaginationToken=first["PaginationToken"])
    third = idp.list_users(UserPoolId=pool.id, Limit=3, PaginationToken=second["PaginationToken"])
    assert "PaginationToken" not in third
    seen = [user["Username"] for page in (first, second, third) for user in page["Users"]]
    assert sorted(seen) == [f"user-{number}" for number in range(7)]


@pytest.mark.parametrize("token", ["expired", "MA=="])
def test_a_token_of_no_page_is_refused(pool: Pool, token: str) -> None:
    with pytest.raises(ClientError, match="InvalidParameterException"):
        listed(pool, PaginationToken=token)
