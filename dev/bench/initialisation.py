"""What the first request to a function waits for: a new environment, from the start of its process to the first answer.

Each function of the committed package, beside the naive way to write one with as many clients and calls, and beside a
function that does nothing. Needs Linux, which tells what a process has used.
"""

import importlib.metadata
import json
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cognito_otp.handover import HandOver
from dev import package
from dev.bench.measure import Spread, in_turns, ratio
from dev.bench.report import Bar, Result, Table, Target
from dev.bench.runtime import cold_start, endpoint
from dev.bench.runtime.cold_start import ColdStart
from dev.bench.systems import SETTINGS

_ROUNDS = 11
_NAIVE, _LATE, _BARE = "boto3.client at import", "boto3 in the handler", "bare"
_TASKS = "dev.bench.runtime.tasks"
_EVENTS = package.ROOT / "tests" / "fixtures" / "events"
_BUNDLED = ("boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "six", "urllib3")

_SETTINGS = {
    **SETTINGS,
    "ABANDON_AFTER_DAYS": "7",
    "LIST_USERS_PER_SECOND": "10",
    "RECONCILE_INTERVAL_HOURS": "24",
}
_ACCOUNT = {
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
}


@dataclass(frozen=True)
class Function:
    """One of the module's functions.

    Attributes:
        name: of its entry point.
        services: that it has clients for.
        event: the first that an environment is given.
    """

    name: str
    services: Sequence[str]
    event: Mapping[str, Any]

    @property
    def handler(self) -> str:
        """As the function is configured with it."""
        return f"cognito_otp.functions.{self.name}.handler"


def functions() -> Sequence[Function]:
    """Return the functions, each with the first event that somebody waits for."""
    hand_over = HandOver("challenge", 1, "somebody", "sms", "+14155550100")
    return (
        Function(
            "sign_in",
            ["dynamodb", "kms", "lambda", "cognito-idp"],
            _event("CreateAuthChallenge_Authentication.initial"),
        ),
        Function("sign_up", ["dynamodb", "kms", "cognito-idp"], _event("PreSignUp_SignUp")),
        Function("delivery", ["dynamodb", "kms", "sns"], asdict(hand_over)),
        Function(
            "maintenance",
            ["dynamodb", "kms", "cognito-idp"],
            {"job": "reap", "user_pool_id": "us-east-1_EXAMPLE00"},
        ),
    )


def _event(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((_EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return event


def run(progress: Callable[[str], None]) -> Result:
    """Start everything in turns, and compare."""
    with tempfile.TemporaryDirectory() as temporary, endpoint.running(Path(temporary)) as aws:
        folder = Path(temporary, "task")
        with zipfile.ZipFile(package.PACKAGE) as archive:
            archive.extractall(folder)
        started = ways({"ours": folder}, aws)
        progress(f"{len(started)} ways to start a function, {_ROUNDS} rounds")
        taken = in_turns(started, _ROUNDS)
        sources = {function.name: read_at_start(function, folder) for function in functions()}
    return result(taken, size_table(sources))


def ways(packages: Mapping[str, Path], aws: endpoint.Endpoint) -> dict[str, Callable[[], ColdStart]]:
    """Return what is started: the function that does nothing, and by `<function>, <way>` the others.

    Args:
        packages: name to folder of a package of the module's; the naive ways make as many calls as the first.
        aws: what all of them call.

    Raises:
        cold_start.StartFailedError: a function of the first package cannot handle its event.
    """
    account = {**_ACCOUNT, "AWS_ENDPOINT_URL": aws.url, "AWS_CA_BUNDLE": str(aws.ca_bundle)}

    def starts(handler: str, task: Path, event: Mapping[str, Any], **settings: str) -> Callable[[], ColdStart]:
        return lambda: cold_start.start(handler, task, event, {**account, **settings})

    made = {_BARE: starts(f"{_TASKS}.bare.handler", package.ROOT, {})}
    for function in functions():
        own = {name: starts(function.handler, folder, function.event, **_SETTINGS) for name, folder in packages.items()}
        aws.calls()
        next(iter(own.values()))()
        counted = aws.calls()
        calls = json.dumps({service: counted[service] for service in function.services})
        own[_NAIVE] = starts(f"{_TASKS}.at_import.handler", package.ROOT, function.event, CALLS=calls)
        own[_LATE] = starts(f"{_TASKS}.in_handler.handler", package.ROOT, function.event, CALLS=calls)
        made |= {f"{function.name}, {name}": start for name, start in own.items()}
    return made


def result(taken: Mapping[str, Sequence[ColdStart]], sizes: Table) -> Result:
    """Return the tables.

    Args:
        taken: the measurements, by what `ways` calls them.
        sizes: the table of the package.
    """
    bare = [start.initialised for start in taken[_BARE]]
    notes = (
        "Milliseconds since the start of the process, medians; the ratios compare round by round, with their 10th to "
        "90th percentile. All make as many clients and calls; Cognito waits for both lines together. A function that "
        f"does nothing is initialised after {_middle(each.wall for each in bare)} ms."
    )
    time = Table(
        "Start of a function",
        ["", "ours", _NAIVE, "ours / that", _LATE, "ours / that"],
        [_row(taken, name, moment) for name in _names() for moment in ("initialised", "answered")],
        notes,
    )
    against = ratio(*(_walls(taken, f"sign_in, {way}", "initialised") for way in ("ours", _NAIVE)))
    whole = [
        (way, ratio(*(_walls(taken, f"sign_in, {each}", "answered") for each in ("ours", way))))
        for way in (_NAIVE, _LATE)
    ]
    return Result(
        [time, _usage(taken), sizes],
        [Target("initialisation of sign_in, against boto3.client for each service", 0.75, against.median)],
        [
            Bar("initialisation of sign_in", _NAIVE, against.median),
            *(Bar("sign_in to its first answer", way, spread.median) for way, spread in whole),
        ],
    )


def _row(taken: Mapping[str, Sequence[ColdStart]], name: str, moment: str) -> list[str]:
    ours = _walls(taken, f"{name}, ours", moment)
    row = [f"`{name}` {'initialised' if moment == 'initialised' else 'and its first event answered'}", _middle(ours)]
    for way in (_NAIVE, _LATE):
        theirs = _walls(taken, f"{name}, {way}", moment)
        row += [_middle(theirs), ratio(ours, theirs).shown(2)]
    return row


def _usage(taken: Mapping[str, Sequence[ColdStart]]) -> Table:
    """Return the table of what a start uses until the first event is answered."""
    rows = []
    for name in _names():
        ours, theirs = ([start.answered for start in taken[f"{name}, {way}"]] for way in ("ours", _NAIVE))
        busy, as_busy = ([each.processor for each in moments] for moments in (ours, theirs))
        full, as_full = ([each.memory for each in moments] for moments in (ours, theirs))
        row = [f"`{name}`", _middle(busy), _middle(as_busy), ratio(busy, as_busy).shown(2)]
        rows.append([*row, _middle(full), _middle(as_full), ratio(full, as_full).shown(2)])
    bare = [start.answered for start in taken[_BARE]]
    return Table(
        "Processor time and memory of a function until its first event is answered",
        ["", "ours, ms", _NAIVE, "ours / that", "ours, MB", _NAIVE, "ours / that"],
        rows,
        "Processor time is what less memory in Lambda makes longer. Memory is the most at any time. A function that "
        f"does nothing: {_middle(each.processor for each in bare)} ms, {_middle(each.memory for each in bare)} MB.",
    )


def _names() -> list[str]:
    return [function.name for function in functions()]


def _walls(taken: Mapping[str, Sequence[ColdStart]], way: str, moment: str) -> list[float]:
    return [getattr(start, moment).wall for start in taken[way]]


def _middle(values: Iterable[float]) -> str:
    return f"{Spread.of(list(values)).median:.0f}"


def read_at_start(function: Function, folder: Path) -> int:
    """Return the bytes of the package's files that a function reads when it is initialised.

    Args:
        function: the function.
        folder: the package's.
    """
    code = (
        "import importlib, sys; importlib.import_module(sys.argv[1]);"
        "print(*(m.__file__ for name, m in sys.modules.items() if name.startswith('cognito_otp')), sep='\\n')"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code, function.handler.removesuffix(".handler")],
        env={**_ACCOUNT, **_SETTINGS, "PYTHONPATH": f"{folder}:{sysconfig.get_path('purelib')}"},
        capture_output=True,
        text=True,
        check=True,
    )
    modules = [Path(line) for line in done.stdout.split()]
    tables = [each.with_suffix(".json") for each in modules]  # a module's own table has its name
    return sum(each.stat().st_size for each in [*modules, *tables] if each.exists())


def size_table(sources: Mapping[str, int]) -> Table:
    """Return the table of sizes.

    Args:
        sources: function to the bytes that it reads at its start.
    """
    bundled = sum(_size_of(distribution) for distribution in _BUNDLED)
    rows = [
        ["the package, all four functions", _kilobytes(package.PACKAGE.stat().st_size)],
        *([f"read at the start of `{name}`", _kilobytes(size)] for name, size in sources.items()),
        ["boto3 and what it needs, where a package brings its own", _kilobytes(bundled)],
    ]
    versions = f"boto3 {importlib.metadata.version('boto3')}"
    return Table(
        "Size of the package", ["", "KB"], rows, f"Without compression. {versions}; the package uses Lambda's."
    )


def _size_of(distribution: str) -> int:
    files = importlib.metadata.files(distribution) or []
    paths = (Path(str(each.locate())) for each in files if each.suffix != ".pyc")
    return sum(path.stat().st_size for path in paths if path.exists())


def _kilobytes(size: int) -> str:
    return f"{size / 1000:,.0f}"
