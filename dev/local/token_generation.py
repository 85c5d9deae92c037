"""PreTokenGeneration: asked once for the tokens of one sign-in, with the pool's permission, and no tokens if it fails.

MiniStack asks for each token anew, whether the pool may or not, and issues tokens whatever happens. The developer
guide, "Pre token generation Lambda trigger", has the versions of the event and what an answer may change.
"""

import contextvars
from typing import Any

from dev.local import triggers, users
from dev.local.ministack import module, replace

_cognito = module("services.cognito", "_user_pools", "_build_pretoken_event", "_API_TOKEN_SCOPE")

_TRIGGER = "PreTokenGeneration"

# The trigger's answer for the tokens that are being made: they are made one after the other.
_answer: contextvars.ContextVar[dict[str, Any] | None] = contextvars.ContextVar("answer", default=None)


def install() -> None:
    """Put these behaviours into MiniStack."""
    build = _cognito._build_auth_result

    def build_auth_result(*args: Any, **kwargs: Any) -> Any:
        before = _answer.set(None)
        try:
            return build(*args, **kwargs)
        finally:
            _answer.reset(before)

    replace(_cognito, "_build_auth_result", build_auth_result)
    replace(_cognito, "_apply_pretoken_trigger", apply)

    for name in (
        "_initiate_auth",
        "_admin_initiate_auth",
        "_respond_to_auth_challenge",
        "_admin_respond_to_auth_challenge",
        "_get_tokens_from_refresh_token",
    ):
        operation = getattr(_cognito, name)

        def refusing(data: dict[str, Any], operation: Any = operation) -> Any:
            try:
                return operation(data)
            except triggers.TriggerError as failure:
                return failure.response

        replace(_cognito, name, refusing)


def apply(
    pool_id: str,
    claims: dict[str, Any],
    token_type: str,
    trigger_source: str,
    client_id: str,
    username: str,
    user_attrs: dict[str, str],
    groups: list[str],
    client_metadata: dict[str, str] | None = None,
    scope: str = _cognito._API_TOKEN_SCOPE,
) -> dict[str, Any]:
    """Return a token's claims as the trigger wants them. Raises TriggerError if there shall be no tokens."""
    pool = _cognito._user_pools.get(pool_id) or {}
    version = triggers.configured(pool, _TRIGGER)[1]
    if trigger_source == "TokenGeneration_ClientCredentials" and version != "3":
        return claims
    answer = _answer.get()
    if answer is None:
        user = pool.get("_users", {}).get(username)
        attributes = users.trigger_attributes(user) if user else user_attrs
        event = _cognito._build_pretoken_event(
            pool_id, client_id, username, attributes, groups, trigger_source, f"V{version}_0", client_metadata, scope
        )
        answer = triggers.invoke(
            pool,
            _TRIGGER,
            trigger_source.partition("_")[2],
            user_name=event["userName"],
            request=event["request"],
            response=event["response"],
            client_id=client_id,
        )
        _answer.set(answer or {})
    return changed(claims, token_type, version, answer or {})


def changed(claims: dict[str, Any], token_type: str, version: str, answer: dict[str, Any]) -> dict[str, Any]:
    """Return the claims with what an answer adds, takes away and puts in the place of groups and scopes."""
    if version == "1":
        details = own = answer.get("claimsOverrideDetails") or {}
        if token_type == "access":  # whose claims the first version cannot change, only its groups
            own = {}
    else:
        details = answer.get("claimsAndScopeOverrideDetails") or {}
        own = details.get(f"{token_type}TokenGeneration") or {}
    result = {**claims, **(own.get("claimsToAddOrOverride") or {})}
    for name in own.get("claimsToSuppress") or []:
        result.pop(name, None)
    if token_type == "access":
        kept = [scope for scope in result["scope"].split() if scope not in (own.get("scopesToSuppress") or [])]
        result["scope"] = " ".join(dict.fromkeys([*kept, *(own.get("scopesToAdd") or [])]))
    groups = details.get("groupOverrideDetails")
    if groups is not None:
        result["cognito:groups"] = groups.get("groupsToOverride") or []
        if not result["cognito:groups"]:
            del result["cognito:groups"]
    return result
