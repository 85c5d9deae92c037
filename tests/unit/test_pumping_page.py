"""docs/pumping-guard.md says what the guard does: its table and its picture are those of the simulation."""

import dataclasses
import re
from collections import Counter
from xml.etree import ElementTree

import pytest

from cognito_otp.dynamodb import ConditionFailedError
from cognito_otp.fraud import Thresholds
from dev import simulate_pumping
from dev.marked import filled
from dev.simulate_pumping import SCENES, Memory

pytestmark = pytest.mark.slow

PAGE = simulate_pumping.PAGE.read_text()
RENEW = "run `python -m dev.simulate_pumping --write` and read the page again"


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.title)
def test_a_scene_is_as_the_page_says(scene):
    assert simulate_pumping.row(scene) in PAGE.splitlines(), RENEW


def test_the_table_has_every_scene_once_and_in_order():
    rows = [f"| {scene.title} |" for scene in SCENES]
    assert len(set(rows)) == len(rows)
    shown = [line for line in PAGE.splitlines() if line.startswith(tuple(rows))]
    assert filled(simulate_pumping.PAGE, {"simulation": simulate_pumping.table(shown)}) == PAGE, RENEW
    assert [line[: len(row)] for line, row in zip(shown, rows, strict=True)] == rows, RENEW


def test_the_picture_is_that_of_the_simulation_and_small():
    drawn = simulate_pumping.plot(simulate_pumping.play(simulate_pumping.ON_TOP))
    assert simulate_pumping.PLOT.read_text() == drawn, RENEW
    assert len(drawn) < 20_000
    assert ElementTree.fromstring(drawn).tag.endswith("svg")
    assert f"({simulate_pumping.PLOT.name})" in PAGE


def test_the_bars_of_each_hour_add_up_to_its_messages():
    outcome = simulate_pumping.play(simulate_pumping.ON_TOP)
    asked = [outcome.people[hour] + outcome.attack[hour] for hour in range(24)]
    kept = [asked[hour] - outcome.denied_attack[hour] for hour in range(24)]
    bars = [each.attrib for each in ElementTree.fromstring(simulate_pumping.plot(outcome)) if each.get("width") == "22"]
    for counts, top in ((asked, 60), (kept, 230)):
        heights: Counter[int] = Counter()
        for bar in bars:
            if top <= float(bar["y"]) <= top + 120:
                heights[(int(bar["x"]) - 52) // 26] += float(bar["height"])
        for hour, count in enumerate(counts):
            assert heights[hour] == pytest.approx(120 * count / max(counts), abs=0.3), hour


def test_the_page_names_the_thresholds_and_their_defaults():
    for field in dataclasses.fields(Thresholds):
        assert re.search(rf"\| `{field.name}` \| {field.default} \|", PAGE), field.name


def test_the_table_in_memory_does_nothing_that_it_does_not_know():
    memory = Memory()
    for expression, condition in (("SET a = :a", None), ("ADD a :a", "b < :b"), ("ADD a :a, b :b", None)):
        with pytest.raises(ValueError, match=expression):
            memory.update("key", expression, condition=condition, values={":a": 1, ":b": 1})
    with pytest.raises(ConditionFailedError):
        memory.update("key", "ADD a :a", condition="a > :b", values={":a": 1, ":b": 0})
    assert memory.items == {}
