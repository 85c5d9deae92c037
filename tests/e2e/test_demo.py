"""`make demo` without a terminal."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from dev.terraform import ROOT


def test_the_demo_signs_a_person_in_and_leaves_nothing_behind():
    def left() -> set[Path]:
        lock_files = (ROOT / "examples").glob("*/.terraform.lock.hcl")
        return {*Path(tempfile.gettempdir()).glob("local-aws-*"), *lock_files}

    before = left()
    done = subprocess.run(
        [sys.executable, "-m", "dev.demo"],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "120"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for told in ("PreSignUp", "PENDING", "is your otp-phone-username code", "'attempts_left': '2'", "tokens", "ACTIVE"):
        assert told in done.stdout
    assert left() == before
