"""`maintenance` on examples/phone-username, end to end: a drifted pool is healed, on schedule and by hand."""

import contextlib
import json
import secrets
import time
from collections.abc import Iterator
from typing import Any

import pytest

from dev.person import Person
from tests.e2e.conftest import Applied

EXAMPLE = "phone-username"
pytestmark = pytest.mark.usefixtures("nothing_denied")

NAME = "otp-phone-username"
OLD = 3600


class Maintained:
    """The example, with its maintenance function, and what makes it drift."""

    def __init__(self, example: Applied) -> None:
        self.example = example
        self.pool_id = example.outputs["user_pool_id"]
        self.cognito = example.aws.client("cognito-idp")
        self.dynamodb = example.aws.client("dynamodb")

    def invoke(self, **event: Any) -> dict[str, Any]:
        event = {"user_pool_id": self.pool_id, **event}
        answer = self.example.aws.client("lambda").invoke(
            FunctionName=f"{NAME}-maintenance", Payload=json.dumps(event).encode()
        )
        said: dict[str, Any] = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, said
        return said

    def drift(self, **event: Any) -> dict[str, int]:
        """Walk once, in short slices, and return what was found."""
        time.sleep(1)  # walks and dry runs are told apart by the second in which they began
        report = self.invoke(job="reconcile", restart=True, seconds=0, **event)
        while not report["finished"]:
            assert report["outcome"] == "paused"
            report = self.invoke(job="reconcile", seconds=0, **event)
        found: dict[str, int] = report["drift"]
        return found

    def member(self, number: str) -> str:
        """Sign somebody up and in, an hour ago; return the user's id."""
        person = Person(self.example.aws, self.example.client_id, number)
        sub: str = person.sign_up()["UserSub"]
        person.start_sign_in()
        assert "AuthenticationResult" in person.answer(person.wait_for_code())
        self.age(sub)
        return sub

    def age(self, sub: str, seconds: int = OLD) -> None:
        self.dynamodb.update_item(
            TableName=f"{NAME}-identities",
            Key={"pk": {"S": f"account#{sub}"}},
            UpdateExpression="SET created_at = created_at - :seconds",
            ExpressionAttributeValues={":seconds": {"N": str(seconds)}},
        )

    def set_row(self, sub: str, name: str, value: str) -> None:
        self.dynamodb.update_item(
            TableName=f"{NAME}-users",
            Key={"id": {"S": sub}},
            UpdateExpression="SET #name = :value",
            ExpressionAttributeNames={"#name": name},
            ExpressionAttributeValues={":value": {"S": value}},
        )

    def holders(self) -> set[str]:
        """Return the accounts of the identities table, and those that its claims name."""
        items = json.loads(self.example.items("identities"))
        return {item.get("holder", item["pk"])["S"].removeprefix("account#") for item in items}

    @contextlib.contextmanager
    def behind_its_back(self) -> Iterator[None]:
        """Do without the pool's triggers, as an import of users does."""
        before = self.cognito.describe_user_pool(UserPoolId=self.pool_id)["UserPool"]["LambdaConfig"]
        self.cognito.update_user_pool(UserPoolId=self.pool_id, LambdaConfig={})
        try:
            yield
        finally:
            self.cognito.update_user_pool(UserPoolId=self.pool_id, LambdaConfig=before)

    def imported(self, number: str) -> str:
        user = self.cognito.admin_create_user(
            UserPoolId=self.pool_id,
            Username=number,
            MessageAction="SUPPRESS",
            TemporaryPassword=secrets.token_urlsafe(24),
            UserAttributes=[
                {"Name": "phone_number", "Value": number},
                {"Name": "phone_number_verified", "Value": "true"},
            ],
        )["User"]
        return next(each["Value"] for each in user["Attributes"] if each["Name"] == "sub")

    def lines(self, event: str) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self.example.logged(f"{NAME}-maintenance") if line.startswith("{")]
        return [line for line in lines if line["message"] == event]


@pytest.fixture(scope="module")
def maintained(example) -> Maintained:
    return Maintained(example)


