"""`cognito-otp migrate`."""

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cognito_otp_cli.errors import CommandError
from cognito_otp_cli.session import with_session

if TYPE_CHECKING:
    import boto3

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("migrate")
@click.option("--from", "source", required=True, metavar="POOL_ID", help="The old pool, of whatever making.")
@click.option("--to", "target", required=True, metavar="POOL_ID", help="The new pool, made by this module.")
@click.option("--dry-run", is_flag=True, help="Plan only: what becomes of everybody, and the file to decide in.")
@click.option("--decisions", type=_FILE, help="CSV with a decision about each duplicate.  [beside the journal]")
@click.option("--journal", type=_FILE, help="What was begun and done.  [migrate-<from>-<to>.journal here]")
@click.option("--rollback", is_flag=True, help="Take back exactly what this journal's runs have made.")
@click.option("--old-table", metavar="NAME", help="Table with the rows under the old ids.  [the new pool's User table]")
@click.option("--username-from", metavar="ATTRIBUTE", help="Take usernames from an attribute.  [the old usernames]")
@click.option("--leave-out", metavar="ATTRIBUTE", multiple=True, help="Do not carry an attribute over (repeatable).")
@click.option(
    "--share",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.5,
    show_default=True,
    help="Part of the account's Cognito quotas to use; sign-ins have the rest.",
)
@click.option("--yes", is_flag=True, help="Do not ask before anything is changed; stop if --old-table has no row.")
@with_session
def command(
    session: "boto3.Session",
    source: str,
    target: str,
    *,
    dry_run: bool,
    decisions: Path | None,
    journal: Path | None,
    rollback: bool,
    old_table: str | None,
    username_from: str | None,
    leave_out: tuple[str, ...],
    share: float,
    yes: bool,
) -> None:
    """Move the users of an old pool to a new one.

    The new one is of this module, and the rows go with them, from the old ids to the new ones. People do nothing and
    are sent nothing: their next sign-in is a code. Begin with --dry-run. A run that was stopped, even by force, goes on
    where it was when it is started again; users who came to the old pool since are moved too.

    Exit codes: 0 for all is moved and compared, 1 for somebody was left or differs, or in a dry run needs a decision,
    2 for it could not be done.
    """
    if source == target:
        raise CommandError("--from and --to are the same pool.")
    if rollback and dry_run:
        raise CommandError("--rollback and --dry-run exclude each other: a rollback shows what it deletes and asks.")
    try:
        from cognito_otp_cli.migrate.journal import Journal  # noqa: PLC0415 (--help need not wait for boto3 and rich)
    except ModuleNotFoundError as error:
        if error.name != "fcntl":
            raise
        raise CommandError("migrate needs Linux or macOS (on Windows: WSL).") from None
    from cognito_otp_cli.migrate.run import Run  # noqa: PLC0415

    def agreed(question: str) -> None:
        try:
            if not yes:
                click.confirm(question, abort=True, err=True)
        except click.Abort:
            raise CommandError("Nothing was changed (without a terminal: --yes).") from None

    path = journal or Path(f"migrate-{source}-{target}.journal")
    try:
        with contextlib.closing(Journal(path, source, target, old_table)) as opened:
            if rollback and not opened.users():
                raise CommandError(
                    f"There is no journal {path} here, or nothing in it: start in the folder of the first run, or name "
                    "it by --journal."
                )
            run = Run.assemble(
                session,
                opened,
                decisions=decisions,
                username_from=username_from,
                leave_out=frozenset(leave_out),
                share=share,
            )
            is_well = (
                run.rollback(agreed) if rollback else run.plan() if dry_run else run.migrate(agreed, must_find_rows=yes)
            )
    except OSError as error:
        if error.filename is None:
            raise
        raise CommandError(f"{error.filename} cannot be opened: {error.strerror}.") from None
    if not is_well:
        raise SystemExit(1)
