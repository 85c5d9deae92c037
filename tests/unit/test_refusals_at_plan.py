"""What a plan refuses and warns of: each validation and check is met by a run of `terraform test`, and says which input it is about."""

import re

import pytest

from dev.package import ROOT

DECLARED = dict(
    re.findall(r'^variable "(\w+)" \{\n(.*?)^\}$', (ROOT / "variables.tf").read_text(), re.DOTALL | re.MULTILINE)
)
CODE = "".join(path.read_text() for path in ROOT.glob("*.tf"))
RUNS = re.findall(
    r"^  expect_failures += \[(.*?)\]$",
    "".join(path.read_text() for path in (ROOT / "tests").glob("*.tftest.hcl")),
    re.DOTALL | re.MULTILINE,
)


def refusals(of: str) -> int:
    """Return how many runs expect this one to refuse."""
    return sum(bool(re.search(rf"\b{re.escape(of)}(?!\w)", run)) for run in RUNS)


@pytest.mark.parametrize("name", DECLARED)
def test_each_validation_of_an_input_is_met_and_names_it(name):
    messages = re.findall(r'^    error_message += "(.*)"$', DECLARED[name], re.MULTILINE)
    assert len(messages) == DECLARED[name].count("\n  validation {")
    assert refusals(f"var.{name}") >= len(messages)
    assert [message for message in messages if name not in message] == []


@pytest.mark.parametrize("name", re.findall(r'^check "(\w+)"', CODE, re.MULTILINE))
def test_each_check_warns_in_a_run(name):
    assert refusals(f"check.{name}") > 0
