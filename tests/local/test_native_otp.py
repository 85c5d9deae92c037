"""USER_AUTH: Cognito's own one-time passwords, as documented and as users measured them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dev.local import LocalAWS
from tests.local.support import Pool, make_pool

PHONE, EMAIL, PASSWORD = "+14155550150", "ada@mail.example", "Passw0rd!x"

KEEP = """
def react(event):
    return event
"""
FACTORS = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "SMS_OTP", "EMAIL_OTP"]}}
CLIENT = {"ExplicitAuthFlows": ["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]}
NATIVE: dict[str, Any] = {
    "triggers": ("PreSignUp", "PostConfirmation", "PostAuthentication"),
    "Policies": FACTORS,
    "AutoVerifiedAttributes": ["phone_number", "email"],
    "client": CLIENT,
}


@pytest.fixture
def pool(aws: LocalAWS, tmp_path: Path) -> Pool:
    return make_pool(aws, tmp_path, KEEP, **NATIVE)


def start(pool: Pool, username: str, **parameters: str) -> Any:
    return pool.public.initiate_auth(
        ClientId=pool.client_id, AuthFlow="USER_AUTH", AuthParameters={"USERNAME": username, **parameters}
    )


def respond(pool: Pool, challenge: Any, username: str, **responses: str) -> Any:
    return pool.public.respond_to_auth_challenge(
        ClientId=pool.client_id,
        ChallengeName=challenge["ChallengeName"],
        Session=challenge["Session"],
        ChallengeResponses={"USERNAME": username, **responses},
    )


def texted(pool: Pool, number: str) -> str:
    return str(pool.aws.sms_messages(number)[-1]["Message"])


def digits(text: str) -> str:
    (code,) = re.findall(r"\d{6,}", text)
    return str(code)


def refused(text: str) -> Any:
    return pytest.raises(ClientError, match=text)


def test_a_code_by_sms_signs_in_confirms_and_verifies(pool: Pool) -> None:
    pool.public.sign_up(ClientId=pool.client_id, Username=PHONE)
    assert pool.user(PHONE)["status"] == "UNCONFIRMED"
    challenge = start(pool, PHONE, PREFERRED_CHALLENGE="SMS_OTP")
    assert challenge["ChallengeName"] == "SMS_OTP"
    assert challenge["ChallengeParameters"] == {
        "CODE_DELIVERY_DELIVERY_MEDIUM": "SMS",
        "CODE_DELIVERY_DESTINATION": "+*******0150",
    }
    code = digits(texted(pool, PHONE))
    assert len(code) == 8
    for _ in range(6):
        with refused("CodeMismatchException"):
            respond(pool, challenge, PHONE, SMS_OTP_CODE="x" + code[1:])
    assert respond(pool, challenge, PHONE, SMS_OTP_CODE=code)["AuthenticationResult"]
    user = pool.user(PHONE)
    assert (user["status"], user["phone_number_verified"]) == ("CONFIRMED", "true")
    assert pool.function.sources() == ["PreSignUp_SignUp", "PostAuthentication_Authentication"]
    with refused("NotAuthorizedException.*Invalid session"):
        respond(pool, challenge, PHONE, SMS_OTP_CODE=code)


def test_a_code_by_email(aws: LocalAWS, tmp_path: Path) -> None:
    sender = {
        "EmailSendingAccount": "DEVELOPER",
        "From": "Shop <login@example.com>",
        "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
    }
    pool = make_pool(aws, tmp_path, KEEP, **NATIVE, UsernameAttributes=["email"], EmailConfiguration=sender)
    pool.public.sign_up(ClientId=pool.client_id, Username=EMAIL)
    challenge = start(pool, EMAIL, PREFERRED_CHALLENGE="EMAIL_OTP")
    assert challenge["ChallengeParameters"]["CODE_DELIVERY_DELIVERY_MEDIUM"] == "EMAIL"
    mail = aws.emails(EMAIL)[-1]
    assert mail["Source"] == "Shop <login@example.com>"
    assert respond(pool, challenge, EMAIL, EMAIL_OTP_CODE=digits(mail["BodyText"]))["AuthenticationResult"]
    assert pool.user(EMAIL)["email_verified"] == "true"


def test_a_choice_is_offered_where_none_was_named(pool: Pool) -> None:
    number = "+14155550151"
    pool.sign_up(number)
    offered = start(pool, number)
    assert offered["ChallengeName"] == "SELECT_CHALLENGE"
    assert set(offered["AvailableChallenges"]) == {"PASSWORD", "PASSWORD_SRP", "SMS_OTP"}  # no e-mail address
    with refused("InvalidParameterException"):
        respond(pool, offered, number, ANSWER="EMAIL_OTP")
    challenge = respond(pool, offered, number, ANSWER="SMS_OTP")
    assert challenge["ChallengeName"] == "SMS_OTP"
    assert respond(pool, challenge, number, SMS_OTP_CODE=digits(texted(pool, number)))["AuthenticationResult"]


def test_nobody_is_told_apart_and_gets_nothing(pool: Pool) -> None:
    number = "+14155550152"
    challenge = start(pool, number, PREFERRED_CHALLENGE="SMS_OTP")
    assert challenge["ChallengeName"] == "SMS_OTP"
    assert challenge["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"] == "+*******0152"
    assert pool.aws.sms_messages(number) == []
    with refused("CodeMismatchException"):
        respond(pool, challenge, number, SMS_OTP_CODE="00000000")
    assert pool.function.sources() == []


def test_nobody_is_named_where_the_client_does_not_hide_it(aws: LocalAWS, tmp_path: Path) -> None:
    told = {**NATIVE, "client": {**CLIENT, "PreventUserExistenceErrors": "LEGACY"}}
    with refused("UserNotFoundException"):
        start(make_pool(aws, tmp_path, KEEP, **told), "+14155550153", PREFERRED_CHALLENGE="SMS_OTP")


def test_a_password_signs_in_as_soon_as_the_account_is_confirmed(pool: Pool) -> None:
    """Whoever signed the number up knows it: why native one-time passwords are the weaker choice."""
    number = "+14155550154"
    pool.sign_up(number)
    with refused("UserNotConfirmedException"):
        start(pool, number, PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD)
    challenge = start(pool, number, PREFERRED_CHALLENGE="SMS_OTP")
    respond(pool, challenge, number, SMS_OTP_CODE=digits(texted(pool, number)))
    assert start(pool, number, PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD)["AuthenticationResult"]
    with refused("NotAuthorizedException"):
        start(pool, number, PREFERRED_CHALLENGE="PASSWORD", PASSWORD="Wr0ng!pass")


def test_confirm_sign_up_gives_a_session_that_signs_in(pool: Pool) -> None:
    number = "+14155550155"
    pool.public.sign_up(ClientId=pool.client_id, Username=number)
    code = digits(texted(pool, number))
    session = pool.public.confirm_sign_up(ClientId=pool.client_id, Username=number, ConfirmationCode=code)["Session"]

    def sign_in(username: str) -> Any:
        return pool.public.initiate_auth(
            ClientId=pool.client_id, AuthFlow="USER_AUTH", Session=session, AuthParameters={"USERNAME": username}
        )

    with refused("NotAuthorizedException"):
        sign_in("+14155550156")
    assert sign_in(number)["AuthenticationResult"]
    with refused("NotAuthorizedException"):
        sign_in(number)
    assert len(pool.aws.sms_messages(number)) == 1
    assert pool.function.sources()[1:] == ["PostConfirmation_ConfirmSignUp", "PostAuthentication_Authentication"]


def test_a_sign_up_needs_a_password_where_no_code_can_reach_it(aws: LocalAWS, tmp_path: Path) -> None:
    pool = make_pool(aws, tmp_path, KEEP, **{**NATIVE, "AutoVerifiedAttributes": ["email"]})
    with refused("InvalidPasswordException"):
        pool.public.sign_up(ClientId=pool.client_id, Username="+14155550157")


def test_a_client_without_user_auth_is_refused(aws: LocalAWS, tmp_path: Path) -> None:
    with refused("USER_AUTH is not enabled"):
        start(make_pool(aws, tmp_path, KEEP, Policies=FACTORS), "+14155550158", PREFERRED_CHALLENGE="SMS_OTP")


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"Policies": FACTORS, "UserPoolTier": "LITE"}, "FeatureUnavailableInTierException"),
        ({"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["SMS_OTP"]}}}, "must include PASSWORD"),
    ],
)
def test_a_pool_that_cannot_have_these_factors_is_not_made(aws: LocalAWS, settings: dict[str, Any], why: str) -> None:
    with refused(why):
        aws.client("cognito-idp").create_user_pool(PoolName="refused", **settings)


def test_a_user_who_must_set_a_password_is_offered_passwords_only(pool: Pool) -> None:
    number = "+14155550159"
    pool.aws.client("cognito-idp").admin_create_user(
        UserPoolId=pool.id, Username=number, TemporaryPassword="Temp0rary!"
    )
    offered = start(pool, number, PREFERRED_CHALLENGE="SMS_OTP")
    assert (offered["ChallengeName"], set(offered["AvailableChallenges"])) == (
        "SELECT_CHALLENGE",
        {"PASSWORD", "PASSWORD_SRP"},
    )


def test_a_denial_by_post_authentication_denies_the_tokens(aws: LocalAWS, tmp_path: Path) -> None:
    number = "+14155550160"
    deny = """
    def react(event):
        if event["triggerSource"].startswith("PostAuth"):
            raise Exception("NO")
        return event
    """
    pool = make_pool(aws, tmp_path, deny, **NATIVE)
    pool.sign_up(number)
    challenge = start(pool, number, PREFERRED_CHALLENGE="SMS_OTP")
    with refused("PostAuthentication failed with error NO"):
        respond(pool, challenge, number, SMS_OTP_CODE=digits(texted(pool, number)))


@pytest.fixture
def telling_aws() -> Iterator[LocalAWS]:
    with LocalAWS(environment={"LOCAL_AWS_OTP_FIRES_POST_CONFIRMATION": "1"}) as local:
        yield local


def test_post_confirmation_fires_where_it_is_made_to(telling_aws: LocalAWS, tmp_path: Path) -> None:
    pool = make_pool(telling_aws, tmp_path, KEEP, **NATIVE)
    pool.sign_up(PHONE)
    challenge = start(pool, PHONE, PREFERRED_CHALLENGE="SMS_OTP")
    respond(pool, challenge, PHONE, SMS_OTP_CODE=digits(texted(pool, PHONE)))
    assert pool.function.sources()[1:] == ["PostConfirmation_ConfirmSignUp", "PostAuthentication_Authentication"]
