"""tests/e2e/by-code, end to end: Cognito confirms a sign-up by a code of its own, and the first sign-in sends another."""

import itertools
import json
import re
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pytest_terraform import terraform

from dev.person import Person, wrong
from tests.e2e.conftest import Applied, refused

terraform("by-code", scope="module", name="applied")
pytestmark = pytest.mark.usefixtures("nothing_denied")

NAME = "otp-by-code"
_addresses = itertools.count()


class Newcomer(Person):
    """A person whose client confirms by code."""

    def resend_confirmation(self) -> dict[str, Any]:
        return self._cognito.resend_confirmation_code(ClientId=self.client_id, Username=self.username)

    def confirm(self, code: str) -> None:
        self._cognito.confirm_sign_up(ClientId=self.client_id, Username=self.username, ConfirmationCode=code)

    def mails(self) -> list[dict[str, Any]]:
        return self.aws.emails(self.username)

    def code_by_mail(self, count: int) -> str:
        until = time.monotonic() + 15
        while len(self.mails()) < count:
            assert time.monotonic() < until
            time.sleep(0.02)
        (code,) = re.findall(r">\s*(\d{6})\s*<", self.mails()[-1]["BodyHtml"])
        return code


@pytest.fixture
def person(example: Applied, phone_number: str) -> Newcomer:
    return Newcomer(example.aws, example.client_id, phone_number)


@pytest.fixture
def reader(example: Applied) -> Newcomer:
    return Newcomer(example.aws, example.client_id, f"reader{next(_addresses)}@example.net")


def signed_in(answer: dict[str, Any]) -> bool:
    return "AuthenticationResult" in answer


def news_of(example: Applied, sub: str, count: int = 1) -> list[dict[str, Any]]:
    """Return what the hook was told of an account, as soon as it is so much."""
    until = time.monotonic() + 15
    while True:
        lines = [json.loads(line) for line in example.logged(f"{NAME}-told") if line.startswith("{")]
        news = [line for line in lines if line.get("sub") == sub]
        if len(news) >= count:
            return news
        assert time.monotonic() < until
        time.sleep(0.05)


def test_by_text(example, person):
    answer = person.sign_up()
    sub = answer["UserSub"]
    assert not answer["UserConfirmed"]
    assert answer["CodeDeliveryDetails"]["DeliveryMedium"] == "SMS"
    (text,) = person.texts()
    assert re.fullmatch(r"\d{6} is your By Code code\. Do not share it with anyone\.", text)
    code = text.split()[0]
    assert example.account(sub)["st"]["S"] == "PENDING"
    assert example.row(sub) == {}
    with refused("UserNotConfirmedException"):
        person.start_sign_in()
    with refused("CodeMismatchException"):
        person.confirm(wrong(code))
    assert example.account(sub)["st"]["S"] == "PENDING"
    person.confirm(code)
    assert example.account(sub)["st"]["S"] == "ACTIVE"
    assert example.row(sub)["status"] == "ACTIVE"
    assert example.user(sub)["phone_number_verified"] == "true"

    person.start_sign_in()
    assert signed_in(person.answer(person.wait_for_code(2)))
    assert len(person.texts()) == 2
    (news,) = news_of(example, sub)
    assert news == {
        "version": 1,
        "user_pool_id": example.outputs["user_pool_id"],
        "sub": sub,
        "username": sub,
        "attribute": "phone_number",
    }


