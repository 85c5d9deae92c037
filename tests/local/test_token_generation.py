"""PreTokenGeneration in its versions, threat protection's settings, and an authenticator app within CUSTOM_AUTH."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dev import totp
from dev.local import LocalAWS
from dev.person import claims, wrong
from dev.srp import Srp
from tests.local.support import Function, Pool, allow_pool, make_function, make_pool
from tests.local.test_srp import PASSWORD, PHONE, begin, prove

SECOND = """
import json, os

def handler(event, context):
    with open(os.environ["EVENTS"], "a") as file:
        file.write(json.dumps(event) + "\\n")
    claims = {"claimsToAddOrOverride": {"plan": "gold"}, "claimsToSuppress": ["phone_number"]}
    event["response"]["claimsAndScopeOverrideDetails"] = {
        "idTokenGeneration": claims,
        "accessTokenGeneration": {**claims, "scopesToAdd": ["shop/read"], "scopesToSuppress": ["aws.cognito.signin.user.admin"]},
        "groupOverrideDetails": {"groupsToOverride": ["editors"]},
    }
    return event
"""
PASSWORD_ALONE = """
def react(event):
    if not event["triggerSource"].startswith("Define"):
        return default(event)
    passed = [entry["challengeName"] for entry in event["request"]["session"] if entry["challengeResult"]]
    event["response"]["issueTokens"] = "PASSWORD_VERIFIER" in passed
    event["response"]["challengeName"] = None if event["response"]["issueTokens"] else "PASSWORD_VERIFIER"
    return event
"""
FIRST = """
def handler(event, context):
    event["response"]["claimsOverrideDetails"] = {"claimsToAddOrOverride": {"plan": "gold"}}
    return event
