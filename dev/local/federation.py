"""Sign-in by an identity provider as Cognito does it: triggers, mapped attributes, and what it adds to a provider.

Sources: the Cognito developer guide ("Specifying identity provider attribute mappings", "Customizing user pool
workflows with Lambda triggers") and the API reference (CreateIdentityProvider).
"""

import contextvars
import json
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from dev.local import custom_auth, sign_up, triggers, users
from dev.local.ministack import module, replace
from dev.local.users import Response

_cognito = module(
    "services.cognito",
    "_auth_codes",
    "_get_pool_unscoped",
    "_PreSignUpRejected",
    "_qp",
)

_VERIFIED = {"email": "email_verified", "phone_number": "phone_number_verified"}

# What Cognito answers besides what it was told, by the provider's type.
_FACEBOOK = "https://graph.facebook.com"
_ADDED: dict[str, dict[str, str]] = {
    "Facebook": {
        "attributes_url": f"{_FACEBOOK}/{{api_version}}/me?fields=",
        "attributes_url_add_attributes": "true",
        "authorize_url": "https://www.facebook.com/{api_version}/dialog/oauth",
        "token_request_method": "GET",
        "token_url": f"{_FACEBOOK}/{{api_version}}/oauth/access_token",
    },
    "Google": {
        "attributes_url": "https://people.googleapis.com/v1/people/me?personFields=",
        "attributes_url_add_attributes": "true",
        "authorize_url": "https://accounts.google.com/o/oauth2/v2/auth",
        "oidc_issuer": "https://accounts.google.com",
        "token_request_method": "POST",
        "token_url": "https://www.googleapis.com/oauth2/v4/token",
    },
    "LoginWithAmazon": {
        "attributes_url": "https://api.amazon.com/user/profile",
        "attributes_url_add_attributes": "false",
        "authorize_url": "https://www.amazon.com/ap/oa",
        "token_request_method": "POST",
        "token_url": "https://api.amazon.com/auth/o2/token",
    },
    "OIDC": {"attributes_url_add_attributes": "false"},
    "SAML": {
        "ActiveEncryptionCertificate": "MIICvDCCAaSgAwIBAgII",
        "SLORedirectBindingURI": "https://login.example.com/out",
        "SSORedirectBindingURI": "https://login.example.com/in",
    },
    "SignInWithApple": {
        "attributes_url_add_attributes": "false",
        "authorize_url": "https://appleid.apple.com/auth/authorize",
        "oidc_issuer": "https://appleid.apple.com",
        "token_request_method": "POST",
        "token_url": "https://appleid.apple.com/auth/token",
    },
}
_USERNAME_CLAIMS = {
    "Facebook": "id",
    "Google": "sub",
    "LoginWithAmazon": "user_id",
    "OIDC": "sub",
    "SignInWithApple": "sub",
}
_NEVER_SHOWN = "private_key"

# Whether the sign-in that is under way has made its user.
_is_new: contextvars.ContextVar[bool] = contextvars.ContextVar("is_new", default=False)


def install() -> None:
    """Put these behaviours into MiniStack."""
    for name in ("_create_identity_provider", "_update_identity_provider", "_describe_identity_provider"):
        act = getattr(_cognito, name)
        replace(_cognito, name, lambda data, act=act: _shown(act(data)))

    replace(_cognito, "_apply_inbound_federation_trigger", mapped_claims)
    replace(_cognito, "_apply_presignup_trigger", pre_sign_up)

    start = _cognito._start_federated_profile

    def start_profile(*arguments: Any) -> None:
        _is_new.set(True)
        start(*arguments)

    replace(_cognito, "_start_federated_profile", start_profile)
    respond = _cognito._oauth2_idp_response
    replace(_cognito, "_oauth2_idp_response", lambda method, body, query: idp_response(method, body, query, respond))


