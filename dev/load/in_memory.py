"""A DynamoDB in this process: tables with a hash key, conditions and transactions, as fast as Python dictionaries.

AWS's DynamoDB Local costs two milliseconds of a processor for each call, which a hundred thousand sign-ins do not have.
This one knows what the package asks for and raises an error at anything else. The races of tests/races hold on both
and are lost on both without their conditions, and a sign-in costs the same. One lock stands for DynamoDB's serialised
writes.
"""

import functools
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

Attribute = Mapping[str, Any]
Item = Mapping[str, Attribute]

_TOKEN = re.compile(r"<=|>=|<>|[()=<>,+-]|[:#]?\w+(?:\.#?\w+)*")
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda one, other: one == other,
    "<>": lambda one, other: one != other,
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
}
_MISSING = object()

_read = TypeDeserializer().deserialize
_written = TypeSerializer().serialize


class _Scope:
    """What an expression is about: an item, and what its aliases stand for."""

    def __init__(self, item: Item, request: Mapping[str, Any]) -> None:
        self._item = item
        self._names = request.get("ExpressionAttributeNames", {})
        self._values = request.get("ExpressionAttributeValues", {})

    def path(self, text: str) -> list[str]:
        return [self._names[part] if part.startswith("#") else part for part in text.split(".")]

    def raw(self, operand: str) -> Any:
        """Return an attribute as DynamoDB writes it, or `_MISSING`."""
        if operand.startswith(":"):
            return self._values[operand]
        found: Any = {"M": self._item}
        for part in self.path(operand):
            found = found["M"].get(part, _MISSING) if found is not _MISSING and "M" in found else _MISSING
        return found

    def value(self, operand: str) -> Any:
        raw = self.raw(operand)
        return raw if raw is _MISSING else _read(raw)


_Condition = Callable[[_Scope], bool]
_Operand = Callable[[_Scope], Any]


class _Parser:
    """Reads an expression's tokens one by one.

    Raises:
        ValueError: there is something that it does not know.
    """

    def __init__(self, expression: str) -> None:
        if _TOKEN.sub("", expression).strip():
            raise ValueError(expression)
        self._tokens: list[str] = [*_TOKEN.findall(expression), ""]

    def is_next(self, *tokens: str) -> bool:
        return self._tokens[0] in tokens

    def take(self, *expected: str) -> str:
        if expected and not self.is_next(*expected):
            raise ValueError(f"{self._tokens[0]!r} instead of {expected}")
        return self._tokens.pop(0)

    def condition(self) -> _Condition:
        either = [self._all()]
        while self.is_next("OR"):
            self.take()
            either.append(self._all())
        return lambda scope: any(each(scope) for each in either)

    def _all(self) -> _Condition:
        every = [self._comparison()]
        while self.is_next("AND"):
            self.take()
            every.append(self._comparison())
        return lambda scope: all(each(scope) for each in every)

    def _comparison(self) -> _Condition:
        if self.is_next("("):
            self.take()
            inner = self.condition()
            self.take(")")
            return inner
        if self.is_next("attribute_exists", "attribute_not_exists"):
            wanted = self.take() == "attribute_exists"
            path = self._argument()
            return lambda scope: (scope.raw(path) is not _MISSING) is wanted
        one, comparison = self._operand(), self.take("IN", *_COMPARISONS)
        if comparison == "IN":
            self.take("(")
            others = [self._operand()]
            while self.take(",", ")") == ",":
                others.append(self._operand())
            return lambda scope: one(scope) in [each(scope) for each in others]
        compare, other = _COMPARISONS[comparison], self._operand()
        return lambda scope: _is(compare, one(scope), other(scope))

    def _argument(self) -> str:
        self.take("(")
        path = self.take()
        self.take(")")
        return path

    def _operand(self) -> _Operand:
        if self.is_next("size"):
            self.take()
            path = self._argument()
            return lambda scope: _size(scope.value(path))
        operand = self.take()
        return lambda scope: scope.value(operand)

    def assigned(self) -> _Operand:
        """Read the right side of an assignment; it gives an attribute as DynamoDB writes it."""
        one = self._assigned_operand()
        if not self.is_next("+", "-"):
            return one
        sign, other = (1 if self.take() == "+" else -1), self._assigned_operand()
        return lambda scope: _written(_read(one(scope)) + sign * _read(other(scope)))

    def _assigned_operand(self) -> _Operand:
        operand = self.take()
        if operand != "if_not_exists":
            return lambda scope: scope.raw(operand)
        self.take("(")
        path = self.take()
        self.take(",")
        default = self.take()
        self.take(")")
        return lambda scope: scope.raw(default if scope.raw(path) is _MISSING else path)


def _is(compare: Callable[[Any, Any], bool], one: Any, other: Any) -> bool:
    return type(one) is type(other) and one is not _MISSING and compare(one, other)


def _size(value: Any) -> Any:
    return value if value is _MISSING else _read({"N": str(len(value))})


@functools.cache
def _condition(expression: str) -> _Condition:
    parser = _Parser(expression)
    condition = parser.condition()
    parser.take("")
    return condition


_Change = tuple[str, str, _Operand | None]


@functools.cache
def _changes(expression: str) -> Sequence[_Change]:
    """Return an update's changes: the clause, the path, and what the attribute becomes."""
    parser = _Parser(expression)
    changes: list[_Change] = []
    while not parser.is_next(""):
        clause = parser.take("SET", "REMOVE", "ADD")
        while True:
            path = parser.take()
            if clause == "SET":
                parser.take("=")
            changes.append((clause, path, None if clause == "REMOVE" else parser.assigned()))
            if not parser.is_next(","):
                break
            parser.take()
    return changes


