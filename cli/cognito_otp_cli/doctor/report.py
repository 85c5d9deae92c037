"""How the results are shown."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cognito_otp_cli.doctor.examine import Result, exit_code
from cognito_otp_cli.doctor.finding import Verdict

_STYLES = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.PROBLEM: "bold red", Verdict.UNKNOWN: "magenta"}


def as_json(about: Mapping[str, Any], results: Sequence[Result]) -> dict[str, Any]:
    """Return the results as `--json` prints them."""
    verdicts = [result.finding.verdict for result in results]
    counts = Counter(verdicts)
    return {
        **about,
        "exit_code": exit_code(verdicts),
        "counts": {verdict.value: counts[verdict] for verdict in Verdict},
        "findings": [
            {
                "subject": result.subject,
                "check": result.check,
                "verdict": result.finding.verdict.value,
                "fact": result.finding.fact,
                "advice": result.finding.advice,
            }
            for result in results
        ],
    }


def show(console: Console, about: Mapping[str, Any], results: Sequence[Result]) -> None:
    """Print the results, what to do below each."""
    module = f"module {about['module']}" if about["module"] else "not made by this module"
    console.print(f"[bold]{about['user_pool_id']}[/] {escape(about['pool_name'])}, {module}\n")
    subject = ""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, style="dim")
    table.add_column()
    for result in results:
        if result.subject != subject:
            if subject:
                table.add_row()
            table.add_row(f"[bold]{result.subject}[/]")
            subject = result.subject
        style = _STYLES[result.finding.verdict]
        advice = f"\n[dim]->[/] {escape(result.finding.advice)}" if result.finding.advice else ""
        table.add_row(f"  [{style}]{result.finding.verdict}[/]", result.check, f"{escape(result.finding.fact)}{advice}")
    console.print(table)
    counts = Counter(result.finding.verdict for result in results)
    console.print("\n" + ", ".join(f"[{_STYLES[each]}]{counts[each]} {each}[/]" for each in Verdict if counts[each]))
