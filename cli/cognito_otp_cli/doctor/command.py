"""The command `doctor`."""

import json
import sys
from typing import TYPE_CHECKING

import click

from cognito_otp_cli import screen
from cognito_otp_cli.deployment import describe_pool
from cognito_otp_cli.doctor import report
from cognito_otp_cli.doctor.examine import examine, exit_code, recognise
from cognito_otp_cli.doctor.patient import Patient
from cognito_otp_cli.options import JSON, USER_POOL_ID
from cognito_otp_cli.session import with_session

if TYPE_CHECKING:
    import boto3


@click.command("doctor")
@USER_POOL_ID
@JSON
@with_session
def command(session: "boto3.Session", user_pool_id: str, as_json: bool) -> None:
    """Check a user pool and say what to do.

    A pool of the module is checked whole, another one as far as it can be. Nothing is changed.

    Exit code 1 if there is a problem, else 2 if something could not be checked, else 0: warnings are for people.
    """
    with screen.stderr().status("looking at the pool ..."):
        pool = describe_pool(session, user_pool_id)
        deployment, recognised = recognise(session, pool)
        results = [recognised, *examine(Patient(session, pool, deployment))]
    about = {"user_pool_id": user_pool_id, "pool_name": pool["Name"], "module": deployment and deployment.name}
    if as_json:
        click.echo(json.dumps(report.as_json(about, results), indent=2))
    else:
        report.show(screen.stdout(), about, results)
    sys.exit(exit_code([result.finding.verdict for result in results]))
