"""CUSTOM_AUTH, against the sample events and the rules of the developer guide."""

import base64
import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dev.local import LocalAWS
from tests.local.support import Pool, keys, make_pool

PHONE = "+14155550100"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

USER = {"sub": None, "cognito:user_status": None, "phone_number": None, "phone_number_verified": None}
COMMON = {
    **dict.fromkeys(("version", "region", "userPoolId", "userName", "triggerSource")),
    "callerContext": {"awsSdkVersion": None, "clientId": None},
}
DEFINE = {"challengeName": None, "issueTokens": None, "failAuthentication": None}
CREATE = dict.fromkeys(("publicChallengeParameters", "privateChallengeParameters", "challengeMetadata"))


@pytest.fixture
def pool(aws: LocalAWS, tmp_path: Path) -> Pool:
    pool = make_pool(aws, tmp_path)
    pool.sign_up(PHONE)
    pool.function.events_file.unlink()
    return pool


def event_of(pool: Pool, trigger: str, index: int = -1) -> dict[str, Any]:
    return [e for e in pool.function.events() if e["triggerSource"].startswith(trigger)][index]


def test_right_code_signs_in_and_runs_the_triggers_in_order(pool: Pool, aws: LocalAWS) -> None:
    before = len(aws.trigger_log())
    challenge = pool.start(PHONE)
    assert challenge["ChallengeName"] == "CUSTOM_CHALLENGE"
    username = pool.user(PHONE)["username"]
    assert challenge["ChallengeParameters"] == {"medium": "SMS", "USERNAME": username}
    result = pool.answer(challenge, "424242")["AuthenticationResult"]
    assert {"AccessToken", "IdToken", "RefreshToken"} <= result.keys()
    ran = aws.trigger_log()[before:]
    assert [run.source for run in ran] == [
        "DefineAuthChallenge_Authentication",
        "CreateAuthChallenge_Authentication",
        "VerifyAuthChallengeResponse_Authentication",
        "DefineAuthChallenge_Authentication",
        "PostAuthentication_Authentication",
    ]
    assert all(run.outcome == "ok" and run.attempt == 1 and run.milliseconds for run in ran)
    assert {run.function for run in ran} == {pool.function.name}


def test_events_have_exactly_the_documented_keys(pool: Pool) -> None:
    first = pool.start(PHONE, ClientMetadata={"from": "initiate"})
    second = pool.answer(first, "000000", ClientMetadata={"from": "respond"})
    pool.answer(second, "424242")
    define, create = event_of(pool, "Define", 0), event_of(pool, "Create", 0)
    assert keys(define) == {
        **COMMON,
        "request": {"userAttributes": USER, "session": None, "userNotFound": None},
        "response": DEFINE,
    }
    assert keys(create) == {
        **COMMON,
        "request": {"userAttributes": USER, "challengeName": None, "session": None, "userNotFound": None},
        "response": CREATE,
    }
    verify = event_of(pool, "Verify", 0)
    assert keys(verify) == {
        **COMMON,
        "request": {
            "userAttributes": USER,
            "privateChallengeParameters": {"ref": None},
            "challengeAnswer": None,
            "clientMetadata": {"from": None},
            "userNotFound": None,
        },
        "response": {"answerCorrect": None},
    }
    assert verify["request"]["privateChallengeParameters"] == {"ref": "r1"}
    assert event_of(pool, "Define", 1)["request"]["clientMetadata"] == {"from": "respond"}
    assert "clientMetadata" not in event_of(pool, "Create", 1)["request"]
    post = event_of(pool, "PostAuthentication")
    assert keys(post) == {**COMMON, "request": {"userAttributes": USER, "newDeviceUsed": None}, "response": {}}
    assert post["request"]["newDeviceUsed"] is False
    assert post["request"]["userAttributes"]["cognito:user_status"] == "CONFIRMED"
    assert define["callerContext"]["clientId"] == pool.client_id
    assert define["userName"] == pool.user(PHONE)["username"] != PHONE


def test_session_entries_name_result_and_metadata(pool: Pool) -> None:
    pool.answer(pool.answer(pool.start(PHONE), "1"), "2")
    assert event_of(pool, "Define")["request"]["session"] == [
        {"challengeName": "CUSTOM_CHALLENGE", "challengeResult": False, "challengeMetadata": "m1"},
        {"challengeName": "CUSTOM_CHALLENGE", "challengeResult": False, "challengeMetadata": "m2"},
    ]
    assert event_of(pool, "Define", 0)["request"]["session"] == []


def test_rounds_are_for_define_to_limit(pool: Pool) -> None:
    challenge = pool.start(PHONE)
    for _ in range(4):
        challenge = pool.answer(challenge, "0")
    with pytest.raises(ClientError, match=r"NotAuthorizedException.*Incorrect username or password\."):
        pool.answer(challenge, "0")


