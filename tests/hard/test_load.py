"""50 sign-ins a second for five minutes: none is lost, nothing is sent twice, nothing leaks, and the pace is held.

In two processes of 25 a second, each with a DynamoDB in memory: one Python process has one processor's time, which 50
a second would use up. tests/races/test_load.py runs the same on DynamoDB Local, with what must be found if it is broken.
"""

import re
import subprocess
import sys

from dev.load.run import run
from dev.terraform import ROOT

PROCESSES, PER_SECOND, SECONDS = 2, 25, 300


def test_50_sign_ins_a_second_for_five_minutes():
    pace = ["--per-second", str(PER_SECOND), "--seconds", str(SECONDS), "--in-memory", "--threads", "24"]
    runs = [
        subprocess.Popen(
            [sys.executable, "-m", "dev.load", *pace, "--seed", str(seed)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        for seed in range(PROCESSES)
    ]
    for each in runs:
        told, _ = each.communicate()
        sys.stdout.write(told)
        begun = f"{PER_SECOND * SECONDS:,}"
        assert re.search(rf"^{begun} sign-ins, {begun} with tokens", told, re.MULTILINE), told
        assert each.returncode == 0, told


def test_control_more_than_goes_is_not_held():
    outcome = run(None, 300, threads=8, per_second=3000)
    assert outcome.tokens == outcome.sign_ins
    assert outcome.pace is not None
    assert not outcome.pace.is_held
    assert not outcome.is_good
