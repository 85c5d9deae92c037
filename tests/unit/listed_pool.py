"""A user pool for the tests of `maintenance`: lists its users as Cognito does, late and throttled if a test wants so."""

import re
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from cognito_otp import clock

PAGE = 3
"""Users on a page, so that few make many pages."""


def error(code: str, operation: str = "ListUsers") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "said in full, with +14155550100"}}, operation)


class _Exceptions:
    class UserNotFoundException(ClientError):
        pass

    class InvalidParameterException(ClientError):
        pass


class ListedPool:
    """The calls that the package makes on a pool.

    Attributes:
        users: by username: attributes, status, enabled, created (seconds since the epoch).
        hidden: subs that ListUsers does not show yet.
        failing: errors that the next ListUsers calls raise, in order.
        asked: the parameters of every ListUsers call.
    """

    exceptions = _Exceptions()

    def __init__(self) -> None:
        self.users: dict[str, dict[str, Any]] = {}
        self.hidden: set[str] = set()
        self.failing: list[Exception] = []
        self.asked: list[dict[str, Any]] = []
        self.told: list[tuple[str, dict[str, str]]] = []

    def add(self, username: str, *, status: str = "CONFIRMED", **attributes: str) -> dict[str, Any]:
        """Make a user behind the module's back."""
        attributes.setdefault("sub", f"sub-of-{username}")
        self.users[username] = {"attributes": attributes, "status": status, "enabled": True, "created": clock.now()}
        return self.users[username]

    def admin_create_user(self, **request: Any) -> dict[str, Any]:
        attributes = {each["Name"]: each["Value"] for each in request["UserAttributes"]}
        self.add(request["Username"], status="CONFIRMED", **attributes)
        return {}

    def admin_get_user(self, **request: Any) -> dict[str, Any]:
        user = self.users.get(request["Username"])
        if user is None:
            raise _Exceptions.UserNotFoundException({"Error": {"Code": "UserNotFoundException"}}, "AdminGetUser")
        listed = self._listed(request["Username"])
        return {**listed, "UserAttributes": listed["Attributes"]}

    def admin_update_user_attributes(self, **request: Any) -> dict[str, Any]:
        changes = {each["Name"]: each["Value"] for each in request["UserAttributes"]}
        self.users[request["Username"]]["attributes"].update(changes)
        self.told.append((request["Username"], changes))
        return {}

    def list_users(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        if self.failing:
            raise self.failing.pop(0)
        names = sorted(name for name, user in self.users.items() if user["attributes"]["sub"] not in self.hidden)
        if "Filter" in request:
            attribute, value = re.fullmatch(r'(\S+) = "((?:[^"\\]|\\.)*)"', request["Filter"]).groups()
            value = re.sub(r"\\(.)", r"\1", value)
            return {"Users": [self._listed(name) for name in names if self._has(name, attribute, value)]}
        token = request.get("PaginationToken", "")
        if token == "expired":
            invalid = {"Error": {"Code": "InvalidParameterException"}}
            raise _Exceptions.InvalidParameterException(invalid, "ListUsers")
        left = [name for name in names if name > token]
        answer: dict[str, Any] = {"Users": [self._listed(name) for name in left[:PAGE]]}
        if len(left) > PAGE:
            answer["PaginationToken"] = left[PAGE - 1]
        return answer

    def _has(self, name: str, attribute: str, value: str) -> bool:
        found = name if attribute == "username" else self.users[name]["attributes"].get(attribute)
        return bool(found == value)

    def _listed(self, name: str) -> dict[str, Any]:
        user = self.users[name]
        return {
            "Username": name,
            "Attributes": [{"Name": each, "Value": value} for each, value in user["attributes"].items()],
            "UserStatus": user["status"],
            "Enabled": user["enabled"],
            "UserCreateDate": datetime.fromtimestamp(user["created"], UTC),
        }
