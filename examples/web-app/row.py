"""Answers GET /row with the caller's own row of the User table, as JSON.

API Gateway has checked the token by the time this runs. Whose row it is comes from the token's claims and from nothing
else that a caller can choose. Nothing of the row is logged.
"""

import base64
import json
import os
from decimal import Decimal

import boto3
from botocore.config import Config

_TIMES = Config(connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 2})
_dynamodb = boto3.client("dynamodb", config=_TIMES)


def handler(event, _context):
    """Return API Gateway's answer to one call (payload format 2.0): 200 with the row, 403 or 404."""
    claims = event["requestContext"]["authorizer"]["jwt"]["claims"]
    # The authorizer lets access tokens through as well. They can do more: whoever holds one can change the account.
    if claims["token_use"] != "id":  # noqa: S105 - no password
        return _answer(403, {"message": "Send the ID token"})
    key = {os.environ["USER_TABLE_KEY"]: {"S": claims["sub"]}}
    row = _dynamodb.get_item(TableName=os.environ["USER_TABLE"], Key=key, ConsistentRead=True).get("Item")
    if row is None:
        return _answer(404, {"message": "No row"})
    return _answer(200, {name: plain(value) for name, value in row.items()})


def _answer(status, body):
    headers = {"content-type": "application/json", "cache-control": "no-store"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}


def plain(typed):
    """Return what JSON has for a value of DynamoDB's: a set becomes a list, and binary base64 text."""
    ((kind, value),) = typed.items()
    return _PLAIN[kind](value) if kind in _PLAIN else value  # text, sets of texts and booleans are what they are


def _number(text):
    # DynamoDB keeps 38 digits and JavaScript some 16: a number that a browser would round goes as text.
    exact = Decimal(text)
    if Decimal(repr(float(exact))) != exact:
        return text
    return int(exact) if exact == exact.to_integral_value() else float(exact)


def _base64(value):
    return base64.b64encode(value).decode()


_PLAIN = {
    "N": _number,
    "NS": lambda values: [_number(each) for each in values],
    "B": _base64,
    "BS": lambda values: [_base64(each) for each in values],
    "L": lambda values: [plain(each) for each in values],
    "M": lambda values: {name: plain(each) for name, each in values.items()},
    "NULL": lambda _: None,
}
