"""The User row: what it is called, who may change it, and that no order of events takes it back."""

import itertools
import json
from typing import Any, NamedTuple

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cognito_otp.dynamodb import Table
from cognito_otp.users import ACTIVE, DELETED, DISABLED, PENDING, RowShape, Users
from tests.unit.conftest import NOW
from tests.unit.test_faults import failing

PHONE = "+14155550100"
USER = "7c1d2e3f-4a5b-4c6d-8e7f-000000000001"
VERIFIED = {"phone_number": PHONE, "phone_number_verified": "true"}
MOMENT = "2027-01-15T08:00:00Z"  # NOW

AMPLIFY = {
    "attribute_map": {
        "phone_number": "phone",
        "created_at": "createdAt",
        "updated_at": "updatedAt",
        "last_sign_in_at": None,
        "owner": "owner",
        "custom:team": "team",
    },
    "constant_attributes": {"__typename": "User"},
}


def plain(item):
    return {name: next(iter(value.values())) for name, value in item.items()}


@pytest.fixture
def table(world):
    return Table(world.clients["dynamodb"], "users", "id")


@pytest.fixture
def users(table):
    """Give the table's module side by its settings."""
    return lambda track_sign_ins=False, **settings: Users(
        table, RowShape.from_settings(settings), track_sign_ins=track_sign_ins
    )


# The shape


def test_by_default_each_field_has_its_own_name(users, table):
    users(track_sign_ins=True).signed_in("s", "ada", {**VERIFIED, "email": "a@example.com", "name": "Ada"}, now=NOW)
    assert table.get("s") == {
        "id": "s",
        "username": "ada",
        "email": "a@example.com",
        "phone_number": PHONE,
        "status": "ACTIVE",
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "last_sign_in_at": MOMENT,
    }
    assert RowShape.from_settings(None) == RowShape.from_settings({})


def test_a_row_of_amplifys_shape(users, table):
    amplify = users(track_sign_ins=True, **AMPLIFY)
    amplify.signed_up("s", "ada", {**VERIFIED, "custom:team": "red"}, status=PENDING, now=NOW)
    assert table.get("s") == {
        "id": "s",
        "__typename": "User",
        "owner": "s::ada",
        "username": "ada",
        "phone": PHONE,
        "team": "red",
        "status": "PENDING",
        "createdAt": MOMENT,
        "updatedAt": MOMENT,
    }


def test_the_handlers_write_it_with_a_key_of_another_name(make_world):
    world = make_world(USER_TABLE="people", USER_TABLE_KEY="userId")
    world.clients["dynamodb"].create_table(
        TableName="people",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "userId", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "userId", "KeyType": "HASH"}],
    )
    world.configure("user_row", AMPLIFY)
    world.sign_up(USER, phone_number=PHONE)
    assert plain(world.item("people", userId=f"sub-of-{USER}"))["status"] == "PENDING"
    session = world.session(USER, phone_number=PHONE)
    world.deliver()
    assert session.answer(world.code())
    assert plain(world.item("people", userId=f"sub-of-{USER}")) == {
        "userId": f"sub-of-{USER}",
        "__typename": "User",
        "owner": f"sub-of-{USER}::{USER}",
        "username": USER,
        "phone": PHONE,
        "status": "ACTIVE",
        "createdAt": MOMENT,
        "updatedAt": MOMENT,
    }


@pytest.mark.parametrize("key", ["userId", "owner"])
def test_a_table_that_does_not_fit_fails_neither_sign_up_nor_sign_in(make_world, logged, key):
    world = make_world(USER_TABLE_KEY=key)
    world.sign_up(USER, phone_number=PHONE)
    session = world.session(USER, phone_number=PHONE)
    world.deliver()
    assert session.answer(world.code())
    assert logged().count('"aws_error": "ValidationException"') == 2
    assert world.items("users") == []


# Events that repeat, or come in another order


def test_a_sign_up_that_comes_after_a_sign_in_changes_nothing(users, table):
    ours = users()
    assert ours.signed_up("s", "ada", {**VERIFIED, "email": "old@example.com"}, status=PENDING, now=NOW)
    assert ours.signed_in("s", "ada", VERIFIED, now=NOW + 60)
    row = table.get("s")
    assert not ours.signed_up("s", "ada", {**VERIFIED, "email": "old@example.com"}, status=PENDING, now=NOW + 90)
    assert table.get("s") == row
    assert "email" not in row
    assert (row["created_at"], row["updated_at"]) == (MOMENT, "2027-01-15T08:01:00Z")


