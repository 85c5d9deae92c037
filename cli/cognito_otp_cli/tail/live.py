"""The live picture in a terminal: the funnel by country, what was refused, and the last steps."""

from collections import Counter, deque

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from cognito_otp_cli.tail.funnel import Funnel, Stage, Step

STYLES = {
    Stage.SIGNED_UP: "cyan",
    Stage.REQUESTED: "blue",
    Stage.SENT: "yellow",
    Stage.VERIFIED: "green",
    Stage.REFUSED: "magenta",
    Stage.FAILED: "bold red",
}
_COUNTRIES = 8
_REASONS = 8
_STEPS = 8


class Picture:
    """What is on the screen.

    Args:
        title: its first line.
    """

    def __init__(self, title: str) -> None:
        self._title = title
        self._funnel = Funnel()
        self._last: deque[Step] = deque(maxlen=_STEPS)

    def add(self, taken: Step) -> None:
        """Take one step in."""
        self._funnel.add(taken)
        self._last.append(taken)

    def __rich__(self) -> RenderableType:
        """Draw it."""
        parts: list[RenderableType] = [Text(self._title, style="bold"), self._countries()]
        if self._funnel.reasons:
            parts += [Text(), self._reasons()]
        if self._last:
            parts += [Text(), *(as_text(each) for each in self._last)]
        return Group(*parts)

    def _countries(self) -> Table:
        table = Table(show_edge=False, pad_edge=False)
        table.add_column("country")
        for stage in Stage:
            table.add_column(stage.value, justify="right", style=STYLES[stage])
        table.add_column("verified of sent", justify="right")
        counts = self._funnel.by_country
        total = sum(counts.values(), Counter[Stage]())
        order = sorted(counts, key=lambda country: -counts[country].total())
        for country in order[:_COUNTRIES]:
            _row(table, country, counts[country])
        others = sum((counts[country] for country in order[_COUNTRIES:]), Counter[Stage]())
        if others:
            _row(table, "others", others)
        table.add_section()
        _row(table, "all", total)
        return table

    def _reasons(self) -> Table:
        table = Table.grid(padding=(0, 2))
        table.add_column(justify="right")
        for (stage, reason, country), count in self._funnel.reasons.most_common(_REASONS):
            table.add_row(str(count), f"[{STYLES[stage]}]{stage}[/]", escape(reason), country)
        return table


def as_text(taken: Step) -> Text:
    """Return a step as one line."""
    line = taken.line
    facts = [str(line.get("timestamp", "")), f"{taken.stage:<9}", f"{taken.country:<2}"]
    facts += [taken.reason] if taken.reason else []
    facts += [str(line[name]) for name in ("channel", "destination", "correlation_id", "sub") if name in line]
    if "retry_after" in line:
        facts.append(f"retry_after={line['retry_after']}")
    return Text(" ".join(facts), style=STYLES[taken.stage], overflow="ellipsis", no_wrap=True)


def _row(table: Table, country: str, counts: Counter[Stage]) -> None:
    sent = counts[Stage.SENT]
    share = f"{counts[Stage.VERIFIED] / sent:.0%}" if sent else ""
    table.add_row(country, *(str(counts[stage] or "") for stage in Stage), share)
