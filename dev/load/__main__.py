"""`python -m dev.load --sign-ins 10000`: sign-ins on DynamoDB Local; ends with 1 if any was lost, doubled or leaked.

`python -m dev.load --per-second 50 --seconds 300 --in-memory`: the same at a pace, which it ends with 1 for too if it
was not held. DynamoDB Local and the clients that talk to it take a processor some 75 ms for a sign-in; with a DynamoDB
in the same process it is a third of that.
"""

import argparse
import contextlib
import sys
from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from dev.dynamodb_local import MissingToolError, dynamodb_local
from dev.load.run import Outcome, Pace, median_and_99th, run

_SHOWN = 10  # of each sort of trouble


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the arguments say and print the account; return 0 if nothing went wrong."""
    parser = argparse.ArgumentParser(prog="python -m dev.load", description="Sign-ins against the real handlers.")
    parser.add_argument("--sign-ins", type=int, default=10_000, help="how many, without a pace")
    parser.add_argument("--per-second", type=float, help="a pace: so many begin, whatever became of the others")
    parser.add_argument("--seconds", type=int, default=300, help="for how long the pace is kept")
    parser.add_argument("--in-memory", action="store_true", help="a DynamoDB in this process, not DynamoDB Local")
    parser.add_argument("--threads", type=int, default=12, help="people who sign in at once")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    sign_ins = chosen.sign_ins if chosen.per_second is None else round(chosen.per_second * chosen.seconds)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    engine: contextlib.AbstractContextManager[str | None]
    engine = contextlib.nullcontext() if chosen.in_memory else dynamodb_local()
    with engine as url, Progress(console=console, disable=not sys.stdout.isatty()) as progress:
        bar = progress.add_task("sign-ins", total=sign_ins)
        outcome = run(
            url,
            sign_ins,
            threads=chosen.threads,
            seed=chosen.seed,
            per_second=chosen.per_second,
            progress=lambda: progress.advance(bar),
        )
    if outcome.pace is not None:
        console.print(_pace(outcome.pace))
    for table in (_what(outcome), _costs(outcome), _calls(outcome), _searched(outcome)):
        console.print(table)
    _verdict(console, outcome)
    return 0 if outcome.is_good else 1


def _table(title: str, first: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column(first)
    for column in columns:
        table.add_column(column, justify="right")
    return table


def _what(outcome: Outcome) -> Table:
    table = _table("What became of the sign-ins", "kind", "sign-ins")
    for variant, count in outcome.variants.most_common():
        table.add_row(variant, f"{count:,}")
    return table


def _pace(pace: Pace) -> Table:
    title = (
        f"{pace.per_second:g} sign-ins a second: {'held' if pace.is_held else 'not held'}, {pace.achieved:.1f} reached"
    )
    table = _table(title, "seconds", "median", "99th percentile", "most")
    for name, seconds in (("began late by", pace.late), ("took", pace.took)):
        table.add_row(name, *(f"{each:.3f}" for each in (*median_and_99th(seconds), max(seconds))))
    return table


def _costs(outcome: Outcome) -> Table:
    title = "What one costs: medians of those that were not disturbed"
    table = _table(title, "step", "steps", "AWS calls", "write units", "read units", "client ms", "10th to 90th")
    for cost in outcome.ledger.costs():
        low, median, high = cost.milliseconds
        counts = (f"{count:g}" for count in (cost.calls, cost.write_units, cost.read_units))
        table.add_row(cost.kind, f"{cost.steps:,}", *counts, f"{median:.1f}", f"{low:.1f} to {high:.1f}")
    steps = outcome.ledger.steps
    each = [
        sum(step.calls.total() for step in steps),
        sum(step.write_units for step in steps),
        sum(step.read_units for step in steps),
        sum(step.milliseconds for step in steps),
    ]
    means = [f"{total / outcome.sign_ins:.1f}" for total in each]
    table.add_section()
    table.add_row("everything, for each sign-in", f"{len(steps):,}", *means, "")
    return table


def _calls(outcome: Outcome) -> Table:
    by_trigger = outcome.ledger.by_trigger
    names = (name.removesuffix("Response").replace("Challenge", "") for name in by_trigger)
    table = _table("All AWS calls", "call", *names, "all")
    for call, count in sum(by_trigger.values(), Counter()).most_common():
        table.add_row(
            call.partition(" ")[2],
            *(f"{calls[call]:,}" if calls[call] else "" for calls in by_trigger.values()),
            f"{count:,}",
        )
    table.add_section()
    invocations = outcome.ledger.invocations
    table.add_row("(invocations)", *(f"{invocations[name]:,}" for name in by_trigger), f"{invocations.total():,}")
    return table


def _searched(outcome: Outcome) -> Table:
    table = _table("Searched for codes, keys, phone numbers and e-mail addresses", "place", "things")
    for place, count in outcome.looked_at.most_common():
        table.add_row(place, f"{count:,}")
    return table


def _verdict(console: Console, outcome: Outcome) -> None:
    minutes, seconds = divmod(round(outcome.seconds), 60)
    console.print(
        f"{outcome.sign_ins:,} sign-ins, {outcome.tokens:,} with tokens; {outcome.messages:,} messages; "
        f"{minutes} min {seconds} s; {outcome.not_looked_for} codes could not be told from a time"
    )
    for error, times in outcome.errors.items():
        console.print(f"  logged as an error, {times} times: {error}")
    for sort in ("lost", "doubled", "leaked", "problems"):
        found: list[str] = getattr(outcome, sort)
        console.print(f"{sort}: {len(found)}", style="bold red" if found else "green")
        for text, times in Counter(found).most_common(_SHOWN):
            console.print(f"  {text}" + (f" ({times} times)" if times > 1 else ""))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except MissingToolError as missing:
        sys.exit(str(missing))
