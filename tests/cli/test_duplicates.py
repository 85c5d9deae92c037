"""Accounts that are one person: by any identifier, however spelled, also over a third account."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_otp import user_list
from cognito_otp_cli import pool_users
from cognito_otp_cli.duplicates.people import People
from cognito_otp_cli.pool_users import PoolUser

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def user(username, number=0, **attributes):
    return PoolUser(username, "CONFIRMED", True, BEGIN + timedelta(days=number), attributes)


def groups(*users, has_preferred_usernames=False):
    people = People(has_preferred_usernames=has_preferred_usernames)
    for each in users:
        people.add(each)
    return [[account.username for account in person.accounts] for person in people.more_than_once()]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (user("Ada"), user("ada")),
        (user("straße"), user("STRASSE")),
        (user("a", email="Ada@Example.com"), user("b", email="ada@example.COM")),
        (user("a", email="ada@bücher.example"), user("b", email="ada@xn--bcher-kva.example")),
        (user("a", phone_number="+14155550100"), user("b", phone_number="+14155550100")),
        (user("ada@example.com"), user("b", email="ADA@example.com")),
        (user("+14155550100"), user("b", phone_number="+14155550100")),
        # not in a form that the module takes, and the same all the same
        (user("a", email="ada at example"), user("b", email="Ada at Example")),
        (user("a", phone_number="+999123456789"), user("b", phone_number="+999123456789")),
        (user("white space"), user("White Space")),
    ],
)
def test_two_accounts_with_one_identifier_are_one_person(one, other):
    assert len(groups(one, other)) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (user("ada"), user("bob")),
        (user("a", email="ada@example.com"), user("b", email="bob@example.com")),
        (user("a", email=""), user("b", email="")),
        (user("a", name="Ada"), user("b", name="Ada")),
        (user("a", preferred_username="ada"), user("b", preferred_username="ada")),
    ],
)
def test_others_are_not(one, other):
    assert groups(one, other) == []


def test_a_preferred_username_counts_where_people_sign_in_with_it():
    users = user("a", preferred_username="Ada"), user("b", preferred_username="ada"), user("ADA")
    assert groups(*users, has_preferred_usernames=True) == [["a", "b", "ADA"]]


def test_a_third_account_joins_two_that_share_nothing():
    users = [
        user("ada", 2, phone_number="+14155550100"),
        user("x", 1, email="ada@example.com"),
        user("google_1", 0, email="ada@example.com", phone_number="+14155550100"),
        user("bob", 0, email="bob@example.com"),
    ]
    assert groups(*users) == [["google_1", "x", "ada"]]


@given(st.lists(st.tuples(*[st.integers(0, 12)] * 3), max_size=40))
def test_the_groups_are_those_of_a_slow_and_simple_search(people):
    users = [
        user(f"u{number}", number, email=f"{mail}@example.com", phone_number=f"+1415555{phone:04d}", name=str(name))
        for number, (mail, phone, name) in enumerate(people)
    ]
    left, expected = {each.username: each for each in users}, set()
    while left:
        _, first = left.popitem()
        group, grows = [first], True
        while grows:
            near = [
                each
                for each in left.values()
                if any(
                    each.attributes[kind] == member.attributes[kind]
                    for member in group
                    for kind in ("email", "phone_number")
                )
            ]
            group += near
            grows = bool(near)
            for each in near:
                del left[each.username]
        if len(group) > 1:
            expected.add(frozenset(each.username for each in group))
    assert {frozenset(group) for group in groups(*users)} == expected


@pytest.fixture
def pool(session):
    cognito = session.client("cognito-idp")
    pool_id = cognito.create_user_pool(PoolName="old", UsernameConfiguration={"CaseSensitive": True})["UserPool"]["Id"]
    for username, attributes in {
        "ada": {"email": "ada@example.com", "email_verified": "true"},
        "Ada": {"phone_number": "+14155550100"},
        "bob": {"email": "bob@example.com"},
        "carl": {"email": "Carl@example.com"},
        "carl@example.com": {"phone_number": "+14155550102"},
        "dora": {},
    }.items():
        cognito.admin_create_user(
            UserPoolId=pool_id,
            Username=username,
            UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
        )
    cognito.admin_disable_user(UserPoolId=pool_id, Username="Ada")
    return pool_id


def test_as_a_table(run, pool):
    result = run("duplicates", "--user-pool-id", pool)
    assert result.exit_code == 1
    assert "2 people have 4 of 6 accounts." in result.stdout
    assert "ada@example.com" in result.stdout
    assert "FORCE_CHANGE_PASSWORD, disabled" in result.stdout
    assert "(unverified)" in result.stdout
    assert "bob" not in result.stdout


def test_as_json(run, pool):
    result = run("duplicates", "--user-pool-id", pool, "--json")
    report = json.loads(result.stdout)
    assert (report["user_pool_id"], report["users"]) == (pool, 6)
    by_shared = {
        tuple((each["kind"], each["value"]) for each in person["shared"]): person["accounts"]
        for person in report["people"]
    }
    assert set(by_shared) == {(("email", "carl@example.com"),), (("username", "ada"),)}
    ada = {account["username"]: account for account in by_shared[("username", "ada"),]}
    assert ada["ada"]["email_verified"] is True
    assert ada["Ada"]["enabled"] is False
    assert ada["ada"]["sub"]
    assert datetime.fromisoformat(ada["ada"]["created_at"]).tzinfo


def test_as_csv(run, pool):
    result = run("duplicates", "--user-pool-id", pool, "--csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [row["person"] for row in rows] == ["1", "1", "2", "2"]
    assert {row["enabled"] for row in rows} == {"true", "false"}
    assert {row["shared"] for row in rows} == {"username:ada", "email:carl@example.com"}
    assert result.exit_code == 1


def test_nobody_is_there_twice(run, session):
    pool_id = session.client("cognito-idp").create_user_pool(PoolName="new")["UserPool"]["Id"]
    result = run("duplicates", "--user-pool-id", pool_id)
    assert (result.exit_code, result.stdout) == (0, "No person has two accounts among 0 users.\n")


def test_one_form_at_a_time(run):
    result = run("duplicates", "--user-pool-id", "us-east-1_x", "--json", "--csv")
    assert result.exit_code == 2
    assert "exclude each other" in result.stderr


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self):
        self.now = 100.0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


def test_the_pool_is_asked_no_faster_than_it_should_be(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(user_list, "time", clock)
    asked_at = []

    class Cognito:
        def get_paginator(self, operation):
            assert operation == "list_users"
            return self

        def paginate(self, **parameters):
            assert parameters == {"UserPoolId": "pool", "PaginationConfig": {"PageSize": 60}}
            for number in range(3):
                asked_at.append(clock.now)
                user = {"Username": f"u{number}", "UserStatus": "CONFIRMED", "Enabled": True, "UserCreateDate": BEGIN}
                yield {"Users": [{**user, "Attributes": [{"Name": "sub", "Value": str(number)}]}]}

    pages = list(pool_users.pages(Cognito(), "pool", per_second=20))
    assert [[each.username for each in page] for page in pages] == [["u0"], ["u1"], ["u2"]]
    assert asked_at == pytest.approx([100, 100.05, 100.1])


def test_a_million_accounts_fit_into_the_memory_of_a_laptop():
    import tracemalloc

    users = [
        user(
            f"7c1d2e3f-4a5b-4c6d-8e7f-{number:012d}", email=f"p{number}@example.com", phone_number=f"+1415{number:07d}"
        )
        for number in range(2000)
    ]
    tracemalloc.start()
    people = People(has_preferred_usernames=False)
    for each in users:
        people.add(each)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size / len(users) < 2000
