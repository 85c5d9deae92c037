"""DefineAuthChallenge in every session that Cognito or an attacker could bring: tokens for a right code only, and where a
password is required only after its proof."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_otp.challenges import Challenge
from cognito_otp.settings import Codes
from cognito_otp.triggers.define_auth_challenge import DefineAuthChallenge
from cognito_otp.triggers.event import TriggerEvent
from tests.unit.conftest import EVENTS, NOW

SRP = ("SRP_A", True)
PASSWORD = ("PASSWORD_VERIFIER", True)
NEW_PASSWORD = ("NEW_PASSWORD_REQUIRED", True)
MFA = ("SOFTWARE_TOKEN_MFA", True)
RIGHT, WRONG = ("CUSTOM_CHALLENGE", True), ("CUSTOM_CHALLENGE", False)
CODES = Codes(length=6, ttl=300, max_attempts=3, max_resends=3, show_destination=False)
CODE, TOKENS, END = "CUSTOM_CHALLENGE", "tokens", "end"


class Running:
    """A challenge that can always be answered once more."""

    def get(self, challenge_id: str) -> Challenge:
        return Challenge(challenge_id, "user", "sms", "key", NOW, expires_at=2 * NOW, resend_at=2 * NOW)


def decide(event: dict[str, Any], *, password_required: bool) -> str:
    """Return the challenge that is named, TOKENS or END."""
    DefineAuthChallenge(Running(), CODES, password_required=password_required)(TriggerEvent(event))
    response = event["response"]
    wishes = {
        response["challengeName"]: bool(response["challengeName"]),
        TOKENS: response["issueTokens"],
        END: response["failAuthentication"],
    }
    (wish,) = [name for name, wished in wishes.items() if wished]  # Cognito takes no contradiction
    return wish


def session(*entries: tuple[str, bool | None], status: str = "CONFIRMED", known: bool = True) -> dict[str, Any]:
    attributes = {"sub": "sub", "cognito:user_status": status} if known else {}
    listed = [
        {"challengeName": name, "challengeResult": result, "challengeMetadata": "challenge" if name == CODE else None}
        for name, result in entries
    ]
    return {"request": {"userAttributes": attributes, "userNotFound": not known, "session": listed}, "response": {}}


@pytest.mark.parametrize(
    ("name", "without", "with_password"),
    [
        ("initial", CODE, END),
        ("user_not_found", CODE, END),
        ("force_change_password", CODE, END),
        ("correct_answer", TOKENS, END),
        ("wrong_answer", CODE, END),
        ("user_not_found_after_answer", CODE, END),
        ("srp_a", CODE, "PASSWORD_VERIFIER"),
        ("srp_verified", CODE, CODE),
    ],
)
def test_the_sample_events(name, without, with_password):
    sample = (EVENTS / f"DefineAuthChallenge_Authentication.{name}.json").read_text()
    assert decide(json.loads(sample), password_required=False) == without
    assert decide(json.loads(sample), password_required=True) == with_password


def test_no_sample_is_left_out():
    assert len(list(EVENTS.glob("DefineAuthChallenge_*.json"))) == 8


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([SRP], "PASSWORD_VERIFIER"),
        ([SRP, PASSWORD], CODE),
        ([SRP, PASSWORD, WRONG], CODE),
        ([SRP, PASSWORD, WRONG, RIGHT], TOKENS),
        ([SRP, PASSWORD, RIGHT], TOKENS),
        ([SRP, PASSWORD, MFA], CODE),  # Cognito puts its MFA there itself
        ([SRP, PASSWORD, MFA, RIGHT], TOKENS),
        ([SRP, ("PASSWORD_VERIFIER", False)], END),
        ([SRP, ("PASSWORD_VERIFIER", None)], END),
        ([("SRP_A", False)], END),
        ([SRP, RIGHT], END),
        ([SRP, SRP], END),
        ([RIGHT], END),
        ([RIGHT, SRP, PASSWORD], END),
        ([WRONG, SRP, PASSWORD, RIGHT], END),
        ([PASSWORD], END),
        ([PASSWORD, RIGHT], END),
        ([("ADMIN_NO_SRP_AUTH", True)], END),
        ([SRP, PASSWORD, ("SOFTWARE_TOKEN_MFA", False)], END),
    ],
)
def test_password_and_code(entries, expected):
    assert decide(session(*entries), password_required=True) == expected


@pytest.mark.parametrize("status", ["FORCE_CHANGE_PASSWORD", "RESET_REQUIRED"])
def test_a_password_that_must_be_set_is_set_before_the_code(status):
    assert decide(session(SRP, status=status), password_required=True) == "PASSWORD_VERIFIER"
    assert decide(session(SRP, PASSWORD, status=status), password_required=True) == "NEW_PASSWORD_REQUIRED"
    assert decide(session(SRP, PASSWORD, RIGHT, status=status), password_required=True) == END
    for now in (status, "CONFIRMED"):  # whether the event still has the old status is not documented
        assert decide(session(SRP, PASSWORD, NEW_PASSWORD, status=now), password_required=True) == CODE
        assert decide(session(SRP, PASSWORD, NEW_PASSWORD, RIGHT, status=now), password_required=True) == TOKENS
    refused = ("NEW_PASSWORD_REQUIRED", False)
    assert decide(session(SRP, PASSWORD, refused, status=status), password_required=True) == END


@pytest.mark.parametrize("after", [SRP, PASSWORD, MFA, WRONG])
def test_a_right_code_counts_as_the_last_word_only(after):
    assert decide(session(RIGHT, after), password_required=False) == CODE
    assert decide(session(SRP, PASSWORD, RIGHT, after), password_required=True) == CODE


def test_nobody_sees_the_same_and_never_gets_tokens():
    assert decide(session(SRP, known=False), password_required=True) == "PASSWORD_VERIFIER"
    assert decide(session(SRP, PASSWORD, RIGHT, known=False), password_required=True) != TOKENS


NAMES = [
    "CUSTOM_CHALLENGE",
    "SRP_A",
    "PASSWORD_VERIFIER",
    "NEW_PASSWORD_REQUIRED",
    "SMS_MFA",
    "EMAIL_OTP",
    "SOFTWARE_TOKEN_MFA",
    "DEVICE_SRP_AUTH",
    "DEVICE_PASSWORD_VERIFIER",
    "ADMIN_NO_SRP_AUTH",
]
ANY = st.tuples(st.sampled_from(NAMES), st.sampled_from([True, False, None]))
SESSIONS = st.lists(st.sampled_from([RIGHT, WRONG, SRP, PASSWORD]) | ANY, max_size=6)
PROVEN = st.lists(st.just(RIGHT) | st.just(WRONG), max_size=4).map(lambda rounds: [SRP, PASSWORD, *rounds])
STATUSES = st.sampled_from(["CONFIRMED", "UNCONFIRMED", "FORCE_CHANGE_PASSWORD", "RESET_REQUIRED"])


@given(SESSIONS | PROVEN, STATUSES, st.booleans(), st.booleans())
def test_tokens_are_for_a_right_code_at_the_end_only(entries, status, known, password_required):
    if decide(session(*entries, status=status, known=known), password_required=password_required) == TOKENS:
        assert known
        assert entries[-1] == RIGHT


@given(SESSIONS | PROVEN, STATUSES, st.booleans())
def test_neither_code_nor_tokens_before_the_password(entries, status, known):
    decided = decide(session(*entries, status=status, known=known), password_required=True)
    if decided in (CODE, TOKENS):
        names = [name for name, _ in entries]
        before = entries[: names.index(CODE)] if CODE in names else entries
        assert before[0] == SRP
        assert PASSWORD in before
        assert all(result is True for _, result in before)


def test_the_function_asks_for_the_password_where_it_is_told_to(make_world):
    world = make_world(PASSWORD_REQUIRED="true")
    request = session()["request"]
    event = world.event("DefineAuthChallenge_Authentication", "user", request)
    assert world.sign_in_handler(event, None)["response"]["failAuthentication"] is True
    assert world.queue.payloads == []
