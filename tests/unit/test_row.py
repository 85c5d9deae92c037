"""The function of examples/web-app that gives people their row."""

import importlib.util
import json
from types import ModuleType
from typing import Any

import boto3
import pytest
from moto import mock_aws

from dev.package import ROOT

TABLE = "people"
SUB = "7c1d2e3f-4a5b-4c6d-8e7f-000000000001"


@pytest.fixture
def row(monkeypatch) -> Any:
    monkeypatch.setenv("USER_TABLE", TABLE)
    monkeypatch.setenv("USER_TABLE_KEY", "userId")
    with mock_aws():
        boto3.client("dynamodb").create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "userId", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "userId", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield loaded()


def loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("row", ROOT / "examples" / "web-app" / "row.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def ask(row: ModuleType, **claims: str) -> tuple[int, Any]:
    said = {"sub": SUB, "token_use": "id", **claims}
    event = {
        "version": "2.0",
        "routeKey": "GET /row",
        "queryStringParameters": {"sub": "another"},
        "headers": {"sub": "another"},
        "requestContext": {"authorizer": {"jwt": {"claims": said, "scopes": None}}},
    }
    answer = row.handler(event, None)
    assert answer["headers"] == {"content-type": "application/json", "cache-control": "no-store"}
    return answer["statusCode"], json.loads(answer["body"])


def put(**item: Any) -> None:
    boto3.client("dynamodb").put_item(TableName=TABLE, Item={"userId": {"S": SUB}, **item})


def test_a_row_is_found_by_the_sub_of_the_claims(row):
    put(email={"S": "ada@example.com"})
    assert ask(row) == (200, {"userId": SUB, "email": "ada@example.com"})
    assert ask(row, sub="another") == (404, {"message": "No row"})


def test_an_access_token_is_refused_before_anything_is_read(row):
    put(email={"S": "ada@example.com"})
    assert ask(row, token_use="access") == (403, {"message": "Send the ID token"})


def test_a_failure_is_the_callers_nothing(row):
    boto3.client("dynamodb").delete_table(TableName=TABLE)
    with pytest.raises(Exception, match="ResourceNotFoundException"):
        ask(row)


def test_every_kind_of_value_comes_as_json(row):
    put(
        yes={"BOOL": True},
        none={"NULL": True},
        count={"N": "3"},
        price={"N": "0.1"},
        bytes={"B": b"\x00\xff"},
        words={"SS": ["a", "b"]},
        numbers={"NS": ["1", "2.5"]},
        pieces={"BS": [b"\x01"]},
        list={"L": [{"S": "x"}, {"N": "-7"}, {"L": []}]},
        map={"M": {"inner": {"M": {"n": {"N": "1E+3"}}}}},
    )
    status, body = ask(row)
    body["words"].sort()
    body["numbers"].sort()
    assert (status, body) == (
        200,
        {
            "userId": SUB,
            "yes": True,
            "none": None,
            "count": 3,
            "price": 0.1,
            "bytes": "AP8=",
            "words": ["a", "b"],
            "numbers": [1, 2.5],
            "pieces": ["AQ=="],
            "list": ["x", -7, []],
            "map": {"inner": {"n": 1000}},
        },
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("-1.50", -1.5),
        ("9007199254740992", 9007199254740992),
        ("9007199254740993", "9007199254740993"),  # a browser would make ...992 of it
        ("0.1234567890123456789", "0.1234567890123456789"),
        ("9.9999999999999999999999999999999999999E+125", "9.9999999999999999999999999999999999999E+125"),
        ("1E-130", 1e-130),
    ],
)
def test_a_number_is_never_rounded(row, text, value):
    assert row.plain({"N": text}) == value
    assert type(row.plain({"N": text})) is type(value)
