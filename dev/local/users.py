"""Who is meant by a name: usernames, aliases and their case, and the rules that keep them apart."""

import re
import threading
from typing import Any

from dev.local.ministack import module, replace

_cognito = module("services.cognito", "_attr_list_to_dict", "_dict_to_attr_list", "_now_epoch", "_resolve_pool")
_responses = module("core.responses", "error_response_json", "json_response")

Response = tuple[int, dict[str, str], bytes]

# Guards every look-then-write on users: two sign-ups at the same moment must not both find the name free.
LOCK = threading.RLock()

# E.164: a plus and at most 15 digits.
_PHONE_NUMBER = re.compile(r"\+[0-9]{3,15}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_FORMATS = {
    "phone_number": (_PHONE_NUMBER, "Invalid phone number format."),
    "email": (_EMAIL, "Invalid email address format."),
}


def install() -> None:
    """Put these behaviours into MiniStack."""
    replace(_cognito, "_resolve_user", resolve)
    replace(_cognito, "_admin_update_user_attributes", admin_update_user_attributes)


def error(code: str, message: str) -> Response:
    """A Cognito error in MiniStack's form of a response."""
    response: Response = _responses.error_response_json(code, message, 400)
    return response


def success(data: dict[str, Any]) -> Response:
    """An answer of Cognito in MiniStack's form of a response."""
    response: Response = _responses.json_response(data)
    return response


def attributes(user: dict[str, Any]) -> dict[str, str]:
    """A user's attributes as a dict, without the pseudo-attributes that triggers see."""
    return dict(_cognito._attr_list_to_dict(user.get("Attributes", [])))


def trigger_attributes(user: dict[str, Any]) -> dict[str, str]:
    """A stored user's attributes as the triggers see them."""
    own = attributes(user)
    return {"sub": own.pop("sub", ""), "cognito:user_status": user["UserStatus"], **own}


def set_attributes(user: dict[str, Any], changes: dict[str, str]) -> None:
    """Change some attributes of a stored user."""
    user["Attributes"] = _cognito._dict_to_attr_list(attributes(user) | changes)
    user["UserLastModifiedDate"] = _cognito._now_epoch()


def is_case_sensitive(pool: dict[str, Any]) -> bool:
    """Whether names that differ in case are different: the API's default where the pool does not say."""
    return bool((pool.get("UsernameConfiguration") or {}).get("CaseSensitive", True))


def folded(pool: dict[str, Any], name: str) -> str:
    """A name in the form in which the pool compares it."""
    return name if is_case_sensitive(pool) else name.casefold()


def format_error(values: dict[str, str]) -> Response | None:
    """The refusal of a malformed phone number or e-mail address among attributes, or None."""
    for name, (pattern, message) in _FORMATS.items():
        if values.get(name) and not pattern.fullmatch(values[name]):
            return error("InvalidParameterException", message)
    return None


def by_username(pool: dict[str, Any], name: str) -> dict[str, Any] | None:
    """The user whose username is `name`."""
    user: dict[str, Any] | None = pool["_users"].get(name)
    if user or is_case_sensitive(pool):
        return user
    wanted = folded(pool, name)
    return next((u for u in list(pool["_users"].values()) if folded(pool, u["Username"]) == wanted), None)


def by_attribute(pool: dict[str, Any], attribute: str, value: str) -> list[dict[str, Any]]:
    """Every user whose `attribute` has this value, verified or not."""
    wanted = folded(pool, value)
    return [u for u in list(pool["_users"].values()) if folded(pool, attributes(u).get(attribute, "")) == wanted]


def alias_holder(pool: dict[str, Any], attribute: str, value: str) -> dict[str, Any] | None:
    """The user for whom `value` is an active alias; e-mail addresses and phone numbers must be verified for it."""
    for user in by_attribute(pool, attribute, value):
        if attribute == "preferred_username" or attributes(user).get(f"{attribute}_verified") == "true":
            return user
    return None


def find(pool: dict[str, Any], typed: str | None, *, by_sub: bool = False) -> dict[str, Any] | None:
    """The user whom the typed name means: by username, sign-in attribute or active alias; by `sub` only where asked."""
    if not typed:
        return None
    user = by_username(pool, typed)
    if user is None and by_sub:
        user = next(iter(by_attribute(pool, "sub", typed)), None)
    # username_attributes work unverified, alias_attributes only once verified (developer guide, sign-in attributes).
    for attribute in pool.get("UsernameAttributes") or []:
        user = user or next(iter(by_attribute(pool, attribute, typed)), None)
    for attribute in pool.get("AliasAttributes") or []:
        user = user or alias_holder(pool, attribute, typed)
    return user


def resolve(pool: dict[str, Any], username: str | None) -> tuple[dict[str, Any] | None, Response | None]:
    """MiniStack's look-up (`_resolve_user`), for every operation that is not a sign-in."""
    user = find(pool, username, by_sub=True)
    return (user, None) if user else (None, error("UserNotFoundException", "User does not exist."))


def take_alias(pool: dict[str, Any], user: dict[str, Any], attribute: str, value: str) -> None:
    """Make `value` an active alias of `user`; whoever held it keeps the attribute, unverified."""
    holder = alias_holder(pool, attribute, value) if attribute in (pool.get("AliasAttributes") or []) else None
    if holder is not None and holder is not user:
        set_attributes(holder, {f"{attribute}_verified": "false"})


def admin_update_user_attributes(data: dict[str, Any]) -> Any:
    """AdminUpdateUserAttributes, with the rules on aliases and on values that await verification."""
    pool, refused = _cognito._resolve_pool(data.get("UserPoolId"))
    if refused:
        return refused
    with LOCK:
        user, unknown = resolve(pool, data.get("Username"))
        if user is None:
            return unknown
        changes = dict(_cognito._attr_list_to_dict(data.get("UserAttributes") or []))
        if "sub" in changes:
            return error("InvalidParameterException", "Cannot modify the non-mutable attribute sub")
        refused = format_error(changes) or _alias_conflict(pool, user, changes)
        if refused:
            return refused
        set_attributes(user, _with_verification(pool, attributes(user), changes))
    return success({})


def _alias_conflict(pool: dict[str, Any], user: dict[str, Any], changes: dict[str, str]) -> Response | None:
    after = attributes(user) | changes
    for attribute in ("email", "phone_number"):
        value = after.get(attribute)
        if not value or not {attribute, f"{attribute}_verified"} & changes.keys():
            continue
        if attribute in (pool.get("UsernameAttributes") or []):
            if any(other is not user for other in by_attribute(pool, attribute, value)):
                message = f"An account with the given {attribute} already exists."
                return error("AliasExistsException", message)
        elif attribute in (pool.get("AliasAttributes") or []) and after.get(f"{attribute}_verified") == "true":
            holder = alias_holder(pool, attribute, value)
            if holder is not None and holder is not user:
                return error("AliasExistsException", f"An account with the {attribute} already exists.")
    return None


def _with_verification(pool: dict[str, Any], before: dict[str, str], changes: dict[str, str]) -> dict[str, str]:
    """What becomes of new addresses that come without a word on whether they are verified."""
    awaiting = (pool.get("UserAttributeUpdateSettings") or {}).get("AttributesRequireVerificationBeforeUpdate") or []
    result = dict(changes)
    for attribute in ("email", "phone_number"):
        is_new = attribute in changes and changes[attribute] != before.get(attribute)
        if not is_new or changes.get(f"{attribute}_verified") == "true":
            continue
        if attribute in awaiting and before.get(attribute):
            del result[attribute]  # the old value stands until the new one is verified
        else:
            result[f"{attribute}_verified"] = "false"
    return result
