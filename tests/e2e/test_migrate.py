"""An old pool with the usual mess, moved by the command line into applied examples: killed half-way, resumed, taken back.

Everything is done by the command line's own process, as an IAM user who has the policy of docs/migration.md and no more.
"""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from dev import terraform as runner
from dev.local import LocalAWS
from dev.person import Person
from tests.e2e.conftest import Applied, deployment

EXAMPLE = "username-with-aliases"
pytestmark = pytest.mark.usefixtures("nothing_denied")

_POLICY = re.search(r"```json\n(.*?)```", (runner.ROOT / "docs" / "migration.md").read_text(), re.DOTALL)[1]
_SECONDS = 60


class OldPool:
    """A pool made by hand, and the application's two tables with its ids."""

    def __init__(self, aws: LocalAWS, name: str) -> None:
        self.aws, self.name = aws, name
        self.cognito, self.dynamodb = aws.client("cognito-idp"), aws.client("dynamodb")
        schema = [{"Name": "team", "AttributeDataType": "String", "Mutable": True}]
        # Nothing is said of case: the API's default is to tell Username from username.
        self.id = self.cognito.create_user_pool(PoolName=name, Schema=schema)["UserPool"]["Id"]
        self.subs: dict[str, str] = {}
        for table, key in ((self.table, "id"), (self.orders, "order")):
            self.dynamodb.create_table(
                TableName=table,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
                KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
            )

    @property
    def table(self) -> str:
        return f"{self.name}-app-users"

    @property
    def orders(self) -> str:
        return f"{self.name}-orders"

    def user(self, username: str, **attributes: str) -> None:
        made = self.cognito.admin_create_user(
            UserPoolId=self.id,
            Username=username,
            UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
            MessageAction="SUPPRESS",
        )["User"]
        self.cognito.admin_set_user_password(
            UserPoolId=self.id, Username=username, Password="Password-1", Permanent=True
        )
        sub = next(each["Value"] for each in made["Attributes"] if each["Name"] == "sub")
        self.subs[username] = sub
        self.dynamodb.put_item(
            TableName=self.table,
            Item={"id": {"S": sub}, "nickname": {"S": f"{username} of old"}, "theme": {"S": "dark"}},
        )
        self.dynamodb.put_item(
            TableName=self.orders, Item={"order": {"S": f"order of {username}"}, "customer": {"S": sub}}
        )

    def rows(self) -> set[str]:
        return {item["id"]["S"] for item in self.dynamodb.scan(TableName=self.table)["Items"]}


