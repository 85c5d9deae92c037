"""A few stories of tests/hard/test_model.py, for every run of the tests."""

import time

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.hard.test_model import PROFILE, Life


def test_the_functions_do_what_the_model_says_in_a_few_stories(monkeypatch):
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    run_state_machine_as_test(Life, settings=settings(PROFILE, max_examples=25))
