"""examples/phone-username, end to end: the committed zip, IAM enforced, a person with a phone."""

import json
import re
import subprocess
import time

import pytest
from pytest_terraform import terraform

from dev import terraform as terraform_runner
from dev.person import Person, wrong
from tests.e2e.conftest import AMPLIFY, looks, refused, stands_in

terraform("phone-username", scope="module", name="applied")
pytestmark = pytest.mark.usefixtures("nothing_denied")


def signed_in(answer) -> bool:
    return "AuthenticationResult" in answer


def test_sign_up_and_sign_in_with_one_message(example, person):
    answer = person.sign_up()
    assert answer["UserConfirmed"]
    row = example.row(answer["UserSub"])
    assert (row["status"], row["phone_number"]) == ("PENDING", person.username)

    assert looks(person.start_sign_in()) == {
        "delivery_medium": "SMS",
        "destination": "+***",
        "code_length": "6",
        "expires_in": "300",
        "resend_in": "30",
        "resends_left": "3",
        "attempts_left": "3",
    }
    assert signed_in(person.answer(person.wait_for_code()))

    row = example.row(answer["UserSub"])
    assert row["status"] == "ACTIVE"
    assert row["last_sign_in_at"]
    assert example.user(answer["UserSub"])["phone_number_verified"] == "true"
    assert len(person.texts()) == 1

    # and again, as a returning user
    with refused(r"OTP_THROTTLED retry_after=\d+"):
        person.start_sign_in()
    example.let_the_cooldown_pass()
    person.start_sign_in()
    assert signed_in(person.answer(person.wait_for_code(2)))
    assert len(person.texts()) == 2


