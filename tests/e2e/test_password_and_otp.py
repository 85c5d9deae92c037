"""examples/password-and-otp, end to end: the password is proven by SRP, and only then a code goes out."""

import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from pytest_terraform import terraform

from dev import totp
from dev.person import Person, wrong
from dev.srp import Srp
from tests.e2e.conftest import AMPLIFY, refused

PASSWORD = "correct horse battery"

terraform("password-and-otp", scope="module", name="applied")
pytestmark = pytest.mark.usefixtures("nothing_denied")


class Holder(Person):
    """A person with a password."""

    pool_id = ""

    def sign_up(self, **attributes: str) -> dict[str, Any]:
        attributes_listed = [{"Name": name, "Value": value} for name, value in attributes.items()]
        return self._cognito.sign_up(
            ClientId=self.client_id, Username=self.username, Password=PASSWORD, UserAttributes=attributes_listed
        )

    def begin(self, srp: Srp) -> dict[str, Any]:
        parameters = {"USERNAME": self.username, "CHALLENGE_NAME": "SRP_A", "SRP_A": srp.a}
        answer = self._cognito.initiate_auth(ClientId=self.client_id, AuthFlow="CUSTOM_AUTH", AuthParameters=parameters)
        return self._remember(answer)

    def prove(self, password: str = PASSWORD) -> dict[str, Any]:
        srp = Srp(self.pool_id)
        assert self.begin(srp)["ChallengeName"] == "PASSWORD_VERIFIER"
        return self.respond("PASSWORD_VERIFIER", srp.proof(self.parameters, password))

    def respond(self, challenge: str, responses: dict[str, str]) -> dict[str, Any]:
        answer = self._cognito.respond_to_auth_challenge(
            ClientId=self.client_id, ChallengeName=challenge, Session=self.session, ChallengeResponses=responses
        )
        return self._remember(answer)


@pytest.fixture
def person(example, phone_number) -> Holder:
    holder = Holder(example.aws, example.client_id, phone_number)
    holder.pool_id = example.outputs["user_pool_id"]
    return holder


def signed_in(answer: dict[str, Any]) -> bool:
    return "AuthenticationResult" in answer


def no_message_was_asked_for(example) -> Callable[[], bool]:
    """Deliveries come late, and each leaves a challenge in the table at once."""
    before = example.items("auth-state")
    return lambda: example.items("auth-state") == before


