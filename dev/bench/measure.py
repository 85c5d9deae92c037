"""Numbers that can be compared: taken in turns, told as a median with its spread, compared round by round."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

_Taken = TypeVar("_Taken")


@dataclass(frozen=True)
class Spread:
    """Some measurements of one thing.

    Attributes:
        low: 10th percentile.
        median: the middle one.
        high: 90th percentile.
    """

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Sum up at least one measurement."""
        if len(values) == 1:
            return cls(values[0], values[0], values[0])
        tenths = statistics.quantiles(values, n=10, method="inclusive")
        return cls(tenths[0], tenths[4], tenths[8])

    def shown(self, digits: int = 1) -> str:
        """Return e.g. `12.3 (11.8 to 14.0)`."""
        return f"{self.median:.{digits}f} ({self.low:.{digits}f} to {self.high:.{digits}f})"


def in_turns(ways: Mapping[str, Callable[[], _Taken]], rounds: int) -> dict[str, list[_Taken]]:
    """Measure several ways of doing a thing in turns, so that what the machine does meanwhile meets all of them.

    Each round begins with another way. One round more is done first and not counted: files are in memory afterwards.

    Args:
        ways: name to what does the thing once and returns what it took, in whatever form.
        rounds: how often.

    Returns:
        dict: name to the measurements, one for each round.
    """
    taken: dict[str, list[_Taken]] = {name: [] for name in ways}
    names = list(ways)
    for turn in range(rounds + 1):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            value = ways[name]()
            if turn:
                taken[name].append(value)
    return taken


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """Compare two ways round by round: ours divided by theirs."""
    return Spread.of([one / other for one, other in zip(ours, theirs, strict=True)])
