"""Sign-up and sign-in through the handlers, as Cognito drives them."""

import pytest

from cognito_otp.refusals import Refusal
from dev.person import wrong

PHONE = "+14155550100"
USER = "7c1d2e3f-4a5b-4c6d-8e7f-000000000001"


def test_sign_up_and_first_sign_in_take_one_message_and_leave_an_active_row(world):
    assert world.sign_up(USER, phone_number=PHONE) == {"autoConfirmUser": True}
    assert world.item("users", id=f"sub-of-{USER}")["status"]["S"] == "PENDING"

    session = world.session(USER, phone_number=PHONE)
    assert session.parameters == {
        "delivery_medium": "SMS",
        "destination": "+***",
        "code_length": "6",
        "expires_in": "300",
        "resend_in": "30",
        "resends_left": "3",
        "attempts_left": "3",
    }
    assert world.deliver() == 1
    assert session.answer(world.code())

    row = world.item("users", id=f"sub-of-{USER}")
    assert row["status"]["S"] == "ACTIVE"
    assert row["phone_number"]["S"] == PHONE
    assert row["last_sign_in_at"]["S"] == "2027-01-15T08:00:00Z"
    assert world.user(USER)["phone_number_verified"] == "true"
    account = world.item("identities", pk=f"account#{USER}")
    assert account["st"]["S"] == "ACTIVE"
    assert "unsynced" not in account
    assert world.deliver() == 1


@pytest.mark.parametrize("source", ["SignUp", "AdminCreateUser", "ExternalProvider"])
@pytest.mark.parametrize("aliases", ["", "email,phone_number"])
def test_never_verifies_at_sign_up(make_world, aliases, source):
    """In a pool with aliases that moves the alias from its owner to the new account."""
    world = make_world(USERNAME_ATTRIBUTES="" if aliases else "phone_number", ALIAS_ATTRIBUTES=aliases)
    response = world.sign_up(USER, source=source, phone_number=PHONE, email="ada@example.com")
    assert not response.get("autoVerifyPhone")
    assert not response.get("autoVerifyEmail")


def test_the_right_code_works_after_a_wrong_one(world):
    world.sign_up(USER, phone_number=PHONE)
    session = world.session(USER, phone_number=PHONE)
    world.deliver()
    assert not session.answer(wrong(world.code()))
    assert session.parameters["attempts_left"] == "2"
    assert session.answer(f" {world.code()[:3]} {world.code()[3:]} ")


def test_three_wrong_codes_end_the_sign_in_and_the_right_one_comes_too_late(world):
    world.sign_up(USER, phone_number=PHONE)
    session = world.session(USER, phone_number=PHONE)
    other = world.session(USER, phone_number=PHONE)  # joins the same challenge
    world.deliver()
    for by in (1, 2, 3):
        assert not session.answer(wrong(world.code(), by))
    assert session.ended
    assert not other.answer(world.code())


def test_the_same_code_is_refused_the_second_time(world):
    world.sign_up(USER, phone_number=PHONE)
    first, second = world.session(USER, phone_number=PHONE), world.session(USER, phone_number=PHONE)
    assert world.deliver() == 1
    assert first.answer(world.code())
    assert not second.answer(world.code())


def test_a_code_dies_with_its_lifetime_and_not_before(world):
    world.sign_up(USER, phone_number=PHONE)
    session = world.session(USER, phone_number=PHONE)
    world.deliver()
    world.clock.advance(299)
    other = world.session(USER, phone_number=PHONE)
    assert not other.answer(wrong(world.code()))
    world.clock.advance(1)
    assert not session.answer(world.texts()[0].split()[0])
    assert session.ended


def test_a_code_fits_only_its_own_challenge(world):
    world.sign_up(USER, phone_number=PHONE)
    stale = world.session(USER, phone_number=PHONE)
    world.deliver()
    code = world.code()
    world.clock.advance(31)
    fresh = world.session(USER, phone_number=PHONE)
    world.deliver()
    assert world.code() != code or pytest.skip("drawn twice, one in a million")
    assert not fresh.answer(code)
    assert stale.answer(code)


def test_nobody_answers_anothers_challenge(world):
    world.sign_up(USER, phone_number=PHONE)
    session = world.session(USER, phone_number=PHONE)
    world.deliver()
    session._username = "somebody-else"
    assert not session.answer(world.code())


