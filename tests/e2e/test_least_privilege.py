"""Take each action out of each policy in turn: something must miss it, or it should not be there."""

import contextlib
import copy
import fnmatch
import itertools
import json
import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from botocore.exceptions import ClientError

from cognito_otp.challenges import SENT
from dev.local import LocalAWS
from dev.person import Person, wrong
from tests.e2e.conftest import applied_at_once

AWS_ENVIRONMENT = {"LAMBDA_ASYNC_RETRY_BASE_SECONDS": "0.05"}  # a failed delivery is soon given up
SECONDS = 5.0  # for a message that may be the one that is missed

MODULES = {
    "otp-phone-username": "examples/phone-username",
    "otp-own-provider": "examples/own-provider",
    "otp-everything": "tests/e2e/everything",
    "otp-by-code": "tests/e2e/by-code",
}

# What only some settings grant: that their tests below look at it at all.
OF_SETTINGS = {
    "otp-phone-username": {"sns:Publish", "dynamodb:BatchGetItem"},
    "otp-own-provider": {"lambda:InvokeFunction"},
    "otp-everything": {
        "dynamodb:BatchGetItem",
        "sms-voice:SendTextMessage",
        "sms-voice:PutMessageFeedback",
        "ses:SendEmail",
        "events:PutEvents",
        "lambda:InvokeFunction",
    },
    "otp-by-code": {"lambda:InvokeFunction"},
}

_numbers = itertools.count()


class Granted(NamedTuple):
    role: str
    policy: str
    statement: int
    action: str
    resources: tuple[str, ...]


