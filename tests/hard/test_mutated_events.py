"""10,000 trigger events that nobody should send: what the public reads, what is decided and what is logged holds.

`fuzz/events.py` has the mutations, `fuzz/stage.py` what must hold.
"""

import copy
import re
from collections.abc import Iterator

import pytest
from moto import mock_aws

from cognito_otp import clock, codes, destinations, event_log, handover
from cognito_otp.triggers import dispatch, event
from tests.hard.fuzz.events import Seeded, mutated, pick
from tests.hard.fuzz.stage import PRIVATE, PUBLIC, Stage, maintenance
from tests.unit.conftest import Clock

SEED = 20_261_121
COUNTS = {"sign_up": 5000, "sign_in": 5000, "delivery": 1000, "maintenance": 500}


@pytest.fixture
def stage(monkeypatch) -> Iterator[Stage]:
    stopped = Clock()
    monkeypatch.setattr(clock, "now", stopped)
    with mock_aws():
        yield Stage(stopped)


def play(stage: Stage, function: str, count: int) -> None:
    """Give a function so many mutated events; say which one it was that failed."""
    events, draw = stage.events(function), Seeded(SEED)
    for number in range(count):
        sent = mutated(pick(draw, events), events, draw)
        try:
            stage.play(function, copy.deepcopy(sent))
        except AssertionError as error:
            error.add_note(f"event {number} of seed {SEED}: {sent!s:.2000}")
            raise


@pytest.mark.parametrize("function", [*PUBLIC, *PRIVATE])
def test_what_holds_for_events_as_they_are_written(stage, function):
    """Otherwise what is found in mutated ones would say nothing."""
    for sent in stage.events(function):
        stage.play(function, sent)


@pytest.mark.parametrize("function", COUNTS)
def test_mutated_events_bring_out_nothing(stage, function):
    play(stage, function, COUNTS[function])
    # The run was no idle one: mutated events went all the ways there are.
    answered = {name for name, count in stage.seen.items() if count >= 10}
    match function:
        case "sign_up":
            assert {"sign_up presignup", "sign_up postconfirmation", "sign_up custommessage"} <= answered
            assert {"sign_up SERVICE_UNAVAILABLE", "sign_up PHONE_NUMBER_INVALID", "sign_up passed through"} <= answered
        case "sign_in":
            assert {"right codes", "tokens", "sign_in passed through", "sign_in createauthchallenge"} <= answered
        case "delivery":
            assert {"delivery done", "delivery NotAHandOverError"} <= answered
        case "maintenance":
            assert {"maintenance done", "maintenance JobFailedError"} <= answered


@pytest.mark.parametrize("sent", [None, [], "PreSignUp_SignUp", 7, [{"triggerSource": "PreSignUp_SignUp"}]])
@pytest.mark.parametrize("function", PUBLIC)
def test_what_is_no_event_at_all_passes_through(stage, function, sent):
    stage.play(function, sent)


def unguarded(route, trigger):
    route.handle(trigger)


CONTROLS = {
    "the catch-all of dispatch": (dispatch, "_answer", unguarded, "sign_in", "the public reads"),
    "the types of an event's parts": (event, "_object", lambda value: value or {}, "sign_up", "the public reads"),
    "the types of its texts": (event, "_texts", lambda value: value or {}, "sign_in", "the public reads|is no text"),
    "the comparison of codes": (codes, "equal", lambda one, other: True, "sign_in", "a wrong code was accepted"),
    "the filter of rounds": (event.TriggerEvent, "rounds", event.TriggerEvent.session, "sign_in", "tokens for nothing"),
    "the mask": (
        destinations,
        "shown",
        lambda channel, address: address,
        "sign_in",
        "the line .* shows|destination is",
    ),
    "the summary of a job": (
        maintenance,
        "_summary",
        lambda job, error: str(error),
        "maintenance",
        "the error says|the error shows",
    ),
    "the types of a hand-over": (
        *(handover.HandOver, "from_event", classmethod(lambda cls, sent: cls(**{"locale": None, **sent}))),
        *("delivery", "shows|is no text"),
    ),
}


@pytest.mark.parametrize("control", CONTROLS)
def test_control_without(stage, monkeypatch, control):
    place, name, replacement, function, found = CONTROLS[control]
    monkeypatch.setattr(place, name, replacement)
    with pytest.raises(AssertionError) as failed:
        play(stage, function, COUNTS[function])
    assert re.search(found, str(failed.value)), failed.value


def test_control_an_error_that_is_logged_with_its_text(stage, monkeypatch):
    """botocore quotes what it was given."""

    def failure(name, error, **_):
        event_log.decision(name, "failed", reason=str(error))

    monkeypatch.setattr(event_log, "failure", failure)
    with pytest.raises(AssertionError, match=r"the line .* shows"):
        [play(stage, function, COUNTS[function]) for function in (*PUBLIC, *PRIVATE)]
