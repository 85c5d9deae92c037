"""CustomMessage: the words around the codes that Cognito sends itself."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dev.local import LocalAWS
from tests.local.support import Pool, make_pool

WORDS = """
def react(event):
    if event["triggerSource"].startswith("CustomMessage"):
        event["response"].update(json.loads(WORDS))
    return event
"""
DEVELOPER: dict[str, Any] = {
    "EmailConfiguration": {
        "EmailSendingAccount": "DEVELOPER",
        "From": "Shop <login@example.com>",
        "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
    }
}


def pool_with(aws: LocalAWS, folder: Path, words: str, **settings: Any) -> Pool:
    verified = {"AutoVerifiedAttributes": ["phone_number", "email"]}
    return make_pool(aws, folder, f"{WORDS}\nWORDS = {words!r}", triggers=("CustomMessage",), **verified, **settings)


def by_mail(pool: Pool, address: str) -> None:
    pool.sign_up(f"name-of-{address.partition('@')[0]}", UserAttributes=[{"Name": "email", "Value": address}])


ALIASES: dict[str, Any] = {"UsernameAttributes": [], "AliasAttributes": ["email"]}


def test_a_sign_up_and_a_resend_ask_for_words(aws: LocalAWS, tmp_path: Path) -> None:
    pool = pool_with(aws, tmp_path, '{"smsMessage": "{####} of the shop"}')
    number = "+14155550181"
    pool.sign_up(number, ClientMetadata={"campaign": "spring"})
    pool.public.resend_confirmation_code(ClientId=pool.client_id, Username=number)
    first, second = (message["Message"] for message in aws.sms_messages(number))
    assert first.endswith(" of the shop")
    assert second.endswith(" of the shop")
    assert pool.function.sources() == ["CustomMessage_SignUp", "CustomMessage_ResendCode"]
    event = pool.function.events()[0]
    assert event["request"]["codeParameter"] == "{####}"
    assert event["request"]["clientMetadata"] == {"campaign": "spring"}
    assert event["request"]["userAttributes"]["cognito:user_status"] == "UNCONFIRMED"
    assert event["response"] == {"smsMessage": None, "emailMessage": None, "emailSubject": None}
    code = second.split()[0]
    pool.public.confirm_sign_up(ClientId=pool.client_id, Username=number, ConfirmationCode=code)


def test_mail_has_the_words_where_the_caller_sends(aws: LocalAWS, tmp_path: Path) -> None:
    words = '{"emailSubject": "Yours", "emailMessage": "<p>{####}</p>"}'
    pool = pool_with(aws, tmp_path, words, **ALIASES, **DEVELOPER)
    by_mail(pool, "words@example.com")
    (mail,) = aws.emails("words@example.com")
    assert (mail["Source"], mail["Subject"]) == ("Shop <login@example.com>", "Yours")
    assert mail["BodyHtml"].startswith("<p>")


def test_without_words_there_are_the_default_ones(aws: LocalAWS, tmp_path: Path) -> None:
    pool = pool_with(aws, tmp_path, "{}")
    pool.sign_up("+14155550182")
    assert aws.sms_messages("+14155550182")[0]["Message"].startswith("Your confirmation code is ")


@pytest.mark.parametrize(
    ("words", "settings"),
    [
        ('{"emailSubject": "Yours"}', {}),
        ('{"emailMessage": "{####}"}', {}),
        ('{"emailMessage": "no code"}', DEVELOPER),
        ('{"smsMessage": "no code"}', {}),
        ('{"smsMessage": "{####}' + "x" * 135 + '"}', {}),
        ('{"smsMessage": 1}', {}),
    ],
)
def test_words_that_cognito_does_not_take_leave_a_user_without_a_message(
    aws: LocalAWS, tmp_path: Path, words: str, settings: dict[str, Any]
) -> None:
    pool = pool_with(aws, tmp_path, words, **settings)
    number = "+14155550183"
    before = len(aws.sms_messages(number))
    with pytest.raises(ClientError, match="InvalidLambdaResponseException"):
        pool.sign_up(number)
    assert pool.user(number)["status"] == "UNCONFIRMED"
    assert len(aws.sms_messages(number)) == before


def test_a_forgotten_password_asks_too(aws: LocalAWS, tmp_path: Path) -> None:
    pool = pool_with(aws, tmp_path, '{"emailMessage": "{####} again"}', **ALIASES, **DEVELOPER)
    by_mail(pool, "forgot@example.com")
    pool.public.forgot_password(ClientId=pool.client_id, Username="name-of-forgot")
    assert pool.function.sources() == ["CustomMessage_SignUp", "CustomMessage_ForgotPassword"]
    assert aws.emails("forgot@example.com")[-1]["BodyText"] == "654321 again"
