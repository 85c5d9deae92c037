"""The naive way, as it is also found: boto3 is imported, and the clients are made, when the first event is there."""

import json
import os
from typing import Any

from dev.bench.runtime.tasks.calls import CALLS


def handler(event: Any, _context: object) -> Any:
    """Make the clients and the calls; `CALLS` in the environment is as in `at_import`."""
    import boto3  # noqa: PLC0415

    for service, times in json.loads(os.environ["CALLS"]).items():
        client = boto3.client(service)
        for _ in range(times):
            CALLS[service](client)
    return event
