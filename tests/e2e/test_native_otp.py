"""examples/native-otp, end to end: Cognito's own one-time passwords, and the module's rows and claims beside them."""

import re
from typing import Any

import pytest
from pytest_terraform import terraform

from dev.person import Person
from tests.e2e.conftest import refused

terraform("native-otp", scope="module", name="applied")
pytestmark = pytest.mark.usefixtures("nothing_denied")


class Native(Person):
    """A person whose client uses USER_AUTH."""

    def sign_up(self, **attributes: str) -> dict[str, Any]:
        attributes_listed = [{"Name": name, "Value": value} for name, value in attributes.items()]
        return self._cognito.sign_up(ClientId=self.client_id, Username=self.username, UserAttributes=attributes_listed)

    def start_sign_in(self) -> dict[str, Any]:
        parameters = {"USERNAME": self.username, "PREFERRED_CHALLENGE": "SMS_OTP"}
        answer = self._cognito.initiate_auth(ClientId=self.client_id, AuthFlow="USER_AUTH", AuthParameters=parameters)
        return self._remember(answer)

    def answer(self, code: str) -> dict[str, Any]:
        return self._cognito.respond_to_auth_challenge(
            ClientId=self.client_id,
            ChallengeName="SMS_OTP",
            Session=self.session,
            ChallengeResponses={"USERNAME": self.username, "SMS_OTP_CODE": code},
        )

    def wait_for_code(self, count: int = 1, address: str | None = None) -> str:
        (code,) = re.findall(r"\d{6,}", self.wait_for_text(count, address=address))
        return code


@pytest.fixture
def person(example, phone_number) -> Native:
    return Native(example.aws, example.client_id, phone_number)


def signed_in(answer: dict[str, Any]) -> bool:
    return "AuthenticationResult" in answer


def test_a_one_time_password_confirms_the_account_and_the_row_is_there(example, person):
    answer = person.sign_up()
    assert not answer["UserConfirmed"]
    sub = answer["UserSub"]
    assert example.row(sub) == {}
    assert person.start_sign_in()["ChallengeName"] == "SMS_OTP"
    code = person.wait_for_code(2)  # the first one is of the sign-up
    with refused("CodeMismatchException"):
        person.answer(code[::-1] if code != code[::-1] else "00000000")
    assert signed_in(person.answer(code))
    row = example.row(sub)
    assert (row["status"], row["phone_number"]) == ("ACTIVE", person.username)
    assert row["last_sign_in_at"]
    assert example.user(sub)["phone_number_verified"] == "true"
    person.start_sign_in()
    assert signed_in(person.answer(person.wait_for_code(3)))


def test_the_code_of_the_sign_up_is_enough(example, person):
    sub = person.sign_up()["UserSub"]
    cognito = example.aws.client("cognito-idp")
    session = cognito.confirm_sign_up(
        ClientId=person.client_id, Username=person.username, ConfirmationCode=person.wait_for_code()
    )["Session"]
    assert example.row(sub)["status"] == "ACTIVE"  # Cognito has verified the number
    parameters = {"USERNAME": person.username}
    assert signed_in(
        cognito.initiate_auth(
            ClientId=person.client_id, AuthFlow="USER_AUTH", Session=session, AuthParameters=parameters
        )
    )
    assert example.row(sub)["status"] == "ACTIVE"
    assert len(person.texts()) == 1


def test_a_number_belongs_to_one_account(person):
    person.sign_up()
    with refused("PHONE_NUMBER_TAKEN|UsernameExistsException"):
        person.sign_up()


def test_what_is_no_phone_number_is_refused_in_words(example):
    with refused("COUNTRY_NOT_ALLOWED"):
        Native(example.aws, example.client_id, "+99912345678").sign_up()


def test_a_deleted_row_comes_back_with_the_next_sign_in(example, person):
    sub = person.sign_up()["UserSub"]
    person.start_sign_in()
    person.answer(person.wait_for_code(2))
    example.aws.client("dynamodb").delete_item(TableName=example.outputs["user_table_name"], Key={"id": {"S": sub}})
    person.start_sign_in()
    person.answer(person.wait_for_code(3))
    assert example.row(sub)["status"] == "ACTIVE"


def test_there_are_no_challenge_functions(example):
    functions = example.aws.client("lambda").list_functions()["Functions"]
    names = [each["FunctionName"] for each in functions if each["FunctionName"].startswith("otp-native-")]
    assert "otp-native-sign-up" in names
    assert not [name for name in names if name.endswith(("-sign-in", "-delivery"))]
    pool = example.aws.client("cognito-idp").describe_user_pool(UserPoolId=example.outputs["user_pool_id"])["UserPool"]
    assert set(pool["LambdaConfig"]) == {"PreSignUp", "PostConfirmation", "CustomMessage", "PostAuthentication"}


@pytest.mark.parametrize("flow", ["CUSTOM_AUTH", "USER_PASSWORD_AUTH", "USER_SRP_AUTH"])
def test_no_other_flow_is_open(person, flow):
    with refused("InvalidParameterException"):
        person._cognito.initiate_auth(
            ClientId=person.client_id,
            AuthFlow=flow,
            AuthParameters={"USERNAME": person.username, "PASSWORD": "x", "SRP_A": "a"},
        )
