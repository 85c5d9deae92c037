"""`make demo` without a terminal."""

import os
import subprocess
import sys
from pathlib import Path

from dev.terraform import ROOT


def test_the_demo_signs_a_person_in_and_leaves_nothing_behind(tmp_path):
    def left() -> set[Path]:
        return {*tmp_path.iterdir(), *(ROOT / "examples" / "phone-username").glob(".terraform*")}

    before = left()
    done = subprocess.run(
        [sys.executable, "-m", "dev.demo"],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "120", "TMPDIR": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for told in ("PreSignUp", "PENDING", "is your otp-phone-username code", "'attempts_left': '2'", "tokens", "ACTIVE"):
        assert told in done.stdout
    assert left() == before
