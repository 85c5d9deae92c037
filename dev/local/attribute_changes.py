"""How people change their own attributes: UpdateUserAttributes, and the codes that verify a number or an address.

The API reference (these operations, UserAttributeUpdateSettingsType) and the developer guide ("Verifying updates to
email addresses and phone numbers", "Quotas") have the rules. Where they are silent: a new code voids the one before,
and GetUserAttributeVerificationCode sends to the value that waits to be verified, if one does.
"""

import secrets
import time
from dataclasses import dataclass
from typing import Any

from dev.local import custom_message, triggers, users
from dev.local.ministack import module, replace
from dev.local.users import Response, error, success

_cognito = module(
    "services.cognito",
    "_attr_list_to_dict",
    "_run_idp_handler",
    "_token_claims",
    "_user_pool_for_access_token",
    "_UNSIGNED_IDP_ACTIONS",
)
_asynchronous = module("core.concurrency", "run_reentrant")

_VERIFIABLE = ("email", "phone_number")
_CODE_SECONDS = 24 * 3600
# For one user in an hour; that the operations are counted apart from UpdateUserAttributes is a guess.
_LIMITS = {"GetUserAttributeVerificationCode": 5, "VerifyUserAttribute": 15}
_HOUR = 3600


@dataclass(frozen=True)
class _Code:
    """A code under way: it verifies this value and no other."""

    value: str
    digits: str
    sent_at: float


def install() -> None:
    """Put these behaviours into MiniStack."""
    replace(_cognito, "_update_user_attributes", update)

    operations = {"GetUserAttributeVerificationCode": send_code, "VerifyUserAttribute": verify}
    # Like UpdateUserAttributes: by access token, not signed.
    _cognito._UNSIGNED_IDP_ACTIONS.update(operations)
    dispatch = _cognito._dispatch_idp

    async def dispatch_idp(action: str, data: dict[str, Any]) -> Any:
        if action not in operations:
            return await dispatch(action, data)
        run = _asynchronous.run_reentrant
        return await run(_cognito._run_idp_handler, operations[action], action, data, thread_name="cognito-attributes")

    replace(_cognito, "_dispatch_idp", dispatch_idp)


def update(data: dict[str, Any]) -> Response:
    """UpdateUserAttributes."""
    pool, user, refused = _caller(data)
    if refused:
        return refused
    changes = dict(_cognito._attr_list_to_dict(data.get("UserAttributes") or []))
    with users.LOCK:
        before = users.attributes(user)
        refused = _unwritable(pool, data, changes) or users.format_error(changes) or _taken(pool, user, changes)
        if refused:
            return refused
        new = [name for name in _VERIFIABLE if changes.get(name) and changes[name] != before.get(name)]
        waiting = [name for name in new if name in _waits(pool)]
        at_once = {name: value for name, value in changes.items() if name not in waiting}
        unverified = {f"{name}_verified": "false" for name in new if name not in waiting}
        users.set_attributes(user, at_once | unverified)
    details = []
    for name in new:
        if name in waiting or name in (pool.get("AutoVerifiedAttributes") or []):
            try:
                details.append(_send(pool, user, "UpdateUserAttribute", name, changes[name], data))
            except triggers.TriggerError as failure:
                return failure.response
    return success({"CodeDeliveryDetailsList": details})


def send_code(data: dict[str, Any]) -> Response:
    """GetUserAttributeVerificationCode."""
    pool, user, refused = _caller(data)
    if refused:
        return refused
    name = str(data.get("AttributeName") or "")
    code = _codes(user).get(name)
    is_waiting = code is not None and not _is_outdated(pool, user, name, code)
    value = code.value if code and is_waiting else users.attributes(user).get(name)
    if name not in _VERIFIABLE or not value:
        return error("InvalidParameterException", "Attribute is not verifiable or has no value")
    with users.LOCK:
        if refused := _limited(user, "GetUserAttributeVerificationCode"):
            return refused
    try:
        details = _send(pool, user, "VerifyUserAttribute", name, value, data)
    except triggers.TriggerError as failure:
        return failure.response
    return success({"CodeDeliveryDetails": details})


