"""The function's AWS clients: one botocore session, made at initialisation, and the time budget of a trigger.

Cognito waits 5 s for a trigger, initialisation included, and invokes it again if the answer is late
(https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html).
So no request is started later than `_LAST_START` seconds into a trigger: one request then takes at most
`_CONNECT + _READ` = 1.2 s and its back-off at most 1 s, which leaves 0.8 s of the five for a cold start. A hook gets
one attempt of at most `_CONNECT + _HOOK_READ` = 2.2 s instead, which comes to the same.
botocore's sessions are used directly because `import boto3` costs every cold start what it saves nobody here.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from cognito_otp import service_models
from cognito_otp.dynamodb import ContentionError, UnprocessedKeysError

_CONNECT = 0.4
_READ = 0.8
_HOOK_READ = 1.8  # what comes after a hook must begin before _LAST_START, or is not begun
_LAST_START = 2.0

_TRIGGER_CONFIG = Config(
    connect_timeout=_CONNECT, read_timeout=_READ, retries={"mode": "standard", "total_max_attempts": 2}
)
JOB_CONFIG = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 5})
"""For a job that has minutes: it waits where a trigger must give up."""

# A provider may have sent the message although its answer was lost: never a second attempt on our own.
_ONE_ATTEMPT = {"mode": "standard", "total_max_attempts": 1}
_HOOK_CONFIG = Config(connect_timeout=_CONNECT, read_timeout=_HOOK_READ, retries=_ONE_ATTEMPT)
_PROVIDER_CONFIG = Config(connect_timeout=2, read_timeout=8, retries=_ONE_ATTEMPT)
# A function of the user's may have a cold start and a slow provider before it.
_OWN_FUNCTION_CONFIG = Config(connect_timeout=2, read_timeout=15, retries=_ONE_ATTEMPT)

OWN_FUNCTION = "own-function"
"""The Lambda client with which a provider function is invoked; `"lambda"` is the triggers' own."""
HOOK = "hook"
"""The Lambda client with which a trigger asks a hook and waits."""

_LAMBDA_CLIENTS = (OWN_FUNCTION, HOOK)

# Whoever gets a single attempt.
_CONFIGS = {
    "sns": _PROVIDER_CONFIG,
    "sesv2": _PROVIDER_CONFIG,
    "pinpoint-sms-voice-v2": _PROVIDER_CONFIG,
    OWN_FUNCTION: _OWN_FUNCTION_CONFIG,
    HOOK: _HOOK_CONFIG,
}

_budget = threading.local()


class BudgetSpentError(Exception):
    """The trigger has no time left for another request."""


FAILURES = (BotoCoreError, ClientError, BudgetSpentError, ContentionError, UnprocessedKeysError)
"""What a call of AWS may end in besides its answer."""


@contextlib.contextmanager
def trigger_budget() -> Iterator[None]:
    """Hold the requests of one trigger invocation, on this thread, to its time budget."""
    _budget.last_start = time.monotonic() + _LAST_START
    try:
        yield
    finally:
        del _budget.last_start


def _within_budget(**_: object) -> None:
    last_start: float | None = getattr(_budget, "last_start", None)
    if last_start is not None and time.monotonic() > last_start:
        raise BudgetSpentError


def _close(request: Any, **_: object) -> None:
    # Kept open over a freeze of the environment, a connection may be dead; the one attempt would be lost on it.
    request.headers["Connection"] = "close"


class _Seldom:
    """Stands for a client that is made when it is first used. Lambda has one thread at a time do that."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._made: Any = None

    def __getattr__(self, name: str) -> Any:
        if self._made is None:
            self._made = self._make()
        return getattr(self._made, name)


def clients(
    *services: str,
    seldom: Collection[str] = (),
    region_overrides: Mapping[str, str] | None = None,
    config: Config = _TRIGGER_CONFIG,
) -> dict[str, Any]:
    """Make one client per service, all on one session (a second client then costs a fraction of the first).

    Args:
        services: botocore service names, e.g. `"dynamodb"`, `OWN_FUNCTION` or `HOOK`.
        seldom: those of them that most environments never use: made when they are, in the trigger's time.
        region_overrides: service name to region, for a provider that lives in another region than the pool.
        config: of those that have none of their own.

    Returns:
        dict: what was asked for to botocore client.
    """
    session = botocore.session.get_session()
    service_models.read_quickly(session, {_named(service) for service in services})
    regions = region_overrides or {}
    made = {}
    for service in services:
        make = partial(_make, session, service, regions.get(service), _CONFIGS.get(service, config))
        made[service] = _Seldom(make) if service in seldom else make()
    return made


def _make(session: Any, service: str, region: str | None, config: Config) -> Any:
    client = session.create_client(_named(service), region_name=region, config=config)
    client.meta.events.register("before-send.*", _within_budget)
    if service in _CONFIGS:
        client.meta.events.register("before-send.*", _close)
    return client


def _named(service: str) -> str:
    return "lambda" if service in _LAMBDA_CLIENTS else service


def close_before_snapshot(made: Mapping[str, Any], environment: Mapping[str, str]) -> None:
    """Close what initialisation has opened, if Lambda takes a snapshot of the environment after it (SnapStart).

    Every environment that is restored from it would begin with connections whose other end is gone, and lose time of
    the trigger's, or its one attempt, on them. A client that was closed opens new ones when it is used. What is seldom
    used is made with it: the snapshot's initialisation is nobody's wait.

    Args:
        made: the clients that `clients` returned.
        environment: where Lambda says how it initialises
            (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html).
    """
    if environment.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
        for client in made.values():
            client.close()