def test_a_second_start_joins_and_a_third_after_a_guess_is_throttled(world):
    world.sign_up(USER, phone_number=PHONE)
    session = world.session(USER, phone_number=PHONE)
    world.deliver()
    world.clock.advance(10)
    assert world.session(USER, phone_number=PHONE).parameters["resend_in"] == "20"
    assert world.deliver() == 1
    session.answer(wrong(world.code()))
    with pytest.raises(Refusal, match=r"^OTP_THROTTLED retry_after=20$"):
        world.session(USER, phone_number=PHONE)


def test_the_cooldown_grows_to_its_maximum_and_is_forgotten_after_an_idle_hour(world):
    world.sign_up(USER, phone_number=PHONE)
    waits = []
    for _ in range(6):
        session = world.session(USER, phone_number=PHONE)
        waits.append(int(session.parameters["resend_in"]))
        world.clock.advance(waits[-1])
    assert waits == [30, 60, 120, 240, 300, 300]
    world.clock.advance(3600)
    assert world.session(USER, phone_number=PHONE).parameters["resend_in"] == "30"


def test_success_leaves_the_first_cooldown_only(world):
    world.sign_up(USER, phone_number=PHONE)
    attributes = {"phone_number": PHONE, "phone_number_verified": "true"}
    for _ in range(3):  # it grows
        world.clock.advance(int(world.session(USER, **attributes).parameters["resend_in"]))
    session = world.session(USER, **attributes)
    assert session.parameters["resend_in"] == "240"
    world.deliver()
    assert session.answer(world.code())
    world.clock.advance(10)
    with pytest.raises(Refusal, match=r"^OTP_THROTTLED retry_after=20$"):
        world.session(USER, **attributes)
    world.clock.advance(20)
    assert world.session(USER, **attributes).parameters["resend_in"] == "30"


@pytest.mark.slow
def test_whoever_reads_the_codes_of_a_number_cannot_have_them_sent_without_end(world):
    """Premium numbers earn by the message, and their owners can answer every code."""
    world.sign_up(USER, phone_number=PHONE)
    for _ in range(360):
        try:
            session = world.session(USER, phone_number=PHONE, phone_number_verified="true")
        except Refusal:
            pass
        else:
            world.deliver()
            assert session.answer(world.code())
        world.clock.advance(10)
    assert len(world.texts()) == 3600 / 30


def test_an_unknown_user_sees_the_same_and_gets_nothing(world):
    world.sign_up(USER, phone_number=PHONE)
    known = world.session(USER, phone_number=PHONE)
    unknown = world.session("7f9f8b7e-0000-4000-8000-00000000dead", known=False)
    assert unknown.parameters == known.parameters
    assert world.deliver() == 1
    for answer in (world.code(), "000000", "111111"):
        assert not unknown.answer(answer)
    assert unknown.ended


def test_no_code_for_whoever_is_not_confirmed(world):
    world.sign_up(USER, phone_number=PHONE)
    world.session(USER, **{"phone_number": PHONE, "cognito:user_status": "UNCONFIRMED"})
    assert world.deliver() == 0


def test_no_code_to_an_unverified_attribute_of_an_active_account(world):
    world.sign_up(USER, phone_number=PHONE)
    session = world.session(USER, phone_number=PHONE)
    world.deliver()
    assert session.answer(world.code())
    world.session(USER, phone_number="+14155550199", phone_number_verified="false")
    assert world.deliver() == 1


def test_no_code_to_a_user_that_this_module_has_not_made_unless_verified(world):
    world.session("native", phone_number=PHONE)
    assert world.deliver() == 0
    world.session("native", phone_number=PHONE, phone_number_verified="true")
    assert world.deliver() == 1


def test_answers_that_cannot_be_codes_cost_a_round_and_no_guess(world):
    world.sign_up(USER, phone_number=PHONE)
    session = world.session(USER, phone_number=PHONE)
    world.deliver()
    assert not session.answer("12345")
    assert not session.answer("abcdef")
    assert session.parameters["attempts_left"] == "3"
    assert session.answer(world.code())


def test_the_rounds_are_bounded_too(world):
    world.sign_up(USER, phone_number=PHONE)
    session = world.session(USER, phone_number=PHONE)
    for _ in range(18):  # four codes, of each three guesses and the wish for the next; and two to spare
        assert not session.ended
        session.answer("no code")
    assert session.ended


def test_a_session_that_starts_with_srp_still_needs_the_code(world):
    world.sign_up(USER, phone_number=PHONE)
    request = {
        "userAttributes": world.attributes(USER, phone_number=PHONE),
        "session": [{"challengeName": "SRP_A", "challengeResult": True, "challengeMetadata": None}],
    }
    event = world.event("DefineAuthChallenge_Authentication", USER, request)
    response = world.sign_in_handler(event, None)["response"]
    assert response == {"challengeName": "CUSTOM_CHALLENGE", "issueTokens": False, "failAuthentication": False}


