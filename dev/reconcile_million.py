"""Walks `reconcile` over a simulated pool and prints memory, time per thousand users, and what a kill half-way costs.

`python -m dev.reconcile_million [--users 1000000]`. The job is the real one, down to the parameters of its AWS calls;
the pool and the tables are computed from a user's number, so that what memory there is to see is the job's. What it
wrote is kept in a few bytes per user, allocated before the walk begins.

One user in a hundred has no row, one a wrong one, one an e-mail that has changed since, and one was deleted.
"""

import argparse
import base64
import gc
import hashlib
import hmac
import itertools
import json
import logging
import os
import time
from array import array
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

ENVIRONMENT = {
    "USER_TABLE": "users",
    "IDENTITIES_TABLE": "identities",
    "AUTH_STATE_TABLE": "auth-state",
    "CODE_KEY_ID": "key",
    "CREATE_ROW_ON": "sign_up",
    "LIST_USERS_PER_SECOND": "1000000000",
    "RECONCILE_INTERVAL_HOURS": "24",
    "ABANDON_AFTER_DAYS": "7",
    "CODE_TTL_SECONDS": "300",
}
# The function builds a handler when it is imported, as at initialisation in Lambda.
for name, value in {**ENVIRONMENT, "AWS_DEFAULT_REGION": "us-east-1"}.items():
    os.environ.setdefault(name, value)

from cognito_otp import clock  # noqa: E402
from cognito_otp.functions import maintenance  # noqa: E402
from cognito_otp.keyed_hash import Purpose  # noqa: E402
from dev import memory  # noqa: E402

POOL = "us-east-1_Simulated"
BEGAN = 1_800_000_000  # seconds since the epoch
CREATED = BEGAN - 86_400
PACE = 5  # calls of ListUsers a second, the module's default
_SCAN_PAGE = 3_000  # items; about what 1 MB holds of these
_SLICE_SECONDS = 0.5

IN_LINE, ROW_MISSING, ROW_WRONG, MAIL_CHANGED, DELETED = range(5)


class Died(BaseException):
    """The process is gone: nothing in the package can catch this."""


class Exceptions:
    """Of the Cognito client."""

    InvalidParameterException = type("InvalidParameterException", (Exception,), {})


