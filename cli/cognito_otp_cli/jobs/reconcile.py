"""The command `reconcile`."""

import json
import sys
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape
from rich.progress import BarColumn, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from cognito_otp_cli import screen
from cognito_otp_cli.deployment import deployment_of, describe_pool
from cognito_otp_cli.jobs.slices import slices
from cognito_otp_cli.options import JSON, USER_POOL_ID
from cognito_otp_cli.session import with_session

if TYPE_CHECKING:
    import boto3

_PHASES = {"users": "users of the pool", "accounts": "accounts and claims", "rows": "rows of the User table"}
_WORDS = {
    "account_missing": "users that the module did not know",
    "claims": "a changed e-mail address or phone number, or its verified flag",
    "conflict": "users who verified what another account has proven: yours to decide",
    "untold": "what a code had proven, and the pool or your hook was not told",
    "row_missing": "users without a row",
    "row_status": "rows with another status",
    "row_fields": "rows with other values",
    "account_orphaned": "accounts without a user",
    "claim_orphaned": "claims without an account",
    "row_orphaned": "rows without a user",
    "failed": "users for whom it failed: the log of the function says why, the next run tries again",
}
_LEFT = ("conflict", "failed")
"""What a walk finds and does not repair."""


@click.command("reconcile")
@USER_POOL_ID
@click.option("--dry-run", is_flag=True, help="Report what differs, and repair nothing.")
@JSON
@with_session
def command(session: "boto3.Session", user_pool_id: str, dry_run: bool, as_json: bool) -> None:
    """Compare the tables with the user pool, and repair them.

    Runs the schedule's job now, from where it is to its end, or a new one if the last is finished. Ctrl-C leaves it
    where it is; the schedule or the next call goes on there.

    Exit code 1 if --dry-run found a difference, or if something is left: a conflict that only an administrator can
    decide, or a failure. Else 0.
    """
    pool = describe_pool(session, user_pool_id)
    deployment = deployment_of(session, pool)
    report: dict[str, Any] = {}
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with screen.progress(*columns) as progress:
        task = progress.add_task("asking the maintenance function ...", total=None)
        for report in slices(session, deployment, "reconcile", dry_run=dry_run):
            phase = report["phase"]
            seen = f"{report[phase]} {_PHASES.get(phase, phase)}"
            busy = "another run is at work: " if report["outcome"] == "busy" else ""
            total = pool.get("EstimatedNumberOfUsers") if phase == "users" else None
            progress.update(task, description=busy + seen, total=total or None, completed=report[phase])
    if as_json:
        click.echo(json.dumps(report, indent=2))
    else:
        _show(report)
    drift = report["drift"]
    sys.exit(1 if any(drift.get(kind) for kind in (drift if dry_run else _LEFT)) else 0)


def _show(report: dict[str, Any]) -> None:
    console = screen.stdout()
    seen = ", ".join(f"{report[phase]} {words}" for phase, words in _PHASES.items())
    console.print(f"Looked at {seen}.")
    if not any(report["drift"].values()):
        console.print("Everything is in line.")
        return
    left = " and ".join(kind for kind in _LEFT if report["drift"].get(kind))
    console.print("Found:" if report["dry_run"] else f"Found and repaired{f', but for {left}' if left else ''}:")
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right")
    for kind, count in report["drift"].items():
        table.add_row(f"  {count}", kind, f"[dim]{escape(_WORDS.get(kind, ''))}[/]")
    console.print(table)