def test_every_answer_gets_a_new_session_and_kills_the_old(pool: Pool) -> None:
    first = pool.start(PHONE)
    second = pool.answer(first, "0")
    assert second["Session"] != first["Session"]
    with pytest.raises(ClientError, match=r"session can only be used once\."):
        pool.answer(first, "424242")
    with pytest.raises(ClientError, match=r"Invalid session for the user\.$"):
        pool.answer({**second, "Session": "x" * 40}, "424242")
    assert pool.answer(second, "424242")["AuthenticationResult"]


def test_sessions_expire_and_each_answer_starts_anew(hasty_aws: LocalAWS, tmp_path: Path) -> None:
    pool = make_pool(hasty_aws, tmp_path, client={"AuthSessionValidity": 3})  # 1.5 s
    pool.sign_up(PHONE)
    first = pool.start(PHONE)
    time.sleep(0.9)
    second = pool.answer(first, "0")
    time.sleep(0.9)
    third = pool.answer(second, "0")
    time.sleep(1.6)
    with pytest.raises(ClientError, match=r"Invalid session for the user, session is expired\."):
        pool.answer(third, "424242")


def test_a_raising_trigger_burns_the_session(aws: LocalAWS, tmp_path: Path) -> None:
    code = """
    def react(event):
        if event["triggerSource"].startswith("Verify") and event["request"]["challengeAnswer"] == "raise":
            raise KeyError("email")
        return default(event)
    """
    pool = make_pool(aws, tmp_path, code)
    pool.sign_up(PHONE)
    challenge = pool.start(PHONE)
    message = r"UserLambdaValidationException.*VerifyAuthChallengeResponse failed with error 'email'\.$"
    with pytest.raises(ClientError, match=message):
        pool.answer(challenge, "raise")
    with pytest.raises(ClientError, match=r"session can only be used once"):
        pool.answer(challenge, "424242")
    assert aws.trigger_log()[-1].outcome == "raised: 'email'"


def test_post_authentication_can_deny_the_tokens(aws: LocalAWS, tmp_path: Path) -> None:
    code = """
    def react(event):
        if event["triggerSource"].startswith("PostAuth"):
            raise Exception("NO")
        return default(event)
    """
    pool = make_pool(aws, tmp_path, code)
    pool.sign_up(PHONE)
    with pytest.raises(ClientError, match=r"PostAuthentication failed with error NO\."):
        pool.answer(pool.start(PHONE), "424242", ClientMetadata={"k": "v"})
    assert event_of(pool, "PostAuth")["request"]["clientMetadata"] == {"k": "v"}


def test_an_unknown_user_is_simulated_and_never_gets_tokens(pool: Pool) -> None:
    first, other = pool.start("+14155550199"), pool.start("+14155550199")
    assert first["ChallengeParameters"].keys() == {"medium", "USERNAME"}
    names = {c["ChallengeParameters"]["USERNAME"] for c in (first, other)}
    assert len(names) == 2
    assert all(UUID.fullmatch(name) for name in names)
    second = pool.answer(first, "0")
    assert second["ChallengeParameters"]["USERNAME"] == first["ChallengeParameters"]["USERNAME"]
    assert second["Session"] != first["Session"]
    with pytest.raises(ClientError, match=r"NotAuthorizedException.*Incorrect username or password\."):
        pool.answer(second, "424242")
    for event in pool.function.events():
        assert event["request"]["userNotFound"] is True
        assert event["request"]["userAttributes"] == {}
    assert "PostAuthentication_Authentication" not in pool.function.sources()
    assert len({e["userName"] for e in pool.function.events()}) == 2


def test_without_prevention_an_unknown_user_is_told(aws: LocalAWS, tmp_path: Path) -> None:
    pool = make_pool(aws, tmp_path, client={"PreventUserExistenceErrors": "LEGACY"})
    with pytest.raises(ClientError, match=r"UserNotFoundException.*User does not exist\."):
        pool.start(PHONE)
    pool.sign_up(PHONE)
    pool.start(PHONE)
    assert "userNotFound" not in event_of(pool, "Define")["request"]


def test_unconfirmed_and_disabled_users_are_refused_before_any_trigger(aws: LocalAWS, tmp_path: Path) -> None:
    pool = make_pool(aws, tmp_path, triggers=("DefineAuthChallenge", "CreateAuthChallenge"))
    pool.sign_up(PHONE)
    with pytest.raises(ClientError, match=r"UserNotConfirmedException.*User is not confirmed\."):
        pool.start(PHONE)
    idp = aws.client("cognito-idp")
    idp.admin_confirm_sign_up(UserPoolId=pool.id, Username=PHONE)
    idp.admin_disable_user(UserPoolId=pool.id, Username=PHONE)
    with pytest.raises(ClientError, match=r"NotAuthorizedException.*User is disabled\."):
        pool.start(PHONE)
    assert pool.function.events() == []


