"""What DynamoDB's calls cost in capacity units, computed from their requests and the sizes of their items.

The rules are those of
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html and
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html: a write costs a unit for
each KB of the larger of the item before and after, also if its condition fails, and double in a transaction; a read one
for each 4 KB, half of that if it is eventually consistent. No emulator is trusted for these.
"""

import math
import threading
from collections.abc import Iterator, Mapping
from typing import Any

_KB = 1024
_READ = 4 * _KB

Item = Mapping[str, Any]


def size(item: Item) -> int:
    """Return the bytes of an item, as DynamoDB counts them."""
    return sum(len(name.encode()) + _size_of(attribute) for name, attribute in item.items())


def _size_of(attribute: Mapping[str, Any]) -> int:
    ((kind, value),) = attribute.items()
    match kind:
        case "S":
            return len(value.encode())
        case "N":
            return (len(value.lstrip("-")) + 1) // 2 + 1
        case "BOOL":
            return 1
        case "M":
            return 3 + size(value) + len(value)
    raise TypeError(kind)


class Units:
    """The units of one run's calls.

    An item counts with the largest size that it was ever seen with, so an item that has shrunk may be counted too high,
    none too low.

    Args:
        client: a botocore DynamoDB client whose own calls nobody counts; it reads what an answer does not tell.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._largest: dict[tuple[str, str], int] = {}
        self._lock = threading.Lock()

    def of(self, operation: str, request: Item, answer: Item | None) -> tuple[float, float]:
        """Return the write units and the read units of a call.

        Args:
            operation: e.g. `"UpdateItem"`.
            request: what botocore was called with.
            answer: what it returned; None if it failed.
        """
        match operation:
            case "GetItem":
                item = (answer or {}).get("Item", {})
                return 0, max(1, math.ceil(size(item) / _READ)) / (1 if request.get("ConsistentRead") else 2)
            case "BatchGetItem":
                return 0, sum(self._read_many(request, answer or {}))
            case "PutItem" | "UpdateItem":
                return self._written(request, (answer or {}).get("Attributes")), 0
            case "TransactWriteItems":
                parts = (part for parts in request["TransactItems"] for part in parts.values())
                return 2 * sum(self._written(part, None) for part in parts), 0
        raise ValueError(operation)

    def _read_many(self, request: Item, answer: Item) -> Iterator[float]:
        for table, wanted in request["RequestItems"].items():
            found = answer.get("Responses", {}).get(table, [])
            yield from (math.ceil(size(item) / _READ) / 2 for item in found)
            yield (len(wanted["Keys"]) - len(found)) / 2

    def _written(self, part: Item, afterwards: Item | None) -> int:
        table, item = part["TableName"], part.get("Item") or afterwards
        ((name, key),) = part["Key"].items() if "Key" in part else [_key(part["Item"])]
        with self._lock:
            known = self._largest.get((table, key["S"]), 0)
        if item is None:
            item = self._client.get_item(TableName=table, Key={name: key}, ConsistentRead=True).get("Item", {})
        largest = max(known, size(item))
        with self._lock:
            self._largest[table, key["S"]] = largest
        return max(1, math.ceil(largest / _KB))


def _key(item: Item) -> tuple[str, Any]:
    return next((name, item[name]) for name in ("pk", "id") if name in item)
