"""Asynchronous invocations of other functions: queued by Lambda, and nobody waits for their answer."""

import json
from collections.abc import Mapping
from typing import Any


def queue(lambda_client: Any, function: str, payload: Mapping[str, Any]) -> None:
    """Queue an event for a function; it may be queued twice, and the function has to bear that.

    Args:
        lambda_client: botocore Lambda client.
        function: name or ARN.
        payload: the event, of what JSON has.

    Raises:
        botocore.exceptions.BotoCoreError, ClientError: it was not (or not certainly) queued.
        aws.BudgetSpentError: the trigger has no time left for it.
    """
    answer = lambda_client.invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps(payload).encode())
    answer["Payload"].read()  # empty, but an unread answer would cost the next call a new connection
