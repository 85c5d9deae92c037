"""The User table: one row per account, a projection for the application, which adds its own fields to the same item.

Only the fields of `RowShape` are written, and the status only moves forward: PENDING -> ACTIVE -> DELETED. DISABLED is
laid over the first two for as long as the user pool says so. Every write is one update of one item (one write unit per
KB of it, plus the table's indexes) that can be repeated or come late.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from cognito_otp import configuration
from cognito_otp.dynamodb import ConditionFailedError, Item, Table

PENDING, ACTIVE, DISABLED, DELETED = "PENDING", "ACTIVE", "DISABLED", "DELETED"

_DEFAULT = ("username", "email", "phone_number", "status", "created_at", "updated_at", "last_sign_in_at")
_SET_BY_EVENTS = frozenset({"status", "created_at", "updated_at", "last_sign_in_at"})
_MARKS = ("status", "created_at", "updated_at")

# What `heal` may replace by a status.
_REPLACES = {
    PENDING: (PENDING, DISABLED),
    ACTIVE: (PENDING, ACTIVE, DISABLED),
    DISABLED: (PENDING, ACTIVE, DISABLED),
}


class RowShape(NamedTuple):
    """What the row's fields are called.

    Attributes:
        names: field to the name that it has in the row. A field is one of the module's (`username`, `status`,
            `created_at`, `updated_at`, `last_sign_in_at`, `owner`) or else a user attribute (`email`, `custom:team`).
            One of `status`, `created_at` and `updated_at` is among them.
        constants: what else each write sets, by its name in the row.
    """

    names: Mapping[str, str]
    constants: Mapping[str, str]

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any] | None) -> "RowShape":
        """Read the settings `user_row`.

        Args:
            settings: `attribute_map`, laid over the defaults (null drops a field), and `constant_attributes`; None or
                empty for the defaults, each field under its own name and without `owner`.
        """
        settings = settings or {}
        names = {**{field: field for field in _DEFAULT}, **settings.get("attribute_map", {})}
        return cls(
            names={field: name for field, name in names.items() if name is not None},
            constants=settings.get("constant_attributes", {}),
        )

    def projection(self, sub: str, username: str, attributes: Mapping[str, str]) -> dict[str, str | None]:
        """Return what the user is to have in each field that is no event's: None where there is no such value.

        `owner` is what Amplify's owner rule compares with: the claims `sub` and `username` of the token
        (https://docs.amplify.aws/gen1/react/tools/cli/migration/identity-claim-changes/).
        """
        values = {**attributes, "sub": sub, "username": username, "owner": f"{sub}::{username}"}
        return {field: values.get(field) or None for field in self.names if field not in _SET_BY_EVENTS}


class _Update:
    """One update expression. Names are aliases throughout: a field may be called by a reserved word, or `a.b`."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: dict[str, str] = {}
        self._assignments: list[str] = []
        self._removals: list[str] = []

    def name(self, name: str) -> str:
        alias = next((alias for alias, known in self.names.items() if known == name), f"#f{len(self.names)}")
        self.names[alias] = name
        return alias

    def value(self, value: str) -> str:
        alias = f":v{len(self.values)}"
        self.values[alias] = value
        return alias

    def set(self, name: str, value: str | None, *, once: bool = False) -> None:
        """Set a field, or remove it (None); `once`: only if the row has none."""
        alias = self.name(name)
        if value is None:
            self._removals.append(alias)
        elif once:
            self._assignments.append(f"{alias} = if_not_exists({alias}, {self.value(value)})")
        else:
            self._assignments.append(f"{alias} = {self.value(value)}")

    def is_one_of(self, name: str, values: Sequence[str]) -> str:
        return f"{self.name(name)} IN ({', '.join(self.value(value) for value in values)})"

    @property
    def expression(self) -> str:
        removal = f" REMOVE {', '.join(self._removals)}" if self._removals else ""
        return f"SET {', '.join(self._assignments)}{removal}"


class Users:
    """The User table.

    Args:
        table: keyed by the Cognito `sub`.
        shape: what the row's fields are called.
        track_sign_ins: whether each sign-in sets `last_sign_in_at`.

    Of a row without `status` (the shape drops it) nothing says that it is the module's, or that its account is gone.
    """

    def __init__(self, table: Table, shape: RowShape, *, track_sign_ins: bool = False) -> None:
        self._table = table
        self._shape = shape
        self._track_sign_ins = track_sign_ins
        names = shape.names
        self._status = names.get("status")
        # A row that has it was written by the module before.
        self._mark = next(names[field] for field in _MARKS if field in names)

    @classmethod
    def from_environment(
        cls, environment: Mapping[str, str], dynamodb: Any, auth_state: Table, *, track_sign_ins: bool = False
    ) -> "Users":
        """Read USER_TABLE and USER_TABLE_KEY, and the shape from the auth-state table's settings.

        Raises:
            KeyError: a setting is missing.
        """
        table = Table(dynamodb, environment["USER_TABLE"], environment.get("USER_TABLE_KEY", "id"))
        shape = RowShape.from_settings(configuration.read(auth_state, environment, "user_row"))
        return cls(table, shape, track_sign_ins=track_sign_ins)

    def signed_up(self, sub: str, username: str, attributes: Mapping[str, str], *, status: str, now: int) -> bool:
        """Write the row of a new account; one that the module has written before is left as it is.

        Args:
            sub: the Cognito `sub`, the row's key.
            username: as the user pool spells it.
            attributes: the user's attributes.
            status: PENDING, or ACTIVE for an account that needs no code of ours.
            now: seconds since the epoch (UTC), stored as ISO 8601.

        Returns:
            False if there was nothing to write: the event came again, or later than a sign-in's.
        """
        update = _Update()
        moment = _iso(now)
        events = {"status": status, "created_at": moment, "updated_at": moment}
        for field, value in {**self._shape.projection(sub, username, attributes), **events}.items():
            if value is not None and field in self._shape.names:
                update.set(self._shape.names[field], value, once=True)
        for name, value in self._shape.constants.items():
            update.set(name, value, once=True)
        return self._write(sub, update, f"attribute_not_exists({update.name(self._mark)})")

    def signed_in(self, sub: str, username: str, attributes: Mapping[str, str], *, now: int) -> bool:
        """Make the row ACTIVE, bring its projected fields in line, and create it if it is missing.

        Returns:
            False if the row says that the account is disabled or deleted, or (with `track_sign_ins`) that there was a
            later sign-in: then it is left as it is.
        """
        update = self._in_line(sub, username, attributes, now)
        conditions = []
        if self._status:
            update.set(self._status, ACTIVE)
            is_open = update.is_one_of(self._status, (PENDING, ACTIVE))
            conditions.append(f"(attribute_not_exists({update.name(self._status)}) OR {is_open})")
        seen = self._shape.names.get("last_sign_in_at")
        if self._track_sign_ins and seen:
            update.set(seen, _iso(now))
            field = update.name(seen)
            conditions.append(f"(attribute_not_exists({field}) OR {field} <= {update.value(_iso(now))})")
        return self._write(sub, update, " AND ".join(conditions) or None)

    def rows(self, subs: Sequence[str]) -> dict[str, Item]:
        """Read up to 100 rows in one call, eventually consistent; see `Table.get_many`."""
        return self._table.get_many(subs)

    @property
    def key_name(self) -> str:
        """Name of the field that holds the `sub`."""
        return self._table.key_name

    def username(self, row: Item) -> str | None:
        """Return the username in a row; None if the shape drops it, or the application has put something else there."""
        value = row.get(self._shape.names.get("username", ""))
        return value if isinstance(value, str) else None

    def is_standing(self, row: Item | None) -> bool:
        """Tell whether a row is the module's and not that of a deleted user: then `removed` has something to do."""
        return row is not None and self._status is not None and row.get(self._status) in (PENDING, ACTIVE, DISABLED)

    def drift(
        self, row: Item | None, sub: str, username: str, attributes: Mapping[str, str], status: str
    ) -> frozenset[str]:
        """Return what `heal` with the same arguments is for; empty if the row is in line.

        `{"missing"}`, or the fields that differ, as the shape calls them; `"constant_attributes"` for any of those. A
        row that says DELETED of a user who is there differs in `"status"`, which nothing heals.
        """
        if row is None:
            return frozenset({"missing"})
        now_is = row.get(self._status) if self._status else None
        if now_is == DELETED:
            return frozenset({"status"})
        names = self._shape.names
        wanted = self._shape.projection(sub, username, attributes)
        differing = {field for field, value in wanted.items() if row.get(names[field]) != value}
        differing |= {field for field in ("created_at", "updated_at") if field in names and names[field] not in row}
        if any(row.get(name) != value for name, value in self._shape.constants.items()):
            differing.add("constant_attributes")
        if self._status and now_is != status and (now_is is None or now_is in _REPLACES[status]):
            differing.add("status")
        return frozenset(differing)

    def heal(self, sub: str, username: str, attributes: Mapping[str, str], *, status: str, now: int) -> bool:
        """Bring the row in line with the user pool, and create it if it is missing.

        Args:
            sub: the row's key.
            username: as the user pool spells it.
            attributes: the user's attributes.
            status: what the account is: PENDING, ACTIVE, or DISABLED. It replaces an earlier one, and DISABLED.
            now: seconds since the epoch (UTC).

        Returns:
            False if the row says that the account is deleted, or something that is no status of the module's: then it
            is left as it is.
        """
        update = self._in_line(sub, username, attributes, now)
        if self._status is None:
            return self._write(sub, update, None)
        update.set(self._status, status)
        may_be_replaced = update.is_one_of(self._status, _REPLACES[status])
        if self._write(sub, update, f"attribute_not_exists({update.name(self._status)}) OR {may_be_replaced}"):
            return True
        if status != PENDING:
            return False
        # Active by now: all the rest can be brought in line.
        update = self._in_line(sub, username, attributes, now)
        return self._write(sub, update, update.is_one_of(self._status, (ACTIVE,)))

    def removed(self, sub: str, *, now: int) -> bool:
        """Mark the row of a user who is gone as DELETED; what else is in it stays.

        Returns:
            False if there is no row of the module's, it says so already, or its status is one of the application's.
        """
        if self._status is None:
            return False
        update = _Update()
        update.set(self._status, DELETED)
        self._touch(update, now)
        return self._write(sub, update, update.is_one_of(self._status, (PENDING, ACTIVE, DISABLED)))

    def scan(self, after: str | None) -> tuple[list[Item], str | None]:
        """Return a page of the module's rows but those of deleted users, and where the next one starts (None: nowhere).

        A page costs half a read unit for each 4 KB of the table, up to 1 MB of it, whatever is found there.

        Args:
            after: where this one starts, as the last one said; None for the first.
        """
        if self._status is None:
            return [], None
        return self._table.scan(
            after,
            condition="#status IN (:pending, :active, :disabled)",
            names={"#status": self._status},
            values={":pending": PENDING, ":active": ACTIVE, ":disabled": DISABLED},
        )

    def _in_line(self, sub: str, username: str, attributes: Mapping[str, str], now: int) -> _Update:
        """Return an update of what follows from the user alone; without a status."""
        update = _Update()
        for field, value in self._shape.projection(sub, username, attributes).items():
            update.set(self._shape.names[field], value)
        if "created_at" in self._shape.names:
            update.set(self._shape.names["created_at"], _iso(now), once=True)
        self._touch(update, now)
        return update

    def _touch(self, update: _Update, now: int) -> None:
        """Set what every write sets."""
        if "updated_at" in self._shape.names:
            update.set(self._shape.names["updated_at"], _iso(now))
        for name, value in self._shape.constants.items():
            update.set(name, value)

    def _write(self, sub: str, update: _Update, condition: str | None) -> bool:
        try:
            self._table.update(sub, update.expression, condition=condition, names=update.names, values=update.values)
        except ConditionFailedError:
            return False
        return True


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
