"""What docs/functions.md says of the costs of snapshots follows from the prices that it names."""

import re

import pytest

from dev.package import ROOT

PAGE = (ROOT / "docs" / "functions.md").read_text()


def figure(pattern: str) -> float:
    (found,) = re.findall(pattern, PAGE)
    return float(found)


def test_the_costs_of_snapshots_follow_from_the_prices():
    memory = 4 * 512 / 1024
    month = memory * 30 * 86400 * figure(r"([0-9.]+) USD per GB and second")
    assert figure(r"a month of the four snapshots \| ([0-9.]+) ") == pytest.approx(month, abs=0.005)
    assert figure(r"leave there, a month \| ([0-9.]+) ") == pytest.approx(month, abs=0.005)
    restored = 1000 * 0.5 * figure(r"([0-9.]+) USD per GB that is restored")
    assert figure(r"1,000 cold starts \| ([0-9.]+) ") == pytest.approx(restored, abs=0.005)


def test_a_version_is_half_a_gigabyte_by_default():
    assert re.search(r"memory_size +\= optional\(number, 512\)", (ROOT / "variables.tf").read_text())
