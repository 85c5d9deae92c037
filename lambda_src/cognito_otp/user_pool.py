"""The two calls this package makes on the user pool itself.

Both have account-wide quotas, so neither is on a returning user's path: AdminGetUser (120 a second) is asked about the
holder of a claim that is in the way, AdminUpdateUserAttributes (25 a second, not adjustable) once per account
(https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html).
"""

from typing import Any


class UserPool:
    """A user pool; its id comes with the event, since a function named by a pool cannot name that pool.

    Args:
        cognito: botocore cognito-idp client.
        user_pool_id: `event.userPoolId`.
    """

    def __init__(self, cognito: Any, user_pool_id: str) -> None:
        self._cognito = cognito
        self._user_pool_id = user_pool_id

    def has(self, username: str) -> bool:
        """Tell whether there is such a user. Strongly consistent, unlike ListUsers."""
        try:
            self._cognito.admin_get_user(UserPoolId=self._user_pool_id, Username=username)
        except self._cognito.exceptions.UserNotFoundException:
            return False
        return True

    def verify(self, username: str, attribute: str, value: str) -> None:
        """Set an attribute together with its verified flag, so that the flag cannot come to stand for another value.

        Raises:
            botocore.exceptions.ClientError: throttled, or the value is another user's alias.
        """
        self._cognito.admin_update_user_attributes(
            UserPoolId=self._user_pool_id,
            Username=username,
            UserAttributes=[
                {"Name": attribute, "Value": value},
                {"Name": f"{attribute}_verified", "Value": "true"},
            ],
        )
