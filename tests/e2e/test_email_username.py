"""examples/email-username, end to end: the code comes by e-mail."""

import pytest
from pytest_terraform import terraform

from dev.person import Person, wrong
from tests.e2e.conftest import refused

terraform("email-username", scope="module", name="applied")
pytestmark = pytest.mark.usefixtures("nothing_denied")


def test_sign_up_and_sign_in_with_one_mail(example):
    ada = Person(example.aws, example.client_id, "ada@example.com")
    sub = ada.sign_up()["UserSub"]
    assert ada.start_sign_in()["ChallengeParameters"]["delivery_medium"] == "EMAIL"
    code = ada.wait_for_code()
    assert "AuthenticationResult" not in ada.answer(wrong(code))
    assert "AuthenticationResult" in ada.answer(code)
    assert len(ada.texts()) == 1
    assert example.row(sub)["status"] == "ACTIVE"
    assert example.user(sub)["email_verified"] == "true"


def test_the_mail_says_who_it_is_from_and_what_it_is(example):
    bob = Person(example.aws, example.client_id, "bob@example.com")
    bob.sign_up()
    bob.start_sign_in()
    bob.wait_for_code()
    (mail,) = example.aws.emails("bob@example.com")
    assert mail["Source"] == "login@example.com"
    assert mail["Subject"] == "Your Example code"
    assert "Do not share it" in mail["BodyText"]
    assert "Do not share it" in mail["BodyHtml"]
    assert mail["BodyHtml"].startswith("<!DOCTYPE html>")


def test_the_mail_is_in_the_readers_language(example):
    jan = Person(example.aws, example.client_id, "jan@example.com")
    example.aws.client("cognito-idp").sign_up(
        ClientId=example.client_id,
        Username=jan.username,
        Password="a long password of no use to anybody",
        UserAttributes=[{"Name": "locale", "Value": "de-AT"}],
    )
    jan.start_sign_in()
    jan.wait_for_code()
    (mail,) = example.aws.emails("jan@example.com")
    assert mail["Subject"] == "Ihr Code für Example"
    assert '<html lang="de"' in mail["BodyHtml"]


def test_an_address_in_another_case_is_the_same_person(example):
    eve = Person(example.aws, example.client_id, "eve@example.com")
    eve.sign_up()
    with refused(r"SIGN_UP_PENDING|UsernameExistsException"):
        Person(example.aws, example.client_id, "Eve@Example.COM").sign_up()


def test_an_email_pool_needs_no_sms_role(example):
    pool = example.aws.client("cognito-idp").describe_user_pool(UserPoolId=example.outputs["user_pool_id"])["UserPool"]
    assert not pool.get("SmsConfiguration")
    names = [role["RoleName"] for role in example.aws.client("iam").list_roles()["Roles"]]
    assert not [name for name in names if name.startswith("otp-email-username-sms")]
