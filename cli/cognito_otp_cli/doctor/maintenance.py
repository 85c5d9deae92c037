"""When the tables were last compared with the pool, and what that found."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

from cognito_otp.dynamodb import Table
from cognito_otp_cli.doctor.finding import Finding, ok, problem, warning
from cognito_otp_cli.doctor.patient import Patient

_CHECKPOINT = "job#reconcile"
_INTERVAL_HOURS = 24
_HOUR = 3600


def reconcile(patient: Patient) -> Iterator[Finding]:
    """Tables and pool were compared lately, and nothing is left for an administrator."""
    deployment = patient.deployment
    if deployment is None:
        return
    now_is = f"`cognito-otp reconcile --user-pool-id {deployment.user_pool_id}` does it now."
    if "maintenance" not in deployment.functions:
        yield warning(
            f"There is no function {deployment.name}-maintenance: nothing compares the tables with the pool.",
            "Apply a version of the module that makes it.",
        )
        return
    item = Table(patient.client("dynamodb"), deployment.auth_state_table).get(_CHECKPOINT)
    walk = (item or {}).get("walk")
    if walk is None:
        yield warning("The tables were never compared with the pool.", now_is)
        return
    hours = int(patient.environment("maintenance").get("RECONCILE_INTERVAL_HOURS", _INTERVAL_HOURS))
    overdue = time.time() > (walk["finished_at"] or walk["number"]) + 2 * hours * _HOUR
    drift = {kind: count for kind, count in walk["drift"].items() if count}
    found = ", ".join(f"{count} {kind}" for kind, count in sorted(drift.items())) or "no difference"
    if walk["finished_at"]:
        fact = f"The tables were compared with {walk['users']} users on {_day(walk['finished_at'])}: {found}."
    else:
        fact = f"A comparison began on {_day(walk['number'])} and has seen {walk['users']} users: {found}."
    if drift.get("conflict"):
        yield problem(
            fact,
            "A conflict is a user who verified what another account has proven: find both by `cognito-otp duplicates`, "
            "and remove the attribute from one of them.",
        )
    elif drift.get("failed"):
        yield warning(
            fact, f"`cognito-otp tail --user-pool-id {deployment.user_pool_id} --since 1d` shows why it failed."
        )
    elif overdue:
        yield warning(f"{fact} The next was due after {hours} hours.", f"Look at the schedule. {now_is}")
    else:
        yield ok(fact)


def _day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
