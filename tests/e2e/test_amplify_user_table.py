"""examples/amplify-user-table, end to end: rows in a table that was there, in the shape of its GraphQL API."""

import re

import pytest
from pytest_terraform import terraform

from dev.person import claims

terraform("amplify-user-table", scope="module", name="applied")
pytestmark = pytest.mark.usefixtures("nothing_denied")

TABLE = "User-otp-amplify-user-table"
MOMENT = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def write(example, sub: str, **fields: dict[str, str]) -> None:
    """Set fields as the application does, past the module."""
    example.aws.client("dynamodb").update_item(
        TableName=TABLE,
        Key=example.key(sub),
        UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in fields),
        ExpressionAttributeNames={f"#{name}": name for name in fields},
        ExpressionAttributeValues={f":{name}": value for name, value in fields.items()},
    )


def item(example, sub: str) -> dict[str, dict[str, str]]:
    return example.aws.client("dynamodb").get_item(TableName=TABLE, Key=example.key(sub))["Item"]


def test_the_row_has_amplifys_shape_and_keeps_what_the_application_adds(example, person):
    assert example.outputs["user_table_name"] == TABLE
    sub = person.sign_up()["UserSub"]
    pending = example.row(sub)
    assert pending["status"] == "PENDING"
    write(example, sub, nickname={"S": "Ada"}, _version={"N": "3"}, _lastChangedAt={"N": "1800000000123"})

    person.start_sign_in()
    tokens = person.answer(person.wait_for_code())["AuthenticationResult"]
    row = item(example, sub)
    moments = {name: row.pop(name)["S"] for name in ("createdAt", "updatedAt", "lastSignInAt")}
    assert all(MOMENT.fullmatch(moment) for moment in moments.values())
    assert moments["createdAt"] == pending["createdAt"]
    told = claims(tokens["AccessToken"])
    assert row == {
        "userId": {"S": sub},
        "__typename": {"S": "User"},
        # What Amplify's owner rule compares with.
        "owner": {"S": f"{told['sub']}::{told['username']}"},
        "username": {"S": told["username"]},
        "phoneNumber": {"S": person.username},
        "status": {"S": "ACTIVE"},
        "nickname": {"S": "Ada"},
        "_version": {"N": "3"},
        "_lastChangedAt": {"N": "1800000000123"},
    }


def test_a_row_that_is_lost_or_was_the_applications_is_healed_by_the_next_sign_in(example, person):
    sub = person.sign_up()["UserSub"]
    example.aws.client("dynamodb").delete_item(TableName=TABLE, Key=example.key(sub))
    created = "2020-02-02T02:02:02.020Z"
    write(example, sub, createdAt={"S": created}, nickname={"S": "Ada"}, phoneNumber={"S": "+14155559999"})
    person.start_sign_in()
    assert "AuthenticationResult" in person.answer(person.wait_for_code())
    row = example.row(sub)
    assert (row["createdAt"], row["nickname"]) == (created, "Ada")
    assert (row["phoneNumber"], row["status"]) == (person.username, "ACTIVE")


def test_without_the_table_people_sign_up_and_in_all_the_same(example, person):
    functions = example.aws.client("lambda")
    names = [f"otp-amplify-user-table-{function}" for function in ("sign-up", "sign-in")]
    before = {}
    for name in names:
        before[name] = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        # As if the table had another key.
        changed = {**before[name], "USER_TABLE_KEY": "id"}
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": changed})
    try:
        sub = person.sign_up()["UserSub"]
        person.start_sign_in()
        assert "AuthenticationResult" in person.answer(person.wait_for_code())
        assert example.row(sub) == {}
    finally:
        for name in names:
            functions.update_function_configuration(FunctionName=name, Environment={"Variables": before[name]})
    example.let_the_cooldown_pass()
    person.start_sign_in()
    assert "AuthenticationResult" in person.answer(person.wait_for_code(2))
    assert example.row(sub)["status"] == "ACTIVE"
