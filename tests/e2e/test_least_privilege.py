"""Take each action out of each policy in turn: something must miss it, or it should not be there."""

import contextlib
import copy
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from botocore.exceptions import ClientError

from dev import terraform
from dev.local import LocalAWS
from dev.person import NoMessageError, Person, wrong

NAME = "otp-phone-username"
SECONDS = 2.0  # for a message that may be the one that is missed


@pytest.fixture(scope="module")
def own_aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LocalAWS, str]]:
    """Give an AWS of one's own with the phone-username example, and its client id."""
    with LocalAWS() as aws:
        work: Path = tmp_path_factory.mktemp("least-privilege")
        example = terraform.Terraform(terraform.ROOT / "examples" / "phone-username", work, aws.environment())
        example.init()
        yield aws, example.apply()["client_id"]


class Granted(NamedTuple):
    role: str
    policy: str
    statement: int
    action: str


def granted(aws: LocalAWS) -> Iterator[Granted]:
    iam = aws.client("iam")
    for role in (role["RoleName"] for role in iam.list_roles()["Roles"] if role["RoleName"].startswith(f"{NAME}-")):
        if "-sms-" in role:
            continue  # Cognito's own role, tried when the pool is made
        for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
            for number, statement in enumerate(document["Statement"]):
                if statement["Effect"] == "Allow":
                    yield from (Granted(role, policy, number, action) for action in statement["Action"])


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


def renew_environments(aws: LocalAWS, count: int) -> None:
    """Make the functions start anew: they ask KMS once per environment."""
    functions = aws.client("lambda")
    for function in ("sign-up", "sign-in", "delivery"):
        name = f"{NAME}-{function}"
        variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        functions.update_function_configuration(
            FunctionName=name, Environment={"Variables": {**variables, "RENEWED": str(count)}}
        )


def items(aws: LocalAWS, table: str) -> list[dict[str, Any]]:
    return aws.client("dynamodb").scan(TableName=f"{NAME}-{table}")["Items"]


def live(aws: LocalAWS, client_id: str, number: int) -> None:
    """Go through all that people do; what fails is not of interest here, only what was denied."""
    person = Person(aws, client_id, f"+1415555{number:04d}")
    with contextlib.suppress(ClientError):
        person.sign_up()
    with contextlib.suppress(ClientError):
        person.sign_up()  # the claim is in the way, and its holder is asked for
    with contextlib.suppress(ClientError, NoMessageError):
        person.start_sign_in()
        code = person.wait_for_text(seconds=SECONDS).split()[0]
        person.answer(wrong(code))
        person.answer(code)
    # A delivery that comes twice reads what became of the first.
    sent = [item for item in items(aws, "auth-state") if item["pk"]["S"].startswith("challenge#")]
    for item in sent[:1]:
        again = {"challenge_id": item["pk"]["S"].removeprefix("challenge#"), "generation": 1, "channel": "sms"}
        aws.client("lambda").invoke(
            FunctionName=f"{NAME}-delivery", Payload=json.dumps({**again, "address": person.username}).encode()
        )
    # A user who was deleted signs up again: what the first account claimed is removed.
    pool = aws.client("cognito-idp").list_user_pools(MaxResults=1)["UserPools"][0]["Id"]
    with contextlib.suppress(ClientError):
        aws.client("cognito-idp").admin_delete_user(UserPoolId=pool, Username=person.username)
    for item in items(aws, "identities"):
        if item["pk"]["S"].startswith("account#"):
            aws.client("dynamodb").update_item(
                TableName=f"{NAME}-identities",
                Key={"pk": item["pk"]},
                UpdateExpression="SET created_at = :long_ago",
                ExpressionAttributeValues={":long_ago": {"N": "1"}},
            )
    with contextlib.suppress(ClientError):
        person.sign_up()


def test_nothing_is_denied_and_every_action_is_missed_when_it_is_gone(own_aws):
    aws, client_id = own_aws
    numbers = itertools.count()
    live(aws, client_id, next(numbers))
    assert aws.denied() == []
    grants = list(granted(aws))
    assert len(grants) > 20
    not_missed = []
    for grant in grants:
        before = len(aws.denied())
        with without(aws, grant):
            renew_environments(aws, next(numbers))
            live(aws, client_id, next(numbers))
        denials = aws.denied()[before:]
        if not any(denial.action == grant.action and denial.role == grant.role for denial in denials):
            not_missed.append(grant)
    assert not_missed == []