def test_by_mail_in_the_persons_language(example, reader):
    answer = reader.sign_up(locale="de-AT")
    sub = answer["UserSub"]
    assert answer["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"
    (mail,) = reader.mails()
    assert mail["Source"] == "By Code <codes@example.com>"
    assert mail["Subject"] == "Ihr Code für By Code"
    assert "Das ist Ihr Code für By Code. Geben Sie ihn an niemanden weiter." in mail["BodyHtml"]
    reader.confirm(reader.code_by_mail(1))
    assert example.user(sub)["email_verified"] == "true"
    assert example.row(sub)["status"] == "ACTIVE"
    assert [news["attribute"] for news in news_of(example, sub)] == ["email"]
    reader.start_sign_in()
    assert reader.parameters["delivery_medium"] == "EMAIL"
    assert signed_in(reader.answer(reader.code_by_mail(2)))


def test_another_code_replaces_the_first(person):
    person.sign_up(locale="da")
    first = person.wait_for_code()
    assert person.resend_confirmation()["CodeDeliveryDetails"]["AttributeName"] == "phone_number"
    second = person.wait_for_code(2)
    assert person.texts() == [f"{code} er koden til By Code." for code in (first, second)]
    if first != second:
        with refused("CodeMismatchException"):
            person.confirm(first)
    person.confirm(second)


def test_an_account_that_waits_for_its_code_is_in_the_way_and_says_so(example, person):
    sub = person.sign_up()["UserSub"]
    with refused("SIGN_UP_PENDING"):
        person.sign_up()
    # What the page tells a client to do then.
    person.resend_confirmation()
    person.confirm(person.wait_for_code(2))
    with refused("PHONE_NUMBER_TAKEN"):
        person.sign_up()
    assert example.row(sub)["status"] == "ACTIVE"


def test_an_account_that_nobody_confirmed_is_removed_for_whoever_signs_up(example, person):
    stranger = person.sign_up()["UserSub"]
    example.aws.client("dynamodb").update_item(
        TableName=f"{NAME}-identities",
        Key={"pk": {"S": f"account#{stranger}"}},
        UpdateExpression="SET created_at = created_at - :age",
        ExpressionAttributeValues={":age": {"N": "600"}},
    )
    with refused("SIGN_UP_RETRY retry_after=2"):
        person.sign_up()
    until = time.monotonic() + 15
    while True:
        try:
            sub = person.sign_up()["UserSub"]
        except ClientError as refusal:
            assert "SIGN_UP_RETRY retry_after=2" in str(refusal)
            assert time.monotonic() < until
            time.sleep(0.2)
        else:
            break
    assert stranger not in [user["sub"] for user in example.users()]
    person.confirm(person.wait_for_code(2))
    assert example.account(sub)["st"]["S"] == "ACTIVE"
    assert example.row(sub)["status"] == "ACTIVE"


def test_what_a_stranger_set_is_no_way_in_once_the_owner_has_proven_the_number(example, person):
    password = "chosen by the stranger"
    cognito = example.aws.client("cognito-idp")
    sub = cognito.sign_up(
        ClientId=person.client_id,
        Username=person.username,
        Password=password,
        UserAttributes=[{"Name": "name", "Value": "Mallory"}],
    )["UserSub"]
    with refused("CodeMismatchException"):
        person.confirm(wrong(person.wait_for_code()))
    # The owner has the phone, asks for another code, and confirms.
    person.resend_confirmation()
    person.confirm(person.wait_for_code(2))
    person.start_sign_in()
    assert signed_in(person.answer(person.wait_for_code(3)))
    for flow, parameters in (
        ("USER_PASSWORD_AUTH", {"PASSWORD": password}),
        ("USER_SRP_AUTH", {"SRP_A": "1"}),
        ("USER_AUTH", {"PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": password}),
    ):
        with refused("InvalidParameterException"):
            cognito.initiate_auth(
                ClientId=person.client_id, AuthFlow=flow, AuthParameters={"USERNAME": person.username, **parameters}
            )
    assert example.user(sub)["phone_number_verified"] == "true"
    assert "email_verified" not in example.user(sub)


def test_two_identifiers_at_once_are_refused(person):
    """Cognito's code would prove the number alone, and the address would be a sign-in name too."""
    with refused("ONE_IDENTIFIER_ONLY"):
        person.sign_up(email="victim@example.net")


def test_who_is_confirmed_by_an_administrator_proves_the_number_at_the_first_sign_in(example, person):
    sub = person.sign_up()["UserSub"]
    example.aws.client("cognito-idp").admin_confirm_sign_up(
        UserPoolId=example.outputs["user_pool_id"], Username=person.username
    )
    assert example.account(sub)["st"]["S"] == "PENDING"
    assert example.row(sub)["status"] == "PENDING"
    person.start_sign_in()
    assert signed_in(person.answer(person.wait_for_code(2)))
    assert example.account(sub)["st"]["S"] == "ACTIVE"
    assert example.row(sub)["status"] == "ACTIVE"
    assert example.user(sub)["phone_number_verified"] == "true"
    assert [news["attribute"] for news in news_of(example, sub)] == ["phone_number"]
