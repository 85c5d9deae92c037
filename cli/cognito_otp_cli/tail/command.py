"""The command `tail`."""

import contextlib
import json
import re
import sys
import time
from typing import TYPE_CHECKING

import click
from rich.live import Live

from cognito_otp_cli import screen
from cognito_otp_cli.deployment import discover, log_group_of
from cognito_otp_cli.options import JSON, USER_POOL_ID
from cognito_otp_cli.session import with_session
from cognito_otp_cli.tail.funnel import step
from cognito_otp_cli.tail.live import Picture, as_text
from cognito_otp_cli.tail.log import Log

if TYPE_CHECKING:
    import boto3

_PAUSE = 2.0  # seconds between two looks: FilterLogEvents has 5 requests a second in the account
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def _seconds(_ctx: click.Context, _parameter: click.Parameter, value: str) -> int:
    found = re.fullmatch(r"([0-9]{1,9})([smhd])", value)
    if not found:
        raise click.BadParameter(f"{value} is not a number with s, m, h or d, e.g. 10m.")
    return int(found[1]) * _UNITS[found[2]]


@click.command("tail")
@USER_POOL_ID
@click.option(
    "--since",
    default="10m",
    show_default=True,
    metavar="DURATION",
    callback=_seconds,
    help="Begin that long ago, e.g. 30s, 2h, 1d.",
)
@JSON
@with_session
def command(session: "boto3.Session", user_pool_id: str, since: int, as_json: bool) -> None:
    """Follow sign-ups and sign-ins live.

    Counts who signed up, asked for a code, was sent one and typed it, by country, and who was refused and why. In a
    terminal a table that is kept up to date, else a line per step, until Ctrl-C. The log has no code, no whole number
    and no whole address.
    """
    deployment = discover(session, user_pool_id)
    groups = [log_group_of(function) for function in deployment.functions.values()]
    log = Log(session.client("logs"), groups, max(0, int((time.time() - since) * 1000)))
    with contextlib.suppress(KeyboardInterrupt):
        if sys.stdout.isatty() and not as_json:
            _draw(log, f"{deployment.name} ({user_pool_id})")
        else:
            _print(log, as_json=as_json)


def _draw(log: Log, title: str) -> None:
    picture = Picture(title)
    # What was last drawn stays when it ends.
    with Live(picture, console=screen.stdout(), auto_refresh=False) as live:
        while True:
            for line in log.new_lines():
                taken = step(line)
                if taken:
                    picture.add(taken)
            live.refresh()
            time.sleep(_PAUSE)


def _print(log: Log, *, as_json: bool) -> None:
    while True:
        for line in log.new_lines():
            taken = step(line)
            if taken and as_json:
                click.echo(json.dumps({"stage": taken.stage.value.replace(" ", "_"), **line}))
            elif taken:
                click.echo(as_text(taken).plain)
        sys.stdout.flush()
        time.sleep(_PAUSE)