def _shown(response: Response) -> Response:
    """A provider as Cognito answers with it; what it was told stays as it is."""
    answer = json.loads(response[2])
    provider = answer.get("IdentityProvider")
    if response[0] != 200 or provider is None:
        return response
    kind, details = provider["ProviderType"], provider.get("ProviderDetails") or {}
    added = {key: value.format(api_version=details.get("api_version", "")) for key, value in _ADDED[kind].items()}
    provider["ProviderDetails"] = {key: value for key, value in (added | details).items() if key != _NEVER_SHOWN}
    if kind in _USERNAME_CLAIMS:
        provider["AttributeMapping"] = {"username": _USERNAME_CLAIMS[kind]} | (provider.get("AttributeMapping") or {})
    return users.success(answer)


def mapped_claims(pool_id: str, *arguments: Any) -> dict[str, str]:
    """Return of the provider's claims those that are mapped, which alone become attributes, as text."""
    _client_id, _username, provider_name, _provider_type, attributes = arguments
    pool = _cognito._get_pool_unscoped(pool_id)
    claims = attributes.get("idToken") or attributes.get("samlResponse") or {}
    mapping = pool["_identity_providers"][provider_name].get("AttributeMapping") or {}
    wanted = {claim for attribute, claim in mapping.items() if attribute != "username"}
    found = {claim: _text(claims[claim]) for claim in wanted if claim in claims}
    # "By default, mapped email addresses are unverified."
    for attribute, flag in _VERIFIED.items():
        if mapping.get(attribute) in found and mapping.get(flag) not in found:
            found[flag] = "false"
    return found or {"sub": _text(claims["sub"])}  # an empty answer would mean every claim; this one it leaves alone


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def pre_sign_up(pool_id: str, client_id: str, username: str, user_attrs: dict[str, str], *_: Any) -> dict[str, bool]:
    """PreSignUp before a provider's user is made."""
    flags = {"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False}
    attributes = {"cognito:email_alias": "", "cognito:phone_number_alias": "", **user_attrs}
    try:
        fields = triggers.invoke(
            _cognito._get_pool_unscoped(pool_id),
            "PreSignUp",
            "ExternalProvider",
            user_name=username,
            request={"userAttributes": attributes, "validationData": {}},
            response=dict(flags),
            client_id=client_id,
        )
    except triggers.TriggerError as failure:
        raise _cognito._PreSignUpRejected(str(failure)) from failure
    return {name: bool((fields or {}).get(name)) for name in flags}


def idp_response(method: str, body: bytes, query: dict[str, Any], respond: Any) -> Response:
    """The way back from an OIDC provider: MiniStack's, with the triggers of a first and of a later sign-in.

    A trigger's refusal goes to the application's address, as `error_description`.
    """
    relay = dict(_cognito._auth_codes.get(_cognito._qp(query, "state")) or {})
    _is_new.set(False)
    response: Response = respond(method, body, query)
    if response[0] == 400 and b"UserLambdaValidationException" in response[2]:
        return _refused(relay, json.loads(response[2])["message"])
    if response[0] != 302:
        return response
    (code,) = parse_qs(urlsplit(response[1]["Location"]).query)["code"]
    entry = _cognito._auth_codes[code]
    pool = _cognito._get_pool_unscoped(entry["pool_id"])
    user = pool["_users"][entry["username"]]
    try:
        if not _is_new.get():
            custom_auth.post_authentication(pool, entry["client_id"], user, {})
        elif failed := sign_up.post_confirmation(pool, user, "ConfirmSignUp", {}, entry["client_id"]):
            return _refused(relay, json.loads(failed[2])["message"])
    except triggers.TriggerError as failure:
        return _refused(relay, str(failure))
    return response


def _refused(relay: dict[str, Any], message: str) -> Response:
    told = {"error_description": message, "error": "invalid_request"} | (
        {"state": relay["state"]} if relay.get("state") else {}
    )
    address = relay["redirect_uri"]
    return 302, {"Location": f"{address}{'&' if '?' in address else '?'}{urlencode(told)}"}, b""