def test_a_sign_in_that_comes_after_a_later_one_changes_nothing(users, table):
    ours = users(track_sign_ins=True)
    assert ours.signed_in("s", "ada", {"email": "new@example.com"}, now=NOW + 60)
    row = table.get("s")
    assert not ours.signed_in("s", "ada", {"email": "old@example.com"}, now=NOW)
    assert table.get("s") == row
    assert ours.signed_in("s", "ada", {"email": "old@example.com"}, now=NOW + 60)  # of the same second: the last one


def test_what_the_application_made_before_is_taken_over_and_kept(users, table, world):
    world.clients["dynamodb"].put_item(
        TableName="users", Item={"id": {"S": "s"}, "theme": {"S": "dark"}, "createdAt": {"S": "2020-01-01T00:00:00Z"}}
    )
    assert users(**AMPLIFY).signed_up("s", "ada", VERIFIED, status=PENDING, now=NOW)
    row = table.get("s")
    assert (row["theme"], row["createdAt"], row["status"]) == ("dark", "2020-01-01T00:00:00Z", "PENDING")


def test_a_status_of_the_applications_own_is_left_alone(users, table, world):
    row = {"id": {"S": "s"}, "status": {"S": "online"}}
    world.clients["dynamodb"].put_item(TableName="users", Item=row)
    ours = users()
    assert not ours.signed_up("s", "ada", VERIFIED, status=PENDING, now=NOW)
    assert not ours.signed_in("s", "ada", VERIFIED, now=NOW)
    assert not ours.heal("s", "ada", VERIFIED, status=ACTIVE, now=NOW)
    assert table.get("s") == plain(row)


class Shape(NamedTuple):
    settings: dict[str, Any]
    foreign: list[str]


FIELDS = (
    *("username", "email", "phone_number", "status", "created_at", "updated_at", "last_sign_in_at"),
    *("owner", "locale", "sub", "custom:team"),
)
# Reserved words of DynamoDB, what expressions give a meaning to, and what could be taken for an alias.
NAMES = (
    "name",
    "shared",
    "user",
    "size",
    "set",
    "a.b",
    "a.c",
    "f0",
    "v0",
    "createdAt",
    "plan",
    "x-y",
    "status",
    "email",
)
MARKS = {"status", "created_at", "updated_at"}


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    names = iter(draw(st.permutations(NAMES)))
    renamed = draw(st.lists(st.sampled_from(FIELDS), unique=True, max_size=8))
    attribute_map = {field: draw(st.none() | st.just(next(names))) for field in renamed}
    constants = {next(names): value for value in draw(st.lists(st.text("ab", max_size=2), max_size=2))}
    shape = RowShape.from_settings({"attribute_map": attribute_map})
    taken = [*shape.names.values(), *constants]
    if len(set(taken)) < len(taken) or not MARKS & set(shape.names):
        # What the Terraform module refuses.
        attribute_map, constants, taken = {}, {}, list(RowShape.from_settings({}).names.values())
    foreign = [name for name in (*NAMES, *FIELDS) if name not in taken]
    return Shape({"attribute_map": attribute_map, "constant_attributes": constants}, foreign)


