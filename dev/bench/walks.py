"""Walks `reconcile` and moves by `migrate` over simulated pools of ten thousand to a million users.

Each in a process of its own, which tells its peak of memory; the two beside each other, each with one core. The code is
the real one, down to the parameters of its AWS calls; AWS is not waited for (dev/reconcile_million.py and
dev/migrate_million.py). So this says how the cost grows, not how long a walk takes: that is AWS's quotas.

`python -m dev.bench.walks <walk> <users>` is such a process.
"""

import argparse
import json
import logging
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from dev import memory
from dev.bench.report import Line, Result, Table, Target
from dev.terraform import ROOT

SIZES = (10_000, 100_000, 1_000_000)
STEEPEST = 1.1
"""The largest exponent that still counts as a straight line."""

_FLAT = 1.25  # times as much memory for a hundred times as many users
_MIB = 1024  # KiB


@dataclass(frozen=True)
class Taken:
    """What one walk took.

    Attributes:
        users: how many it went over.
        seconds: of a core, AWS not counted.
        before: peak of the process's memory before it began, the simulation's in it, in KiB.
        peak: peak until the end, in KiB.
        wrong: users who were not as they are to be afterwards.
    """

    users: int
    seconds: float
    before: int
    peak: int
    wrong: int

    @property
    def own(self) -> int:
        """Memory that came with the walk, in KiB."""
        return self.peak - self.before


def _reconcile(users: int) -> Taken:
    from dev import reconcile_million  # noqa: PLC0415 (memory is measured: only what the process needs)

    walk = reconcile_million.Walk(users)
    before, began = memory.peak(), time.process_time()
    walk.run(kill_at=None)
    seconds = time.process_time() - began
    return Taken(users, seconds, before, memory.peak(), walk.left_out() + walk.unhealed())


def _migrate(users: int) -> Taken:
    from dev import migrate_million  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        move = migrate_million.Move(users, Path(folder))
        before, began = memory.peak(), time.process_time()
        move.run()
        seconds = time.process_time() - began
        return Taken(users, seconds, before, memory.peak(), move.wrong())


WALKS: Mapping[str, Callable[[int], Taken]] = {"reconcile": _reconcile, "migrate": _migrate}


def run(progress: Callable[[str], None], sizes: Sequence[int] = SIZES) -> Result:
    """Go over pools of all sizes.

    Args:
        progress: is told what is done.
        sizes: how many users each has.

    Raises:
        subprocess.CalledProcessError: a walk failed; its words are on stderr.
    """

    def walk(name: str) -> list[Taken]:
        found = []
        for users in sizes:
            found.append(alone(name, users))
            progress(f"{name}, {users:,} users: {found[-1].seconds:.0f} s")
        return found

    with ThreadPoolExecutor(len(WALKS)) as pool:
        return report(dict(zip(WALKS, pool.map(walk, WALKS), strict=True)))


def alone(name: str, users: int) -> Taken:
    """Walk in a process of its own."""
    # Not by the name of this package's command: what it imports is no part of a walk.
    path = os.pathsep.join([*(str(ROOT / folder) for folder in ("lambda_src", "cli")), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-m", "dev.bench.walks", name, str(users)],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return Taken(**json.loads(done.stdout))


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """Return to which power of the size a cost grows, by least squares of logarithms: 1 is a straight line."""
    return statistics.linear_regression([math.log(each) for each in sizes], [math.log(each) for each in costs]).slope


def report(found: Mapping[str, Sequence[Taken]]) -> Result:
    """Put the table and the targets together.

    Args:
        found: walk to what it took, by rising numbers of users.
    """
    steepness = {
        name: exponent(*zip(*((each.users, each.seconds) for each in taken), strict=True))
        for name, taken in found.items()
    }
    reconcile, migrate = found["reconcile"], found["migrate"]
    fuller = exponent([each.users for each in migrate], [each.own for each in migrate])
    rows = [
        [
            f"{name}, {each.users:,} users",
            f"{1000 * each.seconds / each.users:.3f}",
            f"{each.users / each.seconds:,.0f}",
            f"{each.before / _MIB:.0f}",
            f"{each.own / _MIB:.0f}",
            str(each.wrong),
        ]
        for name, taken in found.items()
        for each in taken
    ]
    per_user = 1024 * migrate[-1].own / migrate[-1].users
    return Result(
        tables=[
            Table(
                "`reconcile` and `migrate` over simulated pools, AWS not counted",
                [
                    "",
                    "s per 1,000 users",
                    "users a second",
                    "MiB before",
                    "MiB more",
                    "not as to be",
                ],
                rows,
                f"Time grows with the users to the power of {steepness['reconcile']:.2f} (`reconcile`) and "
                f"{steepness['migrate']:.2f} (`migrate`); 1 is a straight line. Seconds are a core's; the two ran "
                "beside each other. MiB before: Python, the libraries and the simulation's few bytes a user. "
                "`reconcile` keeps a page of users or of a table, whatever their number. `migrate` keeps every user "
                f"and what is journalled of it, {per_user / 1000:.1f} KB each; the rows stay in the journal's file.",
            )
        ],
        targets=[
            *(Target(f"{name}: time over users, exponent", STEEPEST, steep) for name, steep in steepness.items()),
            Target("migrate: memory over users, exponent", STEEPEST, fuller),
            Target(
                f"reconcile: memory for {reconcile[-1].users:,} users over that for {reconcile[0].users:,}",
                _FLAT,
                reconcile[-1].own / reconcile[0].own,
            ),
        ],
        lines=[Line(name, [(each.users, each.seconds) for each in taken]) for name, taken in found.items()],
    )


def main() -> None:
    """Walk, and print what it took as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("walk", choices=WALKS)
    parser.add_argument("users", type=int)
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    print(json.dumps(asdict(WALKS[arguments.walk](arguments.users))))


if __name__ == "__main__":
    main()
