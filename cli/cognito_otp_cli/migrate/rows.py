"""The rows of the User table, moved from the old id to the new one.

A row is moved in one transaction: put under the new id, deleted under the old one, both on the condition that nothing
has changed since it was read. So there is one row at every moment, also if the old table is another one. Items are
handled as DynamoDB gives them: the application's own fields may be of any type.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from botocore.exceptions import ClientError

from cognito_otp.users import ACTIVE, DISABLED, RowShape
from cognito_otp_cli.errors import CommandError
from cognito_otp_cli.migrate import pools
from cognito_otp_cli.migrate.pools import User

Row = dict[str, Any]

MIGRATED_FROM = "migrated_from"
"""The field of the new row that holds the old id."""

_USED = ("last_sign_in_at", "updated_at", "updatedAt", "lastSignInAt")
_BATCH = 100
_COMPARED = 140  # fields; a condition takes 300 operators, and each field is two
_ROUNDS = 5


class RowConflictError(Exception):
    """A row could not be moved."""


@dataclass(frozen=True)
class _Keyed:
    """A table and the name of its key."""

    name: str
    key: str


class Rows:
    """The rows of one migration.

    Args:
        dynamodb: botocore DynamoDB client.
        old_table: where the application's rows are under the old ids.
        new_table: the new pool's User table; it may be the same one.
        new_key: name of its key.
        shape: what the module calls its fields there.

    Raises:
        CommandError: one of the tables is not there, or has another kind of key.
    """

    def __init__(self, dynamodb: Any, old_table: str, new_table: str, new_key: str, shape: RowShape) -> None:
        self._dynamodb = dynamodb
        self._old = _Keyed(old_table, self._key_of(old_table))
        self._new = _Keyed(new_table, new_key)
        self._shape = shape

    @property
    def are_in_one_table(self) -> bool:
        """Tell whether the rows under the old ids are in the new pool's User table."""
        return self._old.name == self._new.name

    @property
    def none_found(self) -> str:
        """What to say if nobody has a row."""
        return (
            f"No row of {self._old.name} has an old id as its {self._old.key}: is this the table, and is its key the "
            "user's sub?"
        )

    def last_used(self, subs: Iterable[str]) -> dict[str, str | None]:
        """Return the old ids that have a row, and when it was used last if one of its fields says so (ISO 8601)."""
        found: dict[str, str | None] = {}
        for row in self._many(self._old, subs):
            times = [row[name]["S"] for name in _USED if "S" in row.get(name, {})]
            found[row[self._old.key]["S"]] = max(times, default=None)
        return found

    def old(self, sub: str) -> Row | None:
        """Read the row of an old id."""
        return self._read(self._old, sub)

    def new(self, subs: Iterable[str]) -> dict[str, Row]:
        """Read the rows of new ids, eventually consistent."""
        return {row[self._new.key]["S"]: row for row in self._many(self._new, subs)}

    def move(self, sub: str, user: User, moment: str, begin: Callable[[Row | None], None]) -> None:
        """Move the row of an old id to a user of the new pool, or make one if there is none; harmless if it is moved.

        Args:
            sub: the old id.
            user: the user of the new pool, with `created_at` of the old one.
            moment: now, ISO 8601.
            begin: told the old row before each attempt to move it.

        Raises:
            RowConflictError: the rows changed each time while they were being moved.
        """
        for _ in range(_ROUNDS):
            old, there = self._read(self._old, sub), self._read(self._new, user.sub)
            if old is None and there is not None and there.get(MIGRATED_FROM) == {"S": sub}:
                return
            begin(old)
            row = self._moved(old or {}, there or {}, sub, user, moment)
            removal = [] if old is None else [_delete(self._old, old)]
            if self._transact([_put(self._new, row, there), *removal]):
                return
        raise RowConflictError("its row changed each time while it was being moved")

    def move_back(self, sub: str, new_sub: str, original: Row | None) -> None:
        """Take `move` back: what the application has written since is kept, the module's own fields are as they were.

        Args:
            sub: the old id.
            new_sub: the new id.
            original: the old row as it was, None if there was none.

        Raises:
            RowConflictError: there is a row under the old id again, or the rows changed each time.
        """
        for _ in range(_ROUNDS):
            old, there = self._read(self._old, sub), self._read(self._new, new_sub)
            is_moved = there is not None and there.get(MIGRATED_FROM) == {"S": sub}
            if not is_moved and (old is not None or original is None):
                return
            if is_moved and old is not None and original is not None:
                raise RowConflictError("there is a row under the old id again, beside the one that was moved")
            parts = [] if original is None else [_put(self._old, self._restored(sub, original, there), None)]
            if is_moved and there is not None:
                parts.append(_delete(self._new, there))
            if self._transact(parts):
                return
        raise RowConflictError("its row changed each time while it was being moved back")

    def lost(self, original: Row | None, row: Row) -> list[str]:
        """Return the application's fields of an old row that the new one does not have as they were."""
        own = {self._old.key, *self._own_names()}
        return sorted(name for name, value in (original or {}).items() if name not in own and row.get(name) != value)

    def _own_names(self) -> set[str]:
        return {MIGRATED_FROM, self._new.key, *self._shape.names.values(), *self._shape.constants}

    def _moved(self, old: Row, there: Row, sub: str, user: User, moment: str) -> Row:
        names = self._shape.names
        kept = {names[field] for field in ("created_at", "last_sign_in_at") if field in names}
        replaced = self._own_names() - kept | {self._old.key}
        row = {name: value for name, value in old.items() if name not in replaced}
        values = {
            **self._shape.projection(user.sub, user.username, user.attributes),
            "status": ACTIVE if user.is_enabled else DISABLED,
            "updated_at": moment,
        }
        row |= {names[field]: {"S": value} for field, value in values.items() if field in names and value is not None}
        if "created_at" in names:
            row.setdefault(names["created_at"], {"S": pools.moment(user.created_at)})
        row |= {name: {"S": value} for name, value in self._shape.constants.items()}
        # A row that is there by now is the module's (the person was quicker), and newer.
        since = {name: value for name, value in there.items() if name != names.get("created_at")}
        return {**row, **since, self._new.key: {"S": user.sub}, MIGRATED_FROM: {"S": sub}}

    def _restored(self, sub: str, original: Row, there: Row | None) -> Row:
        own = self._own_names()
        since = {name: value for name, value in (there or original).items() if name not in own}
        before = {name: value for name, value in original.items() if name in own}
        return {**since, **before, self._old.key: {"S": sub}}

    def _key_of(self, table: str) -> str:
        try:
            described = self._dynamodb.describe_table(TableName=table)["Table"]
        except self._dynamodb.exceptions.ResourceNotFoundException:
            raise CommandError(f"There is no table {table}: name the application's table by --old-table.") from None
        types = {each["AttributeName"]: each["AttributeType"] for each in described["AttributeDefinitions"]}
        key = [each["AttributeName"] for each in described["KeySchema"]]
        if len(key) != 1 or types[key[0]] != "S":
            raise CommandError(f"The key of {table} is not one string: its rows cannot be those of users by their id.")
        return str(key[0])

    def _read(self, table: _Keyed, sub: str) -> Row | None:
        answer = self._dynamodb.get_item(TableName=table.name, Key={table.key: {"S": sub}}, ConsistentRead=True)
        row: Row | None = answer.get("Item")
        return row

    def _many(self, table: _Keyed, subs: Iterable[str]) -> Iterator[Row]:
        left = iter(subs)
        while batch := list(islice(left, _BATCH)):
            wanted = {table.name: {"Keys": [{table.key: {"S": sub}} for sub in batch]}}
            while wanted:
                answer = self._dynamodb.batch_get_item(RequestItems=wanted)
                yield from answer["Responses"].get(table.name, [])
                wanted = answer.get("UnprocessedKeys", {})

    def _transact(self, parts: list[dict[str, Any]]) -> bool:
        """Write all parts; False if a row has changed."""
        try:
            self._dynamodb.transact_write_items(TransactItems=parts)
        except ClientError as error:
            reasons = {each.get("Code") for each in error.response.get("CancellationReasons", [])}
            if not reasons & {"ConditionalCheckFailed", "TransactionConflict"}:
                raise
            return False
        return True


def _put(table: _Keyed, row: Row, there: Row | None) -> dict[str, Any]:
    put = {"TableName": table.name, "Item": row}
    if there is None:
        absent = {"ConditionExpression": "attribute_not_exists(#key)", "ExpressionAttributeNames": {"#key": table.key}}
        return {"Put": {**put, **absent}}
    return {"Put": {**put, **_unchanged(there)}}


def _delete(table: _Keyed, row: Row) -> dict[str, Any]:
    return {"Delete": {"TableName": table.name, "Key": {table.key: row[table.key]}, **_unchanged(row)}}


def _unchanged(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the condition that each field has the value that was read. A field that is new since goes unnoticed."""
    compared = list(row.items())[:_COMPARED]
    return {
        "ConditionExpression": " AND ".join(f"#{index} = :{index}" for index in range(len(compared))),
        "ExpressionAttributeNames": {f"#{index}": name for index, (name, _) in enumerate(compared)},
        "ExpressionAttributeValues": {f":{index}": value for index, (_, value) in enumerate(compared)},
    }