def test_an_alias_signs_in_only_when_verified_whatever_its_case(aws: LocalAWS, tmp_path: Path) -> None:
    pool = make_pool(aws, tmp_path, UsernameAttributes=[], AliasAttributes=["email"])
    pool.sign_up("JDoe", UserAttributes=[{"Name": "email", "Value": "J.Doe@example.com"}])
    assert pool.start("jdoe")["ChallengeParameters"]["USERNAME"] == "JDoe"
    pool.start("j.doe@EXAMPLE.com")
    assert event_of(pool, "Define")["request"]["userNotFound"] is True
    aws.client("cognito-idp").admin_update_user_attributes(
        UserPoolId=pool.id, Username="JDoe", UserAttributes=[{"Name": "email_verified", "Value": "true"}]
    )
    pool.start("j.doe@EXAMPLE.com")
    assert event_of(pool, "Define")["userName"] == "JDoe"


def test_case_sensitive_pools_tell_cases_apart(aws: LocalAWS, tmp_path: Path) -> None:
    pool = make_pool(aws, tmp_path, UsernameAttributes=[], UsernameConfiguration={"CaseSensitive": True})
    pool.sign_up("JDoe")
    pool.start("jdoe")
    assert event_of(pool, "Define")["request"]["userNotFound"] is True
    pool.sign_up("jdoe")


def test_the_admin_flow_is_the_same(pool: Pool, aws: LocalAWS) -> None:
    idp = aws.client("cognito-idp")
    challenge = idp.admin_initiate_auth(
        UserPoolId=pool.id,
        ClientId=pool.client_id,
        AuthFlow="CUSTOM_AUTH",
        AuthParameters={"USERNAME": PHONE},
        ClientMetadata={"not": "passed"},
    )
    assert "clientMetadata" not in event_of(pool, "Define")["request"]
    answered = idp.admin_respond_to_auth_challenge(
        UserPoolId=pool.id,
        ClientId=pool.client_id,
        ChallengeName="CUSTOM_CHALLENGE",
        Session=challenge["Session"],
        ChallengeResponses={"USERNAME": PHONE, "ANSWER": "424242"},
    )
    assert answered["AuthenticationResult"]["IdToken"]


def test_a_session_belongs_to_its_user_and_client(pool: Pool, aws: LocalAWS) -> None:
    pool.sign_up("+14155550101")
    challenge = pool.start(PHONE)
    with pytest.raises(ClientError, match=r"NotAuthorizedException.*Invalid session"):
        pool.public.respond_to_auth_challenge(
            ClientId=pool.client_id,
            ChallengeName="CUSTOM_CHALLENGE",
            Session=challenge["Session"],
            ChallengeResponses={"USERNAME": "+14155550101", "ANSWER": "424242"},
        )


@pytest.mark.parametrize(
    "answer",
    [
        "None",
        "{'response': event['response']}",
        "[1]",
        "{**event, 'response': {'challengeName': 7}}",
        "{**event, 'response': {}}",
        "{**event, 'response': {'issueTokens': True, 'failAuthentication': True}}",
    ],
)
def test_answers_of_the_wrong_shape_are_refused(aws: LocalAWS, tmp_path: Path, answer: str) -> None:
    pool = make_pool(
        aws,
        tmp_path,
        f"""
        def react(event):
            return {answer} if event["triggerSource"].startswith("Define") else default(event)
        """,
    )
    pool.sign_up(PHONE)
    with pytest.raises(ClientError, match=r"InvalidLambdaResponseException"):
        pool.start(PHONE)


def test_parameters_must_be_text(aws: LocalAWS, tmp_path: Path) -> None:
    code = """
    def react(event):
        if event["triggerSource"].startswith("Create"):
            event["response"]["publicChallengeParameters"] = {"length": 6}
            return event
        return default(event)
    """
    pool = make_pool(aws, tmp_path, code)
    pool.sign_up(PHONE)
    with pytest.raises(ClientError, match=r"InvalidLambdaResponseException.*Unrecognizable lambda output"):
        pool.start(PHONE)


def test_a_warm_sign_in_is_fast(pool: Pool) -> None:
    pool.answer(pool.start(PHONE), "424242")
    began = time.monotonic()
    pool.answer(pool.start(PHONE), "424242")
    assert time.monotonic() - began < 2


def test_the_id_token_tells_who(pool: Pool) -> None:
    token = pool.answer(pool.start(PHONE), "424242")["AuthenticationResult"]["IdToken"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(token + "=="))
    assert claims["phone_number"] == PHONE
    assert claims["phone_number_verified"] is False
    assert claims["aud"] == pool.client_id
