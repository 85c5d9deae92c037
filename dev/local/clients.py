"""App clients as Cognito keeps them: what they may name, what an update leaves out, what an answer leaves out.

Source: Cognito's API reference (CreateUserPoolClient, UpdateUserPoolClient, RefreshTokenRotationType).
"""

import json
from typing import Any

from dev.local.ministack import module, replace
from dev.local.users import Response, error, success

_cognito = module("services.cognito", "_user_pools")

# What a client has for sign-in on pages, as it is where nothing is said: also after an update that leaves it out.
_FOR_PAGES: dict[str, Any] = {
    "AllowedOAuthFlows": [],
    "AllowedOAuthFlowsUserPoolClient": False,
    "AllowedOAuthScopes": [],
    "CallbackURLs": [],
    "DefaultRedirectURI": "",
    "LogoutURLs": [],
    "SupportedIdentityProviders": [],
}


def install() -> None:
    """Put these behaviours into MiniStack."""
    describe = _cognito._describe_user_pool_client
    replace(_cognito, "_describe_user_pool_client", lambda data: _shown(describe(data)))
    for name in ("_create_user_pool_client", "_update_user_pool_client"):
        change = getattr(_cognito, name)
        replace(_cognito, name, lambda data, change=change: change_client(data, change))


def change_client(data: dict[str, Any], change: Any) -> Response:
    """CreateUserPoolClient, UpdateUserPoolClient; MiniStack knows nothing of the rotation of refresh tokens."""
    pool = _cognito._user_pools.get(data.get("UserPoolId")) or {}
    if refused := _unknown_names(pool, data):
        return refused
    rotation = data.get("RefreshTokenRotation")
    refreshes = "ALLOW_REFRESH_TOKEN_AUTH" in data.get("ExplicitAuthFlows", ["ALLOW_REFRESH_TOKEN_AUTH"])
    if (rotation or {}).get("Feature") == "ENABLED" and refreshes:
        # That they exclude each other is documented, the text is a guess.
        return error("InvalidParameterException", "Refresh token rotation excludes ALLOW_REFRESH_TOKEN_AUTH")
    response: Response = change(_FOR_PAGES | data)
    if response[0] == 200:
        client = json.loads(response[2])["UserPoolClient"]
        pool["_clients"][client["ClientId"]]["RefreshTokenRotation"] = rotation
        return _shown(success({"UserPoolClient": client | ({"RefreshTokenRotation": rotation} if rotation else {})}))
    return response


def _unknown_names(pool: dict[str, Any], data: dict[str, Any]) -> Response | None:
    """The refusal of providers and scopes that the pool does not have, or None."""
    for name in data.get("SupportedIdentityProviders") or []:
        if name not in {"COGNITO", *pool.get("_identity_providers", {})}:
            message = f"The provider {name} does not exist for User Pool {pool['Id']}."
            return error("InvalidParameterException", message)
    scopes = {
        f"{identifier}/{scope['ScopeName']}"
        for identifier, server in (pool.get("_resource_servers") or {}).items()
        for scope in server["Scopes"]
    }
    for scope in data.get("AllowedOAuthScopes") or []:
        if "/" in scope and scope not in scopes:
            return error("ScopeDoesNotExistException", f"Invalid scope requested: {scope}")
    return None


def _shown(response: Response) -> Response:
    """A client as Cognito answers with it: without what is empty."""
    answer = json.loads(response[2])
    if response[0] != 200:
        return response
    shown = {key: value for key, value in answer["UserPoolClient"].items() if value not in (None, "", [])}
    return success({"UserPoolClient": shown})
