"""ListUsers as Cognito does it: filters that are read whole or refused, pages that go on where the last one ended."""

import base64
import json
import re
from typing import Any

from dev.local import users
from dev.local.ministack import module, replace

_cognito = module("services.cognito", "_user_pools", "_user_out", "_resolve_pool")

# API reference, ListUsers: what can be searched for, and how.
_SEARCHABLE = {
    *("username", "email", "phone_number", "name", "given_name", "family_name", "preferred_username"),
    *("cognito:user_status", "status", "sub"),
}
_CASE_SENSITIVE = {"username", "status"}
_FILTER = re.compile(r'\s*"?([A-Za-z_:]+)"?\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*')
_LONGEST_FILTER = 256
_PAGE = 60


def install() -> None:
    """Put these behaviours into MiniStack."""
    replace(_cognito, "_list_users", list_users)


def list_users(data: dict[str, Any]) -> Any:
    """ListUsers. A token says after whom the next page begins, so that nobody is left out for one who is deleted."""
    pool, missing = _cognito._resolve_pool(data.get("UserPoolId"))
    if missing:
        return missing
    asked = data.get("Filter") or ""
    condition = _FILTER.fullmatch(asked) if asked else None
    if asked and (condition is None or len(asked) > _LONGEST_FILTER):
        return users.error("InvalidParameterException", "Error while parsing filter")
    if condition and condition[1] not in _SEARCHABLE:
        return users.error("InvalidParameterException", f"Invalid search attribute: {condition[1]}")
    after: tuple[float, str] = (0, "")
    if data.get("PaginationToken"):
        try:
            created, username, of_filter = json.loads(base64.b64decode(data["PaginationToken"], validate=True))
        except (ValueError, TypeError):
            return users.error("InvalidParameterException", "Invalid pagination token")
        if of_filter != asked:
            return users.error("InvalidParameterException", "Invalid pagination token")
        after = (created, username)

    limit = min(data.get("Limit") or _PAGE, _PAGE)
    listed = sorted(pool["_users"].values(), key=_position)
    page = [user for user in listed if _position(user) > after and (condition is None or _matches(user, condition))]
    answer: dict[str, Any] = {"Users": [_cognito._user_out(user) for user in page[:limit]]}
    if len(page) > limit:
        token = json.dumps([*_position(page[limit - 1]), asked])
        answer["PaginationToken"] = base64.b64encode(token.encode()).decode()
    return users.success(answer)


def _position(user: dict[str, Any]) -> tuple[float, str]:
    return float(user["UserCreateDate"]), user["Username"]


def _matches(user: dict[str, Any], condition: re.Match[str]) -> bool:
    attribute, operator, quoted = condition.groups()
    wanted = re.sub(r"\\(.)", r"\1", quoted)
    value = {
        "username": user["Username"],
        "status": "Enabled" if user.get("Enabled", True) else "Disabled",
        "cognito:user_status": user["UserStatus"],
    }.get(attribute, users.attributes(user).get(attribute, ""))
    if attribute not in _CASE_SENSITIVE:
        wanted, value = wanted.casefold(), value.casefold()
    return bool(value.startswith(wanted) if operator == "^=" else value == wanted)
