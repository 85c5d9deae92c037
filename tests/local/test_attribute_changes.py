"""UpdateUserAttributes, GetUserAttributeVerificationCode, VerifyUserAttribute."""

import itertools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dev.local import LocalAWS
from tests.local.support import ALL_TRIGGERS, Pool, keys, make_pool

BOTH = ["phone_number", "email"]
WAITING: dict[str, Any] = {
    "UsernameAttributes": BOTH,
    "AutoVerifiedAttributes": BOTH,
    "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": BOTH},
}
AT_ONCE: dict[str, Any] = {"UsernameAttributes": BOTH, "AutoVerifiedAttributes": BOTH}
TRIGGERS = (*ALL_TRIGGERS, "CustomMessage")

_numbers = itertools.count()


class Holder:
    """Somebody who is signed in."""

    def __init__(self, pool: Pool, username: str | None = None) -> None:
        self.pool = pool
        self.username = username or f"+1415555{next(_numbers) + 7000:04d}"
        pool.sign_up(self.username)
        self.access = pool.answer(pool.start(self.username), "424242")["AuthenticationResult"]["AccessToken"]

    def update(self, **values: str) -> list[dict[str, str]]:
        attributes = [{"Name": name, "Value": value} for name, value in values.items()]
        answer = self.pool.public.update_user_attributes(AccessToken=self.access, UserAttributes=attributes)
        return list(answer["CodeDeliveryDetailsList"])

    def ask(self, name: str = "email") -> Any:
        return self.pool.public.get_user_attribute_verification_code(AccessToken=self.access, AttributeName=name)

    def verify(self, code: str, name: str = "email") -> Any:
        return self.pool.public.verify_user_attribute(AccessToken=self.access, AttributeName=name, Code=code)

    def code_at(self, address: str) -> str:
        aws = self.pool.aws
        texts = [mail["BodyText"] for mail in aws.emails(address)] + [
            text["Message"] for text in aws.sms_messages(address)
        ]
        found = re.search(r"[0-9]{6}", texts[-1])
        assert found
        return found[0]

    def has(self) -> Mapping[str, str]:
        return self.pool.user(self.username)


