"""The users of a pool as ListUsers tells them: page by page, or one by one of its searchable attributes.

ListUsers is not billed, unlike AdminGetUser, which makes a user a monthly active one. Its quota, 30 requests a second,
is the whole account's and cannot be raised (https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html), so
the calls are paced. It is eventually consistent: what it does not show may be a few minutes old.
"""

import time
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from cognito_otp.user_pool import PoolUser

_PAGE = 60  # users; the most that ListUsers gives
# https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUsers.html, Filter
_LONGEST_FILTER = 256
_THROTTLED = frozenset({"TooManyRequestsException", "LimitExceededException", "ThrottlingException"})
_LONGEST_PAUSE = 30.0  # seconds


class TokenExpiredError(Exception):
    """The token of the next page is not taken any more: it lives an hour."""


class ThrottledError(Exception):
    """The account's ListUsers quota was used up by others for as long as there was time."""


class Deadline:
    """When a slice of work has to end.

    Args:
        seconds: from now.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def seconds_left(self) -> float:
        """Seconds until then; negative once it has passed."""
        return self._end - time.monotonic()

    @property
    def has_passed(self) -> bool:
        """Whether it is time to stop."""
        return self.seconds_left <= 0


class Pace:
    """At most so many calls in a second, evenly spread.

    Args:
        per_second: more than 0; may be a fraction.
    """

    def __init__(self, per_second: float) -> None:
        self._interval = 1 / per_second
        self._next = time.monotonic()

    def wait(self) -> None:
        """Wait until the next call may be made."""
        now = time.monotonic()
        if self._next > now:
            time.sleep(self._next - now)
        self._next = max(now, self._next) + self._interval


class UserList:
    """The users of one pool.

    Args:
        cognito: botocore cognito-idp client.
        user_pool_id: the pool's id.
        pace: of the calls.
        deadline: when to give up on a throttled call.
    """

    def __init__(self, cognito: Any, user_pool_id: str, pace: Pace, deadline: Deadline) -> None:
        self._cognito = cognito
        self._user_pool_id = user_pool_id
        self._pace = pace
        self._deadline = deadline

    def page(self, token: str | None) -> tuple[list[PoolUser], str | None]:
        """Return up to 60 users and the token of the next page (one call); None after the last.

        Args:
            token: as the page before gave it, None for the first.

        Raises:
            TokenExpiredError: start again from the first page.
            ThrottledError: there is no time to wait any longer.
        """
        parameters = {"PaginationToken": token} if token else {}
        try:
            answer = self._list(Limit=_PAGE, **parameters)
        except self._cognito.exceptions.InvalidParameterException:
            if token is None:
                raise
            raise TokenExpiredError from None
        return [_parse(user) for user in answer["Users"]], answer.get("PaginationToken")

    def find(self, attribute: str, value: str) -> PoolUser | None:
        """Return the first user with this value of a searchable attribute, e.g. `"username"`, `"sub"` (one call).

        Raises:
            ThrottledError: there is no time to wait any longer.
            ValueError: the value is too long to be asked for.
        """
        asked = f'{attribute} = "{_escaped(value)}"'
        if len(asked) > _LONGEST_FILTER:
            message = f"a filter holds {_LONGEST_FILTER} characters"
            raise ValueError(message)
        token: dict[str, str] = {}
        while True:
            # A page of a filtered list may be empty and not be the last.
            answer = self._list(Filter=asked, **token)
            if answer["Users"]:
                return _parse(answer["Users"][0])
            if not answer.get("PaginationToken"):
                return None
            token = {"PaginationToken": answer["PaginationToken"]}

    def _list(self, **parameters: Any) -> dict[str, Any]:
        pause = 1.0
        while True:
            self._pace.wait()
            try:
                answer: dict[str, Any] = self._cognito.list_users(UserPoolId=self._user_pool_id, **parameters)
            except ClientError as error:
                if error.response["Error"]["Code"] not in _THROTTLED:
                    raise
                if self._deadline.seconds_left < pause:
                    raise ThrottledError from None
                time.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
            else:
                return answer


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def _parse(user: Mapping[str, Any]) -> PoolUser:
    return PoolUser(
        username=user["Username"],
        attributes={each["Name"]: each.get("Value", "") for each in user.get("Attributes", [])},
        status=user.get("UserStatus", ""),
        is_enabled=user.get("Enabled", True),
        created_at=int(user["UserCreateDate"].timestamp()),
    )