def test_password_then_code(example, person):
    answer = person.sign_up()
    assert answer["UserConfirmed"]
    asked = person.prove()
    assert asked["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert asked["ChallengeParameters"]["delivery_medium"] == "SMS"
    code = person.wait_for_code()
    assert person.answer(wrong(code))["ChallengeParameters"]["attempts_left"] == "2"
    assert signed_in(person.answer(code))
    assert len(person.texts()) == 1
    assert example.row(answer["UserSub"])["status"] == "ACTIVE"
    assert example.user(answer["UserSub"])["phone_number_verified"] == "true"


def test_a_wrong_password_gets_no_code_and_sends_nothing(example, person):
    person.sign_up()
    nothing_sent = no_message_was_asked_for(example)
    with refused("NotAuthorizedException"):
        person.prove("wrong horse battery")
    assert nothing_sent()
    assert person.texts() == []


def test_a_code_alone_is_never_asked_for(example, person):
    person.sign_up()
    nothing_sent = no_message_was_asked_for(example)
    with refused("NotAuthorizedException"):
        person.start_sign_in()
    assert nothing_sent()


def test_srp_a_alone_is_worth_nothing(example, person):
    person.sign_up()
    nothing_sent = no_message_was_asked_for(example)
    begun = person.begin(Srp(person.pool_id))
    assert begun["ChallengeName"] == "PASSWORD_VERIFIER"
    assert not signed_in(begun)
    person.parameters["USERNAME"] = person.username
    with refused("NotAuthorizedException"):
        person.answer("000000")
    assert nothing_sent()


def test_three_wrong_codes_end_it_whatever_the_password(person):
    person.sign_up()
    person.prove()
    code = person.wait_for_code()
    person.answer(wrong(code))
    person.answer(wrong(code, 2))
    with refused("NotAuthorizedException"):
        person.answer(wrong(code, 3))
    with refused("NotAuthorizedException"):
        person.answer(code)


@pytest.mark.parametrize(
    ("flow", "parameters"),
    [
        ("USER_PASSWORD_AUTH", {"PASSWORD": PASSWORD}),
        ("USER_SRP_AUTH", {"SRP_A": Srp("us-east-1_any").a}),
        ("USER_AUTH", {"PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": PASSWORD}),
    ],
)
def test_no_flow_takes_the_password_alone(person, flow, parameters):
    person.sign_up()
    with refused("InvalidParameterException"):
        person._cognito.initiate_auth(
            ClientId=person.client_id, AuthFlow=flow, AuthParameters={"USERNAME": person.username, **parameters}
        )


def test_an_authenticator_app_is_asked_between_the_password_and_the_code(example, person):
    cognito = example.aws.client("cognito-idp")
    token = {"SoftwareTokenMfaConfiguration": {"Enabled": True}}
    cognito.set_user_pool_mfa_config(UserPoolId=person.pool_id, MfaConfiguration="OPTIONAL", **token)
    try:
        person.sign_up()
        person.prove()
        access = person.answer(person.wait_for_code())["AuthenticationResult"]["AccessToken"]
        secret = cognito.associate_software_token(AccessToken=access)["SecretCode"]
        cognito.verify_software_token(AccessToken=access, UserCode=totp.code(secret))
        example.let_the_cooldown_pass()

        nothing_sent = no_message_was_asked_for(example)
        assert person.prove()["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
        answer = {"USERNAME": person.username, "SOFTWARE_TOKEN_MFA_CODE": wrong(totp.code(secret))}
        with refused("CodeMismatchException"):
            person.respond("SOFTWARE_TOKEN_MFA", answer)
        assert nothing_sent()
        answer["SOFTWARE_TOKEN_MFA_CODE"] = totp.code(secret)
        assert person.respond("SOFTWARE_TOKEN_MFA", answer)["ChallengeName"] == "CUSTOM_CHALLENGE"
        assert signed_in(person.answer(person.wait_for_code(2)))
    finally:
        cognito.set_user_pool_mfa_config(UserPoolId=person.pool_id, MfaConfiguration="OFF", **token)


def test_an_unknown_number_is_asked_for_its_password_like_any_other(example, person):
    nothing_sent = no_message_was_asked_for(example)
    with refused(r"NotAuthorizedException.*Incorrect username or password"):
        person.prove()
    assert nothing_sent()


def test_a_temporary_password_is_replaced_before_the_code(example, person):
    example.aws.client("cognito-idp").admin_create_user(
        UserPoolId=person.pool_id,
        Username=person.username,
        TemporaryPassword="temporary horse",
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": "phone_number_verified", "Value": "true"}],
    )
    nothing_sent = no_message_was_asked_for(example)
    due = person.prove("temporary horse")
    assert due["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    assert nothing_sent()
    asked = person.respond("NEW_PASSWORD_REQUIRED", {"USERNAME": person.username, "NEW_PASSWORD": PASSWORD})
    assert asked["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert signed_in(person.answer(person.wait_for_code()))
    example.let_the_cooldown_pass()
    person.prove()
    assert signed_in(person.answer(person.wait_for_code(2)))


def test_a_forgotten_password_is_reset_by_mail_and_makes_no_second_row(example, person):
    address = "forgetful@mail.example"
    sub = person.sign_up(email=address)["UserSub"]
    person.prove()
    person.answer(person.wait_for_code())
    cognito = example.aws.client("cognito-idp")
    cognito.admin_update_user_attributes(
        UserPoolId=person.pool_id, Username=sub, UserAttributes=[{"Name": "email_verified", "Value": "true"}]
    )
    before, triggers = example.row(sub), len(example.aws.trigger_log())
    cognito.forgot_password(ClientId=person.client_id, Username=person.username)
    (code,) = [word.strip(".") for word in person.texts(address)[-1].split() if word.strip(".").isdigit()]
    cognito.confirm_forgot_password(
        ClientId=person.client_id, Username=person.username, ConfirmationCode=code, Password="another horse battery"
    )
    ran = [run.source for run in example.aws.trigger_log()[triggers:]]
    assert "PostConfirmation_ConfirmForgotPassword" in ran
    assert example.row(sub) == before
    example.let_the_cooldown_pass()
    with refused("NotAuthorizedException"):
        person.prove()
    person.prove("another horse battery")
    assert signed_in(person.answer(person.wait_for_code(2)))


def test_only_mail_resets_a_password(example):
    pool = example.aws.client("cognito-idp").describe_user_pool(UserPoolId=example.outputs["user_pool_id"])["UserPool"]
    assert pool["AccountRecoverySetting"]["RecoveryMechanisms"] == [{"Name": "verified_email", "Priority": 1}]


def test_an_amplify_client_proves_its_password_and_types_the_code(node, example, person):
    configuration = {
        "endpoint": example.aws.endpoint_url,
        "userPoolId": person.pool_id,
        "userPoolClientId": person.client_id,
        "phoneNumber": person.username,
        "password": PASSWORD,
    }
    with subprocess.Popen(
        [node, "password.mjs", json.dumps(configuration)],
        cwd=AMPLIFY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as client:
        assert client.stdin is not None
        assert client.stdout is not None

        def told() -> dict[str, Any]:
            line = client.stdout.readline()
            assert line, "the client ended early"
            return json.loads(line)

        assert told() == {"step": "signUp", "isSignUpComplete": True}
        assert told() == {"step": "wrongPassword", "error": "NotAuthorizedException"}
        assert told()["next"] == "CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE"
        client.stdin.write(f"{person.wait_for_code()}\n")
        client.stdin.flush()
        assert told()["next"] == "DONE"
        assert told() == {"step": "session", "phoneNumber": person.username}
        client.stdin.close()
    assert client.returncode == 0
    assert len(person.texts()) == 1
