"""Moves a simulated pool by `cognito-otp migrate` and prints memory and time per thousand users.

`python -m dev.migrate_million [--users 1000000]`. The command is the real one, from the plan to the comparison at the
end, down to the parameters of its AWS calls; the pools and the tables are computed from a user's number. What it moved
is kept in a few bytes per user, allocated before it begins. Three things are not as they are in life: no AWS is waited
for, so one worker is as good as eight; the account's quotas, which would be the limit, are none; and the journal is not
synced to the disk, whose time that would be.

Of a hundred users one never confirmed, one is disabled, one has no row, one is another's duplicate (and is merged into
that one), and one is in a group.
"""

import argparse
import contextlib
import csv
import dataclasses
import gc
import io
import json
import logging
import os
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from rich.console import Console

from cognito_otp_cli.migrate.files import Files
from cognito_otp_cli.migrate.journal import Journal
from cognito_otp_cli.migrate.run import Run
from dev import memory

SOURCE, TARGET = "us-east-1_Old", "us-east-1_New"
CREATED = datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()
PACE = 15  # passwords set a second by the default share of the account's quota, the least of what a move takes

_OLD_TABLE, _NEW_TABLE = "application", "otp-users"
_GROUP = "staff"
_NO_LIMIT = 1e9  # as a share of the quotas
_ID = "00000000-0000-4000-{pool}000-{number:012d}"

NEVER_CONFIRMED, DISABLED, NO_ROW, KEPT, MERGED, IN_GROUP = range(6)

_ENVIRONMENT = {
    "USER_TABLE": _NEW_TABLE,
    "IDENTITIES_TABLE": "otp-identities",
    "AUTH_STATE_TABLE": "otp-auth-state",
    "CODE_KEY_ID": "key",
    "USERNAME_ATTRIBUTES": "email",
    "ALIAS_ATTRIBUTES": "",
    "CHANNELS": "email",
}
_ARN = "arn:aws:lambda:us-east-1:123456789012:function:otp-sign-up"


class Died(BaseException):
    """The process is gone: nothing in the package can catch this."""


