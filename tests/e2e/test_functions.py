"""Functions in a VPC, from a package in S3, under a key of the caller's, and started from snapshots behind an alias."""

import contextlib
import itertools
import json
import re
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner

from cognito_otp_cli.main import main
from dev import terraform
from dev.local import LocalAWS
from dev.person import Person
from tests.e2e.test_least_privilege import Granted, without

NAME = "otp-functions"
_numbers = itertools.count()


class Deployment:
    """The module, applied; plans and applies with other inputs."""

    def __init__(self, aws: LocalAWS, root: terraform.Terraform) -> None:
        self.aws, self._root = aws, root
        self.outputs: dict[str, Any] = {}

    def apply(self, **inputs: str) -> None:
        self.outputs = self._root.apply(**inputs)

    def planned(self, **inputs: str) -> dict[str, str]:
        """Return what a plan would change, and how, by address."""
        return dict(re.findall(r"^  # (\S+) (.*)$", self._root.plan(**inputs), re.MULTILINE))

    def person(self) -> Person:
        return Person(self.aws, self.outputs["client_id"], f"+1415552{next(_numbers):04d}")

    def sign_up_and_in(self) -> Any:
        person = self.person()
        person.sign_up()
        person.start_sign_in()
        return person.answer(person.wait_for_code())

    def use_tables(self, function: str) -> None:
        """Have a function read or write a table."""
        person, payload = self.person(), {}
        match function:
            case "sign-up":
                person.sign_up()
            case "sign-in":
                person.start_sign_in()
            case "delivery":
                payload = {
                    "challenge_id": "x",
                    "generation": 1,
                    "username": "x",
                    "channel": "sms",
                    "address": person.username,
                }
            case "maintenance":
                payload = {"job": "reconcile", "user_pool_id": self.outputs["user_pool_id"]}
        if payload:
            self.aws.client("lambda").invoke(FunctionName=f"{NAME}-{function}:live", Payload=json.dumps(payload))

    def aliases(self) -> dict[str, str]:
        """Return the version that each function's alias is on."""
        functions = self.aws.client("lambda")
        names = [each["FunctionName"] for each in functions.list_functions()["Functions"]]
        ours = [name for name in names if name.startswith(NAME)]
        return {name: functions.get_alias(FunctionName=name, Name="live")["FunctionVersion"] for name in ours}


@pytest.fixture(scope="module")
def deployment(aws: LocalAWS, tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    root = terraform.Terraform(
        terraform.ROOT / "tests" / "e2e" / "functions", tmp_path_factory.mktemp("functions"), aws.environment()
    )
    root.init()
    applied = Deployment(aws, root)
    applied.apply()
    return applied


def test_a_second_plan_has_only_what_changes_elsewhere(deployment):
    assert set(deployment.planned(elsewhere="is not as it was")) == {"terraform_data.elsewhere"}


def test_another_key_replaces_nothing(deployment):
    changes = deployment.planned(key="another")
    tables = {f"module.cognito_otp.aws_dynamodb_table.{table}[0]" for table in ("users", "identities", "auth_state")}
    assert tables <= set(changes)
    assert set(changes.values()) == {"will be updated in-place"}


def test_people_sign_in_through_the_aliases(deployment, nothing_denied):
    before = len(deployment.aws.trigger_log())
    assert "AuthenticationResult" in deployment.sign_up_and_in()
    runs = deployment.aws.trigger_log()[before:]
    assert {run.function for run in runs} == {f"{NAME}-sign-up:live", f"{NAME}-sign-in:live"}
    streams = deployment.aws.client("logs").describe_log_streams(logGroupName=f"/aws/lambda/{NAME}-delivery")
    assert [stream for stream in streams["logStreams"] if "[1]" not in stream["logStreamName"]] == []


def test_a_schedule_runs_through_the_alias(deployment, nothing_denied):
    scheduler, logs = deployment.aws.client("scheduler"), deployment.aws.client("logs")
    scheduler.create_schedule(
        Name=f"{NAME}-now",
        ScheduleExpression="at(2020-01-01T00:00:00)",
        FlexibleTimeWindow={"Mode": "OFF"},
        ActionAfterCompletion="DELETE",
        Target=scheduler.get_schedule(Name=f"{NAME}-reconcile")["Target"],
    )
    until = time.monotonic() + 10
    written: list[str] = []
    while not written and time.monotonic() < until:
        time.sleep(0.1)
        written = logs.filter_log_events(logGroupName=f"/aws/lambda/{NAME}-maintenance")["events"]
    assert written


def test_every_action_on_the_key_and_in_the_network_is_missed_when_it_is_gone(deployment):
    aws = deployment.aws
    iam, functions = aws.client("iam"), aws.client("lambda")
    seen = set()
    for function in ("sign-up", "sign-in", "delivery", "maintenance"):
        role = f"{NAME}-{function}-us-east-1"
        document = iam.get_role_policy(RoleName=role, PolicyName="runtime")["PolicyDocument"]
        network = functions.get_function_configuration(FunctionName=f"{NAME}-{function}")["VpcConfig"]
        for number, statement in enumerate(document["Statement"]):
            if statement["Sid"] not in ("OwnKey", "NetworkInterfaces"):
                continue
            for action in statement["Action"]:
                start = len(aws.denied())
                with without(aws, Granted(role, "runtime", number, action, tuple(statement["Resource"]))):
                    if statement["Sid"] == "NetworkInterfaces":
                        with pytest.raises(functions.exceptions.InvalidParameterValueException):
                            functions.update_function_configuration(
                                FunctionName=f"{NAME}-{function}",
                                VpcConfig={name: network[name] for name in ("SubnetIds", "SecurityGroupIds")},
                            )
                    else:
                        with contextlib.suppress(ClientError):
                            deployment.use_tables(function)
                assert (action, role) in {(denial.action, denial.role) for denial in aws.denied()[start:]}
                seen.add(action)
    assert len(seen) == 7


def test_the_doctor_finds_everything_behind_the_aliases(deployment):
    examined = CliRunner().invoke(main, ["doctor", "--user-pool-id", deployment.outputs["user_pool_id"], "--json"])
    findings = json.loads(examined.stdout)["findings"]
    assert {"triggers", "trigger-permissions"} <= {finding["check"] for finding in findings}
    # The local AWS simulates the policies of roles without a path only.
    assert {finding["check"] for finding in findings if finding["verdict"] == "problem"} <= {"sms-role"}


def test_a_change_is_a_version_and_moves_the_aliases(deployment, nothing_denied):
    assert set(deployment.aliases().values()) == {"1"}
    deployment.apply(tracing="off")
    assert set(deployment.aliases().values()) == {"2"}
    assert len(deployment.aliases()) == 4
    assert "AuthenticationResult" in deployment.sign_up_and_in()
