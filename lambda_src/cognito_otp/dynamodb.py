"""DynamoDB with conditions: the few calls this package makes, in Python values.

boto3's resource layer would convert values too, but importing it costs a cold start more than everything else here.
Supported values: str, int, bool, and dict of those.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

Value = str | int | bool | Mapping[str, Any]
Item = dict[str, Any]

_ATTEMPTS = 4  # against a conflict, or for what a read left out
_CONFLICTS = frozenset({"TransactionConflict", "TransactionInProgress"})
_PAUSE = 0.05  # seconds, doubled each time


class ConditionFailedError(Exception):
    """The condition of a write did not hold; nothing was written."""


class ContentionError(Exception):
    """Other transactions held the item for as long as this write was tried; nothing was written."""


class UnprocessedKeysError(Exception):
    """DynamoDB left out some of the items to read, however often it was asked for the rest."""


def _encode(value: Value) -> dict[str, Any]:
    match value:
        case bool():
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case str():
            return {"S": value}
        case Mapping():
            return {"M": {key: _encode(each) for key, each in value.items()}}
    message = f"cannot store a {type(value).__name__}"
    raise TypeError(message)


def _decode(attribute: Mapping[str, Any]) -> Any:
    ((kind, value),) = attribute.items()
    if kind == "N":
        return int(value) if value.lstrip("-").isdigit() else float(value)
    if kind == "M":
        return {key: _decode(each) for key, each in value.items()}
    return None if kind == "NULL" else value


def _decode_item(item: Mapping[str, Any]) -> Item:
    return {name: _decode(attribute) for name, attribute in item.items()}


class Table:
    """One table with a string hash key.

    Args:
        client: botocore DynamoDB client.
        name: table name.
        key_name: name of the hash key.
    """

    def __init__(self, client: Any, name: str, key_name: str = "pk") -> None:
        self._client = client
        self._name = name
        self._key_name = key_name

    @property
    def key_name(self) -> str:
        """Name of the hash key."""
        return self._key_name

    def get(self, key: str) -> Item | None:
        """Read one item, strongly consistent (one read unit per 4 KB); None if it is absent."""
        answer = self._client.get_item(TableName=self._name, Key=self._key(key), ConsistentRead=True)
        return _decode_item(answer["Item"]) if "Item" in answer else None

    def get_many(self, keys: Sequence[str]) -> dict[str, Item]:
        """Read up to 100 different items in one call, eventually consistent; absent ones are left out.

        Costs half a read unit per key and 4 KB, for absent items too. What DynamoDB leaves unprocessed (it is
        throttled, or there are more than 16 MB) is asked for again.

        Returns:
            dict: key to item.

        Raises:
            UnprocessedKeysError: some were left out to the last.
        """
        found: dict[str, Item] = {}
        if not keys:
            return found
        wanted: Item = {self._name: {"Keys": [self._key(key) for key in keys]}}
        for attempt in range(_ATTEMPTS):
            answer = self._client.batch_get_item(RequestItems=wanted)
            items = [_decode_item(item) for item in answer["Responses"].get(self._name, [])]
            found |= {item[self._key_name]: item for item in items}
            wanted = answer.get("UnprocessedKeys", {})
            if not wanted:
                return found
            time.sleep(_PAUSE * 2**attempt)
        raise UnprocessedKeysError

    def scan(
        self, after: str | None, *, condition: str | None, names: Mapping[str, str], values: Mapping[str, Value]
    ) -> tuple[list[Item], str | None]:
        """Read one page of the table, eventually consistent, and return those of its items for which `condition` holds.

        Costs half a read unit for each 4 KB that was looked at, 1 MB a page at most, also where nothing is found.

        Args:
            after: key that the page before ended with; None for the first.
            condition: None for every item.
            names: aliases in `condition`.
            values: values in `condition`.

        Returns:
            tuple: the items, and the key to go on after; None at the table's end.
        """
        parameters: Item = {"TableName": self._name}
        if after is not None:
            parameters["ExclusiveStartKey"] = self._key(after)
        if condition:
            parameters["FilterExpression"] = condition
        if names:
            parameters["ExpressionAttributeNames"] = dict(names)
        if values:
            parameters["ExpressionAttributeValues"] = {name: _encode(value) for name, value in values.items()}
        answer = self._client.scan(**parameters)
        last = answer.get("LastEvaluatedKey")
        items = [_decode_item(item) for item in answer["Items"]]
        return items, None if last is None else str(last[self._key_name]["S"])

    def put(self, key: str, item: Mapping[str, Value], *, condition: str) -> None:
        """Write a whole item if `condition` holds.

        Raises:
            ConditionFailedError: it did not hold, which a lost response of the same call also looks like.
        """
        self._write(self._client.put_item, self._put(key, item, condition))

    def update(
        self,
        key: str,
        expression: str,
        *,
        condition: str | None,
        values: Mapping[str, Value],
        names: Mapping[str, str] | None = None,
    ) -> Item:
        """Update one item if `condition` holds (None: in any case) and return it as it is afterwards.

        Raises:
            ConditionFailedError: it did not hold, which a lost response of the same call also looks like.
        """
        parameters = self._update(key, expression, condition, values, names)
        return _decode_item(
            self._write(self._client.update_item, {**parameters, "ReturnValues": "ALL_NEW"})["Attributes"]
        )

    # The three below are parts of a transaction, see `transact`.

    def putting(
        self, key: str, item: Mapping[str, Value], *, condition: str, values: Mapping[str, Value] | None = None
    ) -> Item:
        """Return a conditional put as a part of a transaction."""
        return {"Put": self._put(key, item, condition, values)}

    def updating(
        self,
        key: str,
        expression: str,
        *,
        condition: str,
        values: Mapping[str, Value],
        names: Mapping[str, str] | None = None,
    ) -> Item:
        """Return a conditional update as a part of a transaction."""
        return {"Update": self._update(key, expression, condition, values, names)}

    def deleting(self, key: str, *, condition: str, values: Mapping[str, Value]) -> Item:
        """Return a conditional delete as a part of a transaction."""
        return {
            "Delete": {
                "TableName": self._name,
                "Key": self._key(key),
                "ConditionExpression": condition,
                "ExpressionAttributeValues": {name: _encode(value) for name, value in values.items()},
            }
        }

    def transact(self, parts: Sequence[Item]) -> None:
        """Write all parts or none (two write units per part and KB).

        botocore sends one client request token with all attempts of a call, so a lost response cannot make it fail
        against itself.

        Raises:
            ConditionFailedError: at least one condition did not hold.
            ContentionError: other transactions were in the way.
        """
        self._write(self._client.transact_write_items, {"TransactItems": list(parts)})

    def _key(self, key: str) -> Item:
        return {self._key_name: {"S": key}}

    def _put(
        self, key: str, item: Mapping[str, Value], condition: str, values: Mapping[str, Value] | None = None
    ) -> Item:
        parameters: Item = {
            "TableName": self._name,
            "Item": {**self._key(key), **{name: _encode(value) for name, value in item.items()}},
            "ConditionExpression": condition,
        }
        if values:
            parameters["ExpressionAttributeValues"] = {name: _encode(value) for name, value in values.items()}
        return parameters

    def _update(
        self,
        key: str,
        expression: str,
        condition: str | None,
        values: Mapping[str, Value],
        names: Mapping[str, str] | None,
    ) -> Item:
        parameters: Item = {
            "TableName": self._name,
            "Key": self._key(key),
            "UpdateExpression": expression,
            "ExpressionAttributeValues": {name: _encode(value) for name, value in values.items()},
        }
        if condition:
            parameters["ConditionExpression"] = condition
        if names:
            parameters["ExpressionAttributeNames"] = dict(names)
        return parameters

    def _write(self, operation: Callable[..., Item], parameters: Item) -> Item:
        for attempt in range(_ATTEMPTS):
            try:
                return operation(**parameters)
            except ClientError as error:
                reasons = _reasons(error)
                if "ConditionalCheckFailed" in reasons:
                    raise ConditionFailedError from None
                # Another transaction holds the item for a moment, which says nothing about the condition.
                if not reasons & _CONFLICTS:
                    raise
            time.sleep(_PAUSE * 2**attempt)
        raise ContentionError


def _reasons(error: ClientError) -> set[str]:
    """Return why a write failed: the code of the error itself, or those of a cancelled transaction's parts."""
    parts = error.response.get("CancellationReasons", [])
    return {error.response["Error"]["Code"].removesuffix("Exception"), *(part.get("Code", "") for part in parts)}
