"""What a person does, step by step, and what each step costs; and the two things that every thread has of its own."""

import contextlib
import statistics
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

START = 1_800_000_000
PERIOD = 100_000
"""Seconds since the epoch at which everybody begins, and how long nobody takes."""


@dataclass
class Step:
    """One thing that a person does, e.g. asks for another code, with all that comes of it in all functions.

    Attributes:
        kind: in a few words.
        fault: what is to go wrong with its message; None once it has, or if nothing is to.
        typical: nothing was injected or repeated, so that its cost is that of its kind.
        repeated: the triggers that Cognito invoked twice.
        calls: AWS calls by service and operation.
    """

    kind: str
    fault: str | None = None
    typical: bool = True
    repeated: set[str] = field(default_factory=set)
    calls: Counter[str] = field(default_factory=Counter)
    write_units: float = 0
    read_units: float = 0
    milliseconds: float = 0

    def __post_init__(self) -> None:
        self._deliveries = threading.Condition()
        self._awaited = self._running = 0

    def await_delivery(self) -> None:
        """Expect a delivery of its request."""
        with self._deliveries:
            self._awaited += 1

    @contextlib.contextmanager
    def delivering(self, *, awaited: bool) -> Iterator[None]:
        """Enclose a delivery, one that is expected or the second invocation of one."""
        with self._deliveries:
            self._running += 1
        try:
            yield
        finally:
            with self._deliveries:
                self._running -= 1
                self._awaited -= awaited
                self._deliveries.notify_all()

    def wait_until_delivered(self) -> None:
        """Wait for all expected deliveries, and for whatever runs. What comes a second time later is not waited for."""
        with self._deliveries:
            self._deliveries.wait_for(lambda: self._awaited == self._running == 0)


@dataclass(frozen=True)
class Cost:
    """What one kind of step costs: medians, and of the client's milliseconds also the 10th and the 90th percentile."""

    kind: str
    steps: int
    calls: float
    write_units: float
    read_units: float
    milliseconds: tuple[float, float, float]

    @classmethod
    def of(cls, kind: str, steps: Sequence[Step]) -> "Cost":
        """Sum up at least two steps."""
        tenths = statistics.quantiles((step.milliseconds for step in steps), n=10, method="inclusive")
        return cls(
            kind,
            len(steps),
            statistics.median(step.calls.total() for step in steps),
            statistics.median(step.write_units for step in steps),
            statistics.median(step.read_units for step in steps),
            (tenths[0], tenths[4], tenths[8]),
        )


class Ledger:
    """All steps of a run, and its calls by trigger."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.steps: list[Step] = []
        self.by_trigger: dict[str, Counter[str]] = defaultdict(Counter)
        self.invocations: Counter[str] = Counter()

    def step(self, kind: str, *, fault: str | None = None, typical: bool = True) -> Step:
        """Begin a step."""
        step = Step(kind, fault, typical and fault is None)
        with self._lock:
            self.steps.append(step)
        return step

    def add(
        self, step: Step, trigger: str, calls: Sequence[str], units: Sequence[tuple[float, float]], seconds: float
    ) -> None:
        """Add what one invocation of a trigger cost, `units` as write and read units of each call."""
        with self._lock:
            self.invocations[trigger] += 1
            self.by_trigger[trigger].update(calls)
            step.calls.update(calls)
            step.write_units += sum(write for write, _ in units)
            step.read_units += sum(read for _, read in units)
            step.milliseconds += 1000 * seconds
            # A new environment derives its keys once.
            step.typical &= not any("GenerateMac" in call for call in calls)

    def costs(self) -> list[Cost]:
        """Return the costs of each kind of which there were enough typical steps."""
        kinds: dict[str, list[Step]] = defaultdict(list)
        for step in self.steps:
            if step.typical:
                kinds[step.kind].append(step)
        return [Cost.of(kind, steps) for kind, steps in sorted(kinds.items()) if len(steps) > 1]


Handler = Callable[[dict[str, object], object], object]


class OfThisThread(threading.local):
    """What a thread is at; called, it tells the time, so that it can stand for the package's clock.

    Attributes:
        time: where its person is (seconds since the epoch, UTC): nobody waits for anybody else's cooldown.
        step: the step that it works for.
        request: the challenge and its generation that it delivers.
        functions: its own environment of each function.
    """

    def __init__(self) -> None:
        self.time = START
        self.step = Step("nothing")
        self.request: tuple[str, int] = ("", 0)
        self.functions: Mapping[str, Handler] = {}

    def __call__(self) -> int:
        """Return the time in seconds since the epoch (UTC)."""
        return self.time
