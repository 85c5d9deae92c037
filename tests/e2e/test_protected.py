"""tests/e2e/protected, end to end: what Cognito has of it, an authenticator app, claims by a function of the caller's."""

import copy
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from dev import totp
from dev.local import LocalAWS
from dev.person import claims, wrong
from dev.terraform import ROOT, Terraform, TerraformError
from tests.e2e.conftest import Applied, refused, state_of
from tests.e2e.test_native_otp import Native, signed_in

NAME = "otp-protected"

pytestmark = pytest.mark.usefixtures("nothing_denied")


@pytest.fixture(scope="module")
def deployed(aws: LocalAWS, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Terraform, dict[str, str]]]:
    """Apply the folder; give what can plan it again, and its outputs."""
    root = Terraform(ROOT / "tests" / "e2e" / "protected", tmp_path_factory.mktemp("applied"), aws.environment())
    root.init()
    try:
        yield root, root.apply()
    finally:
        root.destroy()


@pytest.fixture(scope="module")
def applied(deployed: tuple[Terraform, dict[str, str]]) -> SimpleNamespace:
    return state_of(deployed[1])


@pytest.fixture
def person(example, phone_number) -> Native:
    return Native(example.aws, example.client_id, phone_number)


def tokens(person: Native, **metadata: str) -> dict[str, Any]:
    """Sign a new person in by a one-time password; return what the tokens claim."""
    person.sign_up()
    person.start_sign_in()
    code = person.wait_for_code(2)
    result = person._cognito.respond_to_auth_challenge(
        ClientId=person.client_id,
        ChallengeName="SMS_OTP",
        Session=person.session,
        ChallengeResponses={"USERNAME": person.username, "SMS_OTP_CODE": code},
        ClientMetadata=metadata,
    )["AuthenticationResult"]
    return {name: claims(result[name]) for name in ("IdToken", "AccessToken")} | {"raw": result}


def pool_of(example: Applied) -> dict[str, Any]:
    pool: dict[str, Any] = example.aws.client("cognito-idp").describe_user_pool(
        UserPoolId=example.outputs["user_pool_id"]
    )["UserPool"]
    return pool


def test_a_second_plan_is_empty(deployed):
    assert deployed[0].plan() == ""


def test_a_trigger_that_the_provider_would_leave_behind_stops_the_plan(deployed):
    with pytest.raises(TerraformError, match=r"the provider\s+cannot\s+take\s+such\s+a\s+trigger\s+away"):
        deployed[0].plan(claims=False)


def test_the_pool_is_as_asked_for(example):
    pool, cognito = pool_of(example), example.aws.client("cognito-idp")
    assert pool["UserPoolAddOns"]["AdvancedSecurityMode"] == "ENFORCED"
    assert pool["Policies"]["PasswordPolicy"]["PasswordHistorySize"] == 3
    assert set(pool["Policies"]["SignInPolicy"]["AllowedFirstAuthFactors"]) == {
        "PASSWORD",
        "SMS_OTP",
        "EMAIL_OTP",
        "WEB_AUTHN",
    }
    assert pool["AdminCreateUserConfig"]["InviteMessageTemplate"]["EmailSubject"] == "Welcome"
    assert pool["VerificationMessageTemplate"]["EmailMessage"] == "It is {####}."
    mfa = cognito.get_user_pool_mfa_config(UserPoolId=pool["Id"])
    assert mfa["MfaConfiguration"] == "OPTIONAL"
    assert mfa["SoftwareTokenMfaConfiguration"] == {"Enabled": True}
    assert mfa["EmailMfaConfiguration"]["Message"] == f"{{####}} is your {NAME} code."
    assert mfa["WebAuthnConfiguration"] == {"RelyingPartyId": "login.example.com", "UserVerification": "required"}


def test_each_client_has_its_answer_to_a_risk(example):
    pool, cognito = pool_of(example)["Id"], example.aws.client("cognito-idp")
    clients = cognito.list_user_pool_clients(UserPoolId=pool)["UserPoolClients"]
    (web,) = [client["ClientId"] for client in clients if client["ClientName"] == "web"]
    for_all = cognito.describe_risk_configuration(UserPoolId=pool)["RiskConfiguration"]
    assert for_all["CompromisedCredentialsRiskConfiguration"]["Actions"] == {"EventAction": "BLOCK"}
    assert for_all["RiskExceptionConfiguration"]["BlockedIPRangeList"] == ["203.0.113.0/24"]
    takeover = cognito.describe_risk_configuration(UserPoolId=pool, ClientId=web)["RiskConfiguration"][
        "AccountTakeoverRiskConfiguration"
    ]
    assert takeover["Actions"]["HighAction"] == {"Notify": True, "EventAction": "BLOCK"}
    assert takeover["NotifyConfiguration"]["From"] == "Protected <codes@example.com>"


