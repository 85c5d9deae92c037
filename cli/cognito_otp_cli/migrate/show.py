"""What a migration tells the person who runs it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from cognito_otp_cli import screen
from cognito_otp_cli.migrate.files import Files
from cognito_otp_cli.migrate.plan import Outcome, Plan
from cognito_otp_cli.migrate.verify import Verification

_LINES = 20


def plan(console: Console, made: Plan, files: Files, decisions: Path) -> None:
    """Show a plan: how many, what stands against whom, what is to be known of the others."""
    counts = made.counts()
    table = Table("what becomes of them", "users", title="Plan")
    for words, count in (
        ("are moved", counts["move"]),
        ("are merged into another account (duplicates)", counts["merge"]),
        ("need a decision (duplicates)", counts["undecided"]),
        ("are left where they are", counts["leave"]),
        ("in all", counts["users"]),
        ("of them with a row in the old table", counts["rows"]),
    ):
        table.add_row(words, str(count))
    console.print(table)
    _reasons(console, "Left where they are", made, Outcome.LEAVE)
    notes = Counter(note for each in made.of(Outcome.MOVE) for note in each.becoming.notes)
    _lines(console, "Of those who are moved", notes)
    merged = [each.user.sub for each in made.of(Outcome.MERGE) if each.user.sub in made.rows]
    _lines(console, "Rows of merged duplicates, which stay as they are", dict.fromkeys(merged, 1))
    _lines(console, "Decisions that contradict each other", dict.fromkeys(made.conflicts, 1))
    if made.groups:
        console.print(f"{len(made.groups)} groups of duplicates: {escape(str(decisions))}", soft_wrap=True)
    console.print(f"Everybody: {escape(str(files.plan))}", soft_wrap=True)


def failures(console: Console, failed: Mapping[str, str]) -> None:
    """Show who could not be moved, or taken back."""
    _lines(console, "Refused", {f"{sub}: {words}": 1 for sub, words in failed.items()})


def verification(console: Console, found: Verification, files: Files, mapped: int) -> None:
    """Show what was compared."""
    console.print(f"Compared: {found.users} users and {found.rows} rows; {len(found.differences)} differ.")
    _lines(console, "Differing", {f"{sub}: {', '.join(words)}": 1 for sub, words in found.differences.items()})
    if found.gone:
        console.print(f"{len(found.gone)} who were moved are no longer in the old pool.")
    console.print(f"Old id to new id, {mapped} lines: {escape(str(files.mapping))}", soft_wrap=True)
    console.print(f"Report: {escape(str(files.report))}", soft_wrap=True)


def progress() -> Progress:
    """Return a progress bar."""
    return screen.progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())


def _reasons(console: Console, title: str, made: Plan, outcome: Outcome) -> None:
    _lines(console, title, Counter(reason for each in made.of(outcome) for reason in each.reasons))


def _lines(console: Console, title: str, counted: Mapping[str, int]) -> None:
    if not counted:
        return
    ordered: Sequence[tuple[str, int]] = sorted(counted.items(), key=lambda each: -each[1])
    console.print(f"[bold]{title}[/bold]")
    for words, count in ordered[:_LINES]:
        times = f"{count} times: " if count > 1 else ""
        console.print(f"  {times}{escape(words)}", soft_wrap=True, highlight=False)
    if len(ordered) > _LINES:
        console.print(f"  and {len(ordered) - _LINES} more")
