"""What a benchmark gives: tables, and targets that are met or not."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table as Shown


@dataclass(frozen=True)
class Table:
    """A table of results.

    Attributes:
        title: what was measured.
        columns: headings; the first column is text, the others numbers.
        rows: cells, as they are shown.
        notes: how to read it, in sentences.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: str = ""

    def markdown(self) -> str:
        """Return it as a page has it."""
        lines = [self.columns, ["---"] + ["--:"] * (len(self.columns) - 1), *self.rows]
        table = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
        return "\n\n".join(filter(None, (f"**{self.title}**", table, self.notes)))

    def shown(self) -> Shown:
        """Return it as a terminal has it."""
        table = Shown(title=self.title, title_justify="left", title_style="bold", caption=self.notes)
        for number, column in enumerate(self.columns):
            table.add_column(column, justify="right" if number else "left")
        for row in self.rows:
            table.add_row(*row)
        return table


@dataclass(frozen=True)
class Target:
    """Something that must not get worse than it was meant to be.

    Attributes:
        what: in a few words.
        most: the most that it may be.
        measured: what it is.
    """

    what: str
    most: float
    measured: float

    @property
    def is_met(self) -> bool:
        """Tell whether it is good enough."""
        return self.measured <= self.most


@dataclass(frozen=True)
class Bar:
    """A bar of the plot: how ours compares with another way of doing the same (1 is the same).

    Attributes:
        group: what is compared, e.g. `"initialisation of sign_in"`.
        against: with what.
        ratio: ours divided by theirs, a median.
    """

    group: str
    against: str
    ratio: float


@dataclass(frozen=True)
class Line:
    """A line of the plot: how a cost grows.

    Attributes:
        name: of what grows.
        points: users and seconds.
    """

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Result:
    """What one benchmark found."""

    tables: Sequence[Table]
    targets: Sequence[Target] = ()
    bars: Sequence[Bar] = ()
    lines: Sequence[Line] = ()