ATTRIBUTES = st.fixed_dictionaries(
    {},
    optional={
        "email": st.sampled_from(["", "a@example.com", "b@example.com"]),
        "phone_number": st.just(PHONE),
        "locale": st.sampled_from(["de", "fr"]),
        "custom:team": st.sampled_from(["red", "blue"]),
        "cognito:user_status": st.just("CONFIRMED"),
    },
)
EVENTS = st.tuples(
    st.sampled_from(["signed_up", "signed_in", "heal", "removed", "application"]),
    ATTRIBUTES,
    st.sampled_from([PENDING, ACTIVE, DISABLED]),
    st.integers(NOW, NOW + 5),
)
FORWARD = {
    None: {None, PENDING, ACTIVE, DISABLED},
    PENDING: {PENDING, ACTIVE, DISABLED, DELETED},
    ACTIVE: {ACTIVE, DISABLED, DELETED},
    DISABLED: {DISABLED, DELETED},
    DELETED: {DELETED},
}
_subs = itertools.count()


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(shape=shapes(), events=st.lists(EVENTS, max_size=8), track=st.booleans(), data=st.data())
def test_whatever_happens_in_whatever_order(users, table, world, shape, events, track, data):
    """No field of the application's changes, the status never goes back, and what comes twice counts once."""
    ours, sub = users(track_sign_ins=track, **shape.settings), f"sub-{next(_subs)}"
    status_field = RowShape.from_settings(shape.settings).names.get("status")
    theirs: dict[str, str] = {}
    status, written, last_sign_in = None, False, None
    for what, attributes, wanted, now in events:
        if what == "application":
            name, value = data.draw(st.sampled_from(shape.foreign)), data.draw(st.sampled_from("xyz"))
            theirs[name] = value
            world.clients["dynamodb"].update_item(
                TableName="users",
                Key={"id": {"S": sub}},
                UpdateExpression="SET #name = :value",
                ExpressionAttributeNames={"#name": name},
                ExpressionAttributeValues={":value": {"S": value}},
            )
            continue
        before = table.get(sub)

        def happen(what=what, attributes=attributes, wanted=wanted, now=now):
            match what:
                case "signed_up":
                    return ours.signed_up(sub, "ada", attributes, status=wanted, now=now)
                case "signed_in":
                    return ours.signed_in(sub, "ada", attributes, now=now)
                case "heal":
                    return ours.heal(sub, "ada", attributes, status=wanted, now=now)
            return ours.removed(sub, now=now)

        done = happen()
        row = table.get(sub)
        happen()
        assert table.get(sub) == row
        if not done or (what == "signed_up" and written):
            assert row == before
            assert not (done and what == "signed_up")
        if row is None:
            continue
        assert {name: row[name] for name in shape.foreign if name in row} == theirs
        new_status = row.get(status_field)
        healed = {PENDING, ACTIVE} if what == "heal" and status == DISABLED else set()
        assert new_status in FORWARD[status] | healed
        if done and what == "heal":
            assert ours.drift(row, sub, "ada", attributes, wanted) == frozenset()
        if done and what == "signed_in":
            assert ours.drift(row, sub, "ada", attributes, ACTIVE) == frozenset()
            if track and "last_sign_in_at" in RowShape.from_settings(shape.settings).names:
                assert last_sign_in is None or last_sign_in <= now
                last_sign_in = now
        status, written = new_status, written or done
    json.dumps(table.get(sub))


# What reconcile asks and writes


def test_drift_is_what_heal_heals(users, table, world):
    ours = users(**AMPLIFY)
    arguments = ("s", "ada", {**VERIFIED, "email": "a@example.com"})
    assert ours.drift(None, *arguments, ACTIVE) == {"missing"}
    assert ours.heal(*arguments, status=ACTIVE, now=NOW)
    row = table.get("s")
    assert ours.drift(row, *arguments, ACTIVE) == frozenset()

    changed = {"phone_number": "+14155550101", "custom:team": "red"}
    assert ours.drift(row, "s", "ada", changed, ACTIVE) == {"phone_number", "email", "custom:team"}
    assert ours.drift(row, "s", "eve", arguments[2], DISABLED) == {"username", "owner", "status"}
    assert users(constant_attributes={"kind": "person"}).drift(row, *arguments, ACTIVE) >= {"constant_attributes"}
    assert ours.drift({"id": "s"}, *arguments, PENDING) >= {"created_at", "updated_at", "status"}

    # Active by a sign-in that the pool's page did not know of: that is no drift, and no reason to leave the rest.
    assert ours.drift(row, *arguments, PENDING) == frozenset()
    assert ours.heal("s", "ada", changed, status=PENDING, now=NOW + 60)
    row = table.get("s")
    assert (row["status"], row["phone"], row["team"]) == ("ACTIVE", "+14155550101", "red")
    assert "email" not in row
    assert (row["createdAt"], row["updatedAt"]) == (MOMENT, "2027-01-15T08:01:00Z")


