"""`python -m tests.hard.fuzz WHAT [libFuzzer's options]`: atheris on a function's events or a group of parsers.

WHAT is one of `stage.PUBLIC` and `stage.PRIVATE`, or of `parsers.GROUPS`. It ends with libFuzzer's exit code: 0 where
nothing was found, and otherwise with the traceback of what was.
"""

import logging
import sys
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

import atheris

with atheris.instrument_imports(include=["cognito_otp", "cognito_otp_cli"]):
    from moto import mock_aws

    from cognito_otp import clock
    from tests.hard.fuzz.events import mutated, pick
    from tests.hard.fuzz.parsers import EXAMPLES, GROUPS, example
    from tests.hard.fuzz.stage import Stage
    from tests.unit.conftest import Clock

_DEEPEST = 4
_KEYS = ("request", "session", "channel", "address", "challenge_id", "generation", "allow", "status", "claims", "sub")


class Fuzzed:
    """Chance from a fuzzer's bytes, see `events.Draw`.

    Args:
        data: the bytes.
    """

    def __init__(self, data: bytes) -> None:
        self._provider = atheris.FuzzedDataProvider(data)

    def below(self, bound: int) -> int:
        """See `events.Draw`; 0 once the bytes are used up."""
        return int(self._provider.ConsumeIntInRange(0, bound - 1))

    def text(self) -> str:
        """See `events.Draw`."""
        return str(self._provider.ConsumeUnicode(self.below(64)))

    def value(self, depth: int = 0) -> Any:
        """Return a value as JSON has it."""
        kinds: list[Callable[[], Any]] = [
            lambda: None,
            lambda: bool(self.below(2)),
            lambda: self.below(2**64) - 2**63,
            lambda: self.below(10**6) / 1000,
            self.text,
        ]
        if depth < _DEEPEST:
            kinds += [
                lambda: [self.value(depth + 1) for _ in range(self.below(4))],
                lambda: {self._key(): self.value(depth + 1) for _ in range(self.below(5))},
            ]
        return pick(self, kinds)()

    def _key(self) -> str:
        return str(pick(self, _KEYS)) if self.below(2) else self.text()


def fuzz(what: str, options: Sequence[str]) -> None:
    """Let atheris run; it never comes back.

    Args:
        what: a function or a group of parsers.
        options: libFuzzer's; a folder among them is its corpus.
    """
    logging.getLogger().addHandler(logging.NullHandler())  # or every line that is logged would be printed
    atheris.Setup([what, *options], _of_parsers(what) if what in GROUPS else _of_events(what))
    atheris.Fuzz()


def _of_parsers(what: str) -> Callable[[bytes], None]:
    group = GROUPS[what]
    for module in map(example, EXAMPLES):
        for name, function in list(vars(module).items()):
            if isinstance(function, FunctionType) and function.__module__ == module.__name__:
                setattr(module, name, atheris.instrument_func(function))

    def one(data: bytes) -> None:
        value: Any = data
        if group.kind == "text":
            value = data.decode(errors="surrogateescape")
        elif group.kind == "json":
            value = Fuzzed(data).value()
        for check in group.checks.values():
            check(value)

    return one


def _of_events(function: str) -> Callable[[bytes], None]:
    stopped = Clock()
    clock.now = stopped
    mock_aws().start()
    stage = Stage(stopped)
    events = stage.events(function)

    def one(data: bytes) -> None:
        fuzzed = Fuzzed(data)
        stage.play(function, mutated(pick(fuzzed, events), events, fuzzed))

    return one


if __name__ == "__main__":
    fuzz(sys.argv[1], sys.argv[2:])
