"""As test_least_privilege, for what runs on schedule: take each action out of each policy, and something misses it."""

import contextlib
import json
import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dev.local import LocalAWS
from dev.person import Person
from tests.e2e.conftest import applied_at_once
from tests.e2e.test_least_privilege import Granted, _numbers, _wait, not_missed

MODULES = {"otp-phone-username": "examples/phone-username", "otp-everything": "tests/e2e/everything"}
LONG_AGO = 1_000_000_000
AWS_ENVIRONMENT = {"LOCAL_AWS_SCHEDULER_SECONDS": "0.2"}


class Maintained:
    """An applied module whose pool drifts and is looked after until something is denied."""

    def __init__(self, aws: LocalAWS, name: str, outputs: dict[str, Any]) -> None:
        self.aws = aws
        self._name = name
        self._client_id = outputs["client_id"]
        self._pool_id = outputs["user_pool_id"]
        self._cognito = aws.client("cognito-idp")
        self._dynamodb = aws.client("dynamodb")

    def granted(self) -> Iterator[Granted]:
        """Give what the roles of the function and of its schedules may do."""
        iam = self.aws.client("iam")
        for role in (f"{self._name}-maintenance-us-east-1", f"{self._name}-schedules-us-east-1"):
            for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
                document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
                for number, statement in enumerate(document["Statement"]):
                    resources = tuple(statement["Resource"])
                    yield from (Granted(role, policy, number, action, resources) for action in statement["Action"])

    def renew_environment(self, _role: str) -> None:
        functions, name = self.aws.client("lambda"), f"{self._name}-maintenance"
        variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        # At a pace that no account has: it is waiting that takes the time here.
        changes = {"RENEWED": str(next(_numbers)), "LIST_USERS_PER_SECOND": "100"}
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables | changes})
        time.sleep(1)  # a walk is told from the last one by the second in which it began

    def live(self, is_over: Callable[[], bool]) -> None:
        """Make one of everything that there is to do, and have it done."""
        steps: list[Callable[[], object]] = [
            self._abandoned,
            self._deleted,
            self._unknown,
            self._untold,
            lambda: self._run("reap"),
            lambda: self._run("reconcile", restart=True),
            self._by_schedule,
            lambda: _wait(is_over),
        ]
        for step in steps:
            if is_over():
                break
            with contextlib.suppress(ClientError, KeyError, IndexError):
                step()

    def _number(self) -> str:
        return f"+1415559{next(_numbers):04d}"

    def _member(self) -> str:
        number = self._number()
        attributes = self._cognito.admin_create_user(
            UserPoolId=self._pool_id,
            Username=number,
            MessageAction="SUPPRESS",
            TemporaryPassword=secrets.token_urlsafe(24),
            UserAttributes=[
                {"Name": "phone_number", "Value": number},
                {"Name": "phone_number_verified", "Value": "true"},
            ],
        )["User"]["Attributes"]
        sub: str = next(each["Value"] for each in attributes if each["Name"] == "sub")
        return sub

    def _set(self, sub: str, assignment: str, **values: Any) -> None:
        self._dynamodb.update_item(
            TableName=f"{self._name}-identities",
            Key={"pk": {"S": f"account#{sub}"}},
            UpdateExpression=f"SET {assignment}",
            **({"ExpressionAttributeValues": values["values"]} if values else {}),
        )

    def _age(self, sub: str) -> None:
        self._set(sub, "created_at = :then", values={":then": {"N": str(LONG_AGO)}})

    def _abandoned(self) -> None:
        self._age(Person(self.aws, self._client_id, self._number()).sign_up()["UserSub"])

    def _deleted(self) -> None:
        sub = self._member()
        self._age(sub)
        self._cognito.admin_delete_user(UserPoolId=self._pool_id, Username=sub)

    def _unknown(self) -> None:
        account = f"account#{self._member()}"
        for item in self._dynamodb.scan(TableName=f"{self._name}-identities")["Items"]:
            if account in (item["pk"]["S"], item.get("holder", {}).get("S")):
                self._dynamodb.delete_item(TableName=f"{self._name}-identities", Key={"pk": item["pk"]})

    def _untold(self) -> None:
        sub = self._member()
        self._set(sub, "unsynced = claims.phone_number")
        self._cognito.admin_update_user_attributes(
            UserPoolId=self._pool_id,
            Username=sub,
            UserAttributes=[{"Name": "phone_number_verified", "Value": "false"}],
        )

    def _run(self, job: str, **event: Any) -> None:
        payload = json.dumps({"job": job, "user_pool_id": self._pool_id, **event}).encode()
        self.aws.client("lambda").invoke(FunctionName=f"{self._name}-maintenance", Payload=payload)

    def _by_schedule(self) -> None:
        scheduler = self.aws.client("scheduler")
        target = scheduler.get_schedule(Name=f"{self._name}-reconcile")["Target"]
        scheduler.create_schedule(
            Name=f"{self._name}-{next(_numbers)}",
            ScheduleExpression="at(2020-01-01T00:00:00)",
            FlexibleTimeWindow={"Mode": "OFF"},
            ActionAfterCompletion="DELETE",
            Target=target,
        )


@pytest.fixture(scope="module")
def modules(aws: LocalAWS, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Maintained]:
    outputs = applied_at_once(aws, MODULES, tmp_path_factory)
    return {name: Maintained(aws, name, outputs[name]) for name in MODULES}


@pytest.mark.parametrize("name", MODULES)
def test_nothing_is_denied_and_every_action_is_missed_when_it_is_gone(modules, name):
    module = modules[name]
    aws = module.aws
    before = len(aws.denied())
    module.live(lambda: len(aws.denied()) > before)
    assert aws.denied()[before:] == []
    grants = list(module.granted())
    assert len(grants) > 15
    assert not_missed(module, grants) == []