class Operator:
    """Somebody with the policy of the documentation, and a folder for the files."""

    def __init__(self, example: Applied, old: OldPool, folder: Path) -> None:
        self.example, self.old, self.folder = example, old, folder
        self.new_pool = example.outputs["user_pool_id"]
        self._credentials = self._made()

    def _made(self) -> dict[str, str]:
        aws, name = self.example.aws, self.old.name
        described = aws.client("cognito-idp").describe_user_pool(UserPoolId=self.new_pool)["UserPool"]
        function = aws.client("lambda").get_function_configuration(FunctionName=described["LambdaConfig"]["PreSignUp"])
        environment = function["Environment"]["Variables"]
        table = "arn:aws:dynamodb:us-east-1:123456789012:table/{}".format
        resources = {
            "OLD_POOL_ARN": f"arn:aws:cognito-idp:us-east-1:123456789012:userpool/{self.old.id}",
            "NEW_POOL_ARN": described["Arn"],
            "FUNCTION_ARNS": function["FunctionArn"].removesuffix("-sign-up") + "-*",
            "OLD_TABLE_ARN": table(self.old.table),
            "USER_TABLE_ARN": table(environment["USER_TABLE"]),
            "IDENTITIES_TABLE_ARN": table(environment["IDENTITIES_TABLE"]),
            "AUTH_STATE_TABLE_ARN": table(environment["AUTH_STATE_TABLE"]),
            "CODE_KEY_ARN": environment["CODE_KEY_ID"],
        }
        policy = _POLICY
        for placeholder, arn in resources.items():
            policy = policy.replace(f'"{placeholder}"', json.dumps(arn))
        iam = aws.client("iam")
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="migrate", PolicyDocument=policy)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}

    def start(self, *options: str) -> subprocess.Popen[str]:
        command = "from cognito_otp_cli.main import main; main()"
        pools = ("--from", self.old.id, "--to", self.new_pool, "--old-table", self.old.table)
        paths = os.pathsep.join(str(runner.ROOT / folder) for folder in ("cli", "lambda_src"))
        return subprocess.Popen(
            [sys.executable, "-c", command, "migrate", *pools, *options],
            cwd=self.folder,
            env={**os.environ, **self.example.aws.environment(), **self._credentials, "PYTHONPATH": paths},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *options: str) -> tuple[int, str]:
        process = self.start(*options)
        output, _ = process.communicate(timeout=_SECONDS)
        return process.returncode, output

    def file(self, suffix: str) -> Path:
        return self.folder / f"migrate-{self.old.id}-{self.new_pool}.{suffix}"

    def lines(self, suffix: str) -> list[dict[str, str]]:
        with self.file(suffix).open(newline="") as file:
            return list(csv.DictReader(file))

    def decide(self, **decisions: str) -> None:
        lines = self.lines("duplicates.csv")
        with self.file("duplicates.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, lines[0])
            writer.writeheader()
            writer.writerows({**line, "decision": decisions[line["username"]]} for line in lines)

    def made(self) -> int:
        """Return how many users the journal says were made."""
        try:
            lines = self.file("journal").read_text().splitlines()[1:]
        except FileNotFoundError:
            return 0
        return sum('"step": "create", "state": "done"' in line for line in lines)

    def start_and_kill(self, *options: str) -> None:
        """Let the process make a user or two, and kill it."""
        process = self.start(*options)
        until = time.monotonic() + _SECONDS
        while self.made() < 1 and process.poll() is None and time.monotonic() < until:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        output, _ = process.communicate()
        assert process.returncode == -signal.SIGKILL, output

    def everybody(self) -> dict[str, dict[str, Any]]:
        """Return everybody of the new pool whom the mapping names, by sub."""
        users = self.example.aws.client("cognito-idp").list_users(UserPoolId=self.new_pool)["Users"]
        return {next(each["Value"] for each in user["Attributes"] if each["Name"] == "sub"): user for user in users}


def signs_in(example: Applied, typed: str, address: str) -> None:
    person = Person(example.aws, example.client_id, typed)
    example.let_the_cooldown_pass()
    before = len(person.texts(address))
    person.start_sign_in()
    assert "AuthenticationResult" in person.answer(person.wait_for_code(before + 1, address))


NUMBERS = {
    name: f"+1415555{number}" for number, name in enumerate(("Username", "username", "mia", "mia.2", "zoe"), 8101)
}


@pytest.fixture(scope="module")
def mess(aws: LocalAWS) -> OldPool:
    """A name in two cases, an e-mail address twice, and one with neither."""
    old = OldPool(aws, "old-mess")
    for name, number in NUMBERS.items():
        email = {"mia": "mia@mail.example", "mia.2": "Mia@mail.example"}.get(name, f"{name}.{number[1:]}@mail.example")
        verified = {"phone_number_verified": "true", "email_verified": "false" if name == "mia.2" else "true"}
        old.user(name, phone_number=number, email=email, name=f"{name} X", **verified)
    old.cognito.create_group(UserPoolId=old.id, GroupName="staff")
    old.cognito.admin_add_user_to_group(UserPoolId=old.id, Username="zoe", GroupName="staff")
    return old


def test_the_mess_is_moved_killed_half_way_and_everybody_signs_in_by_code(example, mess, tmp_path):
    operator = Operator(example, mess, tmp_path)
    there = len(operator.everybody())
    mess.cognito.create_group(UserPoolId=operator.new_pool, GroupName="staff")

    status, output = operator.run("--dry-run")
    assert status == 1, output  # there is something to decide
    status, output = operator.run("--yes")
    assert (status, operator.made()) == (2, 0), output
    assert "4 accounts are duplicates without a decision, and nothing was changed" in " ".join(output.split())
    assert len(operator.everybody()) == there
    suggested = {line["username"]: line["suggestion"] for line in operator.lines("duplicates.csv")}
    assert suggested["mia"] == "keep"
    operator.decide(**{"Username": "keep", "username": "merge", "mia": "keep", "mia.2": "merge"})

    operator.start_and_kill("--yes", "--share", "0.02")
    assert 1 <= operator.made() < 3
    status, output = operator.run("--yes")
    assert status == 0, output
    assert "Compared: 3 users and 3 rows; 0 differ." in output
    assert len(operator.everybody()) == there + 3

    new = {line["old_sub"]: line["new_sub"] for line in operator.lines("mapping.csv")}
    assert set(new) == set(mess.subs.values())
    subs = mess.subs
    assert new[subs["username"]] == new[subs["Username"]] != new[subs["mia"]] == new[subs["mia.2"]]
    for name in ("Username", "mia", "zoe"):
        row = example.row(new[subs[name]])
        assert (row["nickname"], row["theme"]) == (f"{name} of old", "dark")
        assert (row["migrated_from"], row["status"], row["phone_number"]) == (subs[name], "ACTIVE", NUMBERS[name])
        assert example.user(name)["phone_number_verified"] == "true"
    (member,) = mess.cognito.list_users_in_group(UserPoolId=operator.new_pool, GroupName="staff")["Users"]
    assert member["Username"] == "zoe"
    assert mess.rows() == {subs["username"], subs["mia.2"]}  # what is merged stays for the application to see to

    # The application's other table, by the mapping.
    for order in mess.dynamodb.scan(TableName=mess.orders)["Items"]:
        customer = {"S": new[order["customer"]["S"]]}
        mess.dynamodb.put_item(TableName=mess.orders, Item={**order, "customer": customer})
    assert {
        each["customer"]["S"] for each in mess.dynamodb.scan(TableName=mess.orders)["Items"]
    } <= operator.everybody().keys()

    # People do nothing: by the name, in either case, by the address, by the number.
    signs_in(example, "Username", NUMBERS["Username"])
    signs_in(example, "username", NUMBERS["Username"])
    signs_in(example, "mia", NUMBERS["mia"])
    signs_in(example, "Mia@mail.example", NUMBERS["mia"])
    signs_in(example, NUMBERS["zoe"], NUMBERS["zoe"])
    assert example.row(new[subs["zoe"]])["nickname"] == "zoe of old"  # the sign-in has kept it


@pytest.fixture(scope="module")
def phones(aws: LocalAWS, tmp_path_factory: pytest.TempPathFactory) -> Applied:
    return Applied(aws, deployment(aws, "phone-username", tmp_path_factory.mktemp("phones")))


@pytest.fixture
def numbered(aws: LocalAWS) -> OldPool:
    old = OldPool(aws, "old-numbered")
    for number, name in enumerate(("ann", "ben", "cid"), 8201):
        old.user(name, phone_number=f"+1415555{number}", phone_number_verified="true")
    old.cognito.admin_disable_user(UserPoolId=old.id, Username="cid")
    return old


def test_to_phone_numbers_and_back_and_again(phones, numbered, tmp_path):
    operator = Operator(phones, numbered, tmp_path)
    own, rows = operator.everybody(), numbered.rows()

    operator.start_and_kill("--yes", "--share", "0.02")
    status, output = operator.run("--rollback", "--yes")
    assert status == 0, output
    assert operator.everybody().keys() == own.keys()
    assert numbered.rows() == rows
    assert phones.items("users") == phones.items("identities") == "[]"

    status, output = operator.run("--yes")
    assert status == 0, output
    assert numbered.rows() == set()
    for number in ("+14155558201", "+14155558202"):
        signs_in(phones, number, number)
    cid = Person(phones.aws, phones.client_id, "+14155558203")
    with pytest.raises(phones.aws.client("cognito-idp").exceptions.NotAuthorizedException):
        cid.start_sign_in()
    assert cid.texts() == []
