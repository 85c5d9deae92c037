"""The calls this package makes on one user of the pool.

All have account-wide quotas, so none is on a returning user's path: AdminGetUser (120 a second; it makes the user a
billed monthly one) is asked about the holder of a claim that is in the way and about whoever is to be removed,
AdminUpdateUserAttributes (25 a second, shared with AdminDeleteUser, not adjustable) once per account
(https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cognito_otp import identifiers


@dataclass(frozen=True)
class PoolUser:
    """A user as the pool has it.

    Attributes:
        username: as the pool spells it.
        attributes: `sub` among them.
        status: `UserStatus`, e.g. `"CONFIRMED"`.
        is_enabled: an administrator has not disabled the user.
    """

    username: str
    attributes: Mapping[str, str]
    status: str
    is_enabled: bool

    @property
    def sub(self) -> str:
        """The user's id."""
        return self.attributes["sub"]

    @property
    def is_verified(self) -> bool:
        """Whether the pool holds an e-mail address or a phone number for verified."""
        return any(self.attributes.get(f"{kind}_verified") == "true" for kind in identifiers.NORMALISED)


class UserPool:
    """A user pool; its id comes with the event, since a function named by a pool cannot name that pool.

    Args:
        cognito: botocore cognito-idp client.
        user_pool_id: `event.userPoolId`.
    """

    def __init__(self, cognito: Any, user_pool_id: str) -> None:
        self._cognito = cognito
        self.user_pool_id = user_pool_id

    def get(self, username: str) -> PoolUser | None:
        """Return the user of that username, None if there is none. Strongly consistent, unlike ListUsers.

        AdminGetUser finds users by alias too; one whose username is another is somebody else.
        """
        try:
            answer = self._cognito.admin_get_user(UserPoolId=self.user_pool_id, Username=username)
        except self._cognito.exceptions.UserNotFoundException:
            return None
        if identifiers.username(answer["Username"]) != identifiers.username(username):
            return None
        return PoolUser(
            username=answer["Username"],
            attributes={each["Name"]: each["Value"] for each in answer["UserAttributes"]},
            status=answer["UserStatus"],
            is_enabled=answer["Enabled"],
        )

    def has(self, username: str) -> bool:
        """Tell whether there is a user of that username."""
        return self.get(username) is not None

    def verify(self, username: str, attribute: str, value: str) -> None:
        """Set an attribute together with its verified flag, so that the flag cannot come to stand for another value.

        Raises:
            botocore.exceptions.ClientError: throttled, or the value is another user's alias.
        """
        self._cognito.admin_update_user_attributes(
            UserPoolId=self.user_pool_id,
            Username=username,
            UserAttributes=[
                {"Name": attribute, "Value": value},
                {"Name": f"{attribute}_verified", "Value": "true"},
            ],
        )

    def delete(self, username: str) -> None:
        """Delete a user; nothing if there is none."""
        try:
            self._cognito.admin_delete_user(UserPoolId=self.user_pool_id, Username=username)
        except self._cognito.exceptions.UserNotFoundException:
            return