def other(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def test_the_old_value_stands_until_the_new_one_is_verified(aws: LocalAWS, tmp_path: Path) -> None:
    ada = Holder(make_pool(aws, tmp_path, triggers=TRIGGERS, **WAITING))
    old, new = ada.username, f"{ada.username[:-4]}6{ada.username[-3:]}"
    (details,) = ada.update(phone_number=new, name="Ada")
    assert details == {"Destination": f"+*******{new[-4:]}", "DeliveryMedium": "SMS", "AttributeName": "phone_number"}
    assert ada.has() | {"phone_number": old, "name": "Ada"} == ada.has()
    assert aws.sms_messages(old) == []
    ada.pool.start(old)
    ada.verify(ada.code_at(new), "phone_number")
    ada.username = new
    assert (ada.has()["phone_number"], ada.has()["phone_number_verified"]) == (new, "true")
    ada.pool.start(new)


def test_a_first_value_is_not_there_either_until_it_is_verified(aws: LocalAWS, tmp_path: Path) -> None:
    bob = Holder(make_pool(aws, tmp_path, **WAITING))
    bob.update(email="bob@waits.example")
    assert "email" not in bob.has()
    bob.verify(bob.code_at("bob@waits.example"))
    assert (bob.has()["email"], bob.has()["email_verified"]) == ("bob@waits.example", "true")


def test_where_nothing_waits_the_value_is_there_at_once_and_unverified(aws: LocalAWS, tmp_path: Path) -> None:
    eve = Holder(make_pool(aws, tmp_path, **AT_ONCE))
    eve.update(email="eve@once.example")
    assert (eve.has()["email"], eve.has()["email_verified"]) == ("eve@once.example", "false")
    first = eve.code_at("eve@once.example")
    eve.update(email="eve2@once.example")
    with pytest.raises(ClientError, match="CodeMismatchException"):
        eve.verify(first if first != eve.code_at("eve2@once.example") else other(first))
    eve.verify(eve.code_at("eve2@once.example"))
    assert (eve.has()["email"], eve.has()["email_verified"]) == ("eve2@once.example", "true")


def test_a_value_that_has_changed_meanwhile_is_not_verified(aws: LocalAWS, tmp_path: Path) -> None:
    kim = Holder(make_pool(aws, tmp_path, **AT_ONCE))
    kim.update(email="kim@once.example")
    aws.client("cognito-idp").admin_update_user_attributes(
        UserPoolId=kim.pool.id,
        Username=kim.username,
        UserAttributes=[{"Name": "email", "Value": "kim2@once.example"}],
    )
    with pytest.raises(ClientError, match="ExpiredCodeException"):
        kim.verify(kim.code_at("kim@once.example"))
    assert kim.has()["email_verified"] == "false"
    kim.ask()
    kim.verify(kim.code_at("kim2@once.example"))


def test_what_the_pool_does_not_verify_has_no_code(aws: LocalAWS, tmp_path: Path) -> None:
    dan = Holder(make_pool(aws, tmp_path))
    assert dan.update(email="dan@never.example", name="Dan") == []
    assert aws.emails("dan@never.example") == []
    assert dan.update(phone_number=dan.username) == []  # the same


def test_both_messages_ask_for_words(aws: LocalAWS, tmp_path: Path) -> None:
    fay = Holder(make_pool(aws, tmp_path, triggers=TRIGGERS, **WAITING))
    fay.pool.public.update_user_attributes(
        AccessToken=fay.access,
        UserAttributes=[{"Name": "email", "Value": "fay@waits.example"}],
        ClientMetadata={"why": "change"},
    )
    assert fay.ask()["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"
    updated, verified = fay.pool.function.events()[-2:]
    assert updated["triggerSource"] == "CustomMessage_UpdateUserAttribute"
    assert verified["triggerSource"] == "CustomMessage_VerifyUserAttribute"
    assert updated["request"]["clientMetadata"] == {"why": "change"}
    assert keys(updated["response"]) == keys(verified["response"])
    assert updated["callerContext"]["clientId"] == fay.pool.client_id
    assert updated["request"]["userAttributes"]["cognito:user_status"] == "CONFIRMED"
    assert [mail["Type"] for mail in aws.emails("fay@waits.example")] == [
        "CognitoMessage_UpdateUserAttribute",
        "CognitoMessage_VerifyUserAttribute",
    ]


def test_a_failing_trigger_reaches_the_client_and_nothing_goes_out(aws: LocalAWS, tmp_path: Path) -> None:
    code = """
    def react(event):
        if event["triggerSource"].startswith("CustomMessage"):
            raise ValueError("NO_WORDS")
        return default(event)
    """
    gil = Holder(make_pool(aws, tmp_path, code, triggers=TRIGGERS, **WAITING))
    with pytest.raises(ClientError, match="CustomMessage failed with error NO_WORDS"):
        gil.update(email="gil@waits.example")
    assert aws.emails("gil@waits.example") == []


def test_a_new_code_voids_the_old_one_and_a_used_one_is_void(aws: LocalAWS, tmp_path: Path) -> None:
    hal = Holder(make_pool(aws, tmp_path, **WAITING))
    hal.update(email="hal@waits.example")
    first = hal.code_at("hal@waits.example")
    hal.ask()
    second = hal.code_at("hal@waits.example")
    if first != second:
        with pytest.raises(ClientError, match="CodeMismatchException"):
            hal.verify(first)
    hal.verify(second)
    with pytest.raises(ClientError, match="ExpiredCodeException"):
        hal.verify(second)


def test_guesses_and_codes_have_an_end(aws: LocalAWS, tmp_path: Path) -> None:
    ivy = Holder(make_pool(aws, tmp_path, **WAITING))
    ivy.update(email="ivy@waits.example")
    for _ in range(5):
        ivy.ask()
    with pytest.raises(ClientError, match="LimitExceededException"):
        ivy.ask()
    code = ivy.code_at("ivy@waits.example")
    for _ in range(15):
        with pytest.raises(ClientError, match="CodeMismatchException"):
            ivy.verify(other(code))
    with pytest.raises(ClientError, match="LimitExceededException"):
        ivy.verify(code)
    assert "email" not in ivy.has()


def test_a_username_of_somebody_else_cannot_be_taken(aws: LocalAWS, tmp_path: Path) -> None:
    pool = make_pool(aws, tmp_path, **WAITING)
    jon, late = Holder(pool), "late@waits.example"
    Holder(pool, "held@waits.example")
    with pytest.raises(ClientError, match="AliasExistsException"):
        jon.update(email="Held@waits.example")
    jon.update(email=late)
    Holder(pool, late)  # comes between the code and its answer
    with pytest.raises(ClientError, match="AliasExistsException"):
        jon.verify(jon.code_at(late))
    assert "email" not in jon.has()


def test_an_alias_moves_to_whoever_verifies_it(aws: LocalAWS, tmp_path: Path) -> None:
    settings = {**WAITING, "UsernameAttributes": [], "AliasAttributes": BOTH}
    pool, address = make_pool(aws, tmp_path, **settings), "shared@waits.example"
    lee, mia = Holder(pool, "lee"), Holder(pool, "mia")
    for each in (lee, mia):
        each.update(email=address)
        each.verify(each.code_at(address))
    assert [each.has()["email_verified"] for each in (lee, mia)] == ["false", "true"]
    assert pool.user(address)["username"] == "mia"


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"email_verified": "true"}, "unauthorized attribute"),
        ({"sub": "x"}, "unauthorized attribute"),
        ({"birthdate": "2001-01-01"}, "unauthorized attribute"),
        ({"email": "no address"}, "Invalid email address format"),
        ({"phone_number": "0171"}, "Invalid phone number format"),
    ],
)
def test_what_a_client_may_not_write(aws: LocalAWS, tmp_path: Path, values: dict[str, str], refusal: str) -> None:
    writable = {
        "ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        "WriteAttributes": ["email", "phone_number"],
    }
    ned = Holder(make_pool(aws, tmp_path, client=writable, **WAITING))
    before = ned.has()
    with pytest.raises(ClientError, match=refusal):
        ned.update(**values)
    assert ned.has() == before


def test_a_code_needs_a_value_and_everything_a_token(aws: LocalAWS, tmp_path: Path) -> None:
    ola = Holder(make_pool(aws, tmp_path, **WAITING))
    for name in ("email", "name"):
        with pytest.raises(ClientError, match="InvalidParameterException"):
            ola.ask(name)
    assert ola.ask("phone_number")["CodeDeliveryDetails"]["DeliveryMedium"] == "SMS"
    ola.access += "x"
    for call in (lambda: ola.update(name="O"), ola.ask, lambda: ola.verify("000000")):
        with pytest.raises(ClientError, match="NotAuthorizedException"):
            call()
