"""`python -m dev.bench [part ...]`: run the benchmarks and print their tables; `--write` renews their page and plot.

Ends with 1 if a target is not met.
"""

import argparse
import importlib
import os
import platform
import sys
from collections.abc import Iterable, Sequence

from rich.console import Console

from dev.bench import page
from dev.bench.report import Result, Table, Target

PARTS = ("initialisation", "triggers", "quotas", "applies", "walks")
"""Modules of this package, in the order of the page; each has a `run(progress)`, which takes what says a line."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the arguments name, everything by default; return 0 if all targets are met."""
    parser = argparse.ArgumentParser(prog="python -m dev.bench", description="What it costs, side by side.")
    parser.add_argument("parts", nargs="*", metavar="part", help=f"any of {', '.join(PARTS)}; all by default")
    parser.add_argument("--write", action="store_true", help="renew page and plot too, with all parts")
    chosen = parser.parse_args(arguments)
    unknown = set(chosen.parts) - set(PARTS)
    if unknown:
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    if chosen.write and chosen.parts:
        parser.error("--write renews everything: name no parts")
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 140)
    progress = Console(stderr=True, highlight=False, style="dim")
    results: dict[str, Result] = {}
    for part in chosen.parts or PARTS:
        progress.print(f"{part} ...")
        results[part] = importlib.import_module(f"dev.bench.{part}").run(progress.print)
        for table in results[part].tables:
            console.print(table.shown(), "")
    targets = [target for result in results.values() for target in result.targets]
    shown = table_of(targets)
    console.print(shown.shown())
    if chosen.write:
        page.write(results, shown)
    return 0 if all(target.is_met for target in targets) else 1


def table_of(targets: Iterable[Target]) -> Table:
    """Return the targets as a table that says where they were measured."""
    rows = [
        [target.what, f"{target.most:g}", f"{target.measured:.3g}", "yes" if target.is_met else "**no**"]
        for target in targets
    ]
    where = f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores."
    return Table("Targets", ["what", "at most", "measured", "met"], rows, where)


if __name__ == "__main__":
    sys.exit(main())