class Clients:
    """DynamoDB, KMS and Cognito, as far as `reconcile` calls them, for users that are computed.

    Attributes:
        users: how many, by their numbers; a username is the number.
        state: user to what is the matter with it; healing puts IN_LINE, or GONE where it was deleted.
        walks: user to the number of the walk that has seen it last.
        listed: how often a user was listed.
        last_listed: number of the user after whom the next page begins.
        before: called before every call, which it may keep from reaching AWS.
    """

    exceptions = Exceptions

    def __init__(self, users: int) -> None:
        self.users = users
        self.state = bytearray(number % 100 if number % 100 <= DELETED else IN_LINE for number in range(users))
        self.claims_moved = bytearray(users)
        self.account_gone = bytearray(users)
        self.row_gone = bytearray(users)
        self.walks = array("Q", bytes(8 * users))
        self.listed = bytearray(users)
        self.last_listed = 0
        self.checkpoints: dict[str, dict[str, Any]] = {}
        # A claim's key does not tell whose it is: those of the last two pages, where the next one may begin.
        self._claims: list[dict[str, int]] = [{}, {}]
        self.before: Callable[[str], None] = lambda _call: None

    def __getattribute__(self, name: str) -> Any:
        found = object.__getattribute__(self, name)
        if name in CALLS:
            object.__getattribute__(self, "before")(name)
        return found

    # KMS

    def generate_mac(self, **request: Any) -> dict[str, Any]:
        """A key that is the purpose's hash."""
        return {"Mac": hashlib.sha256(request["Message"]).digest()}

    # Cognito

    def list_users(self, **request: Any) -> dict[str, Any]:
        """A page, or one user by id."""
        if "Filter" in request:
            wanted = request["Filter"].split('"')[1]
            number = int(wanted.removeprefix("sub-"))
            return {"Users": [] if self.is_deleted(number) else [self._user(number)]}
        start = int(request.get("PaginationToken", 0))
        page: list[dict[str, Any]] = []
        number = start
        while number < self.users and len(page) < request["Limit"]:
            if not self.is_deleted(number):
                self.listed[number] += 1
                page.append(self._user(number))
            number += 1
        self.last_listed = number
        return {"Users": page, **({"PaginationToken": str(number)} if number < self.users else {})}

    def is_deleted(self, number: int) -> bool:
        """Whether the pool has this user no more."""
        return number % 100 == DELETED

    def _user(self, number: int) -> dict[str, Any]:
        return {
            "Username": str(number),
            "Attributes": [{"Name": name, "Value": value} for name, value in _attributes(number).items()],
            "UserStatus": "CONFIRMED",
            "Enabled": True,
            "UserCreateDate": datetime.fromtimestamp(CREATED, UTC),
        }

    # DynamoDB

    def batch_get_item(self, **request: Any) -> dict[str, Any]:
        """Accounts, or rows."""
        ((table, wanted),) = request["RequestItems"].items()
        items = (self._item(table, next(iter(key.values()))["S"]) for key in wanted["Keys"])
        return {"Responses": {table: [item for item in items if item]}}

    def get_item(self, **request: Any) -> dict[str, Any]:
        """One item."""
        item = self._item(request["TableName"], next(iter(request["Key"].values()))["S"])
        return {"Item": item} if item else {}

    def scan(self, **request: Any) -> dict[str, Any]:
        """A page of a table."""
        table, start = request["TableName"], 0
        if "ExclusiveStartKey" in request:
            start = self._position(table, next(iter(request["ExclusiveStartKey"].values()))["S"]) + 1
        end = min(start + _SCAN_PAGE, self.users * (2 if table == "identities" else 1))
        if table == "identities":
            self._claims = [self._claims[-1], {}]
        numbered = ((position, self._at(table, position)) for position in range(start, end))
        items = [item for _, item in numbered if item and item.get("status") != {"S": "DELETED"}]
        is_last = end == self.users * (2 if table == "identities" else 1)
        return {"Items": items, **({} if is_last else {"LastEvaluatedKey": self._key(table, end - 1)})}

    def update_item(self, **request: Any) -> dict[str, Any]:
        """A mark, a row that is healed or deleted, or the checkpoint."""
        table, key = request["TableName"], next(iter(request["Key"].values()))["S"]
        values = request["ExpressionAttributeValues"]
        if table == "auth-state":
            return self._update_checkpoint(key, request["UpdateExpression"], values)
        if table == "identities":
            self.walks[int(key.removeprefix("account#"))] = int(values[":number"]["N"])
        else:
            number = int(key.removeprefix("sub-"))
            if {"S": "DELETED"} in values.values():
                self.row_gone[number] = 1
            elif self.state[number] in (ROW_MISSING, ROW_WRONG, MAIL_CHANGED):
                self.state[number] = IN_LINE
        return {"Attributes": {}}

    def transact_write_items(self, **request: Any) -> dict[str, Any]:
        """Claims that move, or an account that goes with its claims."""
        for part in request["TransactItems"]:
            ((kind, written),) = part.items()
            key = (written.get("Key") or written.get("Item"))["pk"]["S"]
            if key.startswith("account#"):
                number = int(key.removeprefix("account#"))
                if kind == "Delete":
                    self.account_gone[number] = 1
                else:
                    self.claims_moved[number] = 1
        return {}

    def _update_checkpoint(self, key: str, expression: str, values: dict[str, Any]) -> dict[str, Any]:
        item = self.checkpoints.setdefault(key, {"pk": {"S": key}})
        if expression.startswith("REMOVE"):
            item.pop("lease_until", None)
        elif "walk" in expression:
            item |= {"walk": values[":walk"], "lease_until": values[":until"]}
        else:
            if int(item.get("lease_until", {"N": "0"})["N"]) > int(values[":now"]["N"]):
                raise AssertionError("the lease of the one that died has not ended")
            item |= {"lease_until": values[":until"]}
        return {"Attributes": item}

    def _item(self, table: str, key: str) -> dict[str, Any] | None:
        if table == "auth-state":
            return self.checkpoints.get(key)
        if key.startswith("claim#"):
            return None  # what is asked for one by one here is the claim of a changed address, which is free
        return self._at(table, self._position(table, key))

    def _position(self, table: str, key: str) -> int:
        """Return where in its table an item is: accounts at even places, each followed by its claim."""
        if table == "users":
            return int(key.removeprefix("sub-"))
        kind, _, rest = key.partition("#")
        if kind == "account":
            return 2 * int(rest)
        return 2 * next(claims[key] for claims in self._claims if key in claims) + 1

    def _key(self, table: str, position: int) -> dict[str, Any]:
        item = self._at(table, position, whatever=True)
        assert item is not None
        return {"pk": item["pk"]} if table == "identities" else {"id": item["id"]}

    def _at(self, table: str, position: int, *, whatever: bool = False) -> dict[str, Any] | None:
        if table == "users":
            return self._row(position)
        number, is_claim = divmod(position, 2)
        if self.account_gone[number] and not whatever:
            return None
        return self._claim(number) if is_claim else self._account(number)

    def _row(self, number: int) -> dict[str, Any] | None:
        state = self.state[number]
        if state == ROW_MISSING:
            return None
        attributes = _attributes(number)
        texts = {
            "id": f"sub-{number}",
            "username": "somebody else" if state == ROW_WRONG else str(number),
            "status": "DELETED" if self.row_gone[number] else "ACTIVE",
            "email": _mail(number, old=True) if state == MAIL_CHANGED else attributes["email"],
            "created_at": "2026-11-20T12:00:00Z",
            "updated_at": "2026-11-20T12:00:00Z",
        }
        return {name: {"S": value} for name, value in texts.items()}

    def _account(self, number: int) -> dict[str, Any]:
        is_old = number % 100 == MAIL_CHANGED and not self.claims_moved[number]
        walk = self.walks[number]
        return {
            "pk": {"S": f"account#{number}"},
            "username": {"S": str(number)},
            "att": {"S": f"attempt-{number}"},
            "fp": {"S": "fingerprint"},
            "origin": {"S": "sign_up"},
            "st": {"S": "ACTIVE"},
            "created_at": {"N": str(CREATED)},
            "claims": {"M": {"email": {"S": _claim_key(_mail(number, old=is_old))}}},
            "proven": {"M": {"email": {"BOOL": True}}},
            # Of the walk of the day before.
            "sub": {"S": f"sub-{number}"},
            "walk": {"N": str(walk or CREATED)},
        }

    def _claim(self, number: int) -> dict[str, Any]:
        is_old = number % 100 == MAIL_CHANGED and not self.claims_moved[number]
        key = _claim_key(_mail(number, old=is_old))
        self._claims[-1][key] = number
        return {
            "pk": {"S": key},
            "holder": {"S": f"account#{number}"},
            "att": {"S": f"attempt-{number}"},
            "proven": {"BOOL": True},
        }


