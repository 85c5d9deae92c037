"""Another code within a sign-in: to the same destination, or by another channel."""

import pytest
from botocore.exceptions import ClientError

from cognito_otp.refusals import Refusal
from dev.person import wrong
from tests.unit.test_faults import failing

PHONE = "+14155550100"
EMAIL = "ada@example.com"
USER = "7c1d2e3f-4a5b-4c6d-8e7f-000000000001"
BOTH = {"phone_number": PHONE, "phone_number_verified": "true", "email": EMAIL, "email_verified": "true"}


@pytest.fixture
def two_channels(make_world):
    return make_world(CHANNELS="sms,email")


def test_the_new_code_replaces_the_old_and_brings_new_guesses(world):
    session = world.session(USER, **BOTH)
    world.deliver()
    old = world.code()
    assert not session.answer(wrong(old))
    world.clock.advance(30)
    told = session.resend()
    assert told == {
        "delivery_medium": "SMS",
        "destination": "+***",
        "code_length": "6",
        "expires_in": "300",
        "resend_in": "120",  # it doubled for the second message, and again for the wrong guess
        "resends_left": "2",
        "attempts_left": "3",
    }
    assert world.deliver() == 2
    assert world.code() != old or pytest.skip("drawn twice, one in a million")
    assert not session.answer(old)
    assert session.answer(world.code())


def test_a_wish_is_not_a_guess_whatever_is_typed_with_it(world):
    session = world.session(USER, **BOTH)
    world.deliver()
    assert not session.answer(world.code(), action="resend")
    assert session.parameters["attempts_left"] == "3"
    assert session.answer(world.code())


def test_before_the_cooldown_ends_nothing_is_sent_and_the_code_stays_good(world):
    session = world.session(USER, **BOTH)
    world.deliver()
    world.clock.advance(10)
    told = session.resend()
    assert (told["resend_in"], told["resends_left"], told["expires_in"]) == ("20", "3", "290")
    assert world.deliver() == 1
    assert session.answer(world.code())


def test_three_resends_are_all_that_a_sign_in_has(world):
    session = world.session(USER, **BOTH)
    for left in ("2", "1", "0"):
        world.deliver()
        world.clock.advance(int(session.parameters["resend_in"]))
        assert session.resend()["resends_left"] == left
    assert world.deliver() == 4
    world.clock.advance(240)
    assert session.resend()["resends_left"] == "0"
    assert world.deliver() == 4
    assert session.answer(world.code())


def test_the_number_of_resends_is_a_setting(make_world):
    world = make_world(MAX_RESENDS="0")
    session = world.session(USER, **BOTH)
    world.deliver()
    world.clock.advance(30)
    assert session.resend()["resends_left"] == "0"
    assert world.deliver() == 1


def test_the_cooldown_grows_with_resends_as_with_starts(world):
    session, waits = world.session(USER, **BOTH), []
    for _ in range(3):
        world.deliver()
        world.clock.advance(int(session.parameters["resend_in"]))
        waits.append(int(session.resend()["resend_in"]))
    assert waits == [60, 120, 240]
    world.deliver()
    world.clock.advance(31)
    with pytest.raises(Refusal, match=r"^OTP_THROTTLED retry_after=209$"):
        world.session(USER, **BOTH)


def test_another_channel_has_a_cooldown_of_its_own(two_channels):
    world = two_channels
    session = world.session(USER, **BOTH)
    world.deliver()
    by_text = world.code()
    told = session.resend("email")
    assert (told["delivery_medium"], told["destination"], told["resend_in"]) == ("EMAIL", "***@***", "30")
    world.deliver()
    (mail,) = world.emails()
    assert mail.destinations == {"ToAddresses": [EMAIL]}
    assert not session.answer(by_text)
    assert session.resend("sms")["delivery_medium"] == "EMAIL"  # the number's own cooldown still runs
    assert session.answer(world.code_by_email())


def test_a_success_by_another_channel_leaves_the_first_channels_cooldown_as_it_was(two_channels):
    world = two_channels
    session = world.session(USER, **BOTH)
    world.deliver()
    session.resend("EMAIL")
    world.deliver()
    assert session.answer(world.code_by_email())
    world.clock.advance(29)
    with pytest.raises(Refusal, match=r"^OTP_THROTTLED retry_after=1$"):
        world.session(USER, **BOTH)
    world.clock.advance(1)
    assert world.session(USER, **BOTH).parameters["resend_in"] == "60"


@pytest.mark.parametrize("channel", ["fax", "email"])
def test_a_channel_that_is_not_configured_changes_nothing(world, channel):
    session = world.session(USER, **BOTH)
    world.deliver()
    world.clock.advance(30)
    told = session.resend(channel)
    assert (told["delivery_medium"], told["resends_left"]) == ("SMS", "3")
    assert world.deliver() == 1


def test_a_channel_that_a_person_does_not_have_shows_no_difference(two_channels):
    world = two_channels
    phone_only = {"phone_number": PHONE, "phone_number_verified": "true", "email": EMAIL}
    known, unknown = world.session(USER, **phone_only), world.session("nobody", known=False)
    world.deliver()
    assert known.resend("email") == unknown.resend("email")
    assert world.deliver() == 1
    assert world.emails() == []
    world.clock.advance(30)
    assert known.resend("sms") == unknown.resend("sms")
    assert world.deliver() == 2
    assert known.answer(world.code())


