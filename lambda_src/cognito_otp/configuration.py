"""Settings that are too large for Lambda's environment of 4 KB: items `config#<name>` of the auth-state table.

The Terraform module writes them, and their hash into the environment, so that a change starts new environments: they
are read once, at initialisation.
"""

import json
from collections.abc import Mapping
from typing import Any

from cognito_otp import event_log, refusals
from cognito_otp.aws import FAILURES
from cognito_otp.dynamodb import Table
from cognito_otp.refusals import Refusal


def read(table: Table, environment: Mapping[str, str], name: str) -> dict[str, Any]:
    """Return the settings of that name for a function that is initialised; arguments and settings as in `stored`.

    Raises:
        Refusal: SERVICE_UNAVAILABLE, they could not be read; Lambda initialises again. Cognito shows the public what an
            initialisation failed with, as it does of a trigger.
    """
    try:
        return stored(table, environment, name)
    except (*FAILURES, ValueError) as error:
        event_log.failure("configuration", error, settings=name)
        raise Refusal(refusals.SERVICE_UNAVAILABLE) from None


def stored(table: Table, environment: Mapping[str, str], name: str) -> dict[str, Any]:
    """Return the settings of that name; nothing, and without a call, if the module has written none.

    Args:
        table: the auth-state table.
        environment: holds `<NAME>_HASH` if there are settings.
        name: `"countries"`, `"messages"`, `"test_numbers"` or `"user_row"`.

    Settings that are named and are not there count as none, loudly: Terraform removes the item first and the hash after
    it, and nobody must be kept out in between.

    Raises:
        botocore.exceptions.BotoCoreError, ClientError: they could not be read.
        ValueError: they are no JSON.
    """
    if f"{name.upper()}_HASH" not in environment:
        return {}
    item = table.get(f"config#{name}")
    if item is None:
        event_log.warning("configuration", "missing", settings=name)
        return {}
    settings: dict[str, Any] = json.loads(item["settings"])
    return settings
