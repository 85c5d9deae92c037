"""A Cognito client that stays within a share of the account's quotas.

Cognito's request rates are shared by all pools of an account in a region, and those of UserUpdate, UserAccountRecovery
and UserList cannot be raised (https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html): what a migration
takes, the sign-ins of those who are using the pools now do not have.
"""

import random
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from cognito_otp_cli.errors import code

_USER_CREATION, _USER_UPDATE, _ACCOUNT_RECOVERY, _USER_READ, _USER_LIST, _POOL_READ = 50, 25, 30, 120, 30, 15
QUOTAS: Mapping[str, tuple[str, int]] = {
    "admin_create_user": ("UserCreation", _USER_CREATION),
    "admin_set_user_password": ("UserAccountRecovery", _ACCOUNT_RECOVERY),
    "admin_disable_user": ("UserUpdate", _USER_UPDATE),
    "admin_add_user_to_group": ("UserUpdate", _USER_UPDATE),
    "admin_delete_user": ("UserUpdate", _USER_UPDATE),
    "admin_get_user": ("UserRead", _USER_READ),
    "list_users": ("UserList", _USER_LIST),
    "list_users_in_group": ("UserList", _USER_LIST),
    "list_groups": ("UserPoolRead", _POOL_READ),
}
"""Operation to its category and that category's requests a second, for the whole account and region."""

_THROTTLED = frozenset({"TooManyRequestsException", "ThrottlingException", "Throttling", "RequestLimitExceeded"})
_ATTEMPTS = 10
_LONGEST_PAUSE = 30.0  # seconds


class _Pace:
    """Hands out the moments at which one category's requests may start."""

    def __init__(self, per_second: float) -> None:
        self._gap = 1 / per_second
        self._lock = threading.Lock()
        self._next = 0.0

    def wait(self) -> None:
        with self._lock:
            start = max(self._next, time.monotonic())
            self._next = start + self._gap
        if (pause := start - time.monotonic()) > 0:
            time.sleep(pause)

    def rest(self, seconds: float) -> None:
        """Let nobody of this category start for so long: all of them would be refused as this one was."""
        with self._lock:
            self._next = max(self._next, time.monotonic() + seconds)


class PacedCognito:
    """A cognito-idp client whose calls wait for their turn, and are made again when Cognito refuses them as too many.

    Args:
        client: botocore cognito-idp client.
        share: the part of each quota that may be used, above 0 and up to 1.
    """

    def __init__(self, client: Any, share: float) -> None:
        self._client = client
        self._paces = {category: _Pace(rate * share) for category, rate in QUOTAS.values()}

    def __getattr__(self, name: str) -> Any:
        operation = getattr(self._client, name)
        if name not in QUOTAS:
            return operation
        return lambda **parameters: self._call(self._paces[QUOTAS[name][0]], operation, parameters)

    def _call(self, pace: _Pace, operation: Callable[..., Any], parameters: Mapping[str, Any]) -> Any:
        for attempt in range(_ATTEMPTS):
            pace.wait()
            try:
                return operation(**parameters)
            except ClientError as error:
                if code(error) not in _THROTTLED or attempt == _ATTEMPTS - 1:
                    raise
            pace.rest(min(_LONGEST_PAUSE, 2.0**attempt) * random.uniform(0.5, 1))  # noqa: S311 (spreads, hides nothing)
        raise AssertionError
