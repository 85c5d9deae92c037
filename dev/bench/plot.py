"""The plot of the results: what ours costs beside other ways, and how the walks over all users grow."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dev.bench.report import Bar, Line

_LESS, _MORE = "#2a7f62", "#b45309"


def draw(path: Path, bars: Sequence[Bar], lines: Sequence[Line]) -> None:
    """Write the plot as SVG: the same bytes from the same numbers.

    Args:
        path: of the file.
        bars: ratios, one below the other.
        lines: how the walks grow.
    """
    settings = {"svg.hashsalt": "benchmarks", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 9}
    with mpl.rc_context(settings):
        heights = [0.35 * len(bars) + 0.6, 2.6]
        figure = Figure(figsize=(8, sum(heights)), layout="constrained")
        above, below = figure.subplots(2, 1, height_ratios=heights)
        _ratios(above, bars)
        _growth(below, lines)
        figure.savefig(path, metadata={"Date": None})


def _ratios(axes: Axes, bars: Sequence[Bar]) -> None:
    names = [f"{bar.group}\nbeside {bar.against}" for bar in bars]
    ratios = [bar.ratio for bar in bars]
    colours = [_LESS if each <= 1 else _MORE for each in ratios]
    drawn = axes.barh(names, [each - 1 for each in ratios], left=1, color=colours)
    axes.bar_label(drawn, [f"{each:.2f}" for each in ratios], padding=3)
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xticks([0.5, 1, 2, 5, 10, 20], ["½", "1", "2", "5", "10", "20"])
    axes.axvline(1, color="#444", linewidth=1)
    axes.margins(x=0.12)
    axes.set_title("ours divided by theirs: 1 is the same, less is better", loc="left")
    axes.spines[["top", "right"]].set_visible(False)


def _growth(axes: Axes, lines: Sequence[Line]) -> None:
    for line in lines:
        users, seconds = zip(*line.points, strict=True)
        axes.loglog(users, seconds, marker="o", label=line.name)
    axes.set_title("a walk over all users, without the time that AWS takes", loc="left")
    axes.set_xlabel("users")
    axes.set_ylabel("seconds")
    axes.grid(visible=True, color="#ddd")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
