"""Asynchronous invocations of other functions: queued by Lambda, and nobody waits for their answer."""

import json
from collections.abc import Mapping
from typing import Any


def name_of(environment: Mapping[str, str], setting: str) -> str:
    """Return the name of another function of the module, as this environment is to invoke it.

    A published version invokes the others' versions, by their alias. The unpublished function, which the pool invokes
    until all of them have one, does without.

    Args:
        environment: holds `FUNCTION_ALIAS` where versions are published, and Lambda's name of the running one.
        setting: of the environment, with the function's name.

    Raises:
        KeyError: the setting is missing.
    """
    name = environment[setting]
    if "FUNCTION_ALIAS" in environment and environment["AWS_LAMBDA_FUNCTION_VERSION"] != "$LATEST":
        return f"{name}:{environment['FUNCTION_ALIAS']}"
    return name


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