def verify(data: dict[str, Any]) -> Response:
    """VerifyUserAttribute: the value that waited takes the place of the old one, verified."""
    pool, user, refused = _caller(data)
    if refused:
        return refused
    name = str(data.get("AttributeName") or "")
    with users.LOCK:
        if refused := _limited(user, "VerifyUserAttribute"):
            return refused
        code = _codes(user).get(name)
        if code is None or time.time() > code.sent_at + _CODE_SECONDS or _is_outdated(pool, user, name, code):
            return error("ExpiredCodeException", "Invalid code provided, please request a code again.")
        if not secrets.compare_digest(str(data.get("Code") or "").encode(), code.digits.encode()):
            return error("CodeMismatchException", "Invalid verification code provided, please try again.")
        if refused := _taken(pool, user, {name: code.value}):
            return refused
        del _codes(user)[name]
        users.take_alias(pool, user, name, code.value)
        users.set_attributes(user, {name: code.value, f"{name}_verified": "true"})
    return success({})


def _caller(data: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any], Response | None]:
    """The pool and the user of an access token, which MiniStack has checked."""
    user, pool = _cognito._user_pool_for_access_token(data.get("AccessToken") or "")
    if not user:
        return {}, {}, error("NotAuthorizedException", "Invalid Access Token")
    return pool, user, None


def _client(data: dict[str, Any]) -> str:
    return str(_cognito._token_claims(data["AccessToken"])["client_id"])


def _unwritable(pool: dict[str, Any], data: dict[str, Any], changes: dict[str, str]) -> Response | None:
    writable = pool["_clients"][_client(data)].get("WriteAttributes")
    forbidden = {"sub", *(f"{name}_verified" for name in _VERIFIABLE)} & changes.keys()
    if forbidden or (writable and not changes.keys() <= set(writable)):
        return error("NotAuthorizedException", "A client attempted to write unauthorized attribute")
    return None


def _taken(pool: dict[str, Any], user: dict[str, Any], values: dict[str, str]) -> Response | None:
    """The refusal of a username that somebody else has. An alias moves to whoever verifies it."""
    for name in pool.get("UsernameAttributes") or []:
        if values.get(name) and any(other is not user for other in users.by_attribute(pool, name, values[name])):
            return error("AliasExistsException", f"An account with the given {name} already exists.")
    return None


def _waits(pool: dict[str, Any]) -> list[str]:
    return (pool.get("UserAttributeUpdateSettings") or {}).get("AttributesRequireVerificationBeforeUpdate") or []


def _is_outdated(pool: dict[str, Any], user: dict[str, Any], name: str, code: _Code) -> bool:
    return name not in _waits(pool) and users.attributes(user).get(name) != code.value


def _codes(user: dict[str, Any]) -> dict[str, _Code]:
    codes: dict[str, _Code] = user.setdefault("_attribute_codes", {})
    return codes


def _limited(user: dict[str, Any], operation: str) -> Response | None:
    """Count a call; the refusal of one too many, or None."""
    calls: list[float] = user.setdefault("_attribute_calls", {}).setdefault(operation, [])
    now = time.time()
    calls[:] = [at for at in calls if at > now - _HOUR]
    if len(calls) >= _LIMITS[operation]:
        return error("LimitExceededException", "Attempt limit exceeded, please try after some time.")
    calls.append(now)
    return None


def _send(
    pool: dict[str, Any], user: dict[str, Any], cause: str, name: str, value: str, data: dict[str, Any]
) -> dict[str, str]:
    """Send a new code to a value; say where it went."""
    code = _Code(value, f"{secrets.randbelow(10**6):06d}", time.time())
    _codes(user)[name] = code
    subject, body = custom_message.verification_words(pool, name)
    custom_message.send(
        pool,
        user,
        cause,
        name,
        code.digits,
        address=value,
        default=body,
        default_subject=subject,
        client_id=_client(data),
        metadata=data.get("ClientMetadata"),
    )
    return custom_message.delivery_details(name, value)
