"""A local AWS for each test module; pytest-terraform applies each example to it.

Nothing is destroyed, since the AWS goes with the module; `test_lifecycle` destroys every example. Every phone number and
address is used by one test only, since the tests of a module share an example.
"""

import concurrent.futures
import functools
import itertools
import json
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest
from botocore.exceptions import ClientError
from pytest_terraform import teardown

from dev import node as node_js
from dev import terraform
from dev.local import PATIENT, LocalAWS
from dev.package import PACKAGE
from dev.person import Person

teardown.set_default(teardown.OFF)

_TIMES = ("begun", "next_at", "requested_at", "resend_at", "sending_at", "expires_at")
_OVERDUE = 15  # seconds after which a delivery is dead, some more than the functions think

AMPLIFY = Path(__file__).parent / "amplify"
"""Clients that are written with Amplify JS."""


@pytest.fixture(scope="module")
def aws(request: pytest.FixtureRequest) -> Iterator[LocalAWS]:
    """Give an AWS with nothing in it, patient, or with the settings that the test module names as AWS_ENVIRONMENT."""
    with LocalAWS(environment={**PATIENT, **getattr(request.module, "AWS_ENVIRONMENT", {})}) as local:
        yield local


@pytest.fixture(scope="module", autouse=True)
def _terraform_uses_it(aws: LocalAWS) -> Iterator[None]:
    """pytest-terraform runs Terraform with this process's environment."""
    before, during = dict(os.environ), terraform.environment(aws.environment())
    os.environ.clear()
    os.environ.update(during)
    yield
    os.environ.clear()
    os.environ.update(before)


def _is_on_its_way(challenge: dict[str, Any]) -> bool:
    begun = {"REQUESTED": "requested_at", "SENDING": "sending_at"}.get(challenge["st"]["S"])
    return begun is not None and time.time() < int(challenge[begun]["N"]) + _OVERDUE


class Applied:
    """An applied example: its outputs' values and what a test looks at."""

    def __init__(self, aws: LocalAWS, state: Any) -> None:
        self.aws = aws
        self.outputs: dict[str, str] = {name: output["value"] for name, output in state.outputs.items()}
        self.client_id = self.outputs["client_id"]

    def row(self, sub: str) -> dict[str, str]:
        answer = self.aws.client("dynamodb").get_item(TableName=self.outputs["user_table_name"], Key=self.key(sub))
        return {name: value["S"] for name, value in answer.get("Item", {}).items()}

    def key(self, sub: str) -> dict[str, dict[str, str]]:
        """Return the key of somebody's row, whatever the table calls it."""
        table = self.aws.client("dynamodb").describe_table(TableName=self.outputs["user_table_name"])["Table"]
        (key,) = table["KeySchema"]
        return {key["AttributeName"]: {"S": sub}}

    def items(self, table: str) -> str:
        """Return every item of a table as text."""
        return json.dumps(self._scan(table))

    def account(self, username: str) -> dict[str, Any]:
        """Return the account item of a user, whatever the case of the name."""
        items = self._scan("identities")
        return next(item for item in items if item["pk"]["S"] == f"account#{username.casefold()}")

    def let_the_cooldown_pass(self, seconds: int = 30) -> None:
        """Move everything that waits that much into the past."""
        for found in self.auth_state("limits#") + self.auth_state("challenge#"):
            item: dict[str, Any] | None = found
            while item and not self._is_moved_back(item, seconds):
                # It has changed since it was read, or is gone.
                item = next(iter(self.auth_state(item["pk"]["S"])), None)

    def _is_moved_back(self, item: dict[str, Any], seconds: int) -> bool:
        times = [name for name in _TIMES if name in item]
        dynamodb = self.aws.client("dynamodb")
        try:
            dynamodb.update_item(
                TableName=self._table("auth-state"),
                Key={"pk": item["pk"]},
                UpdateExpression="SET " + ", ".join(f"{name} = {name} - :seconds" for name in times),
                ConditionExpression=" AND ".join(f"attribute_exists({name})" for name in times),
                ExpressionAttributeValues={":seconds": {"N": str(seconds)}},
            )
        except dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def wait_until_delivered(self) -> None:
        """Wait until every code that was asked for is sent, or will never be: then even a stranger's guess counts."""
        while any(_is_on_its_way(item) for item in self.auth_state("challenge#")):
            time.sleep(0.02)

    def auth_state(self, prefix: str) -> list[dict[str, Any]]:
        """Return the items of the auth-state table whose key begins so."""
        return [item for item in self._scan("auth-state") if item["pk"]["S"].startswith(prefix)]

    def put_auth_state(self, item: dict[str, Any]) -> None:
        self.aws.client("dynamodb").put_item(TableName=self._table("auth-state"), Item=item)

    def logged(self, function: str) -> list[str]:
        """Return what a function of that name has written to its log, line by line."""
        pages = self.aws.client("logs").get_paginator("filter_log_events")
        return [
            line
            for page in pages.paginate(logGroupName=f"/aws/lambda/{function}")
            for event in page["events"]
            for line in event["message"].splitlines()
        ]

    def _table(self, table: str) -> str:
        return f"{self._name}-{table}"

    @functools.cached_property
    def _name(self) -> str:
        """What the module calls the pool, and all else after it."""
        pools = self.aws.client("cognito-idp")
        name: str = pools.describe_user_pool(UserPoolId=self.outputs["user_pool_id"])["UserPool"]["Name"]
        return name

    def _scan(self, table: str) -> list[dict[str, Any]]:
        pages = self.aws.client("dynamodb").get_paginator("scan").paginate(TableName=self._table(table))
        return [item for page in pages for item in page["Items"]]

    def user(self, username: str) -> dict[str, str]:
        answer = self.aws.client("cognito-idp").admin_get_user(
            UserPoolId=self.outputs["user_pool_id"], Username=username
        )
        return {attribute["Name"]: attribute["Value"] for attribute in answer["UserAttributes"]}

    def users(self) -> list[dict[str, str]]:
        """Return the attributes of everybody in the pool."""
        pages = self.aws.client("cognito-idp").get_paginator("list_users")
        return [
            {attribute["Name"]: attribute["Value"] for attribute in user["Attributes"]}
            for page in pages.paginate(UserPoolId=self.outputs["user_pool_id"])
            for user in page["Users"]
        ]


