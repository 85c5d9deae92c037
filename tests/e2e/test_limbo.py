"""Accounts that nobody ever proved, on examples/username-with-aliases: reclaimed for their owner, removed on schedule.

In a pool with aliases the owner of a number cannot sign in without the name that a stranger chose for the account.
"""

import json
import secrets
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from dev.person import Person
from tests.e2e.conftest import refused

EXAMPLE = "username-with-aliases"
pytestmark = pytest.mark.usefixtures("nothing_denied")

TABLE = "otp-with-aliases-identities"
DAY = 86400


@pytest.fixture
def named(example, phone_number):
    """Give a person who takes a name and gives a number."""

    def named(username: str, number: str = phone_number, **attributes: str) -> Person:
        person = Person(example.aws, example.client_id, username)
        person.sub = person.sign_up(phone_number=number, **attributes)["UserSub"]
        return person

    return named


def age(example, username: str, seconds: int) -> None:
    """Let an account have been made so much earlier."""
    example.aws.client("dynamodb").update_item(
        TableName=TABLE,
        Key={"pk": {"S": f"account#{username}"}},
        UpdateExpression="SET created_at = created_at - :seconds",
        ExpressionAttributeValues={":seconds": {"N": str(seconds)}},
    )


def is_there(example, username: str) -> bool:
    return username in {
        user["Username"]
        for user in example.aws.client("cognito-idp").list_users(UserPoolId=example.outputs["user_pool_id"])["Users"]
    }


def wait_until_gone(example, username: str) -> None:
    until = time.monotonic() + 20
    while is_there(example, username):
        assert time.monotonic() < until, f"{username} is still there"
        time.sleep(0.1)


def reap(example) -> dict[str, int]:
    event = {"job": "reap", "user_pool_id": example.outputs["user_pool_id"]}
    answer = example.aws.client("lambda").invoke(
        FunctionName="otp-with-aliases-maintenance", Payload=json.dumps(event).encode()
    )
    report = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, report
    assert report["finished"], report
    return report["outcomes"]


def sign_in(person: Person, number: str, count: int = 1) -> bool:
    person.start_sign_in()
    return "AuthenticationResult" in person.answer(person.wait_for_code(count, address=number))


def test_a_strangers_sign_up_with_my_number_keeps_me_out_for_ten_minutes_at_most(example, named, phone_number):
    mallory = named("mallory", email="mallory@mail.example")
    with refused("SIGN_UP_PENDING"):
        named("ada")
    assert is_there(example, "mallory")
    age(example, "mallory", 600)
    with refused("SIGN_UP_RETRY retry_after=2"):
        named("ada")
    wait_until_gone(example, "mallory")
    until = time.monotonic() + 20
    while True:  # the client does as it is told
        try:
            ada = named("ada")
            break
        except example.aws.client("cognito-idp").exceptions.UserLambdaValidationException as refusal:
            assert "SIGN_UP_RETRY" in str(refusal)
            assert time.monotonic() < until
            time.sleep(0.2)
    assert sign_in(ada, phone_number)
    assert len(ada.texts(phone_number)) == 1
    assert example.row(mallory.sub)["status"] == "DELETED"
    assert example.row(ada.sub)["status"] == "ACTIVE"


def test_what_was_abandoned_is_removed_and_nobody_else(example, named):
    for number, name in enumerate(("gone", "young", "verified", "active")):
        named(name, f"+141555580{number:02d}")
        age(example, name, 8 * DAY if name != "young" else 6 * DAY)
    cognito, pool = example.aws.client("cognito-idp"), example.outputs["user_pool_id"]
    cognito.admin_update_user_attributes(
        UserPoolId=pool, Username="verified", UserAttributes=[{"Name": "phone_number_verified", "Value": "true"}]
    )
    assert sign_in(Person(example.aws, example.client_id, "active"), "+14155558003")
    for name in ("invited", "migrated"):
        cognito.admin_create_user(
            UserPoolId=pool,
            Username=name,
            MessageAction="SUPPRESS",
            TemporaryPassword=secrets.token_urlsafe(24),
            UserAttributes=[{"Name": "email", "Value": f"{name}@mail.example"}],
            ClientMetadata={"origin": name},
        )
        age(example, name, 30 * DAY)
    outcomes = reap(example)
    assert (outcomes["removed"], outcomes["verified"]) == (1, 1)
    assert not is_there(example, "gone")
    assert all(is_there(example, name) for name in ("young", "verified", "active", "invited", "migrated"))
    assert "removed" not in reap(example)
    named("someone-else", "+14155558000")  # what the account claimed is free


def test_in_40_races_of_a_sign_in_against_a_reap_nobody_who_got_in_is_removed(example, named):
    """The real function deletes, the real triggers let in. The code is old enough to protect nobody."""
    people = []
    for number in range(40):
        numbered = f"+141555590{number:02d}"
        person = named(f"racer-{number}", numbered)
        person.start_sign_in()
        people.append((person, numbered, person.wait_for_code(address=numbered)))
        age(example, f"racer-{number}", 8 * DAY)
    for item in example.auth_state("limits#"):
        example.aws.client("dynamodb").update_item(
            TableName="otp-with-aliases-auth-state",
            Key={"pk": item["pk"]},
            UpdateExpression="SET begun = begun - :ttl",
            ExpressionAttributeValues={":ttl": {"N": "300"}},
        )

    def answer(number: int) -> bool:
        person, _, code = people[number]
        time.sleep(secrets.randbelow(6000) / 1000)
        try:
            return "AuthenticationResult" in person.answer(code)
        except example.aws.client("cognito-idp").exceptions.ClientError:  # there is no such user any more
            return False

    with ThreadPoolExecutor(9) as pool:
        removing = pool.submit(reap, example)
        got_in = list(pool.map(answer, range(40)))
        outcomes = removing.result()
    for number, is_in in enumerate(got_in):
        assert is_there(example, f"racer-{number}") == is_in, number
    assert outcomes["removed"] == 40 - sum(got_in)
    assert 0 < sum(got_in) < 40, "no race was run"


def test_what_a_stranger_set_at_sign_up_opens_nothing_once_the_owner_has_proven_the_number(example, phone_number):
    """Pre-hijacking: the account is the stranger's making, with a password and a mailbox that are the stranger's."""
    cognito, password = example.aws.client("cognito-idp"), secrets.token_urlsafe(24)
    cognito.sign_up(
        ClientId=example.client_id,
        Username="victim",
        Password=password,
        UserAttributes=[
            {"Name": "phone_number", "Value": phone_number},
            {"Name": "email", "Value": "stranger@mail.example"},
        ],
    )
    victim = Person(example.aws, example.client_id, "victim")
    assert sign_in(victim, phone_number)
    for flow, parameters in (
        ("USER_PASSWORD_AUTH", {"USERNAME": "victim", "PASSWORD": password}),
        ("USER_SRP_AUTH", {"USERNAME": "victim", "SRP_A": "a" * 256}),
        ("USER_AUTH", {"USERNAME": "victim", "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": password}),
    ):
        with refused("not enabled|InvalidParameter|not allowed"):
            cognito.initiate_auth(ClientId=example.client_id, AuthFlow=flow, AuthParameters=parameters)
    stranger = Person(example.aws, example.client_id, "stranger@mail.example")
    stranger.start_sign_in()
    assert stranger.texts() == []
    with refused("NotAuthorized|InvalidParameter"):
        cognito.forgot_password(ClientId=example.client_id, Username="victim")
    assert example.user("victim").get("email_verified", "false") == "false"