def test_a_drifted_pool_is_healed_and_found_in_line_afterwards(maintained):
    example = maintained.example
    gone, wrong, deleted, disabled, moved = (
        maintained.member(f"+1415555{number}") for number in (8101, 8102, 8103, 8104, 8105)
    )
    assert maintained.drift() == {}

    maintained.dynamodb.delete_item(TableName=f"{NAME}-users", Key={"id": {"S": gone}})
    maintained.set_row(wrong, "phone_number", "+14155550000")
    maintained.set_row(wrong, "nickname", "the application's")
    maintained.cognito.admin_delete_user(UserPoolId=maintained.pool_id, Username=deleted)
    maintained.cognito.admin_disable_user(UserPoolId=maintained.pool_id, Username=disabled)
    maintained.cognito.admin_update_user_attributes(
        UserPoolId=maintained.pool_id,
        Username=moved,
        UserAttributes=[
            {"Name": "phone_number", "Value": "+14155558205"},
            {"Name": "phone_number_verified", "Value": "true"},
        ],
    )
    with maintained.behind_its_back():
        imported = maintained.imported("+14155558106")
    assert imported not in maintained.holders()

    expected = {
        "account_missing": 1,
        "account_orphaned": 1,
        "claims": 1,
        "row_fields": 2,
        "row_missing": 2,
        "row_orphaned": 1,
        "row_status": 1,
    }
    before = (example.items("identities"), example.row(wrong))
    assert maintained.drift(dry_run=True) == expected
    assert example.row(wrong) == before[1]
    assert deleted in maintained.holders()

    assert maintained.drift() == expected
    assert (example.row(gone)["status"], example.row(gone)["phone_number"]) == ("ACTIVE", "+14155558101")
    assert (example.row(wrong)["phone_number"], example.row(wrong)["nickname"]) == ("+14155558102", "the application's")
    assert example.row(deleted)["status"] == "DELETED"
    assert deleted not in maintained.holders()
    assert example.row(disabled)["status"] == "DISABLED"
    assert example.row(moved)["phone_number"] == "+14155558205"
    assert example.row(imported)["phone_number"] == "+14155558106"
    assert imported in maintained.holders()

    assert maintained.drift() == {}
    healed = [line["kind"] for line in maintained.lines("drift") if line["outcome"] == "healed"]
    assert {kind: healed.count(kind) for kind in healed} == expected

    # What it healed serves: the number of the deleted user is free, those of the others are not.
    assert Person(example.aws, example.client_id, "+14155558103").sign_up()["UserConfirmed"]
    newcomer = Person(example.aws, example.client_id, "+14155558106")
    newcomer.start_sign_in()
    assert "AuthenticationResult" in newcomer.answer(newcomer.wait_for_code())


def test_accounts_that_never_answered_a_code_are_reaped(maintained):
    person = Person(maintained.example.aws, maintained.example.client_id, "+14155558107")
    sub = person.sign_up()["UserSub"]
    assert maintained.invoke(job="reap")["outcomes"] == {}
    maintained.age(sub, 8 * 24 * 3600)
    assert maintained.invoke(job="reap") == {
        "job": "reap",
        "outcome": "finished",
        "finished": True,
        "outcomes": {"removed": 1},
    }
    assert sub not in maintained.holders()
    assert maintained.example.row(sub)["status"] == "DELETED"
    assert person.sign_up()["UserSub"] != sub


def test_the_schedules_run_the_jobs_for_this_pool(maintained):
    scheduler = maintained.example.aws.client("scheduler")
    schedules = {job: scheduler.get_schedule(Name=f"{NAME}-{job}") for job in ("reap", "reconcile")}
    assert {job: schedule["ScheduleExpression"] for job, schedule in schedules.items()} == {
        "reap": "rate(1 day)",
        "reconcile": "rate(15 minutes)",
    }
    for job, schedule in schedules.items():
        assert json.loads(schedule["Target"]["Input"]) == {"job": job, "user_pool_id": maintained.pool_id}
        assert schedule["State"] == "ENABLED"

    # Not in a quarter of an hour, but now: the rest is as it is.
    before = len(maintained.lines("reconcile"))
    reconcile = schedules["reconcile"]
    wanted = ("Name", "FlexibleTimeWindow", "Target")
    scheduler.create_schedule(
        **{**{key: reconcile[key] for key in wanted}, "Name": f"{NAME}-now"},
        ScheduleExpression="at(2020-01-01T00:00:00)",
        ActionAfterCompletion="DELETE",
    )
    until = time.monotonic() + 20
    while len(maintained.lines("reconcile")) == before:
        assert time.monotonic() < until
        time.sleep(0.1)
    assert maintained.lines("reconcile")[-1]["outcome"] in ("resting", "finished", "paused")


def test_what_a_job_logs_names_nobody(maintained):
    log = "\n".join(maintained.example.logged(f"{NAME}-maintenance"))
    assert "drift" in log
    for number in ("4155558101", "4155558102", "4155558103", "4155558106", "4155558107"):
        assert number not in log