def test_an_unknown_user_with_another_name_at_each_call_has_the_same_cooldown(world):
    session = world.session("name-1", known=False)
    world.deliver()
    session._username = "name-2"
    world.clock.advance(10)
    assert session.resend()["resend_in"] == "20"
    world.clock.advance(20)
    assert session.resend()["resend_in"] == "60"


def test_before_the_first_right_code_only_the_first_channel_is_used(two_channels):
    world = two_channels
    world.sign_up(USER, phone_number=PHONE, email=EMAIL)
    session = world.session(USER, phone_number=PHONE, email=EMAIL)
    world.deliver()
    session.resend("email")
    world.deliver()
    assert world.emails() == []
    world.clock.advance(30)
    session.resend("sms")
    assert world.deliver() == 2
    assert session.answer(world.code())
    assert world.user(USER)["phone_number_verified"] == "true"


def test_nobody_resends_anothers_challenge(world):
    session = world.session(USER, **BOTH)
    world.deliver()
    world.clock.advance(30)
    session._username = "somebody-else"
    assert session.resend()["resends_left"] == "3"
    assert world.deliver() == 1


def test_no_resend_after_the_code_has_expired_or_was_used(world):
    first, joined = world.session(USER, **BOTH), world.session(USER, **BOTH)
    world.deliver()
    assert first.answer(world.code())
    world.clock.advance(30)
    joined.resend()
    assert world.deliver() == 1
    late = world.session(USER, **BOTH)
    assert world.deliver() == 2
    world.clock.advance(300)
    assert not late.answer("x", action="resend")
    assert late.ended
    assert world.deliver() == 2


def test_cognitos_retries_of_one_wish_are_one_resend(world):
    session = world.session(USER, **BOTH)
    world.deliver()
    world.clock.advance(30)
    assert session.resend(repeated=3)["resends_left"] == "2"
    assert world.deliver() == 2


def test_cognitos_retries_of_one_right_answer_are_all_right(world):
    """Its answer came late, so Cognito asks again; the person typed it once."""
    session = world.session(USER, **BOTH)
    world.deliver()
    assert session.answer(world.code(), repeated=3)


def test_a_wish_that_came_while_nothing_was_sent_yet_hands_the_same_code_over_again(world):
    session = world.session(USER, **BOTH)
    world.queue.payloads.clear()  # the hand-over was lost
    assert session.resend()["resends_left"] == "3"
    assert world.deliver() == 1
    assert session.answer(world.code())


def test_a_cooldown_that_outlives_its_swept_challenge_is_a_cooldown(make_world):
    """TTL removes an expired challenge while the destination's cooldown may still run."""
    world = make_world(CODE_TTL_SECONDS="60", RESEND_AFTER_SECONDS="600", RESEND_BACKOFF_MAX_SECONDS="600")
    world.session(USER, **BOTH)
    world.deliver()
    for item in world.items("auth-state"):
        if item["pk"]["S"].startswith("challenge#"):
            world.clients["dynamodb"].delete_item(TableName="auth-state", Key={"pk": item["pk"]})
    world.clock.advance(90)
    with pytest.raises(Refusal, match=r"^OTP_THROTTLED retry_after=510$"):
        world.session(USER, **BOTH)
    assert world.deliver() == 1


def test_whoever_joined_cannot_take_the_code_to_another_channel(two_channels):
    """A second sign-in within half a minute may be a stranger's, who knows the number and no more."""
    world = two_channels
    owner, stranger = world.session(USER, **BOTH), world.session(USER, **BOTH)
    world.deliver()
    assert stranger.resend("email")["delivery_medium"] == "SMS"
    assert world.deliver() == 1
    assert world.emails() == []
    assert owner.answer(world.code())


def test_a_used_challenge_is_not_renewed_by_another_channel_either(two_channels):
    world = two_channels
    owner, joined = world.session(USER, **BOTH), world.session(USER, **BOTH)
    world.deliver()
    assert owner.answer(world.code())
    joined.resend("email")
    world.deliver()
    assert world.emails() == []


def test_a_channel_cannot_be_changed_before_the_first_message_is_out(two_channels):
    """Otherwise whoever begins a sign-in could begin the owner's cooldown without a text."""
    world = two_channels
    session = world.session(USER, **BOTH)
    assert session.resend("email")["delivery_medium"] == "SMS"
    assert world.deliver() == 1
    assert session.resend("email")["delivery_medium"] == "EMAIL"


def test_a_refused_mail_does_not_lift_the_numbers_cooldown(two_channels):
    world = two_channels
    session = world.session(USER, **BOTH)
    world.deliver()
    refusal = {"Error": {"Code": "MessageRejected"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    failing(world.clients["sesv2"], "send_email", ClientError(refusal, "SendEmail"))
    session.resend("email")
    assert world.deliver() == 1
    session.resend("sms")
    assert world.deliver() == 1
    session.resend("email")
    world.deliver()
    assert session.answer(world.code_by_email())


def test_nobody_joins_a_challenge_that_can_send_no_more(world):
    refusal = {"Error": {"Code": "InvalidParameter"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    failing(world.clients["sns"], "publish", ClientError(refusal, "Publish"), times=4)
    session = world.session(USER, **BOTH)
    for _ in range(3):
        world.deliver()
        assert session.parameters["resends_left"] != "0"
        session.resend()
    assert world.deliver() == 0
    world.clock.advance(31)
    with pytest.raises(Refusal, match=r"^OTP_THROTTLED retry_after=209$"):
        world.session(USER, **BOTH)
