"""CustomMessage: the words around the codes that Cognito makes itself."""

import json

import pytest

from cognito_otp import messages
from tests.unit.conftest import EVENTS

USER = "7c1d2e3f-4a5b-4c6d-8e7f-000000000001"
BY_SES = {"MAILS_BY_SES": "true"}
LASTING = ["SignUp", "ResendCode", "UpdateUserAttribute", "VerifyUserAttribute"]
UNTOUCHED = {"smsMessage": None, "emailMessage": None, "emailSubject": None}


def words(world, cause="SignUp", locale=None):
    event = json.loads((EVENTS / f"CustomMessage_{cause}.json").read_text())
    if locale:
        event["request"]["userAttributes"]["locale"] = locale
    return world.sign_up_handler(event, None)["response"]


@pytest.mark.parametrize("cause", LASTING)
def test_a_code_that_lives_for_a_day_is_not_said_to_expire(make_world, cause):
    told = words(make_world(**BY_SES), cause)
    assert told["smsMessage"] == "{####} is your Example code. Do not share it with anyone."
    assert told["emailSubject"] == "Your Example code"
    assert ">{####}</td>" in told["emailMessage"]
    assert "This is your Example code. Do not share it with anyone." in told["emailMessage"]
    assert "min." not in told["emailMessage"]


def test_the_code_of_a_password_reset_lives_for_an_hour(world):
    assert " expires in 60 min. " in words(world, "ForgotPassword")["smsMessage"]


def test_a_one_time_password_lives_as_long_as_its_session(make_world):
    assert " expires in 5 min. " in words(make_world(OTP_TTL_SECONDS="300"), "Authentication")["smsMessage"]


def test_a_code_of_a_second_factor_is_none_of_ours(world):
    assert words(world, "Authentication") == UNTOUCHED


def test_an_invitation_stays_as_it_is(make_world):
    assert words(make_world(**BY_SES), "AdminCreateUser") == UNTOUCHED


def test_cognitos_own_sender_takes_no_words_for_mail(world):
    told = words(world)
    assert told["smsMessage"]
    assert (told["emailMessage"], told["emailSubject"]) == (None, None)


@pytest.mark.parametrize("locale", messages._SHIPPED)
def test_every_shipped_language_fits_what_cognito_takes(make_world, locale):
    told = words(make_world(**BY_SES, APP_NAME="A" * 50), locale=locale)
    assert len(told["smsMessage"].replace("{####}", "12345678")) <= 140
    for part in ("smsMessage", "emailMessage"):
        assert told[part].count("{####}") == 1
        assert "{code}" not in told[part]
    assert "\n" not in told["smsMessage"]


def test_a_persons_language_and_the_callers_words(make_world):
    world = make_world(**BY_SES)
    own = {"sms": "{code} [{app_name}] {minutes}", "email_html": "<p>{code} {app_name}</p>", "email_subject": "Hallo"}
    world.configure("messages", {"de": own})
    told = words(world, locale="de_AT")
    assert told == {
        "smsMessage": "{####} [Example] 1440",
        "emailSubject": "Hallo",
        "emailMessage": "<p>{####} Example</p>",
    }
    assert "Ne le communiquez" in words(world, locale="fr")["smsMessage"]


def test_words_that_cognito_would_refuse_are_left_out_and_the_rest_goes_out(make_world, logged):
    world = make_world(**BY_SES)
    # With a placeholder of six characters it would fit, with a code of eight it does not.
    world.configure("messages", {"en": {"sms": "{code}" + "x" * 133, "email_html": "{code}" + "x" * 20_000}})
    told = words(world)
    assert (told["smsMessage"], told["emailMessage"]) == (None, None)
    assert told["emailSubject"] == "Your Example code"
    assert '"left_out": "emailMessage,smsMessage"' in logged()
    world.configure("messages", {"en": {"sms": "{code}" + "x" * 132}})
    assert words(world)["smsMessage"] == "{####}" + "x" * 132


def test_no_line_for_machines_is_added(make_world):
    """Whether Cognito takes a second line and a second code is not documented."""
    assert "\n" not in words(make_world(SMS_WEB_OTP_DOMAIN="login.example.com"))["smsMessage"]


def test_a_placeholder_is_taken_from_the_event(world):
    event = world.event("CustomMessage_SignUp", USER, {"userAttributes": {}, "codeParameter": "{other}"})
    assert world.sign_up_handler(event, None)["response"]["smsMessage"].startswith("{other} is your")


@pytest.mark.parametrize("request_", [{}, {"codeParameter": None}, {"codeParameter": ""}, None])
def test_an_event_without_a_placeholder_is_left_alone(world, request_):
    event = world.event("CustomMessage_SignUp", USER, request_)
    assert world.sign_up_handler(event, None)["response"] == {}


def test_an_error_leaves_cognitos_words(world, monkeypatch, logged):
    monkeypatch.setattr(messages.Messages, "around", lambda *_: 1 // 0)
    assert words(world) == UNTOUCHED
    assert "ZeroDivisionError" in logged()
