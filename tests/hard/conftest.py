"""What the hard tests begin with: the functions on moto, as the unit tests have them, without anybody waiting."""

import time

import pytest

from tests.unit.conftest import logged, make_world, simulated_clock, world

__all__ = ["logged", "make_world", "simulated_clock", "world"]


@pytest.fixture
def nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every pause between two attempts be over at once."""
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
