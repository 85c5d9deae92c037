"""One local AWS for all of these tests; pytest-terraform applies each example to it and destroys it at the end.

Every phone number and address is used by one test only, since the tests of a module share an example.
"""

import itertools
import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dev import terraform
from dev.local import LocalAWS
from dev.person import Person


@pytest.fixture(scope="session")
def aws() -> Iterator[LocalAWS]:
    with LocalAWS() as local:
        yield local


@pytest.fixture(scope="session", autouse=True)
def _terraform_uses_it(aws: LocalAWS) -> Iterator[None]:
    """pytest-terraform runs Terraform with this process's environment."""
    before, during = dict(os.environ), terraform.environment(aws.environment())
    os.environ.clear()
    os.environ.update(during)
    yield
    os.environ.clear()
    os.environ.update(before)


class Applied:
    """An applied example: its outputs' values and what a test looks at."""

    def __init__(self, aws: LocalAWS, state: Any) -> None:
        self.aws = aws
        self.outputs: dict[str, str] = {name: output["value"] for name, output in state.outputs.items()}
        self.client_id = self.outputs["client_id"]

    def row(self, sub: str) -> dict[str, str]:
        answer = self.aws.client("dynamodb").get_item(TableName=self.outputs["user_table_name"], Key={"id": {"S": sub}})
        return {name: value["S"] for name, value in answer.get("Item", {}).items()}

    def items(self, table: str) -> str:
        """Return every item of a table as text."""
        return json.dumps(self._scan(table))

    def let_the_cooldown_pass(self) -> None:
        """Take away what half a minute takes away."""
        for item in self._scan("auth-state"):
            if item["pk"]["S"].startswith("limits#"):
                self.aws.client("dynamodb").delete_item(TableName=self._table("auth-state"), Key={"pk": item["pk"]})

    def _table(self, table: str) -> str:
        return self.outputs["user_table_name"].removesuffix("-users") + f"-{table}"

    def _scan(self, table: str) -> list[dict[str, Any]]:
        pages = self.aws.client("dynamodb").get_paginator("scan").paginate(TableName=self._table(table))
        return [item for page in pages for item in page["Items"]]

    def user(self, username: str) -> dict[str, str]:
        answer = self.aws.client("cognito-idp").admin_get_user(
            UserPoolId=self.outputs["user_pool_id"], Username=username
        )
        return {attribute["Name"]: attribute["Value"] for attribute in answer["UserAttributes"]}


@pytest.fixture(scope="module")
def example(aws: LocalAWS, applied: Any) -> Applied:
    """Give the example that the test module declares with `terraform(<folder>, scope="module", name="applied")`."""
    return Applied(aws, applied)


def refused(text: str) -> Any:
    """Expect a call to be refused with words that match `text`."""
    return pytest.raises(ClientError, match=text)


@pytest.fixture
def nothing_denied(aws: LocalAWS) -> Iterator[None]:
    """Fail a test during which IAM refused a call."""
    before = len(aws.denied())
    yield
    assert aws.denied()[before:] == []


_numbers = itertools.count()


@pytest.fixture
def phone_number() -> str:
    """Give everybody a number of their own."""
    return f"+1415555{next(_numbers):04d}"


@pytest.fixture
def person(example: Applied, phone_number: str) -> Person:
    return Person(example.aws, example.client_id, phone_number)