def deployment(aws: LocalAWS, name: str, work: Path) -> SimpleNamespace:
    """Apply an example for one test module more: pytest-terraform applies each folder for one module of a run only."""
    root = terraform.Terraform(terraform.ROOT / "examples" / name, work, aws.environment())
    root.init()
    return state_of(root.apply())


def state_of(outputs: Mapping[str, Any]) -> SimpleNamespace:
    """Return outputs' values as pytest-terraform gives those of what it has applied; `Applied` takes it."""
    return SimpleNamespace(outputs={name: {"value": value} for name, value in outputs.items()})


def applied_at_once(
    aws: LocalAWS, folders: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, Any]]:
    """Apply folders of the project, by the names that they give their pools; return the outputs of each."""

    def apply(name: str, folder: str) -> dict[str, Any]:
        root = terraform.Terraform(terraform.ROOT / folder, tmp_path_factory.mktemp(name), aws.environment())
        root.init()
        return root.apply()

    with concurrent.futures.ThreadPoolExecutor() as pool:
        return dict(zip(folders, pool.map(apply, folders, folders.values()), strict=True))


def package_in_s3(aws: LocalAWS) -> dict[str, str]:
    """Put the package into a bucket; return the `lambda_package` that names it.

    Functions from S3 are made beside each other, those from a file one after the other, in five seconds each.
    """
    place = {"s3_bucket": "packages", "s3_key": "cognito_otp.zip"}
    aws.client("s3").create_bucket(Bucket=place["s3_bucket"])
    aws.client("s3").put_object(Bucket=place["s3_bucket"], Key=place["s3_key"], Body=PACKAGE.read_bytes())
    return {**place, "source_code_hash": "of-this-version"}


@pytest.fixture(scope="module")
def applied(aws: LocalAWS, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Apply the example that the test module names as EXAMPLE; `terraform(...)` takes this one's place."""
    return deployment(aws, request.module.EXAMPLE, tmp_path_factory.mktemp("applied"))


@pytest.fixture(scope="module")
def example(aws: LocalAWS, applied: Any) -> Applied:
    """Give the example of the test module: EXAMPLE, or `terraform(<folder>, scope="module", name="applied")`."""
    return Applied(aws, applied)


def looks(answer: dict[str, Any]) -> dict[str, str]:
    """Return what a challenge tells the client, with its times up to the next ten seconds: the clock goes on."""
    told = {name: value for name, value in answer["ChallengeParameters"].items() if name != "USERNAME"}
    times = {name: str(-(-int(value) // 10) * 10) for name, value in told.items() if name.endswith("_in")}
    return {**told, **times}


def refused(text: str) -> Any:
    """Expect a call to be refused with words that match `text`."""
    return pytest.raises(ClientError, match=text)


def stands_in(secret: str, text: str) -> bool:
    """Tell whether a text holds a secret; digits within longer digits (times, counts) are none."""
    where = -1
    while (where := text.find(secret, where + 1)) >= 0:
        around = text[where - 1 : where] + text[where + len(secret) : where + len(secret) + 1]
        if not any(each.isalnum() for each in around):
            return True
    return False


@pytest.fixture
def nothing_denied(aws: LocalAWS) -> Iterator[None]:
    """Fail a test during which IAM refused a call."""
    before = len(aws.denied())
    yield
    assert aws.denied()[before:] == []


def missing(what: object) -> NoReturn:
    """Fail in CI, where nothing may be missing; skip with a word elsewhere."""
    if os.environ.get("CI"):
        pytest.fail(str(what))
    pytest.skip(str(what))


def npm_install(folder: Path) -> str:
    """Install what the clients in a folder need; return the path of Node.js."""
    try:
        return node_js.install(folder)
    except node_js.NodeError as error:
        missing(error)


@pytest.fixture(scope="session")
def node() -> str:
    """Give the path of Node.js, with what the clients in AMPLIFY need installed."""
    return npm_install(AMPLIFY)


_numbers = itertools.count()


@pytest.fixture
def phone_number() -> str:
    """Give everybody a number of their own."""
    return f"+1415555{next(_numbers):04d}"


@pytest.fixture
def person(example: Applied, phone_number: str) -> Person:
    return Person(example.aws, example.client_id, phone_number)
