"""What the functions log: one line per decision, with no code, phone number, e-mail or username in it.

Lambda's JSON log format prints the fields of `extra` beside the message, the time (UTC) and the request id
(https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html). The message is the event's name; docs/logs.md lists
all events with their outcomes and fields, and a test holds the list against the code.
"""

import contextlib
import logging
import os
from collections.abc import Iterator
from contextvars import ContextVar

from botocore.exceptions import ClientError

_logger = logging.getLogger("cognito_otp")
if os.environ.get("AWS_LAMBDA_LOG_FORMAT") != "JSON":
    # In JSON format Lambda sets the level that the module configures; in text it leaves Python's, which is WARNING.
    _logger.setLevel(logging.INFO)
# botocore's debug lines quote whole requests, destinations and all: whatever level is configured, they are not for us.
logging.getLogger("botocore").setLevel(logging.INFO)

_known: ContextVar[dict[str, str | int | None] | None] = ContextVar("known", default=None)


@contextlib.contextmanager
def about(**fields: str | int | None) -> Iterator[None]:
    """Give every line that is logged in between these fields, and those that are learned there; as in `decision`."""
    outer = _known.set(fields)
    try:
        yield
    finally:
        _known.reset(outer)


def learned(**fields: str | int | None) -> None:
    """Add fields to all further lines of the `about` around it; nothing outside of one."""
    known = _known.get()
    if known is not None:
        known.update(fields)


def decision(event: str, outcome: str, **fields: str | int | None) -> None:
    """Log one decision.

    Args:
        event: what was decided on, e.g. `"challenge"`, `"guess"`, `"delivery"`.
        outcome: the decision, e.g. `"accepted"`, `"refused"`.
        fields: further facts; identifiers of a person masked only. None is left out. `correlation_id` is what the lines
            of one sign-in have in common: the challenge's id.
    """
    _logger.info(event, extra=_fields(outcome, fields))


def warning(event: str, outcome: str, **fields: str | int | None) -> None:
    """Log a decision that somebody should look at; arguments as in `decision`."""
    _logger.warning(event, extra=_fields(outcome, fields))


def failure(event: str, error: BaseException, **fields: str | int | None) -> None:
    """Log an unexpected error by its kind and place, never by its text: that may quote what was asked for."""
    facts: dict[str, str | int | None] = {"error": type(error).__name__, "where": _place(error), **fields}
    if isinstance(error, ClientError):
        facts["aws_operation"] = error.operation_name
        facts["aws_error"] = error.response.get("Error", {}).get("Code")
    _logger.error(event, extra=_fields("failed", facts))


def _fields(outcome: str, fields: dict[str, str | int | None]) -> dict[str, str | int]:
    known = {**(_known.get() or {}), **fields}
    return {"outcome": outcome, **{name: value for name, value in known.items() if value is not None}}


def _place(error: BaseException) -> str | None:
    """Return `module:line` of the innermost frame of this package that the error went through."""
    place, trace = None, error.__traceback__
    while trace is not None:
        module = trace.tb_frame.f_globals.get("__name__", "")
        if module.startswith(__package__):
            place = f"{module}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
