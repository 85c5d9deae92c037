"""The page of the results: their tables between its marks, and the plot beside it."""

from collections.abc import Mapping

from dev.bench.report import Result, Table
from dev.marked import filled
from dev.terraform import ROOT

PAGE = ROOT / "docs" / "benchmarks.md"
PLOT = ROOT / "docs" / "benchmarks.svg"


def write(results: Mapping[str, Result], targets: Table) -> None:
    """Renew everything, from the results of every part.

    Raises:
        ValueError: the page has no place for a part.
    """
    from dev.bench import plot  # noqa: PLC0415, needs what only `make bench` installs

    parts = {name: "\n\n".join(table.markdown() for table in result.tables) for name, result in results.items()}
    PAGE.write_text(filled(PAGE, {"targets": targets.markdown(), **parts}), encoding="utf-8")
    plot.draw(PLOT, [bar for result in results.values() for bar in result.bars], results["walks"].lines)
