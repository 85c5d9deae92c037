"""SignUp, its confirmation, and the triggers of both."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dev.local import LocalAWS
from tests.local.support import Pool, make_pool

PHONE = "+14155550100"
CODE_STYLE: dict[str, Any] = {
    "triggers": ("PostConfirmation",),
    "AutoVerifiedAttributes": ["phone_number", "email"],
}


def email(value: str) -> dict[str, Any]:
    return {"UserAttributes": [{"Name": "email", "Value": value}]}


def test_pre_sign_up_sees_what_the_client_sent(aws: LocalAWS, tmp_path: Path) -> None:
    pool = make_pool(aws, tmp_path)
    answer = pool.sign_up(
        PHONE,
        **email("user@example.com"),
        ValidationData=[{"Name": "captcha", "Value": "tok"}],
        ClientMetadata={"locale": "en"},
    )
    event = pool.function.events()[0]
    assert event["triggerSource"] == "PreSignUp_SignUp"
    assert event["request"] == {
        "userAttributes": {"phone_number": PHONE, "email": "user@example.com"},
        "validationData": {"captcha": "tok"},
        "clientMetadata": {"locale": "en"},
    }
    assert event["response"] == {"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False}
    assert event["userName"] == answer["UserSub"] == pool.user(PHONE)["username"]
    assert pool.function.events()[1]["request"]["clientMetadata"] == {"locale": "en"}


def test_pre_sign_up_without_extras(aws: LocalAWS, tmp_path: Path) -> None:
    pool = make_pool(aws, tmp_path, UsernameAttributes=[], AliasAttributes=["phone_number"])
    pool.sign_up("jdoe", UserAttributes=[{"Name": "phone_number", "Value": PHONE}])
    event = pool.function.events()[0]
    assert event["userName"] == "jdoe"
    assert event["request"] == {"userAttributes": {"phone_number": PHONE}, "validationData": None}


def test_auto_confirmed_users_are_post_confirmed_within_sign_up(aws: LocalAWS, tmp_path: Path) -> None:
    pool = make_pool(aws, tmp_path)
    answer = pool.sign_up(PHONE, **email("user@example.com"))
    assert answer["UserConfirmed"] is True
    assert "CodeDeliveryDetails" not in answer
    event = pool.function.events()[1]
    assert event["triggerSource"] == "PostConfirmation_ConfirmSignUp"
    assert event["request"] == {
        "userAttributes": {
            "sub": answer["UserSub"],
            "cognito:user_status": "CONFIRMED",
            "email_verified": "false",
            "phone_number_verified": "false",
            "phone_number": PHONE,
            "email": "user@example.com",
        }
    }
    assert event["response"] == {}
    assert event["callerContext"]["clientId"] == pool.client_id
    with pytest.raises(ClientError, match=r"User cannot be confirmed\. Current status is CONFIRMED"):
        pool.public.confirm_sign_up(ClientId=pool.client_id, Username=PHONE, ConfirmationCode="1")


def test_a_post_confirmation_failure_reaches_the_client_of_a_confirmed_user(aws: LocalAWS, tmp_path: Path) -> None:
    code = """
    def react(event):
        if event["triggerSource"].startswith("PostConf"):
            raise Exception("ROW")
        return default(event)
    """
    pool = make_pool(aws, tmp_path, code)
    with pytest.raises(ClientError, match=r"PostConfirmation failed with error ROW\."):
        pool.sign_up(PHONE)
    assert pool.user(PHONE)["status"] == "CONFIRMED"


def test_a_refusal_stores_nothing_and_is_put_in_words(aws: LocalAWS, tmp_path: Path) -> None:
    code = """
    def react(event):
        raise Exception("PHONE_NUMBER_TAKEN")
    """
    pool = make_pool(aws, tmp_path, code)
    with pytest.raises(ClientError) as caught:
        pool.sign_up(PHONE)
    assert caught.value.response["Error"]["Code"] == "UserLambdaValidationException"
    assert caught.value.response["Error"]["Message"] == "PreSignUp failed with error PHONE_NUMBER_TAKEN."
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    with pytest.raises(ClientError, match=r"UserNotFoundException"):
        pool.user(PHONE)


def test_flags_must_be_booleans_and_need_their_attribute(aws: LocalAWS, tmp_path: Path) -> None:
    code = """
    def react(event):
        event["response"]["autoConfirmUser"] = "true"
        return event
    """
    with pytest.raises(ClientError, match=r"InvalidLambdaResponseException"):
        make_pool(aws, tmp_path, code).sign_up(PHONE)
    code = """
    def react(event):
        event["response"]["autoVerifyEmail"] = True
        return event
    """
    with pytest.raises(ClientError, match=r"InvalidLambdaResponseException"):
        make_pool(aws, tmp_path, code).sign_up(PHONE)


def test_pre_sign_up_runs_before_the_name_is_looked_up(aws: LocalAWS, hasty_aws: LocalAWS, tmp_path: Path) -> None:
    for local, runs in ((aws, 2), (hasty_aws, 1)):
        pool = make_pool(local, tmp_path)
        pool.sign_up(PHONE)
        message = r"UsernameExistsException.*An account with the given phone_number already exists\."
        with pytest.raises(ClientError, match=message):
            pool.sign_up(PHONE)
        assert pool.function.sources().count("PreSignUp_SignUp") == runs


def test_names_are_taken_whatever_their_case(aws: LocalAWS, tmp_path: Path) -> None:
    pool = make_pool(aws, tmp_path, UsernameAttributes=["email"])
    pool.sign_up("User@example.com")
    with pytest.raises(ClientError, match=r"An account with the given email already exists\."):
        pool.sign_up("uSER@EXAMPLE.com")
    pool = make_pool(aws, tmp_path, UsernameAttributes=[])
    pool.sign_up("jdoe")
    with pytest.raises(ClientError, match=r"UsernameExistsException.*User already exists"):
        pool.sign_up("JDoe")


def test_simultaneous_sign_ups_make_one_account(aws: LocalAWS, tmp_path: Path) -> None:
    pool = make_pool(aws, tmp_path, triggers=("DefineAuthChallenge",))

    def sign_up(_number: int) -> str:
        try:
            pool.sign_up(PHONE)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "made"

    with ThreadPoolExecutor(16) as threads:
        results = list(threads.map(sign_up, range(32)))
    assert results.count("made") == 1
    assert results.count("UsernameExistsException") == 31


@pytest.mark.parametrize("number", ["+1415555010x", "+1", "+12345678901234567"])
def test_malformed_phone_numbers_are_refused(aws: LocalAWS, tmp_path: Path, number: str) -> None:
    pool = make_pool(aws, tmp_path)
    with pytest.raises(ClientError, match=r"InvalidParameterException.*Invalid phone number format\."):
        pool.sign_up(number)
    pool = make_pool(aws, tmp_path, UsernameAttributes=[])
    with pytest.raises(ClientError, match=r"Invalid phone number format\."):
        pool.sign_up("jdoe", UserAttributes=[{"Name": "phone_number", "Value": number}])
    assert pool.function.events() == []


def test_clients_write_only_what_they_may(aws: LocalAWS, tmp_path: Path) -> None:
    pool = make_pool(aws, tmp_path, client={"WriteAttributes": ["phone_number"]})
    with pytest.raises(ClientError, match=r"NotAuthorizedException.*unauthorized attribute"):
        pool.sign_up(PHONE, **email("user@example.com"))
    with pytest.raises(ClientError, match=r"NotAuthorizedException.*unauthorized attribute"):
        pool.sign_up(PHONE, UserAttributes=[{"Name": "phone_number_verified", "Value": "true"}])


def test_the_password_is_checked_after_pre_sign_up(aws: LocalAWS, tmp_path: Path) -> None:
    pool = make_pool(aws, tmp_path)
    with pytest.raises(ClientError, match=r"InvalidPasswordException"):
        pool.public.sign_up(ClientId=pool.client_id, Username=PHONE, Password="short")
    assert pool.function.sources() == ["PreSignUp_SignUp"]


def test_an_alias_moves_to_whom_it_is_auto_verified_for(aws: LocalAWS, tmp_path: Path) -> None:
    code = """
    def react(event):
        response = default(event)["response"]
        if "autoVerifyEmail" in response:
            response["autoVerifyEmail"] = True
        return event
    """
    pool = make_pool(aws, tmp_path, code, UsernameAttributes=[], AliasAttributes=["email"])
    pool.sign_up("first", **email("user@example.com"))
    assert pool.user("user@example.com")["username"] == "first"
    pool.sign_up("second", **email("USER@example.com"))
    assert pool.user("user@example.com")["username"] == "second"
    assert pool.user("first")["email_verified"] == "false"


def sent_code(pool: Pool, number: str = PHONE) -> str:
    found = re.search(r"\d{6}", pool.aws.sms_messages(number)[-1]["Message"])
    assert found
    return found[0]


def test_sign_up_with_a_code(aws: LocalAWS, tmp_path: Path) -> None:
    pool, number = make_pool(aws, tmp_path, **CODE_STYLE), "+14155550111"
    answer = pool.sign_up(number, **email("user@example.com"))
    assert answer["UserConfirmed"] is False
    assert answer["CodeDeliveryDetails"] == {
        "Destination": "+*******0111",
        "DeliveryMedium": "SMS",
        "AttributeName": "phone_number",
    }
    assert pool.function.events() == []
    with pytest.raises(ClientError, match=r"CodeMismatchException"):
        pool.public.confirm_sign_up(ClientId=pool.client_id, Username=number, ConfirmationCode="x")
    pool.public.resend_confirmation_code(ClientId=pool.client_id, Username=number)
    assert len(aws.sms_messages(number)) == 2
    pool.public.confirm_sign_up(
        ClientId=pool.client_id,
        Username=number,
        ConfirmationCode=sent_code(pool, number),
        ClientMetadata={"k": "v"},
    )
    (event,) = pool.function.events()
    assert event["triggerSource"] == "PostConfirmation_ConfirmSignUp"
    assert event["request"]["clientMetadata"] == {"k": "v"}
    assert event["request"]["userAttributes"]["phone_number_verified"] == "true"
    assert event["request"]["userAttributes"]["email_verified"] == "false"


def test_an_alias_conflict_shows_at_confirmation(aws: LocalAWS, tmp_path: Path) -> None:
    number = "+14155550112"
    settings = {**CODE_STYLE, "UsernameAttributes": [], "AliasAttributes": ["phone_number"]}
    pool = make_pool(aws, tmp_path, **settings)
    for name in ("first", "second"):
        pool.sign_up(name, UserAttributes=[{"Name": "phone_number", "Value": number}])
        confirm = {"ClientId": pool.client_id, "Username": name, "ConfirmationCode": sent_code(pool, number)}
        if name == "first":
            pool.public.confirm_sign_up(**confirm)
    with pytest.raises(ClientError, match=r"AliasExistsException"):
        pool.public.confirm_sign_up(**confirm)
    assert pool.user("second")["status"] == "UNCONFIRMED"
    pool.public.confirm_sign_up(**confirm, ForceAliasCreation=True)
    assert pool.user("first")["phone_number_verified"] == "false"
    assert pool.user(number)["username"] == "second"


def test_admin_confirmation_verifies_nothing(aws: LocalAWS, tmp_path: Path) -> None:
    pool = make_pool(aws, tmp_path, **CODE_STYLE)
    pool.sign_up(PHONE)
    idp = aws.client("cognito-idp")
    idp.admin_confirm_sign_up(UserPoolId=pool.id, Username=PHONE, ClientMetadata={"by": "support"})
    (event,) = pool.function.events()
    assert event["triggerSource"] == "PostConfirmation_ConfirmSignUp"
    assert event["callerContext"]["clientId"] == "CLIENT_ID_NOT_APPLICABLE"
    assert event["request"]["clientMetadata"] == {"by": "support"}
    assert event["request"]["userAttributes"]["phone_number_verified"] == "false"
    with pytest.raises(ClientError, match=r"Current status is CONFIRMED"):
        idp.admin_confirm_sign_up(UserPoolId=pool.id, Username=PHONE)


def test_a_password_reset_is_post_confirmed_as_such(aws: LocalAWS, tmp_path: Path) -> None:
    pool = make_pool(aws, tmp_path, UsernameAttributes=["email"])
    pool.sign_up("user@example.com")
    pool.public.forgot_password(ClientId=pool.client_id, Username="user@example.com")
    code = re.search(r"\d{6}", aws.emails("user@example.com")[-1]["BodyText"])
    assert code
    pool.public.confirm_forgot_password(
        ClientId=pool.client_id, Username="user@example.com", ConfirmationCode=code[0], Password="An0ther!pass"
    )
    assert pool.function.sources()[-1] == "PostConfirmation_ConfirmForgotPassword"


def test_where_only_an_administrator_resets_passwords_nobody_gets_a_code(aws: LocalAWS, tmp_path: Path) -> None:
    only = {"RecoveryMechanisms": [{"Name": "admin_only", "Priority": 1}]}
    pool = make_pool(aws, tmp_path, UsernameAttributes=["email"], AccountRecoverySetting=only)
    pool.sign_up("forgetful@example.com")
    with pytest.raises(ClientError, match=r"NotAuthorizedException"):
        pool.public.forgot_password(ClientId=pool.client_id, Username="forgetful@example.com")


def test_admin_created_users_pass_pre_sign_up_only(aws: LocalAWS, tmp_path: Path) -> None:
    pool = make_pool(aws, tmp_path)
    idp = aws.client("cognito-idp")
    created = idp.admin_create_user(
        UserPoolId=pool.id, Username=PHONE, MessageAction="SUPPRESS", ClientMetadata={"k": "v"}
    )["User"]
    (event,) = pool.function.events()
    assert event["triggerSource"] == "PreSignUp_AdminCreateUser"
    assert event["userName"] == created["Username"]
    assert event["callerContext"]["clientId"] == "CLIENT_ID_NOT_APPLICABLE"
    assert event["request"] == {
        "userAttributes": {"phone_number": PHONE},
        "validationData": None,
        "clientMetadata": {"k": "v"},
    }
    assert created["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    with pytest.raises(ClientError, match=r"UsernameExistsException"):
        idp.admin_create_user(UserPoolId=pool.id, Username=PHONE)


def test_a_value_another_account_holds_cannot_be_given(aws: LocalAWS, tmp_path: Path) -> None:
    pool = make_pool(aws, tmp_path)
    idp = aws.client("cognito-idp")
    pool.sign_up(PHONE)
    pool.sign_up("+14155550101")

    def update(**changes: str) -> None:
        pairs = [{"Name": name, "Value": value} for name, value in changes.items()]
        idp.admin_update_user_attributes(UserPoolId=pool.id, Username=PHONE, UserAttributes=pairs)

    with pytest.raises(ClientError, match=r"AliasExistsException"):
        update(phone_number="+14155550101")
    update(phone_number_verified="true")
    assert pool.user(PHONE)["phone_number_verified"] == "true"
    update(email="user@example.com")
    assert pool.user(PHONE)["email_verified"] == "false"
