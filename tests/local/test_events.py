"""The events that the local Cognito sends, beside the sample of each."""

import json
from pathlib import Path
from typing import Any

import pytest

from dev.local import LocalAWS
from tests.local.support import Pool, make_pool

SAMPLES = Path(__file__).parents[1] / "fixtures" / "events"
PHONE = "+14155550100"


@pytest.fixture(scope="module")
def events(aws: LocalAWS, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The events of a whole life, by the name of the sample that each must look like."""
    pool: Pool = make_pool(aws, tmp_path_factory.mktemp("events"))
    pool.sign_up(PHONE, UserAttributes=[{"Name": "email", "Value": "user@example.com"}])
    pool.answer(pool.answer(pool.start(PHONE), "0", ClientMetadata={"k": "v"}), "424242")
    known = pool.function.events()
    pool.answer(pool.start("+14155550199"), "0")
    unknown = pool.function.events()[len(known) :]
    aws.client("cognito-idp").admin_create_user(UserPoolId=pool.id, Username="+14155550102", MessageAction="SUPPRESS")

    def nth(events: list[dict[str, Any]], trigger: str, index: int) -> dict[str, Any]:
        return [event for event in events if event["triggerSource"].startswith(trigger)][index]

    return {
        "PreSignUp_SignUp": nth(known, "PreSignUp", 0),
        "PreSignUp_AdminCreateUser": pool.function.events()[-1],
        "PostConfirmation_ConfirmSignUp.auto_confirmed": nth(known, "PostConfirmation", 0),
        "DefineAuthChallenge_Authentication.initial": nth(known, "Define", 0),
        "DefineAuthChallenge_Authentication.wrong_answer": nth(known, "Define", 1),
        "DefineAuthChallenge_Authentication.correct_answer": nth(known, "Define", 2),
        "DefineAuthChallenge_Authentication.user_not_found": nth(unknown, "Define", 0),
        "DefineAuthChallenge_Authentication.user_not_found_after_answer": nth(unknown, "Define", 1),
        "CreateAuthChallenge_Authentication.initial": nth(known, "Create", 0),
        "CreateAuthChallenge_Authentication.retry": nth(known, "Create", 1),
        "CreateAuthChallenge_Authentication.user_not_found": nth(unknown, "Create", 0),
        "VerifyAuthChallengeResponse_Authentication": nth(known, "Verify", 0),
        "VerifyAuthChallengeResponse_Authentication.user_not_found": nth(unknown, "Verify", 0),
        "PostAuthentication_Authentication": nth(known, "PostAuth", 0),
    }


def shape(event: dict[str, Any]) -> dict[str, Any]:
    """What of an event does not depend on the user, the challenge or the run."""
    request = event["request"]
    session = [sorted(entry) for entry in request.get("session", [])]
    return {
        "keys": sorted(event),
        "source": event["triggerSource"],
        "caller": sorted(event["callerContext"]),
        "request": sorted(request),
        "user": bool(request["userAttributes"]),
        "userNotFound": request.get("userNotFound"),
        "session": session[:1],
        "response": event["response"],
        "types": {name: type(value).__name__ for name, value in request.items()},
    }


@pytest.mark.parametrize(
    "sample",
    [
        "PreSignUp_SignUp",
        "PreSignUp_AdminCreateUser",
        "PostConfirmation_ConfirmSignUp.auto_confirmed",
        "DefineAuthChallenge_Authentication.initial",
        "DefineAuthChallenge_Authentication.wrong_answer",
        "DefineAuthChallenge_Authentication.correct_answer",
        "DefineAuthChallenge_Authentication.user_not_found",
        "DefineAuthChallenge_Authentication.user_not_found_after_answer",
        "CreateAuthChallenge_Authentication.initial",
        "CreateAuthChallenge_Authentication.retry",
        "CreateAuthChallenge_Authentication.user_not_found",
        "VerifyAuthChallengeResponse_Authentication",
        "VerifyAuthChallengeResponse_Authentication.user_not_found",
        "PostAuthentication_Authentication",
    ],
)
def test_events_look_like_the_samples(events: dict[str, Any], sample: str) -> None:
    expected = json.loads((SAMPLES / f"{sample}.json").read_text())
    assert shape(events[sample]) == shape(expected)


def test_a_confirmed_users_attributes_are_those_of_the_sample(events: dict[str, Any]) -> None:
    name = "PostConfirmation_ConfirmSignUp.auto_confirmed"
    expected = json.loads((SAMPLES / f"{name}.json").read_text())["request"]["userAttributes"]
    own = events[name]["request"]["userAttributes"]
    assert own | {"sub": expected["sub"]} == expected