def _changed(item: Item, request: Mapping[str, Any]) -> Item:
    """Return an item as an update leaves it; the item itself stays as it is."""
    scope = _Scope(item, request)
    after = dict(item)
    for clause, path, operand in _changes(request["UpdateExpression"]):
        new = operand(scope) if operand else None
        if clause == "ADD":
            before = scope.raw(path)
            new = _written((0 if before is _MISSING else _read(before)) + _read(new))
        *parents, name = scope.path(path)
        inner = after
        for parent in parents:
            inner[parent] = {"M": dict(inner[parent]["M"])}
            inner = inner[parent]["M"]
        if new is None:
            inner.pop(name, None)
        else:
            inner[name] = new
    return after


class _ConditionFailedError(Exception):
    pass


class Memory:
    """The tables."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: dict[str, str] = {}
        self._items: dict[str, dict[str, Item]] = {}

    def answer(self, operation: str, request: Mapping[str, Any]) -> tuple[int, Mapping[str, Any]]:
        """Carry out a call.

        Args:
            operation: e.g. `"UpdateItem"`.
            request: as it goes over the wire.

        Returns:
            tuple: the status and the body that DynamoDB answers with.

        Raises:
            ValueError: it is one that this does not know.
        """
        with self._lock:
            match operation:
                case "CreateTable":
                    self._keys[request["TableName"]] = request["KeySchema"][0]["AttributeName"]
                    self._items[request["TableName"]] = {}
                    return 200, {}
                case "GetItem":
                    found = self._items[request["TableName"]].get(self._key(request))
                    return 200, {} if found is None else {"Item": found}
                case "BatchGetItem":
                    return 200, {"Responses": dict(self._many(request["RequestItems"])), "UnprocessedKeys": {}}
                case "Scan":
                    condition = _condition(request["FilterExpression"]) if "FilterExpression" in request else None
                    items = self._items[request["TableName"]].values()
                    return 200, {"Items": [it for it in items if not condition or condition(_Scope(it, request))]}
                case "PutItem" | "UpdateItem" | "DeleteItem":
                    return self._write(operation, request)
                case "TransactWriteItems":
                    return self._transact(request["TransactItems"])
        raise ValueError(operation)

    def sweep(self, table: str, now: int) -> None:
        """Remove what has expired, as the TTL does."""
        with self._lock:
            items = self._items[table]
            for key in [key for key, item in items.items() if int(item["expires_at"]["N"]) < now]:
                del items[key]

    def _key(self, request: Mapping[str, Any]) -> str:
        key: str = (request.get("Key") or request["Item"])[self._keys[request["TableName"]]]["S"]
        return key

    def _many(self, wanted: Mapping[str, Any]) -> Iterator[tuple[str, list[Item]]]:
        for table, keys in wanted.items():
            found = (self._items[table].get(key[self._keys[table]]["S"]) for key in keys["Keys"])
            yield table, [item for item in found if item is not None]

    def _after(self, operation: str, request: Mapping[str, Any]) -> Item | None:
        """Return what a write would leave.

        Raises:
            _ConditionFailedError: it would not be made.
        """
        before = self._items[request["TableName"]].get(self._key(request), {})
        condition = request.get("ConditionExpression")
        if condition and not _condition(condition)(_Scope(before, request)):
            raise _ConditionFailedError
        match operation:
            case "PutItem":
                item: Item = request["Item"]
                return item
            case "UpdateItem":
                return _changed(before or request["Key"], request)
        return None

    def _set(self, request: Mapping[str, Any], after: Item | None) -> None:
        if after is None:
            self._items[request["TableName"]].pop(self._key(request), None)
        else:
            self._items[request["TableName"]][self._key(request)] = after

    def _write(self, operation: str, request: Mapping[str, Any]) -> tuple[int, Mapping[str, Any]]:
        try:
            after = self._after(operation, request)
        except _ConditionFailedError:
            return 400, {"__type": "ConditionalCheckFailedException", "message": "The conditional request failed"}
        self._set(request, after)
        return 200, {"Attributes": after} if request.get("ReturnValues") == "ALL_NEW" else {}

    def _transact(self, parts: Sequence[Mapping[str, Any]]) -> tuple[int, Mapping[str, Any]]:
        writes: list[tuple[Mapping[str, Any], Item | None]] = []
        reasons = []
        for part in parts:
            ((kind, request),) = part.items()
            try:
                writes.append((request, self._after(f"{kind}Item", request)))
                reasons.append({"Code": "None"})
            except _ConditionFailedError:
                reasons.append({"Code": "ConditionalCheckFailed"})
        if len(writes) < len(parts):
            return 400, {"__type": "TransactionCanceledException", "CancellationReasons": reasons}
        for write in writes:
            self._set(*write)
        return 200, {}


class Client:
    """What the package calls of a botocore client, without botocore, which would take most of the time."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def __getattr__(self, method: str) -> Callable[..., Any]:
        operation = "".join(word.title() for word in method.split("_"))

        def call(**request: Any) -> Mapping[str, Any]:
            status, body = self._memory.answer(operation, request)
            if status != 200:
                error = {"Error": {"Code": body["__type"], "Message": "no"}, **body}
                raise ClientError(error, operation)
            return body

        return call


def over_the_wire(memory: Memory, request: Any) -> tuple[int, bytes]:
    """Answer what a botocore client was about to send."""
    operation = request.headers["X-Amz-Target"].decode().partition(".")[2]
    status, body = memory.answer(operation, json.loads(request.body))
    return status, json.dumps(body).encode()