CALLS = frozenset(
    {"list_users", "batch_get_item", "get_item", "scan", "update_item", "transact_write_items", "generate_mac"}
)


def _mail(number: int, *, old: bool = False) -> str:
    return f"{'old' if old else 'user'}{number}@example.com"


def _attributes(number: int) -> dict[str, str]:
    return {"sub": f"sub-{number}", "email": _mail(number), "email_verified": "true"}


_KEY = hashlib.sha256(Purpose.CLAIM.value.encode()).digest()


def _claim_key(mail: str) -> str:
    mac = hmac.digest(_KEY, json.dumps(["email", mail]).encode(), hashlib.sha256)
    return f"claim#email#{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


class Context:
    """What Lambda tells of an invocation: that there is time."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds."""
        return 900_000


class Walk:
    """A walk over the simulated pool, slice by slice.

    Args:
        users: how many.
        say: is told what is to be printed.
    """

    def __init__(self, users: int, say: Callable[[str], None] = lambda _line: None) -> None:
        self.clients = Clients(users)
        self.now = BEGAN
        self.slices = 0
        self.memory: dict[int, int] = {}
        """Percent of the users to the peak of this process's memory until they were listed, in KiB; 100: to the end."""
        self._say = say

    def run(self, kill_at: float | None = 0.5) -> dict[str, Any]:
        """Walk to the end and return the last report.

        Args:
            kill_at: fraction of the users at which the process dies, in the middle of a page; None: it does not.
        """
        event = {"job": "reconcile", "user_pool_id": POOL, "seconds": _SLICE_SECONDS}
        of_old, clock.now = clock.now, lambda: self.now
        marks = itertools.count()
        dies_at = None if kill_at is None else int(kill_at * self.clients.users) + 17
        try:
            while True:
                clients = dict.fromkeys(("dynamodb", "kms", "cognito-idp"), self.clients)
                handler = maintenance.assemble(ENVIRONMENT, clients)
                is_dead = False

                def before(call: str) -> None:
                    nonlocal is_dead
                    if call == "list_users":
                        self._measure(100 * self.clients.last_listed // self.clients.users)
                    if call == "update_item" and next(marks) == dies_at:
                        is_dead = True
                    if is_dead:  # what comes after it does not reach AWS either: the lease stays
                        raise Died

                self.clients.before = before
                try:
                    report = handler(event, Context())
                except Died:
                    self._say("killed in the middle of a page; the lease is waited for")
                    self.now += 121
                    continue
                self.slices += 1
                self.now += 1
                if report["finished"]:
                    self._measure(100)
                    return report
        finally:
            clock.now = of_old

    def _measure(self, percent: int) -> None:
        for mark in (0, 1, 10, 50, 100):
            if percent >= mark and mark not in self.memory:
                self.memory[mark] = memory.peak()
                self._say(f"{mark:>3} % of the users: peak memory {self.memory[mark] / 1024:.1f} MiB")

    def left_out(self) -> int:
        """Return how many users of the pool the walk has not marked."""
        clients = self.clients
        return sum(1 for number in range(clients.users) if not clients.is_deleted(number) and not clients.walks[number])

    def listed_twice(self) -> int:
        """Return how many users were listed more than once."""
        return sum(1 for times in self.clients.listed if times > 1)

    def unhealed(self) -> int:
        """Return how many users are not as they should be."""
        clients = self.clients
        return sum(
            1
            for number in range(clients.users)
            if not (
                (clients.account_gone[number] and clients.row_gone[number])
                if clients.is_deleted(number)
                else clients.state[number] == IN_LINE
                and clients.claims_moved[number] == (number % 100 == MAIL_CHANGED)
                and not clients.account_gone[number]
            )
        )


def main() -> None:
    """Print what a walk takes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=1_000_000)
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    gc.collect()
    print(f"{arguments.users} users, of whom 1 % each: no row, a wrong row, a changed e-mail, deleted", flush=True)
    walk = Walk(arguments.users, lambda line: print(line, flush=True))
    began = time.monotonic()
    report = walk.run()
    seconds = time.monotonic() - began
    each = 1000 * seconds / arguments.users
    print(f"{seconds:.0f} s, {each:.3f} s per thousand users, without AWS, in {walk.slices} slices")
    print(f"at {PACE} calls of ListUsers a second: {arguments.users / 60 / PACE / 3600:.1f} h at least")
    print(f"found: {report['drift']}")
    print(f"left out: {walk.left_out()}, listed twice: {walk.listed_twice()}, not healed: {walk.unhealed()}")


if __name__ == "__main__":
    main()
