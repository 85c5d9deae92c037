"""`cognito-otp`: the group of the commands, each imported when it is called, so that `--help` answers at once."""

import importlib
from typing import Any

import click

from cognito_otp_cli.session import PROFILE, REGION, Place

_COMMANDS = {
    "doctor": ("cognito_otp_cli.doctor.command", "Check a user pool and say what to do."),
    "duplicates": ("cognito_otp_cli.duplicates.command", "Find accounts that are one person."),
    "reconcile": ("cognito_otp_cli.jobs.reconcile", "Compare the tables with the user pool, and repair them."),
    "reap": ("cognito_otp_cli.jobs.reap", "Remove accounts that never answered a code."),
    "migrate": ("cognito_otp_cli.migrate.command", "Move the users of an old pool to a new one."),
    "tail": ("cognito_otp_cli.tail.command", "Follow sign-ups and sign-ins live."),
}
"""Name to the module that has it as `command`, and its line of help."""


class _Commands(click.Group):
    """The commands above."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names in the order of the table."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command."""
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(_COMMANDS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the table without importing what it names."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in _COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; what AWS or botocore refuses ends it with one line."""
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, click.Abort, click.ClickException):
            raise
        except Exception as error:
            from cognito_otp_cli.errors import CommandError, explanation  # noqa: PLC0415 (imports botocore)

            words = explanation(error)
            if words is None:
                raise
            raise CommandError(words) from None


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@PROFILE
@REGION
@click.version_option(package_name="terraform-aws-cognito-otp", prog_name="cognito-otp")
@click.pass_context
def main(ctx: click.Context, profile: str | None, region: str | None) -> None:
    """Operate user pools of the Terraform module cognito-otp.

    Credentials, profile and region are found as the AWS CLI finds them (AWS_PROFILE, AWS_REGION, ...).

    Exit codes: 0 for all is well, 1 for something was found, 2 for it could not be done or asked.
    """
    ctx.obj = Place(profile, region)
