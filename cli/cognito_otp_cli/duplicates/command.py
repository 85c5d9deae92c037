"""The command `duplicates`."""

import sys
from typing import TYPE_CHECKING

import click
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

from cognito_otp_cli import pool_users, screen
from cognito_otp_cli.deployment import describe_pool
from cognito_otp_cli.duplicates import report
from cognito_otp_cli.duplicates.people import People
from cognito_otp_cli.options import JSON, USER_POOL_ID
from cognito_otp_cli.session import with_session

if TYPE_CHECKING:
    import boto3


@click.command("duplicates")
@USER_POOL_ID
@JSON
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, a row per account.")
@pool_users.PER_SECOND
@with_session
def command(
    session: "boto3.Session", user_pool_id: str, as_json: bool, as_csv: bool, list_users_per_second: float
) -> None:
    """Find accounts that are one person.

    Looks at every user of any pool, made by the module or not. Accounts belong together if they share a username, an
    e-mail address or a phone number, in whatever case or spelling, or each of them shares one with a third. A username
    that is an address or a number counts as one. Nothing is changed.

    Exit code 1 if there are any, else 0.
    """
    if as_json and as_csv:
        raise click.UsageError("--json and --csv exclude each other.")
    pool = describe_pool(session, user_pool_id)
    people = People(has_preferred_usernames="preferred_username" in pool.get("AliasAttributes", []))
    columns = (TextColumn("users"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with screen.progress(*columns) as progress:
        # The pool's own estimate is hours old.
        task = progress.add_task("users", total=pool.get("EstimatedNumberOfUsers") or None)
        for page in pool_users.pages(session.client("cognito-idp"), user_pool_id, list_users_per_second):
            for user in page:
                people.add(user)
            progress.update(task, completed=len(people))
    found = people.more_than_once()
    if as_json:
        report.write_json(sys.stdout, user_pool_id, len(people), found)
    elif as_csv:
        report.write_csv(sys.stdout, found)
    else:
        report.show(screen.stdout(), len(people), found)
    sys.exit(1 if found else 0)
