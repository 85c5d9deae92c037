"""Identity providers: what Cognito makes of their settings, and the way of a person through one."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dev.identity_provider import IdentityProvider, sign_in
from dev.local import LocalAWS
from dev.person import claims
from tests.local.support import Pool, make_pool

CALLBACK = "https://app.example.com/in"
OIDC = {
    "attributes_request_method": "GET",
    "authorize_scopes": "openid",
    "authorize_url": "https://id.example.com/authorize",
    "client_id": "o",
    "oidc_issuer": "https://id.example.com",
}


@pytest.fixture(scope="module")
def issuer() -> Iterator[IdentityProvider]:
    with IdentityProvider() as provider:
        yield provider


def provide(aws: LocalAWS, pool: str, name: str, kind: str, details: dict[str, str], **extra: Any) -> dict[str, Any]:
    """Add a provider, and return what Cognito answers when it is asked."""
    cognito = aws.client("cognito-idp")
    cognito.create_identity_provider(
        UserPoolId=pool, ProviderName=name, ProviderType=kind, ProviderDetails=details, **extra
    )
    answer: dict[str, Any] = cognito.describe_identity_provider(UserPoolId=pool, ProviderName=name)["IdentityProvider"]
    return answer


@pytest.fixture
def pool(aws: LocalAWS, tmp_path, issuer: IdentityProvider, request: pytest.FixtureRequest) -> Pool:
    """A pool with the provider "Work", whose client may use it; triggers by the test's parameter."""
    made = make_pool(aws, tmp_path, getattr(request, "param", ""))
    mapping = {"email": "mail", "email_verified": "checked", "name": "name"}
    provide(aws, made.id, "Work", "OIDC", {**OIDC, "token_url": issuer.token_url}, AttributeMapping=mapping)
    aws.client("cognito-idp").update_user_pool_client(
        UserPoolId=made.id,
        ClientId=made.client_id,
        SupportedIdentityProviders=["Work"],
        CallbackURLs=[CALLBACK],
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid", "email"],
        AllowedOAuthFlowsUserPoolClient=True,
    )
    return made


def test_cognito_answers_with_more_than_it_was_told_and_never_with_apples_key(aws, pool):
    details = {"client_id": "f", "client_secret": "s", "authorize_scopes": "email", "api_version": "v17.0"}
    facebook = provide(aws, pool.id, "Facebook", "Facebook", details)
    assert facebook["ProviderDetails"].items() >= details.items()
    assert facebook["ProviderDetails"]["token_url"] == "https://graph.facebook.com/v17.0/oauth/access_token"
    assert facebook["AttributeMapping"] == {"username": "id"}

    details = {"client_id": "a", "team_id": "t", "key_id": "k", "private_key": "p", "authorize_scopes": "email"}
    assert "private_key" not in provide(aws, pool.id, "SignInWithApple", "SignInWithApple", details)["ProviderDetails"]
    office = provide(aws, pool.id, "Office", "SAML", {"MetadataURL": "https://login.example.com/metadata"})
    assert "ActiveEncryptionCertificate" in office["ProviderDetails"]
    assert "username" not in office["AttributeMapping"]


def test_a_client_has_only_providers_and_scopes_that_are_there(aws, pool):
    def change(**changes: Any) -> Any:
        cognito = aws.client("cognito-idp")
        return cognito.update_user_pool_client(UserPoolId=pool.id, ClientId=pool.client_id, **changes)["UserPoolClient"]

    with pytest.raises(ClientError, match=r"The provider Google does not exist"):
        change(SupportedIdentityProviders=["Google"])
    with pytest.raises(ClientError, match=r"ScopeDoesNotExist"):
        change(AllowedOAuthScopes=["api/read"])
    rotation = {"Feature": "ENABLED", "RetryGracePeriodSeconds": 5}
    with pytest.raises(ClientError, match=r"rotation"):
        change(RefreshTokenRotation=rotation, ExplicitAuthFlows=["ALLOW_REFRESH_TOKEN_AUTH"])
    # What an update leaves out is emptied, and what is empty is not shown.
    changed = change(RefreshTokenRotation=rotation, ExplicitAuthFlows=["ALLOW_CUSTOM_AUTH"], CallbackURLs=[CALLBACK])
    assert changed["RefreshTokenRotation"] == rotation
    assert changed["CallbackURLs"] == [CALLBACK]
    assert changed.keys().isdisjoint({"SupportedIdentityProviders", "AllowedOAuthFlows", "DefaultRedirectURI"})


def test_a_first_and_a_later_sign_in_run_their_triggers_with_what_is_mapped(aws, pool):
    person = {"sub": "1", "mail": "ada@example.com", "department": "X"}
    first = sign_in(aws, pool.client_id, "Work", CALLBACK, **person, checked=True)
    assert claims(first["id_token"])["email"] == "ada@example.com"
    assert pool.function.sources() == ["PreSignUp_ExternalProvider", "PostConfirmation_ConfirmSignUp"]
    asked, confirmed = (event["request"]["userAttributes"] for event in pool.function.events())
    assert asked["email_verified"] == "true"
    assert "department" not in asked
    assert confirmed["cognito:user_status"] == "EXTERNAL_PROVIDER"

    # "By default, mapped email addresses are unverified": also at each later sign-in.
    sign_in(aws, pool.client_id, "Work", CALLBACK, **person)
    assert pool.function.sources()[2:] == ["PostAuthentication_Authentication"]
    assert pool.user("Work_1")["email_verified"] == "false"


def test_a_user_of_whom_nothing_is_mapped_gets_nothing_of_the_provider(aws, pool):
    sign_in(aws, pool.client_id, "Work", CALLBACK, sub="2", department="X")
    assert pool.user("Work_2").keys() == {"status", "username", "sub", "identities"}


REFUSING = """
def react(event):
    if event["triggerSource"].startswith(("PreSignUp", "PostAuthentication")) == REFUSES_FIRST:
        raise Exception("NOT_YOU")
    return event
"""


@pytest.mark.parametrize("pool", [f"REFUSES_FIRST = True\n{REFUSING}"], indirect=True)
def test_the_application_is_told_that_nobody_was_made(aws, pool):
    told = sign_in(aws, pool.client_id, "Work", CALLBACK, sub="1", mail="ada@example.com")
    assert told == {"error": "invalid_request", "error_description": "PreSignUp failed with error NOT_YOU."}
    with pytest.raises(ClientError, match=r"UserNotFoundException"):
        pool.user("Work_1")


@pytest.mark.parametrize("pool", [f"REFUSES_FIRST = False\n{REFUSING}"], indirect=True)
def test_a_failure_after_the_user_was_made_is_told_and_the_user_stays(aws, pool):
    told = sign_in(aws, pool.client_id, "Work", CALLBACK, sub="1", mail="ada@example.com")
    assert told["error_description"] == "PostConfirmation failed with error NOT_YOU."
    assert pool.user("Work_1")["status"] == "EXTERNAL_PROVIDER"