"""


def pool_with(
    aws: LocalAWS, folder: Path, code: str, version: str, *, permission: bool = True
) -> tuple[Pool, Function]:
    """A pool with somebody in it, whose tokens a function of this code changes."""
    pool, function = make_pool(aws, folder), make_function(aws, folder, code)
    idp = aws.client("cognito-idp")
    config = idp.describe_user_pool(UserPoolId=pool.id)["UserPool"]["LambdaConfig"]
    config["PreTokenGenerationConfig"] = {"LambdaArn": function.arn, "LambdaVersion": version}
    idp.update_user_pool(UserPoolId=pool.id, LambdaConfig=config)
    if permission:
        allow_pool(aws, function, pool.arn)
    pool.sign_up(PHONE)
    return pool, function


def signed_in(pool: Pool) -> tuple[dict[str, Any], dict[str, Any]]:
    """Sign in; return the claims of the ID token and the access token."""
    result = pool.answer(pool.start(PHONE), "424242")["AuthenticationResult"]
    return claims(result["IdToken"]), claims(result["AccessToken"])


def test_the_second_version_changes_both_tokens_and_is_asked_once(aws: LocalAWS, tmp_path: Path) -> None:
    pool, function = pool_with(aws, tmp_path, SECOND, "V2_0")
    identity, access = signed_in(pool)
    assert (identity["plan"], access["plan"]) == ("gold", "gold")
    assert "phone_number" not in identity
    assert (identity["cognito:groups"], access["cognito:groups"]) == (["editors"], ["editors"])
    assert access["scope"] == "shop/read"
    (event,) = function.events()
    assert (event["version"], event["triggerSource"]) == ("2", "TokenGeneration_Authentication")
    assert event["request"]["scopes"] == ["aws.cognito.signin.user.admin"]
    assert event["request"]["userAttributes"]["cognito:user_status"] == "CONFIRMED"


def test_the_first_version_changes_the_id_token_alone(aws: LocalAWS, tmp_path: Path) -> None:
    identity, access = signed_in(pool_with(aws, tmp_path, FIRST, "V1_0")[0])
    assert identity["plan"] == "gold"
    assert "plan" not in access


def test_no_tokens_where_it_fails_or_may_not_be_asked(aws: LocalAWS, tmp_path: Path) -> None:
    failing = "def handler(event, context): raise ValueError('no')"
    with pytest.raises(ClientError, match=r"UserLambdaValidation.*PreTokenGeneration failed with error no\."):
        signed_in(pool_with(aws, tmp_path, failing, "V2_0")[0])
    with pytest.raises(ClientError, match=r"UnexpectedLambda.*PreTokenGeneration"):
        signed_in(pool_with(aws, tmp_path, SECOND, "V2_0", permission=False)[0])


def test_answers_to_risks_are_kept_for_all_clients_and_for_one(aws: LocalAWS, tmp_path: Path) -> None:
    idp = aws.client("cognito-idp")
    plain = make_pool(aws, tmp_path)
    blocking = {"CompromisedCredentialsRiskConfiguration": {"Actions": {"EventAction": "BLOCK"}}}
    with pytest.raises(ClientError, match="UserPoolAddOnNotEnabledException"):
        idp.set_risk_configuration(UserPoolId=plain.id, **blocking)

    pool = make_pool(aws, tmp_path, UserPoolTier="PLUS", UserPoolAddOns={"AdvancedSecurityMode": "AUDIT"})
    skipping = {"RiskExceptionConfiguration": {"SkippedIPRangeList": ["203.0.113.0/24"]}}
    idp.set_risk_configuration(UserPoolId=pool.id, **blocking)
    idp.set_risk_configuration(UserPoolId=pool.id, ClientId=pool.client_id, **skipping)

    def kept(**client: str) -> dict[str, Any]:
        found: dict[str, Any] = idp.describe_risk_configuration(UserPoolId=pool.id, **client)["RiskConfiguration"]
        return {name: part for name, part in found.items() if name.endswith("Configuration")}

    assert (kept(), kept(ClientId=pool.client_id)) == (blocking, skipping)
    idp.set_risk_configuration(UserPoolId=pool.id)
    assert (kept(), kept(ClientId=pool.client_id)) == ({}, skipping)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        idp.set_risk_configuration(UserPoolId=pool.id, ClientId="nobody", **blocking)


def test_what_an_update_does_not_name_is_set_back_and_without_mfa_there_are_no_factors(
    aws: LocalAWS, tmp_path: Path
) -> None:
    idp = aws.client("cognito-idp")
    pool = make_pool(aws, tmp_path, UserPoolTier="PLUS", UserPoolAddOns={"AdvancedSecurityMode": "AUDIT"})
    token = {"SoftwareTokenMfaConfiguration": {"Enabled": True}}
    idp.set_user_pool_mfa_config(UserPoolId=pool.id, MfaConfiguration="OPTIONAL", **token)
    idp.update_user_pool(UserPoolId=pool.id)
    idp.set_user_pool_mfa_config(UserPoolId=pool.id, MfaConfiguration="OFF")
    assert "UserPoolAddOns" not in idp.describe_user_pool(UserPoolId=pool.id)["UserPool"]
    assert "SoftwareTokenMfaConfiguration" not in idp.get_user_pool_mfa_config(UserPoolId=pool.id)


def test_an_authenticator_app_stands_between_the_password_and_what_define_names_next(
    aws: LocalAWS, tmp_path: Path
) -> None:
    pool = make_pool(aws, tmp_path, PASSWORD_ALONE)
    token = {"SoftwareTokenMfaConfiguration": {"Enabled": True}}
    aws.client("cognito-idp").set_user_pool_mfa_config(UserPoolId=pool.id, MfaConfiguration="OPTIONAL", **token)
    pool.sign_up(PHONE)

    def proven() -> Any:
        srp = Srp(pool.id)
        challenge = begin(pool, srp)
        return prove(pool, challenge, srp.proof(challenge["ChallengeParameters"], PASSWORD))

    access = proven()["AuthenticationResult"]["AccessToken"]
    secret = pool.public.associate_software_token(AccessToken=access)["SecretCode"]
    pool.public.verify_software_token(AccessToken=access, UserCode=totp.code(secret))
    asked = proven()
    assert asked["ChallengeName"] == "SOFTWARE_TOKEN_MFA"

    def answer(code: str) -> Any:
        return pool.public.respond_to_auth_challenge(
            ClientId=pool.client_id,
            ChallengeName="SOFTWARE_TOKEN_MFA",
            Session=asked["Session"],
            ChallengeResponses={"USERNAME": PHONE, "SOFTWARE_TOKEN_MFA_CODE": code},
        )

    with pytest.raises(ClientError, match="CodeMismatchException"):
        answer(wrong(totp.code(secret)))
    assert answer(totp.code(secret))["AuthenticationResult"]
    session = [event["request"]["session"] for event in pool.function.events() if "session" in event["request"]][-1]
    assert [(entry["challengeName"], entry["challengeResult"]) for entry in session] == [
        ("SRP_A", True),
        ("PASSWORD_VERIFIER", True),
        ("SOFTWARE_TOKEN_MFA", True),
    ]
