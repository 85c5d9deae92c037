"""Has the maintenance function work in slices, until a job is done: no call outlives a lost connection for long.

What was done is written down by the function itself, so that a slice that is lost, or Ctrl-C, costs nothing: the next
call goes on where the last one ended.
"""

import json
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cognito_otp_cli.deployment import Deployment
from cognito_otp_cli.errors import CommandError

if TYPE_CHECKING:
    import boto3

_SECONDS = 20  # of one slice
_BUSY_PAUSE = 5.0  # seconds until a look whether another slice has ended
_BUSY_AT_MOST = 300.0  # seconds; its lease is shorter

Report = dict[str, Any]


def slices(session: "boto3.Session", deployment: Deployment, job: str, **wishes: bool) -> Iterator[Report]:
    """Run a job from where it is to its end, and give the report of each slice.

    A job whose last run is finished, and whose next is not due, begins a new one: whoever calls wants it now.

    Raises:
        CommandError: the function failed or is not there, or somebody else's slice does not end.
    """
    event = {"job": job, "user_pool_id": deployment.user_pool_id, "seconds": _SECONDS, **wishes}
    client, function = session.client("lambda"), deployment.function_name("maintenance")
    busy_since: float | None = None
    restart: dict[str, bool] = {}
    while True:
        report = _invoke(client, function, {**event, **restart})
        outcome = report.get("outcome")
        if outcome == "resting" and not restart:
            restart = {"restart": True}
            continue
        restart = {}
        if outcome == "busy":
            busy_since = busy_since or time.monotonic()
            if time.monotonic() > busy_since + _BUSY_AT_MOST:
                raise CommandError(f"Another run of {job} is at work, and does not end: look at the log of {function}.")
            yield report
            time.sleep(_BUSY_PAUSE)
            continue
        busy_since = None
        yield report
        if report.get("finished"):
            return


def _invoke(client: Any, function: str, event: Mapping[str, Any]) -> Report:
    answer = client.invoke(FunctionName=function, Payload=json.dumps(event).encode())
    body = json.loads(answer["Payload"].read() or b"null")
    if "FunctionError" in answer:
        words = body.get("errorMessage") if isinstance(body, dict) else None
        raise CommandError(f"{function}: {words or 'failed without a word'}")
    if not isinstance(body, dict):
        raise CommandError(f"{function} answered {json.dumps(body)}: it is not the module's maintenance function.")
    return body
