"""Metric filters' patterns, with examples in the manner of the CloudWatch Logs guide's."""

import json

import pytest

from dev.local.filter_patterns import PatternError, compile_pattern

EVENT = json.dumps(
    {"message": "guess", "outcome": "wrong", "tries": 2, "record": {"status": "timeout"}, "last": None, "new": True}
)


@pytest.mark.parametrize(
    "pattern",
    [
        '{ $.message = "guess" }',
        '{$.message="guess"&&$.outcome!="right"}',
        '{ $.message = "g*s" }',
        "{ $.tries >= 2 && $.tries < 3 && $.tries != 4 }",
        '{ $.record.status = "timeout" }',
        "{ $.last IS NULL && $.new IS TRUE && $.old NOT EXISTS }",
        # && binds more than ||
        '{ $.message = "no" && $.outcome = "no" || $.tries = 2 }',
        '{ ($.message = "no" || $.message = "guess") && $.outcome = "wrong" }',
    ],
)
def test_what_matches(pattern: str) -> None:
    assert compile_pattern(pattern)(EVENT)


@pytest.mark.parametrize(
    "pattern",
    [
        '{ $.message = "gues" }',
        '{ $.message = "gu?ss" }',
        '{ $.message = "Guess" }',
        '{ $.country != "US" }',
        '{ $.country = "US" }',
        '{ $.tries = "2" }',
        "{ $.message = 2 }",
        "{ $.new = 1 }",
        "{ $.new NOT EXISTS }",
        '{ ($.message = "no" || $.message = "guess") && $.outcome = "right" }',
        '{ $.record.status.deeper = "timeout" }',
    ],
)
def test_what_does_not(pattern: str) -> None:
    assert not compile_pattern(pattern)(EVENT)


def test_lines_that_are_no_json_match_nothing() -> None:
    matches = compile_pattern('{ $.message != "guess" }')
    assert not matches("START RequestId: 1")
    assert not matches('"guess"')


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "ERROR",
        "{ $.a }",
        '{ $.a = "b"',
        "{ $.a = b }",
        '{ $.a > "b" }',
        '{ ($.a = "b" }',
        '{ $.a = "b" } }',
        "{ $.a = $.b }",
    ],
)
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        compile_pattern(pattern)