def test_the_web_acl_is_in_front_of_the_pool(example):
    found = example.aws.client("wafv2").get_web_acl_for_resource(ResourceArn=pool_of(example)["Arn"])["WebACL"]
    limits = {rule["Name"]: rule["Statement"]["RateBasedStatement"]["Limit"] for rule in found["Rules"]}
    assert (found["Name"], limits) == (NAME, {"sign_up": 100, "sign_in": 300})


def test_an_address_that_calls_too_often_is_blocked_by_operation(example, person):
    firewall, cognito = example.aws.client("wafv2"), example.aws.client("cognito-idp")
    (made,) = [acl for acl in firewall.list_web_acls(Scope="REGIONAL")["WebACLs"] if acl["Name"] == NAME]
    place = {"Name": NAME, "Id": made["Id"], "Scope": "REGIONAL"}
    before = firewall.get_web_acl(**place)

    def limit(rules: list[dict[str, Any]]) -> None:
        acl = {key: before["WebACL"][key] for key in ("DefaultAction", "VisibilityConfig")}
        firewall.update_web_acl(**place, **acl, Rules=rules, LockToken=firewall.get_web_acl(**place)["LockToken"])

    person.sign_up()
    tightened = copy.deepcopy(before["WebACL"]["Rules"])
    for rule in tightened:
        rule["Statement"]["RateBasedStatement"]["Limit"] = 10 if rule["Name"] == "sign_in" else 2_000_000
    limit(tightened)
    try:
        with refused(r"ForbiddenException.*Request not allowed due to WAF block\."):
            for _ in range(11):
                person.start_sign_in()
        # Neither what another rule counts, nor what none does, nor a call with credentials.
        with refused("PHONE_NUMBER_TAKEN|UsernameExistsException"):
            person.sign_up()
        with refused("NotAuthorizedException"):
            cognito.get_user(AccessToken="none")
        assert cognito.admin_get_user(UserPoolId=pool_of(example)["Id"], Username=person.username)
    finally:
        limit(before["WebACL"]["Rules"])


def test_the_callers_function_adds_claims_and_scopes_and_is_asked_once(example, person):
    before = len(example.aws.trigger_log())
    made = tokens(person)
    for token in ("IdToken", "AccessToken"):
        assert (made[token]["plan"], made[token]["asked_by"]) == ("gold", "TokenGeneration_Authentication")
    assert "shop/read" in made["AccessToken"]["scope"].split()
    asked = [run for run in example.aws.trigger_log()[before:] if run.source.startswith("TokenGeneration")]
    assert [(run.function, run.outcome) for run in asked] == [(f"{NAME}-claims:live", "ok")]

    renewed = person._cognito.initiate_auth(
        ClientId=person.client_id,
        AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters={"REFRESH_TOKEN": made["raw"]["RefreshToken"]},
    )["AuthenticationResult"]
    assert claims(renewed["AccessToken"])["asked_by"] == "TokenGeneration_RefreshTokens"


def test_there_are_no_tokens_if_it_fails(person):
    with refused(r"UserLambdaValidationException.*PreTokenGeneration failed with error no tokens today\."):
        tokens(person, claims="none")


def test_nor_if_the_pool_may_not_ask_it(example, person):
    functions, alias = example.aws.client("lambda"), {"FunctionName": f"{NAME}-claims", "Qualifier": "live"}
    statement = {"StatementId": f"{NAME}-pre-token-generation"}
    functions.remove_permission(**alias, **statement)
    try:
        with refused(r"UnexpectedLambdaException.*AccessDeniedException"):
            tokens(person)
    finally:
        permission = {"Action": "lambda:InvokeFunction", "Principal": "cognito-idp.amazonaws.com"}
        source = {"SourceArn": pool_of(example)["Arn"], "SourceAccount": "123456789012"}
        functions.add_permission(**alias, **statement, **permission, **source)


def test_an_authenticator_app_after_a_password(example, person):
    password = "correct horse battery staple"
    made = tokens(person)
    cognito, access = example.aws.client("cognito-idp"), made["raw"]["AccessToken"]
    cognito.admin_set_user_password(
        UserPoolId=pool_of(example)["Id"], Username=person.username, Password=password, Permanent=True
    )
    secret = cognito.associate_software_token(AccessToken=access)["SecretCode"]
    cognito.verify_software_token(AccessToken=access, UserCode=totp.code(secret))
    parameters = {"USERNAME": person.username, "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": password}
    asked = cognito.initiate_auth(ClientId=person.client_id, AuthFlow="USER_AUTH", AuthParameters=parameters)
    assert asked["ChallengeName"] == "SOFTWARE_TOKEN_MFA"

    def answer(code: str) -> dict[str, Any]:
        responses = {"USERNAME": person.username, "SOFTWARE_TOKEN_MFA_CODE": code}
        return cognito.respond_to_auth_challenge(
            ClientId=person.client_id,
            ChallengeName="SOFTWARE_TOKEN_MFA",
            Session=asked["Session"],
            ChallengeResponses=responses,
        )

    with refused("CodeMismatchException"):
        answer(wrong(totp.code(secret)))
    assert signed_in(answer(totp.code(secret)))