def test_an_unknown_user_never_gets_tokens_even_if_an_answer_were_right(world):
    rounds = [{"challengeName": "CUSTOM_CHALLENGE", "challengeResult": True, "challengeMetadata": "x"}]
    request = {"userAttributes": {}, "session": rounds, "userNotFound": True}
    response = world.sign_in_handler(world.event("DefineAuthChallenge_Authentication", "x", request), None)["response"]
    assert response["issueTokens"] is False
    assert response["failAuthentication"] is True


def test_the_masked_destination_is_shown_only_when_asked_for(make_world):
    world = make_world(SHOW_DESTINATION="true")
    world.sign_up(USER, phone_number=PHONE)
    session = world.session(USER, phone_number=PHONE)
    assert session.parameters["destination"] == "+*******0100"
    session.answer("000000")
    assert session.parameters["destination"] == "+*******0100"
    assert world.session("x", known=False).parameters["destination"] == "+***"


def test_codes_by_email(make_world):
    world = make_world(USERNAME_ATTRIBUTES="email", CHANNELS="email")
    world.sign_up(USER, email="Ada@Example.com")
    session = world.session(USER, email="Ada@Example.com")
    assert session.parameters["delivery_medium"] == "EMAIL"
    assert session.parameters["destination"] == "***@***"
    world.deliver()
    (sent,) = world.emails()
    assert sent.destinations == {"ToAddresses": ["ada@example.com"]}
    assert session.answer(world.code_by_email())
    assert world.user(USER)["email_verified"] == "true"


def test_either_identifier_of_a_pool_with_both_gets_its_own_first_code(make_world):
    world = make_world(USERNAME_ATTRIBUTES="email,phone_number", CHANNELS="sms,email")
    world.sign_up(USER, email="ada@example.com")
    assert world.session(USER, email="ada@example.com").parameters["delivery_medium"] == "EMAIL"


def test_signing_up_with_both_usernames_at_once_is_refused(make_world):
    """One code proves one of them, and the other could be a stranger's."""
    world = make_world(USERNAME_ATTRIBUTES="email,phone_number", CHANNELS="sms,email")
    with pytest.raises(Refusal, match=r"^ONE_IDENTIFIER_ONLY$"):
        world.sign_up(USER, email="victim@example.com", phone_number=PHONE)
    assert world.items("identities") == []


def test_an_address_that_lost_its_verification_gets_no_more_codes(world):
    """Cognito takes the flag away when somebody else verifies the number: it is theirs now."""
    world.sign_up(USER, phone_number=PHONE)
    session = world.session(USER, phone_number=PHONE)
    world.deliver()
    assert session.answer(world.code())
    world.clock.advance(30)
    world.session(USER, phone_number=PHONE, phone_number_verified="false")
    assert world.deliver() == 1


def test_an_unknown_user_whose_name_changes_at_each_call_sees_its_guesses_counted(world):
    unknown = world.session("7f9f8b7e-0000-4000-8000-000000000001", known=False)
    world.deliver()
    unknown._username = "7f9f8b7e-0000-4000-8000-000000000002"
    assert not unknown.answer("111111")
    assert unknown.parameters["attempts_left"] == "2"


def test_an_account_that_cognito_named_otherwise_at_sign_up_is_found(make_world):
    """Whether PreSignUp sees the later username or what was typed is not documented: both must work."""
    world = make_world(USERNAME_ATTRIBUTES="email", CHANNELS="email")
    world.sign_up("ada@example.com", exists=False, email="ada@example.com")
    world.clients["cognito-idp"].admin_create_user(UserPoolId=world.pool_id, Username=USER, MessageAction="SUPPRESS")
    session = world.session(USER, email="ada@example.com")
    world.deliver()
    assert session.answer(world.code_by_email())
    assert world.user(USER)["email_verified"] == "true"


@pytest.mark.parametrize("number", ["+882123456789", "not a number"])
def test_an_existing_user_whose_number_cannot_be_used_is_told_nothing(world, number):
    world.sign_up(USER, phone_number=PHONE)
    session = world.session(USER, phone_number=number)
    assert session.parameters["delivery_medium"] == "SMS"
    assert world.deliver() == 0


def test_a_user_whose_name_no_sign_up_could_have_had_signs_in(world):
    session = world.session("a\u00b4b", phone_number=PHONE, phone_number_verified="true")
    world.deliver()
    assert session.answer(world.code())
