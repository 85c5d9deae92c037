"""CUSTOM_AUTH that begins with a password proof (SRP), as MiniStack checks it, between our own challenges."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dev.local import LocalAWS
from dev.srp import Srp
from tests.local.support import Pool, make_pool

PHONE, PASSWORD = "+14155550100", "Passw0rd!x"

TWO_STEPS = """
def react(event):
    source, request, response = event["triggerSource"], event["request"], event["response"]
    if source.startswith("Define"):
        names = [(c["challengeName"], c["challengeResult"]) for c in request["session"]]
        if names == [("SRP_A", True)]:
            response["challengeName"] = "PASSWORD_VERIFIER"
        elif names == [("SRP_A", True), ("PASSWORD_VERIFIER", True)]:
            response["challengeName"] = "CUSTOM_CHALLENGE"
        else:
            response["issueTokens"] = names[-1] == ("CUSTOM_CHALLENGE", True)
            response["failAuthentication"] = not response["issueTokens"]
        return event
    return default(event)
"""


def begin(pool: Pool, srp: Srp) -> Any:
    return pool.public.initiate_auth(
        ClientId=pool.client_id,
        AuthFlow="CUSTOM_AUTH",
        AuthParameters={"USERNAME": PHONE, "CHALLENGE_NAME": "SRP_A", "SRP_A": srp.a},
    )


def prove(pool: Pool, challenge: Any, responses: dict[str, str]) -> Any:
    return pool.public.respond_to_auth_challenge(
        ClientId=pool.client_id,
        ChallengeName="PASSWORD_VERIFIER",
        Session=challenge["Session"],
        ChallengeResponses=responses,
    )


def test_password_then_code(aws: LocalAWS, tmp_path: Path) -> None:
    pool = make_pool(aws, tmp_path, TWO_STEPS)
    pool.sign_up(PHONE)
    srp = Srp(pool.id)
    challenge = begin(pool, srp)
    assert challenge["ChallengeName"] == "PASSWORD_VERIFIER"
    with pytest.raises(ClientError, match=r"NotAuthorizedException.*Incorrect username or password\."):
        prove(pool, challenge, srp.proof(challenge["ChallengeParameters"], "Wr0ng!pass"))
    answered = prove(pool, challenge, srp.proof(challenge["ChallengeParameters"], PASSWORD))
    assert answered["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert answered["Session"] != challenge["Session"]
    assert pool.answer(answered, "424242")["AuthenticationResult"]
    defined = [e for e in pool.function.events() if e["triggerSource"].startswith("Define")]
    assert [len(event["request"]["session"]) for event in defined] == [1, 2, 3]
    assert pool.function.sources()[-1] == "PostAuthentication_Authentication"


def test_the_code_cannot_replace_the_password(aws: LocalAWS, tmp_path: Path) -> None:
    pool = make_pool(aws, tmp_path, TWO_STEPS)
    pool.sign_up(PHONE)
    challenge = begin(pool, Srp(pool.id))
    with pytest.raises(ClientError, match=r"NotAuthorizedException.*Invalid session"):
        pool.answer({**challenge, "ChallengeParameters": {"USERNAME": PHONE}}, "424242")


def test_nobody_gets_the_same_password_challenge(aws: LocalAWS, tmp_path: Path) -> None:
    pool = make_pool(aws, tmp_path, TWO_STEPS)
    srp = Srp(pool.id)
    challenge = begin(pool, srp)
    assert challenge["ChallengeName"] == "PASSWORD_VERIFIER"
    with pytest.raises(ClientError, match=r"NotAuthorizedException.*Incorrect username or password\."):
        prove(pool, challenge, srp.proof(challenge["ChallengeParameters"], PASSWORD))


WITH_A_NEW_PASSWORD = TWO_STEPS.replace(
    '== [("SRP_A", True), ("PASSWORD_VERIFIER", True)]:',
    """== [("SRP_A", True), ("PASSWORD_VERIFIER", True)]:
            response["challengeName"] = "NEW_PASSWORD_REQUIRED"
        elif names[2:] == [("NEW_PASSWORD_REQUIRED", True)]:""",
)


def test_a_password_that_must_be_set_is_set_between_proof_and_code(aws: LocalAWS, tmp_path: Path) -> None:
    pool = make_pool(aws, tmp_path, WITH_A_NEW_PASSWORD)
    aws.client("cognito-idp").admin_create_user(
        UserPoolId=pool.id, Username=PHONE, TemporaryPassword="Temp0rary!", MessageAction="SUPPRESS"
    )
    srp = Srp(pool.id)
    challenge = begin(pool, srp)
    due = prove(pool, challenge, srp.proof(challenge["ChallengeParameters"], "Temp0rary!"))
    assert due["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    username = due["ChallengeParameters"]["USER_ID_FOR_SRP"]

    def set_to(password: str) -> Any:
        return pool.public.respond_to_auth_challenge(
            ClientId=pool.client_id,
            ChallengeName="NEW_PASSWORD_REQUIRED",
            Session=due["Session"],
            ChallengeResponses={"USERNAME": username, "NEW_PASSWORD": password},
        )

    with pytest.raises(ClientError, match=r"NotAuthorizedException.*Invalid session"):
        pool.answer({**due, "ChallengeParameters": {"USERNAME": PHONE}}, "424242")
    with pytest.raises(ClientError, match="InvalidPasswordException"):
        set_to("short")
    asked = set_to(PASSWORD)
    assert asked["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert pool.user(PHONE)["status"] == "CONFIRMED"
    assert pool.answer(asked, "424242")["AuthenticationResult"]
