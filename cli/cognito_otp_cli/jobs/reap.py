"""The command `reap`."""

import json
import sys
from collections import Counter
from typing import TYPE_CHECKING

import click

from cognito_otp_cli import screen
from cognito_otp_cli.deployment import discover
from cognito_otp_cli.jobs.slices import slices
from cognito_otp_cli.options import JSON, USER_POOL_ID
from cognito_otp_cli.session import with_session

if TYPE_CHECKING:
    import boto3

_WORDS = {
    "removed": "removed",
    "changed": "answered their code meanwhile, or are another run's",
    "in_flight": "sign up just now",
    "verified": "kept: the pool holds an address or number of theirs for verified",
    "confirmed": "kept: an administrator confirmed them",
    "disabled": "kept: an administrator disabled them",
    "code_alive": "kept: a code is on its way to them",
    "failed": "failed; the next run takes them up",
}


@click.command("reap")
@USER_POOL_ID
@JSON
@with_session
def command(session: "boto3.Session", user_pool_id: str, as_json: bool) -> None:
    """Remove accounts that never answered a code.

    Runs the schedule's job now. Accounts that their own sign-up made longer than sign_up.abandon_after_days ago, and
    that nobody ever proved, are removed for good, with their claims; their rows say DELETED.

    Exit code 1 if some could not be removed, else 0.
    """
    deployment = discover(session, user_pool_id)
    outcomes: Counter[str] = Counter()
    with screen.stderr().status("looking for abandoned accounts ...") as status:
        for report in slices(session, deployment, "reap"):
            outcomes.update(report["outcomes"])
            status.update(f"{outcomes['removed']} removed, {outcomes.total() - outcomes['removed']} not")
    if as_json:
        click.echo(json.dumps({"job": "reap", "outcomes": dict(outcomes)}, indent=2))
    else:
        console = screen.stdout()
        if not outcomes:
            console.print("No account is abandoned.")
        for outcome, count in outcomes.most_common():
            console.print(f"{count:>8} {_WORDS.get(outcome, outcome)}")
    sys.exit(1 if outcomes["failed"] else 0)
