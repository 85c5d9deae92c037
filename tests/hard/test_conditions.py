"""The races of tests/races/test_conditions.py with 200 threads."""

from typing import Any

import pytest

from tests.races.conditions import Tables
from tests.races.conftest import THREADS, dynamodb, endpoint_url
from tests.races.test_conditions import (
    test_control_without_the_condition_the_race_is_lost,
    test_the_condition_holds_in_a_race,
)

__all__ = [
    "dynamodb",
    "endpoint_url",
    "test_control_without_the_condition_the_race_is_lost",
    "test_the_condition_holds_in_a_race",
]


@pytest.fixture(scope="module")
def tables(dynamodb: Any) -> Tables:
    return Tables(dynamodb, THREADS)
