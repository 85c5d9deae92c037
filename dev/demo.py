"""`make demo`: a person signs up and in by phone code, on a local AWS and with the real module."""

import contextlib
import functools
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from dev import terraform
from dev.local import PATIENT, LocalAWS
from dev.person import NoMessageError, Person, claims, wrong

_PHONE_NUMBER = "+14155550100"  # of the range that is kept free for fiction
_PATIENCE = 4.0  # seconds for a message that may never come

console = Console(highlight=False, width=None if sys.stdout.isatty() else 110)


class Story:
    """Tells step by step what the client calls, which functions run, and what comes back."""

    def __init__(self, aws: LocalAWS, outputs: Mapping[str, Any]) -> None:
        self._aws = aws
        self._user_table = outputs["user_table_name"]
        self._log_group = f"/aws/lambda/{self._user_table.removesuffix('-users')}-delivery"
        self._told = 0

    def call(self, title: str, request: str, action: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
        """Carry out one call of the client and tell it; a refusal is told too and returned as an empty answer."""
        console.rule(f"[bold]{title}", align="left")
        self.note("the client calls", f"[cyan]{escape(request)}[/]")
        begun = time.perf_counter()
        answer: Mapping[str, Any] = {}
        try:
            answer = action()
            told = _in_brief(answer)
        except ClientError as refusal:
            error = refusal.response["Error"]
            told = f"[red]{escape(error['Code'])}: {escape(error['Message'])}[/]"
        milliseconds = (time.perf_counter() - begun) * 1000
        runs = self._aws.trigger_log()
        for run in runs[self._told :]:
            colour = "green" if run.outcome == "ok" else "red"
            self.note(
                "Cognito invokes",
                f"{run.source.split('_')[0]} ([dim]{run.function}[/]) "
                f"[{colour}]{escape(run.outcome)}[/] [dim]{run.milliseconds or 0:.0f} ms[/]",
            )
        self._told = len(runs)
        self.note("the client gets", f"{told} [dim]{milliseconds:.0f} ms[/]")
        return answer

    def message(self, person: Person, count: int, seconds: float = 15.0) -> str:
        """Wait for a person's message of that number, tell it and what delivery logged, and return its code."""
        begun = time.perf_counter()
        text = person.wait_for_text(count, seconds)
        later = (time.perf_counter() - begun) * 1000
        for line in self._delivery_log():
            self.note("delivery logs", f"[dim]{escape(line)}[/]")
        self.note("the phone gets", f"[yellow]{escape(text)}[/] [dim]{later:.0f} ms later[/]")
        return text.split()[0]

    def row(self, sub: str) -> None:
        """Tell the row of a user."""
        item = self._aws.client("dynamodb").get_item(TableName=self._user_table, Key={"id": {"S": sub}}).get("Item", {})
        self.note("the User table", "one row" if item else "no row")
        for name in ("id", "phone_number", "status", "created_at", "last_sign_in_at"):
            if name in item:
                self.note("", f"{name:<16} {item[name]['S']}")

    def note(self, label: str, text: str) -> None:
        """Tell one thing; `text` may hold rich's markup."""
        line = Table.grid(padding=(0, 2, 0, 2))
        line.add_column(width=17)
        line.add_column(overflow="fold")
        line.add_row(label, text)
        console.print(line)

    def _delivery_log(self) -> list[str]:
        logs = self._aws.client("logs").filter_log_events(logGroupName=self._log_group)["events"]
        lines = [json.loads(event["message"]) for event in logs if event["message"].startswith("{")]
        decisions = [line for line in lines if line.get("message") == "delivery"]
        return [
            f"{line['outcome']} {line['channel']} to {line['destination']} ({line['country']}), "
            f"correlation_id={line['correlation_id']}"
            for line in decisions[-1:]
        ]


def _in_brief(answer: Mapping[str, Any]) -> str:
    if "AuthenticationResult" in answer:
        return "[green]tokens[/]: " + ", ".join(sorted(answer["AuthenticationResult"]))
    if "ChallengeName" in answer:
        parameters = {name: value for name, value in answer["ChallengeParameters"].items() if name != "USERNAME"}
        return escape(f"{answer['ChallengeName']} {parameters}")
    return escape(str({name: value for name, value in answer.items() if name != "ResponseMetadata"}))


@contextlib.contextmanager
def applied(name: str) -> Iterator[tuple[LocalAWS, dict[str, Any]]]:
    """Apply an example to a local AWS of its own, tell each step, and give both with the example's outputs.

    Raises:
        terraform.TerraformError: Terraform is missing or failed.
    """
    console.print("[bold]Sign-in by one-time code, on an AWS of this computer. Nothing leaves it.[/]\n")
    mirror = terraform.find_mirror()
    console.print(f"Terraform's AWS provider: {f'from the mirror {mirror}' if mirror else 'downloaded by Terraform'}")
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as work, LocalAWS(environment=PATIENT) as aws:
        console.print(f"A local AWS runs at {aws.endpoint_url} [dim]{time.perf_counter() - begun:.1f} s[/]")
        begun = time.perf_counter()
        with console.status(f"terraform init and apply of examples/{name} (half a minute) ..."):
            example = terraform.Terraform(terraform.ROOT / "examples" / name, Path(work), aws.environment())
            try:
                example.init()
                outputs = example.apply()
                made = len(example.resources())
            finally:
                example.close()
        seconds = time.perf_counter() - begun
        console.print(f"examples/{name} is applied: {made} resources [dim]{seconds:.1f} s[/]")
        yield aws, outputs
    console.print("\nThe local AWS is gone, with everything in it.")


def main() -> int:
    """Run the demonstration; return 0 if the person was signed in."""
    with applied("phone-username") as (aws, outputs):
        story = Story(aws, outputs)
        for name, value in outputs.items():
            story.note(name, value)
        console.print()
        signed_in = _show(aws, outputs, story)
        if signed_in and sys.stdin.isatty() and sys.stdout.isatty():
            _try_it(aws, outputs, story)
    return 0 if signed_in else 1


def _show(aws: LocalAWS, outputs: Mapping[str, Any], story: Story) -> bool:
    person = Person(aws, outputs["client_id"], _PHONE_NUMBER)

    answer = story.call("1. Sign-up", f"SignUp(Username={_PHONE_NUMBER}, Password=<random>)", person.sign_up)
    if not answer:
        return False
    sub = answer["UserSub"]
    story.row(sub)

    story.call("2. Sign-in", f"InitiateAuth(CUSTOM_AUTH, USERNAME={_PHONE_NUMBER})", person.start_sign_in)
    code = story.message(person, 1)

    mistyped = wrong(code)
    story.call("3. A wrong code", f"RespondToAuthChallenge(ANSWER={mistyped})", lambda: person.answer(mistyped))
    answer = story.call("4. The right code", f"RespondToAuthChallenge(ANSWER={code})", lambda: person.answer(code))
    if "AuthenticationResult" not in answer:
        return False
    said = claims(answer["AuthenticationResult"]["IdToken"])
    for name in ("sub", "phone_number", "token_use", "exp"):
        story.note("the ID token says" if name == "sub" else "", f"{name:<16} {said.get(name)}")
    story.row(sub)
    story.note("messages sent", f"{len(aws.sms_messages())} for sign-up and sign-in together")
    story.note("refused by IAM", f"{len(aws.denied())} calls")
    return not aws.denied()


def _try_it(aws: LocalAWS, outputs: Mapping[str, Any], story: Story) -> None:
    console.rule("[bold]Now you", align="left")
    console.print("Sign up and in with any number; its messages appear here. An empty line ends.")
    while number := _ask("\nphone number (like +14155550123): "):
        person = Person(aws, outputs["client_id"], number)
        if _ask("new here? sign up first (y/N): ").lower() == "y":
            answer = story.call("Sign-up", f"SignUp(Username={number}, Password=<random>)", person.sign_up)
            if not answer:
                continue
        had = len(person.texts())
        begun = f"InitiateAuth(CUSTOM_AUTH, USERNAME={number})"
        if not story.call("Sign-in", begun, person.start_sign_in):
            continue
        try:
            with console.status("waiting for the message ..."):
                story.message(person, had + 1, _PATIENCE)
        except NoMessageError:
            story.note("the phone gets", "nothing: an unknown number, or the last code is less than half a minute old")
        _answer(story, person)


def _answer(story: Story, person: Person) -> None:
    while code := _ask("code (an empty line gives up): "):
        request = f"RespondToAuthChallenge(ANSWER={code})"
        answer = story.call("The code", request, functools.partial(person.answer, code))
        if "ChallengeName" not in answer:
            if "AuthenticationResult" in answer:
                story.row(claims(answer["AuthenticationResult"]["IdToken"])["sub"])
            return


def _ask(prompt: str) -> str:
    return console.input(prompt).strip()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (KeyboardInterrupt, EOFError):
        console.print("\nEnded.")
    except (terraform.TerraformError, NoMessageError) as error:
        console.print(escape(str(error)), style="red", soft_wrap=True)
        sys.exit(1)
