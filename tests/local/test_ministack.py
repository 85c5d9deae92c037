"""The wrapper refuses a MiniStack that it does not fit."""

import tomllib
import types
from pathlib import Path

import pytest

from dev.local import ministack


def test_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ministack, "version", lambda _name: "9.9.9")
    with pytest.raises(ministack.MiniStackMismatchError, match=r"ministack==1\.5\.33, and 9\.9\.9 is installed"):
        ministack.check_version.__wrapped__()


def test_a_missing_name_is_refused() -> None:
    changed = types.ModuleType("ministack.services.cognito")
    with pytest.raises(ministack.MiniStackMismatchError, match=r"cognito has no _sign_up: .*ministack==1\.5\.33"):
        ministack.replace(changed, "_sign_up", print)


def test_the_pin_is_the_projects() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    pinned = [need for need in project["project"]["optional-dependencies"]["dev"] if need.startswith("ministack")]
    assert pinned == [f"ministack=={ministack.VERSION}"]
