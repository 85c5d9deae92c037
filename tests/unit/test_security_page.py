"""Every test that docs/security.md names exists, and every rule has a row with one."""

import ast
import re

import pytest

from dev.package import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text()
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


@pytest.mark.parametrize("page", ["security.md", "limits.md", "logs.md"])
def test_links_lead_somewhere(page):
    text = (ROOT / "docs" / page).read_text()
    for file, anchor in re.findall(r"\]\(([\w.-]*)(?:#([\w-]+))?\)", text):
        target = (ROOT / "docs" / (file or page)).read_text()
        headings = [
            re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-")
            for line in re.findall(r"^#+ .*$", target, re.MULTILINE)
        ]
        assert not anchor or anchor in headings, (file, anchor)
