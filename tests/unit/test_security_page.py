"""Every test that SECURITY.md names exists, and every rule and every threat names some."""

import ast
import re

import pytest

from dev.package import ROOT

PAGE = (ROOT / "SECURITY.md").read_text()
NAMED = sorted(set(re.findall(r"`(tests/[\w./]+)::(\w+)`", PAGE)))


def names_in(file: str) -> set[str]:
    text = (ROOT / file).read_text()
    if file.endswith(".tftest.hcl"):
        return set(re.findall(r'^run "(\w+)"', text, re.MULTILINE))
    tree = ast.parse(text)
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


@pytest.mark.parametrize(("file", "name"), NAMED, ids="::".join)
def test_a_named_test_exists(file, name):
    assert name in names_in(file)


def test_nothing_that_looks_like_a_test_is_left_out():
    assert len(NAMED) > 50
    mentioned = re.findall(r"tests/[\w./]+::\w+", PAGE)
    assert {f"{file}::{name}" for file, name in NAMED} == set(mentioned)


def test_every_rule_has_a_row_with_its_source_and_a_test():
    rows = [line for line in PAGE.splitlines() if re.match(r"\| \d+ \|", line)]
    assert [int(row.split("|")[1]) for row in rows] == list(range(1, 26))
    for row in rows:
        number, rule, source, how, shown = (cell.strip() for cell in row.strip("|").split("|"))
        assert rule, number
        assert source, number
        assert how, number
        assert "::" in shown, number


THREATS = ["SMS pumping", "Enumeration", "Brute force", "Lock-out", "Pre-hijacking", "SIM swap", "Replay"]


@pytest.mark.parametrize("threat", [*THREATS, "An insider with access to tables"])
def test_every_threat_says_what_is_done_what_is_left_and_which_tests_show_it(threat):
    (section,) = re.findall(rf"^### {threat}\n(.*?)^##", PAGE, re.MULTILINE | re.DOTALL)
    assert re.findall(r"^- \*\*(Done|Left|Shown by)", section, re.MULTILINE)[0] == "Done"
    assert "**Left**" in section
    assert "::" in section.partition("**Shown by**")[2]
