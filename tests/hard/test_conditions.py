"""Every conditional write of the package in a race of 200 threads, once as it is and once without its condition."""

from typing import Any

import pytest

from tests.races.conditions import ROWS, Tables, without
from tests.races.conftest import THREADS, dynamodb, endpoint_url

__all__ = ["dynamodb", "endpoint_url"]


@pytest.fixture(scope="module")
def tables(dynamodb: Any) -> Tables:
    return Tables(dynamodb, THREADS)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_condition_holds_in_a_race(tables, row):
    row.race(tables)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_control_without_the_condition_the_race_is_lost(tables, row, monkeypatch):
    without(row, monkeypatch)
    with pytest.raises(AssertionError):
        row.race(tables)
