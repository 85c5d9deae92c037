"""Simultaneous writes of one User row, and beside them the naive way, which must lose."""

from typing import Any

import pytest

from cognito_otp.dynamodb import Table
from cognito_otp.users import ACTIVE, DISABLED, PENDING, RowShape, Users
from tests.races.conftest import THREADS
from tests.races.test_races import NOW, PHONE, at_once

SHAPE = {"attribute_map": {"phone_number": "shared", "status": "size"}, "constant_attributes": {"__typename": "User"}}
ATTRIBUTES = {"phone_number": PHONE, "phone_number_verified": "true"}


@pytest.fixture(scope="session")
def table(dynamodb) -> Table:
    dynamodb.create_table(
        TableName="people",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "userId", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "userId", "KeyType": "HASH"}],
    )
    return Table(dynamodb, "people", "userId")


@pytest.fixture
def users(table) -> Users:
    return Users(table, RowShape.from_settings(SHAPE), track_sign_ins=True)


@pytest.fixture
def application(dynamodb):
    """Return what sets a field of the application's own."""

    def write(sub: str, number: int) -> None:
        dynamodb.update_item(
            TableName="people",
            Key={"userId": {"S": sub}},
            UpdateExpression="SET #field = :value",
            ExpressionAttributeNames={"#field": f"theirs_{number}"},
            ExpressionAttributeValues={":value": {"S": str(number)}},
        )

    return write


def theirs(row: dict[str, Any]) -> set[str]:
    return {name for name in row if name.startswith("theirs_")}


def test_of_200_writes_at_once_none_is_lost_and_the_status_stays_where_it_got(table, users, application):
    def write(number: int) -> None:
        match number % 5:
            case 0:
                users.signed_up("s", "ada", {**ATTRIBUTES, "email": "old@example.com"}, status=PENDING, now=NOW)
            case 1:
                users.signed_in("s", "ada", ATTRIBUTES, now=NOW + number)
            case 2:
                users.heal("s", "ada", ATTRIBUTES, status=(PENDING, DISABLED)[number % 2], now=NOW + number)
            case _:
                application("s", number)

    at_once(write)
    assert users.heal("s", "ada", ATTRIBUTES, status=ACTIVE, now=NOW + 300)
    row = table.get("s")
    assert theirs(row) == {f"theirs_{number}" for number in range(THREADS) if number % 5 > 2}
    assert (row["size"], row["shared"], row["__typename"]) == ("ACTIVE", PHONE, "User")
    assert "email" not in row

    # From now on the account is gone, and nothing brings it back.
    assert users.removed("s", now=NOW + 400)
    row = table.get("s")
    at_once(lambda number: write(number - number % 5 + number % 3))
    assert table.get("s") == row


def test_sign_ins_in_any_order_leave_the_last_one(table, users):
    at_once(lambda number: users.signed_in("t", "ada", {"email": f"{number}@example.com"}, now=NOW + number))
    row = table.get("t")
    assert row["email"] == f"{THREADS - 1}@example.com"
    assert row["last_sign_in_at"] == row["updated_at"] == "2027-01-15T08:03:19Z"


def test_who_reads_the_row_and_writes_it_back_loses_what_others_wrote(table, users, application):
    users.signed_up("u", "ada", ATTRIBUTES, status=PENDING, now=NOW)

    def write(number: int) -> None:
        if number % 2:
            application("u", number)
        else:
            row = table.get("u")
            table.put("u", {**row, "size": "ACTIVE"}, condition="attribute_exists(userId)")

    at_once(write)
    assert len(theirs(table.get("u"))) < THREADS / 2