class Module:
    """An applied module, and people who use it until something is denied."""

    def __init__(self, aws: LocalAWS, name: str, outputs: dict[str, Any]) -> None:
        self.aws = aws
        self._name = name
        self._client_id = outputs["client_id"]
        self._pool_id = outputs["user_pool_id"]

    def granted(self) -> Iterator[Granted]:
        """Give what the roles of the module's functions may do."""
        iam = self.aws.client("iam")
        ours = tuple(f"{self._name}-{function}-us-" for function in ("sign-up", "sign-in", "delivery"))
        for role in (role["RoleName"] for role in iam.list_roles()["Roles"] if role["RoleName"].startswith(ours)):
            for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
                document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
                for number, statement in enumerate(document["Statement"]):
                    if statement["Effect"] == "Allow":
                        resources = tuple(statement["Resource"])
                        yield from (Granted(role, policy, number, action, resources) for action in statement["Action"])

    def renew_environment(self, role: str) -> None:
        """Make the function of a role start anew: it asks KMS, and for its configuration, once per environment."""
        functions, name = self.aws.client("lambda"), role.partition("-us-")[0]
        variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        functions.update_function_configuration(
            FunctionName=name, Environment={"Variables": {**variables, "RENEWED": str(next(_numbers))}}
        )

    def live(self, is_over: Callable[[], bool]) -> None:
        """Go through all that people do, until it is over; what fails is not of interest here, only what was denied."""
        person = Person(self.aws, self._client_id, f"+1415556{next(_numbers):04d}")
        both = Person(self.aws, self._client_id, f"+1415557{next(_numbers):04d}")
        confirmed = Person(self.aws, self._client_id, f"+1415558{next(_numbers):04d}")
        stranger = Person(self.aws, self._client_id, f"+1415559{next(_numbers):04d}")
        address = f"{both.username[1:]}@example.com"
        before: list[int] = []
        steps: list[Callable[[], object]] = [
            person.sign_up,
            person.sign_up,  # the claim is in the way, and its holder is asked for
            lambda: self._confirm(person),
            lambda: before.append(len(person.texts())),
            person.start_sign_in,
            lambda: _wait(lambda: len(person.texts()) > before[0] or is_over()),
            lambda: person.answer(wrong(_code(person))),
            lambda: person.answer(_code(person)),
            lambda: _wait(lambda: _is_known_to_have_arrived(self.aws, person) or is_over()),
            lambda: self._deliver_again(person),
            lambda: self._sign_up_again(person),
            lambda: self._add(both, address),
            both.start_sign_in,
            lambda: _wait(lambda: bool(both.texts()) or is_over()),  # before that the channel stays
            lambda: both.resend("email"),
            lambda: _wait(
                lambda: both.parameters["delivery_medium"] == "SMS" or bool(both.texts(address)) or is_over()
            ),
            lambda: self._change_address(both, f"new.{address}"),
            lambda: both.answer((both.texts(address) or both.texts())[-1].split()[0]),  # the claim of the address moves
            stranger.sign_up,
            self._age,
            stranger.sign_up,  # who is in the way is to be removed
            confirmed.sign_up,
            lambda: self._confirm_as_administrator(confirmed),
            lambda: before.append(len(confirmed.texts())),
            confirmed.start_sign_in,
            lambda: _wait(lambda: len(confirmed.texts()) > before[1] or is_over()),
            lambda: confirmed.answer(_code(confirmed)),
            self._deliver_nonsense,
            lambda: _wait(is_over),
        ]
        for step in steps:
            if is_over():
                break
            with contextlib.suppress(ClientError, KeyError, IndexError):
                step()

    def _confirm(self, person: Person) -> None:
        """Type Cognito's own code, where it sends one."""
        self.aws.client("cognito-idp").confirm_sign_up(
            ClientId=self._client_id, Username=person.username, ConfirmationCode=_code(person)
        )

    def _confirm_as_administrator(self, person: Person) -> None:
        """Confirm somebody who has proven nothing, where sign-up does not do that itself."""
        self.aws.client("cognito-idp").admin_confirm_sign_up(UserPoolId=self._pool_id, Username=person.username)

    def _items(self, table: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.aws.client("dynamodb").scan(TableName=f"{self._name}-{table}")["Items"]
        return items

    def _deliver_again(self, person: Person) -> None:
        """Deliver what is delivered: that reads what became of the first."""
        # Not any challenge: one whose delivery was denied earlier is still REQUESTED, and would be taken without a read.
        sent = [item for item in self._items("auth-state") if item.get("st", {}).get("S") == SENT]
        again = {
            "challenge_id": sent[0]["pk"]["S"].removeprefix("challenge#"),
            "generation": 1,
            "username": sent[0]["username"]["S"],
            "channel": "sms",
            "address": person.username,
        }
        self.aws.client("lambda").invoke(FunctionName=f"{self._name}-delivery", Payload=json.dumps(again).encode())

    def _deliver_nonsense(self) -> None:
        """Have a delivery fail, so that the failure destination is told."""
        self.aws.client("lambda").invoke(FunctionName=f"{self._name}-delivery", InvocationType="Event", Payload=b"{}")

    def _sign_up_again(self, person: Person) -> None:
        """Sign somebody up who was deleted: what the first account claimed is removed."""
        self.aws.client("cognito-idp").admin_delete_user(UserPoolId=self._pool_id, Username=person.username)
        self._age()
        person.sign_up()

    def _age(self) -> None:
        """Make all accounts old."""
        for item in self._items("identities"):
            if item["pk"]["S"].startswith("account#"):
                self.aws.client("dynamodb").update_item(
                    TableName=f"{self._name}-identities",
                    Key={"pk": item["pk"]},
                    UpdateExpression="SET created_at = :long_ago",
                    ExpressionAttributeValues={":long_ago": {"N": "1"}},
                )

    def _change_address(self, person: Person, address: str) -> None:
        """Give somebody another address, as an administrator."""
        self.aws.client("cognito-idp").admin_update_user_attributes(
            UserPoolId=self._pool_id,
            Username=person.username,
            UserAttributes=[{"Name": "email", "Value": address}, {"Name": "email_verified", "Value": "true"}],
        )

    def _add(self, person: Person, address: str) -> None:
        """Make somebody with two verified channels, as an administrator."""
        attributes = {
            "phone_number": person.username,
            "phone_number_verified": "true",
            "email": address,
            "email_verified": "true",
        }
        self.aws.client("cognito-idp").admin_create_user(
            UserPoolId=self._pool_id,
            Username=person.username,
            MessageAction="SUPPRESS",
            TemporaryPassword=secrets.token_urlsafe(24),
            UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
        )


def _wait(what: Callable[[], bool]) -> None:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and not what():
        time.sleep(0.02)


def _code(person: Person) -> str:
    return person.texts()[-1].split()[0]


def _is_known_to_have_arrived(aws: LocalAWS, person: Person) -> bool:
    """Tell whether End User Messaging was told; true if the text did not go by it."""
    messages = aws.sms_messages(person.username)
    return bool(messages) and messages[-1].get("Feedback", "not asked") is not None


@contextlib.contextmanager
def without(aws: LocalAWS, grant: Granted) -> Iterator[None]:
    iam, place = aws.client("iam"), {"RoleName": grant.role, "PolicyName": grant.policy}
    document = iam.get_role_policy(**place)["PolicyDocument"]
    reduced = copy.deepcopy(document)
    statement = reduced["Statement"][grant.statement]
    statement["Action"].remove(grant.action)
    if not statement["Action"]:
        del reduced["Statement"][grant.statement]
    if reduced["Statement"]:
        iam.put_role_policy(**place, PolicyDocument=json.dumps(reduced))
    else:
        iam.delete_role_policy(**place)
    try:
        yield
    finally:
        iam.put_role_policy(**place, PolicyDocument=json.dumps(document))


def not_missed(module: Any, grants: list[Granted]) -> list[Granted]:
    """Take each grant away in turn; return those that nothing missed in all that goes on in the module."""
    aws = module.aws
    left = []
    for grant in grants:
        start = len(aws.denied())

        def is_missed(grant: Granted = grant, start: int = start) -> bool:
            return any(
                (denial.action, denial.role) == (grant.action, grant.role)
                and any(fnmatch.fnmatchcase(denial.resource, resource) for resource in grant.resources)
                for denial in aws.denied()[start:]
            )

        with without(aws, grant):
            module.renew_environment(grant.role)
            module.live(is_missed)
        if not is_missed():
            left.append(grant)
    return left


@pytest.fixture(scope="module")
def modules(aws: LocalAWS, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Module]:
    outputs = applied_at_once(aws, MODULES, tmp_path_factory)
    return {name: Module(aws, name, outputs[name]) for name in MODULES}


@pytest.mark.parametrize("name", MODULES)
def test_nothing_is_denied_and_every_action_is_missed_when_it_is_gone(modules, name):
    module = modules[name]
    aws = module.aws
    before = len(aws.denied())
    module.live(lambda: len(aws.denied()) > before)
    assert aws.denied()[before:] == []
    grants = list(module.granted())
    assert len(grants) > 20
    assert {grant.action for grant in grants} >= OF_SETTINGS[name]
    assert not_missed(module, grants) == []
