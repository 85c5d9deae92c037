"""An old pool, a new one with its triggers, and a process that can die at any call: what the tests of `migrate` run on."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
from botocore.exceptions import ClientError

from cognito_otp_cli.migrate.files import Files
from cognito_otp_cli.migrate.journal import Journal
from cognito_otp_cli.migrate.run import Run
from tests.unit import conftest as functions

ENVIRONMENT = {
    **functions.ENVIRONMENT,
    "USERNAME_ATTRIBUTES": "",
    "ALIAS_ATTRIBUTES": "email,phone_number",
    "CHANNELS": "sms,email",
}


class Died(BaseException):
    """The process is gone: nothing in the package can catch this."""


class Process:
    """One run of the command line: its clients, whose calls are counted, and which stop for good when it dies."""

    def __init__(self, world: "World", die_at: tuple[int, str] | None = None) -> None:
        self._world = world
        self._die_at = die_at
        self._is_dead = False
        self._lock = threading.Lock()
        self.calls: list[str] = []

    def client(self, name: str, **_: Any) -> Any:
        if name == "lambda":
            return self._world.functions
        return _Client(self, self._world.clients[name], name)

    def call(self, name: str, operation: Callable[..., Any], parameters: dict[str, Any]) -> Any:
        with self._lock:
            number = len(self.calls)
            self.calls.append(name)
        self._dies((number, "before"))
        answer = self._world.answered(name, operation, parameters)
        self._dies((number, "after"))
        return answer

    def _dies(self, moment: tuple[int, str]) -> None:
        self._is_dead = self._is_dead or moment == self._die_at
        if self._is_dead:
            raise Died


class _Client:
    def __init__(self, process: Process, client: Any, service: str) -> None:
        self._process, self._client, self._service = process, client, service

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if not callable(found) or name in ("exceptions", "meta"):
            return found
        return lambda **parameters: self._process.call(f"{self._service}.{name}", found, parameters)


class World:
    """The pools, the tables and the functions on moto."""

    def __init__(
        self, folder: Path, *, old: dict[str, Any] | None = None, new: dict[str, Any] | None = None, **environment: str
    ):
        self.folder = folder
        self.clients = {name: boto3.client(name, "us-east-1") for name in ("cognito-idp", "dynamodb", "kms")}
        self.cognito, self.dynamodb = self.clients["cognito-idp"], self.clients["dynamodb"]
        for table, key in (("users", "id"), ("identities", "pk"), ("auth-state", "pk"), ("application", "owner_id")):
            self.dynamodb.create_table(
                TableName=table,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
                KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
            )
        key_id = self.clients["kms"].create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"][
            "KeyId"
        ]
        self.environment = {**ENVIRONMENT, "CODE_KEY_ID": key_id, **environment}
        arn = "arn:aws:lambda:us-east-1:123456789012:function:otp-sign-up"
        identifiers = {
            parameter: self.environment[name].split(",")
            for parameter, name in (
                ("UsernameAttributes", "USERNAME_ATTRIBUTES"),
                ("AliasAttributes", "ALIAS_ATTRIBUTES"),
            )
            if self.environment[name]
        }
        new = {"PoolName": "new", "LambdaConfig": {"PreSignUp": arn}, **identifiers, **(new or {})}
        self.new = self.cognito.create_user_pool(**new)["UserPool"]["Id"]
        self.old = self.cognito.create_user_pool(PoolName="old", **(old or {}))["UserPool"]["Id"]
        self.functions = SimpleNamespace(
            get_function_configuration=self._configuration,
            exceptions=SimpleNamespace(ResourceNotFoundException=KeyError),
        )
        self._sign_up = functions.sign_up.assemble(self.environment, {**self.clients, "lambda": None})
        self.refusals: list[ClientError] = []
        """What the next calls of AdminCreateUser are refused with."""

    def _configuration(self, FunctionName: str) -> dict[str, Any]:  # noqa: N803
        if not FunctionName.endswith("otp-sign-up"):
            raise KeyError(FunctionName)
        return {
            "FunctionName": "otp-sign-up",
            "Handler": "cognito_otp.functions.sign_up.handler",
            "Environment": {"Variables": self.environment},
        }

    def answered(self, name: str, operation: Callable[..., Any], parameters: dict[str, Any]) -> Any:
        """Answer a call; AdminCreateUser in the new pool with PreSignUp, which moto does not run."""
        if name == "cognito-idp.admin_create_user" and parameters["UserPoolId"] == self.new:
            if self.refusals:
                raise self.refusals.pop(0)
            self._pre_sign_up(parameters)
        return operation(**parameters)

    def _pre_sign_up(self, parameters: dict[str, Any]) -> None:
        attributes = {each["Name"]: each["Value"] for each in parameters["UserAttributes"]}
        event = {
            "version": "1",
            "region": "us-east-1",
            "userPoolId": self.new,
            "userName": parameters["Username"],
            "callerContext": {"awsSdkVersion": "3", "clientId": "CLIENT_ID_NOT_APPLICABLE"},
            "triggerSource": "PreSignUp_AdminCreateUser",
            "request": {"userAttributes": attributes, "clientMetadata": parameters.get("ClientMetadata")},
            "response": {"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False},
        }
        try:
            self._sign_up(json.loads(json.dumps(event)), None)
        except Exception as error:
            raise refusal("UserLambdaValidationException", f"PreSignUp failed with error {error}.") from None

    # What a test makes

    def user(
        self,
        username: str,
        *,
        pool: str = "old",
        row: dict[str, Any] | None = None,
        table: str = "users",
        **attributes: str,
    ) -> str:
        """Make a confirmed user and its row; return its sub."""
        pool_id = getattr(self, pool)
        call = self.answered if pool == "new" else lambda _, operation, parameters: operation(**parameters)
        made = call(
            "cognito-idp.admin_create_user",
            self.cognito.admin_create_user,
            {
                "UserPoolId": pool_id,
                "Username": username,
                "UserAttributes": [{"Name": name, "Value": value} for name, value in attributes.items()],
                "MessageAction": "SUPPRESS",
            },
        )["User"]
        self.cognito.admin_set_user_password(
            UserPoolId=pool_id, Username=made["Username"], Password="Password-1", Permanent=True
        )
        sub = next(each["Value"] for each in made["Attributes"] if each["Name"] == "sub")
        if row is not None:
            self.put(table, sub, **row)
        return sub

    def put(self, table: str, sub: str, **fields: Any) -> None:
        key = "owner_id" if table == "application" else "id"
        self.dynamodb.put_item(TableName=table, Item={key: {"S": sub}, **fields})

    def group(self, pool: str, name: str, *usernames: str) -> None:
        self.cognito.create_group(UserPoolId=getattr(self, pool), GroupName=name)
        for username in usernames:
            self.cognito.admin_add_user_to_group(UserPoolId=getattr(self, pool), Username=username, GroupName=name)

    # What a test runs

    @property
    def files(self) -> Files:
        return Files(self.folder / "journal")

    @contextlib.contextmanager
    def run(self, process: Process | None = None, old_table: str | None = None, **options: Any) -> Iterator[Run]:
        settings: dict[str, Any] = {
            "decisions": None,
            "username_from": None,
            "leave_out": frozenset(),
            "share": 1.0,
            **options,
        }
        with contextlib.closing(Journal(self.files.journal, self.old, self.new, old_table)) as journal:
            yield Run.assemble(process or Process(self), journal, at_once=1, **settings)  # type: ignore[arg-type]

    def migrate(self, process: Process | None = None, **options: Any) -> bool:
        with self.run(process, **options) as run:
            return run.migrate(lambda question: None)

    def rollback(self, process: Process | None = None, **options: Any) -> bool:
        with self.run(process, **options) as run:
            return run.rollback(lambda question: None)

    def plan(self, **options: Any) -> dict[str, dict[str, Any]]:
        """Return what the plan says of everybody, by old username."""
        with self.run(**options) as run:
            run.plan()
        return {each["old_username"]: each for each in json.loads(self.files.plan.read_text())["users"]}

    # What a test looks at

    def state(self, pool: str) -> dict[str, Any]:
        """Return everybody of a pool, by username or the address that is one."""
        pool_id = getattr(self, pool)
        found = {}
        for user in self.cognito.list_users(UserPoolId=pool_id)["Users"]:
            attributes = {each["Name"]: each["Value"] for each in user["Attributes"]}
            sub = attributes.pop("sub")
            groups = self.cognito.admin_list_groups_for_user(UserPoolId=pool_id, Username=user["Username"])["Groups"]
            name = attributes["phone_number"] if user["Username"] == sub else user["Username"]
            found[name] = {
                "sub": sub,
                "attributes": attributes,
                "status": user["UserStatus"],
                "enabled": user["Enabled"],
                "groups": sorted(group["GroupName"] for group in groups),
            }
        return found

    def rows(self, table: str = "users") -> dict[str, Any]:
        key = "owner_id" if table == "application" else "id"
        return {row.pop(key)["S"]: row for row in self.dynamodb.scan(TableName=table)["Items"]}

    def identities(self) -> list[str]:
        return sorted(item["pk"]["S"] for item in self.dynamodb.scan(TableName="identities")["Items"])

    def outcome(self) -> Any:
        """Return the end state, without what is drawn at random: ids, times, attempts."""
        new = self.state("new")
        names = {user["sub"]: name for name, user in new.items()}
        times = ("updated_at", "created_at")
        return {
            "old": self.state("old"),
            "new": {name: {**user, "sub": None} for name, user in new.items()},
            "rows": {
                names.get(sub, sub): {name: value for name, value in row.items() if name not in times}
                for sub, row in self.rows().items()
            },
            "identities": self.identities(),
        }


def refusal(word: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": word, "Message": message}}, "AdminCreateUser")
