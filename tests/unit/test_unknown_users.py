"""Nobody learns from a sign-in who has an account: the same words, at the price of the same calls, in every step."""

import pytest

from cognito_otp.refusals import Refusal
from dev.person import wrong
from tests.unit.conftest import NOW

BOTH = {
    "phone_number": "+14155550100",
    "phone_number_verified": "true",
    "email": "ada@example.com",
    "email_verified": "true",
}
USER = "7c1d2e3f-4a5b-4c6d-8e7f-000000000001"
NOBODY = "7f9f8b7e-0000-4000-8000-00000000dead"

# What is done in one sign-in, and how many seconds later than the step before.
WRONG, REPEATED, UNREADABLE, RESEND, BY_EMAIL, BY_FAX = "wrong", "repeated", "unreadable", "resend", "email", "fax"
SESSION = [
    (0, RESEND),  # while nothing was sent
    (1, WRONG),
    (0, REPEATED),
    (2, UNREADABLE),
    (3, RESEND),  # too early
    (24, RESEND),
    (5, BY_FAX),
    (0, BY_EMAIL),
    (1, WRONG),
    (0, BY_EMAIL),  # too early
    (298, WRONG),  # the last second of its life
    (1, RESEND),  # too late
]
EXHAUSTED = [(1, WRONG), (0, RESEND), (1, WRONG), (0, UNREADABLE), (1, WRONG)]


@pytest.fixture
def make_two_channels(make_world):
    def make(**overrides):
        world = make_world(CHANNELS="sms,email", **overrides)
        warm = world.session("warm", **{**BOTH, "phone_number": "+14155550101", "email": "warm@example.com"})
        world.deliver()
        warm.answer("000000")
        return world

    return make


def told(world, username, steps, **who):
    """Run a sign-in; return of each step what the client is told and what AWS is asked."""
    world.clock.time = NOW
    world.counted()
    session = world.session(username, **who)
    told = [("start", session.parameters, world.shapes())]
    for seconds, step in steps:
        if step != RESEND or seconds:
            world.deliver()
        world.clock.advance(seconds)
        world.counted()
        assert not session.ended, step
        # Never right, and the same digits for both: the code of a known user is not one of these.
        guess = f"{len(told):06d}" if step == WRONG else f"{len(told) - 1:06d}"
        if step in (WRONG, REPEATED):
            assert not session.answer(guess)
        elif step == UNREADABLE:
            session.answer("12345")
        else:
            session.resend(None if step == RESEND else step)
        told.append((step, dict(session.parameters), session.ended, world.shapes()))
    return told


@pytest.mark.parametrize("steps", [SESSION, EXHAUSTED], ids=["resent until it is too late", "guessed until it is over"])
@pytest.mark.parametrize("shown", ["false", "true"])
def test_a_whole_session_of_an_unknown_user_is_that_of_a_known_one(make_two_channels, monkeypatch, steps, shown):
    monkeypatch.setattr("cognito_otp.codes.generate", lambda length: "9" * length)
    world = make_two_channels(SHOW_DESTINATION=shown)
    known, unknown = told(world, USER, steps, **BOTH), told(world, NOBODY, steps, known=False)
    if shown == "true":  # the input says that it tells strangers; nothing else may
        masks = {step[1].pop("destination") for step in known}
        assert masks == ({"+*******0100", "a***@e***"} if steps == SESSION else {"+*******0100"})
        assert {step[1].pop("destination") for step in unknown} <= {"+***", "***@***"}
    for one, other in zip(known, unknown, strict=True):
        assert one == other
    assert known[-1][2] is True  # it has ended


def test_the_session_is_one_in_which_everything_happens(make_two_channels, monkeypatch, caplog):
    """What the test above compares is worth something only if its steps are what they say."""
    monkeypatch.setattr("cognito_otp.codes.generate", lambda length: "9" * length)
    world = make_two_channels()
    caplog.clear()
    told(world, USER, SESSION, **BOTH)
    happened = [(line.message, line.outcome) for line in caplog.records if line.message in ("resend", "guess")]
    assert happened == [
        ("resend", "repeated"),
        ("guess", "wrong"),
        ("guess", "not_counted"),
        ("guess", "unreadable"),
        ("resend", "throttled"),
        ("resend", "requested"),
        ("resend", "unknown_channel"),
        ("resend", "requested"),
        ("guess", "wrong"),
        ("resend", "throttled"),
        ("guess", "wrong"),
        ("resend", "over"),
    ]


def test_a_second_start_is_the_same_where_cognito_keeps_the_name(make_two_channels):
    world = make_two_channels()
    answers = []
    for username, who in ((USER, BOTH), (NOBODY, {"known": False})):
        world.clock.time = NOW
        first = world.session(username, **who)
        world.deliver()
        world.clock.advance(10)
        joined = world.session(username, **who).parameters
        first.answer("000000")
        world.counted()
        with pytest.raises(Refusal) as refused:
            world.session(username, **who)
        answers.append((joined, str(refused.value), world.shapes()))
    assert answers[0] == answers[1]
    assert answers[0][1] == "OTP_THROTTLED retry_after=20"


def test_what_stays_observable_is_a_second_start_where_cognito_gives_another_name(make_two_channels):
    """SECURITY.md says so: no cooldown can stick to a name that is new at each call."""
    world = make_two_channels()
    world.session(NOBODY, known=False)
    world.clock.advance(10)
    assert world.session("another-name", known=False).parameters["resend_in"] == "30"
    world.session(USER, **BOTH)
    world.deliver()
    world.clock.advance(10)
    assert world.session(USER, **BOTH).parameters["resend_in"] == "20"


def test_who_is_kept_from_codes_is_told_what_an_unknown_user_is_told(make_two_channels):
    """Unconfirmed, without a verified address, blocked by country, over the budget: parameters and their number."""
    world = make_two_channels(MAX_MESSAGES_PER_HOUR="1", FRAUD_MODE="off")
    world.configure("countries", {"blocked": ["DE"], "overrides": {}})
    nobody = world.session(NOBODY, known=False)
    world.deliver()
    nobody.answer(wrong("000000"))
    sent = len(world.texts())
    for username, attributes in (
        ("unconfirmed", {**BOTH, "phone_number": "+14155550102", "cognito:user_status": "UNCONFIRMED"}),
        ("unverified", {"phone_number": "+14155550103"}),
        ("blocked", {"phone_number": "+493012345678", "phone_number_verified": "true"}),
        ("over the budget", {"phone_number": "+14155550104", "phone_number_verified": "true"}),
        ("over it too", {"phone_number": "+14155550105", "phone_number_verified": "true"}),
    ):
        session = world.session(username, **attributes)
        world.deliver()
        session.answer(wrong("000000"))
        assert session.parameters == nobody.parameters, username
    assert len(world.texts()) <= sent + 1
