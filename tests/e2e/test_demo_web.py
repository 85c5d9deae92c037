"""`make demo-web` without a terminal. Its scenes are played in tests/browser."""

import os
import subprocess
import sys
from pathlib import Path

from dev.terraform import ROOT


def test_the_demonstration_checks_itself_and_leaves_nothing_behind(node, tmp_path):
    def left() -> set[Path]:
        return {*tmp_path.iterdir(), *(ROOT / "examples" / "web-app" / "site").iterdir()}

    before = left()
    done = subprocess.run(
        [sys.executable, "-m", "dev.demo_web"],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "120", "TMPDIR": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for told in ("Console and page answer", "Cognito asks: may this account be made?", "signed in, with 1 text"):
        assert told in done.stdout
    assert left() == before