@pytest.mark.parametrize("status", [PENDING, ACTIVE])
def test_a_disabled_account_is_what_it_was_when_the_pool_enables_it_again(users, table, status):
    ours = users()
    ours.signed_up("s", "ada", VERIFIED, status=status, now=NOW)
    ours.heal("s", "ada", VERIFIED, status=DISABLED, now=NOW)
    assert table.get("s")["status"] == "DISABLED"
    assert not ours.signed_in("s", "ada", VERIFIED, now=NOW)
    assert ours.drift(table.get("s"), "s", "ada", VERIFIED, status) == {"status"}
    ours.heal("s", "ada", VERIFIED, status=status, now=NOW)
    assert table.get("s")["status"] == status


def test_deleted_is_for_ever_and_for_rows_of_the_modules_only(users, table, world):
    ours = users()
    world.clients["dynamodb"].put_item(TableName="users", Item={"id": {"S": "theirs"}, "theme": {"S": "dark"}})
    assert not ours.removed("theirs", now=NOW)
    assert not ours.removed("nobody", now=NOW)
    assert table.get("nobody") is None
    ours.signed_in("s", "ada", VERIFIED, now=NOW)
    assert ours.removed("s", now=NOW + 60)
    row = table.get("s")
    assert (row["status"], row["phone_number"], row["updated_at"]) == ("DELETED", PHONE, "2027-01-15T08:01:00Z")
    assert not ours.removed("s", now=NOW + 90)
    assert not ours.heal("s", "ada", {}, status=PENDING, now=NOW + 90)
    assert not ours.signed_in("s", "ada", {}, now=NOW + 90)
    assert table.get("s") == row
    assert ours.drift(row, "s", "ada", VERIFIED, ACTIVE) == {"status"}


def test_a_failing_table_is_the_callers_to_know_of(users, world):
    failing(world.clients["dynamodb"], "update_item")
    with pytest.raises(ClientError):
        users().heal("s", "ada", VERIFIED, status=ACTIVE, now=NOW)


def test_rows_are_read_together_and_the_table_page_by_page(users, table, world):
    ours = users(attribute_map={"status": "state"})
    for number in range(7):
        ours.signed_in(f"s{number}", "ada", {}, now=NOW)
    ours.removed("s3", now=NOW)
    world.clients["dynamodb"].put_item(TableName="users", Item={"id": {"S": "theirs"}, "status": {"S": "x"}})
    assert set(ours.rows(["s1", "s3", "nobody"])) == {"s1", "s3"}

    scan = world.clients["dynamodb"].scan
    world.clients["dynamodb"].scan = lambda **parameters: scan(**parameters, Limit=3)
    pages, after = [], None
    while True:
        rows, after = ours.scan(after)
        pages.append([row["id"] for row in rows])
        assert all(row["state"] == "ACTIVE" for row in rows)
        if after is None:
            break
    assert len(pages) == 3
    assert sorted(itertools.chain(*pages)) == ["s0", "s1", "s2", "s4", "s5", "s6"]


def test_every_item_of_a_table_can_be_scanned(table, users):
    users().signed_in("s", "ada", {}, now=NOW)
    ((item,), after) = table.scan(None, condition=None, names={}, values={})
    assert (item["id"], after) == ("s", None)


def test_without_a_status_nothing_is_known_of_deletions(users, table):
    ours = users(attribute_map={"status": None})
    ours.signed_in("s", "ada", VERIFIED, now=NOW)
    row = table.get("s")
    assert "status" not in row
    assert ours.drift(row, "s", "ada", VERIFIED, DISABLED) == frozenset()
    assert not ours.removed("s", now=NOW + 60)
    assert ours.scan(None) == ([], None)
    assert ours.heal("s", "ada", VERIFIED, status=DISABLED, now=NOW)
    assert table.get("s") == row


def test_a_row_whose_status_is_the_applications_own_is_not_taken_for_the_modules(table, users):
    """In a table that was there `status` may mean something else: a row of nobody is then not the module's to mark."""
    table.put("sub-1", {"status": "premium"}, condition="attribute_not_exists(id)")
    assert users().scan(None) == ([], None)
    assert not users().removed("sub-1", now=1)
    assert table.get("sub-1")["status"] == "premium"
