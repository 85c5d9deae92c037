"""The functions: can they run, do they fail, do they answer in time, and is there room for them."""

import collections
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from cognito_otp_cli.deployment import function_configuration, log_group_of
from cognito_otp_cli.doctor.finding import Finding, ok, problem, warning
from cognito_otp_cli.doctor.patient import APPLY, Patient

_TRIGGER_SECONDS = 5  # Cognito waits no longer
_SLOW = 4000  # milliseconds
_PAGES = 20  # of a day's failures, which may be many
_FEW = 100  # executions at once; a new account may have 10
_NEARLY = 0.8


def functions(patient: Patient) -> Iterator[Finding]:
    """Each function is there and can be invoked."""
    for name, function in _functions(patient).items():
        if function is None:
            yield problem(f"The function {name} is not there.", APPLY if patient.deployment else "Detach the trigger.")
        elif function.get("State", "Active") not in ("Active", "Inactive"):
            yield problem(f"The function {name} is {function['State']}: {function.get('StateReason', '')}", APPLY)
        elif function.get("LastUpdateStatus") == "Failed":
            reason = function.get("LastUpdateStatusReason", "")
            yield problem(f"The last update of {name} failed: {reason} The code before it runs.", APPLY)
        else:
            yield ok(f"The function {name} can be invoked ({function['Runtime']}).")


def failures(patient: Patient) -> Iterator[Finding]:
    """What the functions logged as failed in the last day; a refusal is no failure."""
    if patient.deployment is None:
        return
    since = datetime.now(UTC) - timedelta(days=1)
    for function in patient.deployment.functions.values():
        name = str(function["FunctionName"])
        counts = collections.Counter(_failures(patient, log_group_of(function), since))
        if counts:
            most = ", ".join(f"{count} x {what}" for what, count in counts.most_common(3))
            yield warning(
                f"{name} has failed {counts.total()} times in the last day: {most}.",
                f"`cognito-otp tail --user-pool-id {patient.pool['Id']} --since 1d` shows them; docs/logs.md says what "
                "each means.",
            )
        else:
            yield ok(f"{name} has logged no failure in the last day.")


def _failures(patient: Patient, group: str, since: datetime) -> Iterator[str]:
    pages = patient.client("logs").get_paginator("filter_log_events")
    found = pages.paginate(
        logGroupName=group,
        startTime=int(since.timestamp() * 1000),
        filterPattern='{ $.level = "ERROR" }',
        PaginationConfig={"MaxItems": _PAGES * 10_000},
    )
    for page in found:
        for event in page["events"]:
            try:
                line = json.loads(event["message"])
            except ValueError:
                continue
            if line.get("level") != "ERROR":
                continue
            reason = line.get("aws_error") or line.get("error") or line.get("errorType") or line.get("reason") or ""
            yield f"{line.get('message', 'error')} {reason}".strip()[:80]


def durations(patient: Patient) -> Iterator[Finding]:
    """The triggers answer before Cognito gives up and invokes them again."""
    for arn in dict.fromkeys(patient.triggers.values()):
        name, region = arn.split(":")[6], arn.split(":")[3]
        longest = patient.highest("AWS/Lambda", "Duration", {"FunctionName": name}, "Maximum", region=region)
        throttled = patient.highest("AWS/Lambda", "Throttles", {"FunctionName": name}, "Sum", region=region)
        if throttled:
            yield warning(
                f"{name} was throttled: up to {throttled:.0f} times in five minutes of the last day.",
                "Ask for more concurrent executions (Service Quotas, AWS Lambda), or give it reserved ones.",
            )
        if longest is None:
            yield ok(f"{name} has no durations in CloudWatch for the last day.")
        elif longest >= _SLOW:
            yield warning(
                f"{name} took up to {longest / 1000:.1f} s in the last day, and Cognito waits {_TRIGGER_SECONDS} s.",
                "Give it more memory (lambda.memory_size, which is also processor time).",
            )
        else:
            yield ok(f"{name} took at most {longest / 1000:.1f} s in the last day.")


def concurrency(patient: Patient) -> Iterator[Finding]:
    """The account has room for the triggers of a busy minute."""
    limit = patient.client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    used = patient.highest("AWS/Lambda", "ConcurrentExecutions", {}, "Maximum", period=60)
    fact = (
        f"At most {used or 0:.0f} of {limit} executions ran at once in the last day."
        if used is not None
        else (f"The account may run {limit} functions at once; CloudWatch has no figure of how many it did.")
    )
    more = "Ask for more concurrent executions: Service Quotas, AWS Lambda."
    if used is not None and used >= _NEARLY * limit:
        yield warning(fact, more)
    elif limit < _FEW:
        yield warning(f"{fact} A sign-in takes two to four, so a busy minute is refused.", more)
    else:
        yield ok(fact)


def _functions(patient: Patient) -> dict[str, Mapping[str, Any] | None]:
    """Return the module's functions and the triggers' by name; None for one that is not there."""
    found: dict[str, Mapping[str, Any] | None] = {}
    if patient.deployment:
        found = {str(each["FunctionName"]): each for each in patient.deployment.functions.values()}
    for arn in patient.triggers.values():
        name = arn.split(":")[6]
        if name not in found:
            found[name] = function_configuration(patient.client("lambda", arn.split(":")[3]), arn)
    return found
