"""The calls this package makes on one user of the pool.

All have account-wide quotas, so none is on a returning user's path: AdminGetUser (120 a second; it makes the user a
billed monthly one) is asked about the holder of a claim that is in the way and about whoever is to be removed,
AdminUpdateUserAttributes (25 a second, shared with AdminDeleteUser, not adjustable) once per account
(https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html).
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from cognito_otp import identifiers
from cognito_otp.accounts import ADOPTED, Account
from cognito_otp.refusals import Refusal

_CLOCKS_DIFFER = 60  # seconds, at the most


class PoolUser(NamedTuple):
    """A user as the pool has it.

    Attributes:
        username: as the pool spells it.
        attributes: `sub` among them.
        status: `UserStatus`, e.g. `"CONFIRMED"`.
        is_enabled: an administrator has not disabled the user.
        created_at: seconds since the epoch (UTC).
    """

    username: str
    attributes: Mapping[str, str]
    status: str
    is_enabled: bool
    created_at: int

    @property
    def sub(self) -> str:
        """The user's id."""
        return self.attributes["sub"]

    @property
    def is_verified(self) -> bool:
        """Whether the pool holds an e-mail address or a phone number for verified."""
        return any(self.attributes.get(f"{kind}_verified") == "true" for kind in identifiers.NORMALISED)

    def is_of_before(self, account: Account) -> bool:
        """Tell whether the user was there before an account by that name, which then is somebody else's.

        PreSignUp makes an account before Cognito makes its user. One that is younger than the user belongs to a sign-up
        that Cognito refused because the name was taken, or the user is gone and a namesake has come since.
        """
        return account.origin != ADOPTED and account.created_at > self.created_at + _CLOCKS_DIFFER

    def goes_by(self, name: str) -> bool:
        """Tell whether a name is the user's own: the username, or the attribute that serves as one."""
        own = (self.username, *(self.attributes.get(kind, "") for kind in identifiers.NORMALISED))
        return _folded(name) in {_folded(each) for each in own}


def _folded(name: str) -> str:
    try:
        return identifiers.username(name)
    except Refusal:  # no sign-up of ours could have had it
        return name


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

        AdminGetUser finds users by alias too, of which `preferred_username` may be another account's username.
        """
        try:
            answer = self._cognito.admin_get_user(UserPoolId=self.user_pool_id, Username=username)
        except self._cognito.exceptions.UserNotFoundException:
            return None
        user = PoolUser(
            username=answer["Username"],
            attributes={each["Name"]: each["Value"] for each in answer["UserAttributes"]},
            status=answer["UserStatus"],
            is_enabled=answer["Enabled"],
            created_at=int(answer["UserCreateDate"].timestamp()),
        )
        return user if user.goes_by(username) else None

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