class Cloud:
    """Cognito, Lambda and DynamoDB, as far as `migrate` calls them, for users that are computed.

    Attributes:
        users: how many the old pool has, by their numbers.
        made: user to how often it was made in the new pool.
        confirmed: user to whether its status there is CONFIRMED.
        disabled: user to whether it is disabled there.
        joined: user to whether it is in the group there.
        rows: user to how often a row was put under its new id.
        removed: user to how often the row under the old id was deleted.
        before: called before every write, which it may keep from reaching AWS.
    """

    exceptions = SimpleNamespace(
        UserNotFoundException=type("UserNotFoundException", (Exception,), {}),
        ResourceNotFoundException=type("ResourceNotFoundException", (Exception,), {}),
    )

    def __init__(self, users: int) -> None:
        self.users = users
        self.made, self.confirmed, self.disabled = bytearray(users), bytearray(users), bytearray(users)
        self.joined, self.rows, self.removed = bytearray(users), bytearray(users), bytearray(users)
        self.before: Callable[[], None] = lambda: None

    def client(self, _service: str) -> Any:
        """Return what stands for each service's client, as a session does."""
        return self

    # Lambda

    def get_function_configuration(self, FunctionName: str) -> dict[str, Any]:  # noqa: N803
        """Only that of the function that the pool names."""
        if not FunctionName.endswith("otp-sign-up"):
            raise self.exceptions.ResourceNotFoundException
        return {
            "FunctionName": "otp-sign-up",
            "Handler": "cognito_otp.functions.sign_up.handler",
            "Environment": {"Variables": _ENVIRONMENT},
        }

    # Cognito

    def describe_user_pool(self, **request: Any) -> dict[str, Any]:
        """The new pool signs in by e-mail address."""
        is_new = request["UserPoolId"] == TARGET
        of_new = {"UsernameAttributes": ["email"], "LambdaConfig": {"PreSignUp": _ARN}}
        return {"UserPool": {"Id": request["UserPoolId"], "Name": "pool", **(of_new if is_new else {})}}

    def list_groups(self, **_request: Any) -> dict[str, Any]:
        """Both pools have one."""
        return {"Groups": [{"GroupName": _GROUP}]}

    def list_users(self, **request: Any) -> dict[str, Any]:
        """A page of a pool."""
        return self._page(request, "PaginationToken", lambda _number: True)

    def list_users_in_group(self, **request: Any) -> dict[str, Any]:
        """A page of the group."""
        is_new = request["UserPoolId"] == TARGET
        return self._page(
            request, "NextToken", lambda number: bool(self.joined[number]) if is_new else number % 100 == IN_GROUP
        )

    def _page(self, request: dict[str, Any], token: str, is_wanted: Callable[[int], bool]) -> dict[str, Any]:
        is_new = request["UserPoolId"] == TARGET
        number = int(request.get(token, 0))
        page: list[dict[str, Any]] = []
        while number < self.users and len(page) < request["Limit"]:
            if is_wanted(number) and (self.made[number] or not is_new):
                page.append(self._new(number) if is_new else _old(number))
            number += 1
        # As it comes off the wire: each text is an object of its own, and takes memory.
        page = json.loads(json.dumps(page))
        for user in page:
            user["UserCreateDate"] = datetime.fromtimestamp(user["UserCreateDate"], UTC)
        return {"Users": page, **({token: str(number)} if number < self.users else {})}

    def admin_get_user(self, **request: Any) -> dict[str, Any]:
        """One of the new pool, by id or address."""
        name = request["Username"]
        number = _number_of_mail(name) if "@" in name else _number_of(name)
        if not self.made[number]:
            raise self.exceptions.UserNotFoundException
        found = self._new(number)
        created = datetime.fromtimestamp(found["UserCreateDate"], UTC)
        return {**found, "UserAttributes": found["Attributes"], "UserCreateDate": created}

    def admin_create_user(self, **request: Any) -> dict[str, Any]:
        """It counts, and is told to be there."""
        self.before()
        number = _number_of_mail(request["Username"])
        self.made[number] += 1
        return {"User": {**self._new(number), "UserCreateDate": datetime.now(UTC)}}

    def admin_set_user_password(self, **request: Any) -> dict[str, Any]:
        """The user is CONFIRMED."""
        self.before()
        self.confirmed[_number_of(request["Username"])] = 1
        return {}

    def admin_disable_user(self, **request: Any) -> dict[str, Any]:
        """The user is disabled."""
        self.before()
        self.disabled[_number_of(request["Username"])] = 1
        return {}

    def admin_add_user_to_group(self, **request: Any) -> dict[str, Any]:
        """The user is in the group."""
        self.before()
        self.joined[_number_of(request["Username"])] = 1
        return {}

    def _new(self, number: int) -> dict[str, Any]:
        return {
            "Username": _id(TARGET, number),
            "Attributes": _listed(TARGET, number),
            "UserStatus": "CONFIRMED" if self.confirmed[number] else "FORCE_CHANGE_PASSWORD",
            "Enabled": not self.disabled[number],
            "UserCreateDate": time.time(),
        }

    # KMS

    def generate_mac(self, **_request: Any) -> dict[str, Any]:
        """A key."""
        return {"Mac": bytes(32)}

    # DynamoDB

    def describe_table(self, **_request: Any) -> dict[str, Any]:
        """The key is one string."""
        return {
            "Table": {
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "id"}],
            }
        }

    def get_item(self, **request: Any) -> dict[str, Any]:
        """A row, or the account item that PreSignUp has made."""
        table, ((_, key),) = request["TableName"], request["Key"].items()
        item = self._account(key["S"]) if table == _ENVIRONMENT["IDENTITIES_TABLE"] else self._row(table, key["S"])
        return {"Item": item} if item else {}

    def batch_get_item(self, **request: Any) -> dict[str, Any]:
        """Rows."""
        ((table, wanted),) = request["RequestItems"].items()
        rows = (self._row(table, key["id"]["S"]) for key in wanted["Keys"])
        return {"Responses": {table: [row for row in rows if row]}}

    def transact_write_items(self, **request: Any) -> dict[str, Any]:
        """A row that moves, or one that is new; what the application wrote must be in it."""
        self.before()
        for part in request["TransactItems"]:
            ((kind, written),) = part.items()
            if kind == "Delete":
                self.removed[_number_of(written["Key"]["id"]["S"])] += 1
                continue
            number = _number_of(written["Item"]["id"]["S"])
            wanted = self._row(_NEW_TABLE, written["Item"]["id"]["S"], whatever=True)
            times = ("created_at", "updated_at")
            if {**written["Item"], **dict.fromkeys(times)} != {**(wanted or {}), **dict.fromkeys(times)}:
                raise AssertionError(f"{written['Item']} is not {wanted}")
            self.rows[number] += 1
        return {}

    def _row(self, table: str, key: str, *, whatever: bool = False) -> dict[str, Any] | None:
        number = _number_of(key)
        application = {} if number % 100 == NO_ROW else _application(number)
        if table == _OLD_TABLE:
            return {"id": {"S": key}, **application} if application and not self.removed[number] else None
        if not (whatever or self.rows[number]):
            return None
        return {
            **application,
            "id": {"S": key},
            "username": {"S": _id(TARGET, number)},
            "email": {"S": _mail(number)},
            "status": {"S": "DISABLED" if number % 100 == DISABLED else "ACTIVE"},
            "created_at": {"S": "2026-11-20T12:00:00Z"},
            "updated_at": {"S": "2026-11-21T12:00:00Z"},
            "migrated_from": {"S": _id(SOURCE, number)},
        }

    def _account(self, key: str) -> dict[str, Any] | None:
        number = _number_of(key.removeprefix("account#"))
        if not self.made[number]:
            return None
        return {
            "pk": {"S": key},
            "username": {"S": _id(TARGET, number)},
            "att": {"S": f"attempt-{number}"},
            "fp": {"S": "fingerprint"},
            "origin": {"S": "migrated"},
            "st": {"S": "ACTIVE"},
            "created_at": {"N": str(int(time.time()))},
            "claims": {"M": {}},
            "proven": {"M": {}},
        }


