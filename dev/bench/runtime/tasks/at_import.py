"""The naive way: `boto3.client` for each service when the function is initialised.

`CALLS` in the environment says which services there are, and how often the first event calls each.
"""

import json
import os
from typing import Any

import boto3

from dev.bench.runtime.tasks.calls import CALLS

_CALLS: dict[str, int] = json.loads(os.environ["CALLS"])
_clients = {service: boto3.client(service) for service in _CALLS}


def handler(event: Any, _context: object) -> Any:
    """Make the calls."""
    for service, times in _CALLS.items():
        for _ in range(times):
            CALLS[service](_clients[service])
    return event
