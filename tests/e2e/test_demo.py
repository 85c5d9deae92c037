"""`make demo` and `make demo-web` without a terminal. The scenes of the second are played in tests/browser."""

import os
import subprocess
import sys
from pathlib import Path

from dev.terraform import ROOT


def test_the_demo_signs_a_person_in_and_leaves_nothing_behind(tmp_path):
    said = run("dev.demo", tmp_path, ROOT / "examples" / "phone-username")
    for told in ("PreSignUp", "PENDING", "is your otp-phone-username code", "'attempts_left': '2'", "tokens", "ACTIVE"):
        assert told in said


def test_the_web_demo_checks_itself_and_leaves_nothing_behind(node, tmp_path):
    said = run("dev.demo_web", tmp_path, ROOT / "examples" / "web-app")
    for told in ("Console and page answer", "Cognito asks: may this account be made?", "signed in, with 1 text"):
        assert told in said


def run(module: str, temporary: Path, example: Path) -> str:
    """Run a demonstration to its end and return what it said; nothing is left in either folder."""

    def left() -> set[Path]:
        # Not the lock file: other tests, side by side with this one, make it.
        return {
            *temporary.iterdir(),
            *example.glob(".terraform"),
            *example.glob("*.tfstate*"),
            *example.glob("site/dist"),
        }

    before = left()
    done = subprocess.run(
        [sys.executable, "-m", module],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "120", "TMPDIR": str(temporary)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert left() == before
    return done.stdout