def _id(pool: str, number: int) -> str:
    return _ID.format(pool=9 if pool == TARGET else 8, number=number)


def _number_of(sub: str) -> int:
    return int(sub.rpartition("-")[2])


def _mail(number: int) -> str:
    # A duplicate has the address of the one before, in another case.
    return f"USER{number - 1}@example.com" if number % 100 == MERGED else f"user{number}@example.com"


def _number_of_mail(mail: str) -> int:
    return int(mail.partition("@")[0].removeprefix("user"))


def _listed(pool: str, number: int) -> list[dict[str, str]]:
    attributes = {
        "sub": _id(pool, number),
        "email": _mail(number),
        "email_verified": "true",
        "name": f"Person {number}",
    }
    return [{"Name": name, "Value": value} for name, value in attributes.items()]


def _old(number: int) -> dict[str, Any]:
    return {
        "Username": f"person.{number}",
        "Attributes": _listed(SOURCE, number),
        "UserStatus": "UNCONFIRMED" if number % 100 == NEVER_CONFIRMED else "CONFIRMED",
        "Enabled": number % 100 != DISABLED,
        "UserCreateDate": CREATED,
    }


def _application(number: int) -> dict[str, Any]:
    return {
        "nickname": {"S": f"Person {number}"},
        "plan": {"S": "free"},
        "points": {"N": str(number)},
        "updatedAt": {"S": "2026-11-20T12:00:00Z"},
    }


class Move:
    """The move of a simulated pool, from the plan to the comparison.

    Args:
        users: how many.
        folder: an empty one, for the journal and the other files.
    """

    def __init__(self, users: int, folder: Path) -> None:
        self.cloud = Cloud(users)
        self.before = memory.peak()
        """The peak of this process's memory before it began, in KiB."""
        self._files = Files(folder / "migrate.journal")
        self._decide()

    def run(self, kill_at: int | None = None) -> None:
        """Move everybody.

        Args:
            kill_at: before which of the writes the process dies; it is started again then. None: it does not.
        """
        writes = iter(range(10 * self.cloud.users))

        def before() -> None:
            if next(writes) == kill_at:
                raise Died

        self.cloud.before = before
        with patch.object(os, "fsync", lambda _file: None):
            try:
                self._migrate()
            except Died:
                self._migrate()

    def _migrate(self) -> None:
        with contextlib.closing(Journal(self._files.journal, SOURCE, TARGET, _OLD_TABLE)) as journal:
            run = Run.assemble(
                self.cloud,
                journal,
                decisions=None,
                username_from=None,
                leave_out=frozenset(),
                share=_NO_LIMIT,
                at_once=1,
            )
            dataclasses.replace(run, console=Console(file=io.StringIO())).migrate(lambda _question: None)

    def _decide(self) -> None:
        with self._files.decisions.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(("old_sub", "decision"))
            for first in range(KEPT, self.cloud.users - 1, 100):
                writer.writerow((_id(SOURCE, first), "keep"))
                writer.writerow((_id(SOURCE, first + 1), "merge"))

    def wrong(self) -> int:
        """Return how many users are not as they are to be: moved once, or left."""
        cloud = self.cloud
        return sum(
            1
            for number in range(cloud.users)
            if (
                cloud.made[number],
                cloud.confirmed[number],
                cloud.rows[number],
                cloud.removed[number],
                cloud.disabled[number],
                cloud.joined[number],
            )
            != _wanted(number)
        )


def _wanted(number: int) -> tuple[int, ...]:
    kind = number % 100
    if kind in (NEVER_CONFIRMED, MERGED):
        return (0, 0, 0, 0, 0, 0)
    return (1, 1, 1, int(kind != NO_ROW), int(kind == DISABLED), int(kind == IN_GROUP))


def main() -> None:
    """Print what a move takes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=1_000_000)
    users = parser.parse_args().users
    logging.disable(logging.CRITICAL)
    gc.collect()
    with tempfile.TemporaryDirectory() as folder:
        move = Move(users, Path(folder))
        print(f"{users} users; peak memory before: {move.before / 1024:.1f} MiB", flush=True)
        began = time.monotonic()
        move.run()
        seconds = time.monotonic() - began
    print(f"{seconds:.0f} s, {1000 * seconds / users:.3f} s per thousand users, without AWS")
    grown = memory.peak() - move.before
    print(f"peak memory {memory.peak() / 1024:.1f} MiB: {grown * 1024 / users:.0f} bytes more per user")
    print(f"at {PACE} passwords a second: {users / PACE / 3600:.1f} h at least")
    print(f"not as they are to be: {move.wrong()}")


if __name__ == "__main__":
    main()
