"""The `maintenance` function, as `sign_up` sees it: the only one that removes a user."""

from typing import Any

from cognito_otp.accounts import Account
from cognito_otp.invocation import queue


class MaintenanceFunction:
    """The function.

    Args:
        lambda_client: botocore Lambda client.
        function_name: name or ARN.
    """

    def __init__(self, lambda_client: Any, function_name: str) -> None:
        self._lambda = lambda_client
        self._function_name = function_name

    def reclaim(self, user_pool_id: str, account: Account) -> None:
        """Ask, asynchronously, for the removal of an account that never answered a code; it may be asked for twice.

        Raises:
            botocore.exceptions.BotoCoreError, ClientError: it was not (or not certainly) queued.
        """
        request = {
            "job": "reclaim",
            "user_pool_id": user_pool_id,
            "account": account.key,
            "attempt": account.attempt,
        }
        queue(self._lambda, self._function_name, request)
