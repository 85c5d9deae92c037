"""`make demo`: a person signs up and in by phone code, on a local AWS and with the real module."""

import functools
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from rich.console import Console
from rich.table import Table

from dev import terraform
from dev.local import LocalAWS
from dev.person import NoMessageError, Person, claims, wrong

_EXAMPLE = terraform.ROOT / "examples" / "phone-username"
_PHONE_NUMBER = "+14155550100"  # of the range that is kept free for fiction

_console = Console(highlight=False, width=None if sys.stdout.isatty() else 110)


class Story:
    """Tells step by step what the client calls, which triggers run, and what comes back."""

    def __init__(self, aws: LocalAWS) -> None:
        self._aws = aws
        self._told = 0

    def call(self, title: str, request: str, action: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
        """Carry out one call of the client and tell it; a refusal is told too and returned as an empty answer."""
        _console.rule(f"[bold]{title}", align="left")
        _console.print(f"  the client calls   [cyan]{request}[/]")
        begun = time.perf_counter()
        answer: Mapping[str, Any] = {}
        try:
            answer = action()
            told = _in_brief(answer)
        except ClientError as refusal:
            told = f"[red]{refusal.response['Error']['Code']}: {refusal.response['Error']['Message']}[/]"
        milliseconds = (time.perf_counter() - begun) * 1000
        runs = self._aws.trigger_log()
        for run in runs[self._told :]:
            colour = "green" if run.outcome == "ok" else "red"
            _console.print(
                f"  Cognito invokes    {run.source.split('_')[0]} ([dim]{run.function}[/]) "
                f"[{colour}]{run.outcome}[/] [dim]{run.milliseconds or 0:.0f} ms[/]"
            )
        self._told = len(runs)
        _console.print(f"  the client gets    {told} [dim]{milliseconds:.0f} ms[/]")
        return answer

    def note(self, label: str, text: str) -> None:
        """Tell something beside the calls."""
        _console.print(f"  {label:<18} {text}")


def _in_brief(answer: Mapping[str, Any]) -> str:
    if "AuthenticationResult" in answer:
        return "[green]tokens[/]: " + ", ".join(sorted(answer["AuthenticationResult"]))
    if "ChallengeName" in answer:
        parameters = {name: value for name, value in answer["ChallengeParameters"].items() if name != "USERNAME"}
        return f"{answer['ChallengeName']} {parameters}"
    return str({name: value for name, value in answer.items() if name != "ResponseMetadata"})


def main() -> int:
    """Run the demonstration; return 0 if the person was signed in."""
    _console.print("[bold]Sign-in by one-time code, on an AWS of this computer. Nothing leaves it.[/]\n")
    mirror = terraform.find_mirror()
    _console.print(f"Terraform's AWS provider: {f'from the mirror {mirror}' if mirror else 'downloaded by Terraform'}")
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as work, LocalAWS() as aws:
        _console.print(f"A local AWS runs at {aws.endpoint_url} [dim]{time.perf_counter() - begun:.1f} s[/]")
        begun = time.perf_counter()
        with _console.status("terraform init and apply of examples/phone-username (half a minute) ..."):
            example = terraform.Terraform(_EXAMPLE, Path(work), aws.environment())
            try:
                example.init()
                outputs = example.apply()
                made = len(example.resources())
            finally:
                example.close()
        seconds = time.perf_counter() - begun
        _console.print(f"examples/phone-username is applied: {made} resources [dim]{seconds:.1f} s[/]")
        _print_outputs(outputs)
        signed_in = _show(aws, outputs)
        if signed_in and sys.stdin.isatty() and sys.stdout.isatty():
            _try_it(aws, outputs)
    _console.print("\nThe local AWS is gone, with everything in it.")
    return 0 if signed_in else 1


def _print_outputs(outputs: Mapping[str, Any]) -> None:
    for name, value in outputs.items():
        _console.print(f"  {name:<18} {value}")
    _console.print()


def _show(aws: LocalAWS, outputs: Mapping[str, Any]) -> bool:
    person = Person(aws, outputs["client_id"], _PHONE_NUMBER)
    story = Story(aws)

    story.call("1. Sign-up", f"SignUp(Username={_PHONE_NUMBER}, Password=<random>)", person.sign_up)
    _print_row(aws, outputs, story)

    story.call("2. Sign-in", f"InitiateAuth(CUSTOM_AUTH, USERNAME={_PHONE_NUMBER})", person.start_sign_in)
    begun = time.perf_counter()
    text = person.wait_for_text()
    story.note("the phone gets", f"[yellow]{text}[/] [dim]{(time.perf_counter() - begun) * 1000:.0f} ms later[/]")
    code = text.split()[0]

    mistyped = wrong(code)
    story.call("3. A wrong code", f"RespondToAuthChallenge(ANSWER={mistyped})", lambda: person.answer(mistyped))
    answer = story.call("4. The right code", f"RespondToAuthChallenge(ANSWER={code})", lambda: person.answer(code))
    if "AuthenticationResult" not in answer:
        return False
    said = claims(answer["AuthenticationResult"]["IdToken"])
    story.note("the ID token says", str({name: said.get(name) for name in ("sub", "phone_number", "token_use", "exp")}))
    _print_row(aws, outputs, story)
    story.note("messages sent", f"{len(aws.sms_messages())} for sign-up and sign-in together")
    story.note("refused by IAM", f"{len(aws.denied())} calls")
    return not aws.denied()


def _print_row(aws: LocalAWS, outputs: Mapping[str, Any], story: Story) -> None:
    rows = aws.client("dynamodb").scan(TableName=outputs["user_table_name"])["Items"]
    story.note("the User table", f"{len(rows)} row{'s' if len(rows) != 1 else ''}")
    table = Table(show_header=True, header_style="bold")
    fields = ("id", "phone_number", "status", "created_at", "last_sign_in_at")
    for name in fields:
        table.add_column(name)
    for row in rows:
        table.add_row(*(row.get(name, {}).get("S", "") for name in fields))
    _console.print(table)


def _try_it(aws: LocalAWS, outputs: Mapping[str, Any]) -> None:
    _console.rule("[bold]Now you", align="left")
    _console.print("Sign up or in with any number; its messages appear here. An empty line ends.")
    story = Story(aws)
    while True:
        number = _console.input("\nphone number (like +14155550123): ").strip()
        if not number:
            return
        person = Person(aws, outputs["client_id"], number)
        try:
            if _console.input("new here? sign up first [y/N] ").strip().lower() == "y":
                story.call("Sign-up", f"SignUp(Username={number}, Password=<random>)", person.sign_up)
            story.call("Sign-in", f"InitiateAuth(CUSTOM_AUTH, USERNAME={number})", person.start_sign_in)
            _answer(story, person)
        except NoMessageError:
            story.note("the phone gets", "nothing: there is no account of that number, and nothing tells so")
        _print_row(aws, outputs, story)


def _answer(story: Story, person: Person) -> None:
    seen = len(person.texts())
    if person.session:
        story.note("the phone gets", f"[yellow]{person.wait_for_text(max(seen, 1))}[/]")
    while person.session:
        code = _console.input("code: ").strip()
        if not code:
            return
        story.call("The code", f"RespondToAuthChallenge(ANSWER={code})", functools.partial(person.answer, code))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (KeyboardInterrupt, EOFError):
        _console.print("\nEnded.")
    except (terraform.TerraformError, NoMessageError) as error:
        _console.print(f"[red]{error}[/]", soft_wrap=True)
        sys.exit(1)
