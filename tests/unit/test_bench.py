"""How benchmarks measure and report; what each of them measures has tests of its own."""

import importlib

import pytest

from dev.bench import __main__ as command
from dev.bench import page
from dev.bench.measure import Spread, in_turns, ratio
from dev.bench.report import Result, Table, Target


def test_ways_take_turns_and_the_first_round_does_not_count():
    order = []

    def way(name):
        def once():
            order.append(name)
            return float(len(order))

        return once

    taken = in_turns({name: way(name) for name in "abc"}, rounds=3)
    assert "".join(order) == "abcbcacababc"
    assert taken == {"a": [6, 8, 10], "b": [4, 9, 11], "c": [5, 7, 12]}


def test_a_ratio_compares_round_by_round():
    slower_and_slower = [1.0, 2.0, 4.0, 8.0]
    assert ratio(slower_and_slower, [2 * each for each in slower_and_slower]) == Spread(0.5, 0.5, 0.5)


def test_a_spread_is_told_with_its_median():
    assert Spread.of([5.0]) == Spread(5, 5, 5)
    assert Spread.of(list(range(101))).shown(0) == "50 (10 to 90)"


def test_a_table_is_the_same_on_the_page_and_in_the_terminal():
    table = Table("What", ["thing", "ms"], [["a", "1"]], "In words.")
    assert table.markdown() == "**What**\n\n| thing | ms |\n| --- | --: |\n| a | 1 |\n\nIn words."
    assert table.shown().row_count == 1


@pytest.mark.parametrize(("measured", "code"), [(3, 0), (3.01, 1)])
def test_a_target_that_is_missed_ends_with_1(monkeypatch, capsys, measured, code):
    result = Result([Table("T", ["a"], [["b"]])], [Target("calls", 3, measured)])
    monkeypatch.setattr(importlib, "import_module", lambda name: type("Part", (), {"run": lambda progress: result}))
    assert command.main(["triggers"]) == code
    assert ("yes" in capsys.readouterr().out) == (code == 0)


@pytest.mark.parametrize(
    ("arguments", "said"), [(["walk"], "there is no part walk"), (["walks", "--write"], "no parts")]
)
def test_what_cannot_be_run_is_said(capsys, arguments, said):
    with pytest.raises(SystemExit):
        command.main(arguments)
    assert said in capsys.readouterr().err


def test_every_part_has_its_place_on_the_page():
    text = page.PAGE.read_text()
    for part in ("targets", *command.PARTS):
        assert f"<!-- {part}: begin -->" in text
    assert f"]({page.PLOT.name})" in text


def test_the_page_says_that_every_target_is_met_or_why_not():
    """`python -m dev.bench --write` wrote it; whoever commits a missed target explains it."""
    missed = [line.split("|")[1].strip() for line in page.PAGE.read_text().splitlines() if line.endswith("| **no** |")]
    for what in missed:
        assert f"**{what}**" in page.PAGE.read_text(), f"why is {what} missed?"
