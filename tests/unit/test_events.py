"""Every known trigger event goes through the handlers; what is not ours comes back untouched."""

import copy
import json

import pytest

from cognito_otp.refusals import Refusal
from tests.unit.conftest import EVENTS

OURS = {
    "sign_up_handler": ("PreSignUp_", "PostConfirmation_", "CustomMessage_"),
    "sign_in_handler": (
        "DefineAuthChallenge_",
        "CreateAuthChallenge_",
        "VerifyAuthChallengeResponse_",
        "PostAuthentication_",
    ),
}
BOOLEANS = ("autoConfirmUser", "issueTokens", "failAuthentication", "answerCorrect")


def events():
    return sorted(EVENTS.glob("*.json"), key=lambda path: path.name)


def test_there_are_events():
    assert len(events()) >= 52


@pytest.mark.parametrize("path", events(), ids=lambda path: path.stem)
@pytest.mark.parametrize("function", OURS)
def test_event(world, path, function):
    event = json.loads(path.read_text())
    before = copy.deepcopy(event)
    try:
        answer = getattr(world, function)(event, None)
    except Refusal as refusal:
        assert str(refusal) in {"SERVICE_UNAVAILABLE", "PHONE_NUMBER_REQUIRED"}
        return
    json.dumps(answer)
    assert answer["request"] == before["request"]
    if not event["triggerSource"].startswith(OURS[function]):
        assert answer == before
        return
    for name, value in answer["response"].items():
        if name in BOOLEANS and value is not None:
            assert isinstance(value, bool)
        if name.endswith("ChallengeParameters") and value is not None:
            assert all(isinstance(each, str) for each in value.values())


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"triggerSource": None},
        {"triggerSource": "Something_New", "request": None},
        {"triggerSource": "PreSignUp_New"},
    ],
)
def test_what_is_unknown_passes_through(world, event):
    assert world.sign_in_handler(copy.deepcopy(event), None) == event
    assert world.sign_up_handler(copy.deepcopy(event), None) == event


@pytest.mark.parametrize(
    "source", ["PreSignUp_SignUp", "CreateAuthChallenge_Authentication", "DefineAuthChallenge_Authentication"]
)
def test_an_event_without_its_fields_is_refused_without_a_word_about_why(world, source):
    event = {"triggerSource": source}
    try:
        world.sign_in_handler(event, None)
        world.sign_up_handler(event, None)
    except Refusal as refusal:
        assert str(refusal) in {"SERVICE_UNAVAILABLE", "PHONE_NUMBER_REQUIRED"}


@pytest.mark.parametrize(
    "spelling", ["VerifyAuthChallenge_Authentication", "verifyauthchallengeresponse_Authentication"]
)
def test_the_guides_other_spellings_are_understood(world, spelling):
    event = world.event(spelling, "u", {"challengeAnswer": "1", "privateChallengeParameters": None})
    assert world.sign_in_handler(event, None)["response"] == {"answerCorrect": False}