def test_the_right_code_works_after_a_wrong_one(person):
    person.sign_up()
    person.start_sign_in()
    code = person.wait_for_code()
    again = person.answer(wrong(code))
    assert again["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert again["ChallengeParameters"]["attempts_left"] == "2"
    assert signed_in(person.answer(code))
    assert len(person.texts()) == 1


def test_three_wrong_codes_end_the_sign_in(person):
    person.sign_up()
    person.start_sign_in()
    code = person.wait_for_code()
    person.answer(wrong(code))
    person.answer(wrong(wrong(code)))
    with refused("NotAuthorizedException"):
        person.answer(wrong(wrong(wrong(code))))
    with refused("NotAuthorizedException"):
        person.answer(code)
    with refused(r"OTP_THROTTLED retry_after=\d+"):
        person.start_sign_in()


def test_the_same_code_is_refused_the_second_time(person):
    person.sign_up()
    person.start_sign_in()
    other = Person(person.aws, person.client_id, person.username)
    other.start_sign_in()
    code = person.wait_for_code()
    assert signed_in(person.answer(code))
    assert not signed_in(other.answer(code))
    assert len(person.texts()) == 1


def test_an_unknown_number_gets_the_same_looking_challenge_and_no_message(example, person):
    person.sign_up()
    known = person.start_sign_in()
    stranger = Person(person.aws, person.client_id, "+14155559999")
    unknown = stranger.start_sign_in()
    assert looks(unknown) == looks(known)
    example.wait_until_delivered()
    for attempts_left in ("2", "1"):
        assert looks(stranger.answer(f"00000{attempts_left}"))["attempts_left"] == attempts_left
    with refused("NotAuthorizedException"):
        stranger.answer("000009")
    assert stranger.texts() == []


def test_another_code_replaces_the_first(example, person):
    person.sign_up()
    person.start_sign_in()
    first = person.wait_for_code()
    example.wait_until_delivered()
    example.let_the_cooldown_pass()
    shown = looks(person.resend())
    assert (shown["resends_left"], shown["resend_in"]) == ("2", "60")
    assert (shown["attempts_left"], shown["expires_in"]) == ("3", "300")
    second = person.wait_for_code(2)
    assert not signed_in(person.answer(first))
    assert person.parameters["attempts_left"] == "2"
    assert signed_in(person.answer(second))
    assert len(person.texts()) == 2


def test_a_wish_that_comes_too_early_changes_nothing(example, person):
    person.sign_up()
    started = looks(person.start_sign_in())
    code = person.wait_for_code()
    example.wait_until_delivered()
    assert looks(person.resend()) == started
    assert signed_in(person.answer(code))
    assert len(person.texts()) == 1


def test_who_asks_again_is_told_the_same_whether_known_or_not(example, person):
    person.sign_up()
    stranger = Person(person.aws, person.client_id, "+14155559998")
    seen = []
    for each in (person, stranger):
        told = [looks(each.start_sign_in())]
        for cooldown in (30, 60, 120, 240):
            example.wait_until_delivered()
            told.append(looks(each.resend()))  # too early
            told.append(looks(each.answer("no code")))
            example.let_the_cooldown_pass(cooldown)
            told.append(looks(each.resend()))  # the fourth is one too many
        seen.append(told)
    known, unknown = seen
    assert [shown["resends_left"] for shown in known[::3]] == ["3", "2", "1", "0", "0"]
    assert unknown == known
    assert len(person.texts()) == 4
    assert stranger.texts() == []


def test_a_second_sign_in_waits_as_long_as_the_first_was_told(example, person):
    person.sign_up()
    person.start_sign_in()
    example.wait_until_delivered()
    example.let_the_cooldown_pass()
    person.resend()
    person.answer(wrong(person.wait_for_code(2)))
    told = int(person.parameters["resend_in"])
    with refused(r"OTP_THROTTLED retry_after=\d+") as refusal:
        Person(person.aws, person.client_id, person.username).start_sign_in()
    (seconds,) = re.findall(r"retry_after=(\d+)", str(refusal.value))
    assert 50 < told - 3 <= int(seconds) <= told


def test_a_number_is_pending_and_then_taken(person):
    person.sign_up()
    with refused(r"SIGN_UP_PENDING|UsernameExistsException"):
        person.sign_up()
    person.start_sign_in()
    person.answer(person.wait_for_code())
    with refused(r"PHONE_NUMBER_TAKEN|UsernameExistsException"):
        person.sign_up()


@pytest.mark.parametrize(
    ("number", "word"),
    [
        ("4155550100", "InvalidParameterException|PHONE_NUMBER_INVALID"),
        ("+99912345678", "COUNTRY_NOT_ALLOWED"),
    ],
)
def test_what_is_no_phone_number_is_refused_in_words(example, number, word):
    with refused(word):
        Person(example.aws, example.client_id, number).sign_up()


def test_a_deleted_row_comes_back_with_the_next_sign_in(example, person):
    sub = person.sign_up()["UserSub"]
    example.aws.client("dynamodb").delete_item(TableName=example.outputs["user_table_name"], Key={"id": {"S": sub}})
    person.start_sign_in()
    person.answer(person.wait_for_code())
    assert example.row(sub)["status"] == "ACTIVE"


@pytest.mark.parametrize("flow", ["USER_PASSWORD_AUTH", "USER_SRP_AUTH", "USER_AUTH"])
def test_no_client_lets_a_password_in(example, flow):
    clients = example.aws.client("cognito-idp")
    described = clients.describe_user_pool_client(
        UserPoolId=example.outputs["user_pool_id"], ClientId=example.client_id
    )["UserPoolClient"]
    assert f"ALLOW_{flow}" not in described["ExplicitAuthFlows"]


def test_the_delivery_may_send_to_phones_and_to_no_topic(example):
    iam = example.aws.client("iam")
    (role,) = [
        role["RoleName"]
        for role in iam.list_roles()["Roles"]
        if role["RoleName"].startswith("otp-phone-username-delivery")
    ]
    document = iam.get_role_policy(RoleName=role, PolicyName="runtime")["PolicyDocument"]
    effects = {
        (statement["Effect"], tuple(statement["Resource"]))
        for statement in document["Statement"]
        if statement["Action"] == ["sns:Publish"]
    }
    assert effects == {("Allow", ("*",)), ("Deny", ("arn:aws:sns:*:*:*",))}


def test_nothing_secret_is_anywhere_but_in_the_message_and_the_row(example, person):
    person.sign_up(email="grace.hopper@example.com")
    person.start_sign_in()
    code = person.wait_for_code()
    person.answer(wrong(code))
    person.answer(code)
    time.sleep(0.5)
    logs = example.aws.client("logs")
    groups = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
    lines = [
        event["message"]
        for group in groups
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        for event in page["events"]
    ]
    assert any("sign_up" in line for line in lines)
    assert any("delivery" in line for line in lines)
    places = {
        "logs": "\n".join(lines),
        "identities": example.items("identities"),
        "auth-state": example.items("auth-state"),
    }
    for place, text in places.items():
        for secret in (code, person.username, person.username[1:], "grace.hopper"):
            assert not stands_in(secret, text), place


def test_an_amplify_client_signs_up_and_in(node, example, person):
    configuration = {
        "endpoint": example.aws.endpoint_url,
        "userPoolId": example.outputs["user_pool_id"],
        "userPoolClientId": example.client_id,
        "phoneNumber": person.username,
    }
    with subprocess.Popen(
        [node, "client.mjs", json.dumps(configuration)],
        cwd=AMPLIFY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as client:

        def told() -> dict:
            line = client.stdout.readline()
            assert line, "the client ended early"
            return json.loads(line)

        def type_in(code: str) -> None:
            client.stdin.write(f"{code}\n")
            client.stdin.flush()

        assert told() == {"step": "signUp", "isSignUpComplete": True}
        started = told()
        assert started["next"] == "CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE"
        assert started["parameters"]["delivery_medium"] == "SMS"
        code = person.wait_for_code()
        type_in(wrong(code))
        assert told()["parameters"]["attempts_left"] == "2"
        type_in(code)
        assert told()["next"] == "DONE"
        assert told() == {"step": "session", "phoneNumber": person.username}
        client.stdin.close()
    assert client.returncode == 0
    assert len(person.texts()) == 1


def test_the_boto3_code_of_the_readme_signs_a_person_up_and_in(example, person, monkeypatch):
    block, _resend = re.findall(r"```python\n(.*?)```", (terraform_runner.ROOT / "README.md").read_text(), re.DOTALL)
    answers = iter([lambda: person.username, lambda: wrong(person.wait_for_code()), person.wait_for_code])
    names: dict[str, object] = {"input": lambda _: next(answers)()}
    exec(block.replace("<client_id>", example.client_id), names)
    assert {"AccessToken", "IdToken", "RefreshToken"} <= set(names["tokens"])
