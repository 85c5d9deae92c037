"""The tables of inputs and outputs are those of variables.tf and outputs.tf, and each input can be understood from its row."""

import re

import pytest

from dev import reference
from dev.package import ROOT
from dev.reference import Entry

MODULES = [ROOT, *sorted(path.parent for path in (ROOT / "modules").glob("*/versions.tf"))]
INPUTS = [each for module in MODULES for each in reference.read(module / "variables.tf")]
OUTPUTS = [each for module in MODULES for each in reference.read(module / "outputs.tf")]


def test_the_tables_are_up_to_date():
    for file, text in reference.written().items():
        assert file.read_text() == text, "run `make reference`, and commit what it writes"


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_no_input_and_no_output_is_missing(module):
    for file in ("variables.tf", "outputs.tf"):
        there = re.findall(r'^(?:variable|output) "(\w+)"', (module / file).read_text(), re.MULTILINE)
        assert [each.name for each in reference.read(module / file)] == there != []


@pytest.mark.parametrize("entry", INPUTS + OUTPUTS, ids=lambda entry: entry.name)
def test_a_description_begins_with_a_sentence(entry):
    assert entry.summary, f"{entry.name}: begin the description with a sentence, which stands in the README's table"


@pytest.mark.parametrize("entry", INPUTS, ids=lambda entry: entry.name)
def test_an_input_says_its_type_and_an_objects_keys_are_described(entry):
    assert entry.type
    assert "any" not in re.findall(r"\w+", entry.type)
    assert ("object({" in entry.type) == bool(entry.keys), f"{entry.name}: give each key of the object its line"
    if "Names are the provider's" not in entry.description:
        assert [key for key in entry.keys if f"`{key}`" not in entry.description] == []


def test_no_two_headings_of_the_reference_have_one_address():
    headings = re.findall(r"^#+ (.+)$", reference.REFERENCE.read_text(), re.MULTILINE)
    addresses = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]
    assert sorted(set(addresses)) == sorted(addresses)


BANNER = "#" * 80
EXAMPLE = f"""\
{BANNER}
# Colours
{BANNER}

variable "colour" {{
  description = "A \\"colour\\", e.g. `red`. Others are docs/limits.md."
  type        = string
  nullable    = false

  validation {{
    condition     = var.colour != ""
    error_message = "colour must not be empty."
  }}
}}

variable "paints" {{
  description = <<-EOT
    Paints, by
    name, each `{{ ... }}`. More.
    - `mix`: of others.

    type = no argument
  EOT
  type = map(object({{
    # Cans.
    size  = number
    names = optional(list(string), ["a, b", "c"])

    mix = optional(map(object({{
      share = optional(number, 1)
    }})), {{}})
    dry = optional(object({{ hours = number }}))
  }}))
  default = {{
    red = {{ size = 1 }}
  }}
}}
"""


def test_what_is_read(tmp_path):
    (tmp_path / "variables.tf").write_text(EXAMPLE)
    colour, paints = reference.read(tmp_path / "variables.tf")
    assert colour == Entry("colour", "Colours", 'A "colour", e.g. `red`. Others are docs/limits.md.', "string", None)
    assert (colour.summary, colour.keys, colour.pages) == ('A "colour", e.g. `red`.', {}, ["limits"])
    assert paints.default == "{\n  red = { size = 1 }\n}"
    assert paints.type is not None
    assert paints.type.splitlines()[2] == "  size  = number"
    assert paints.summary == "Paints, by name, each `{ ... }`."
    assert paints.keys == {"size": None, "names": '["a, b", "c"]', "mix": "{}", "dry": "null"}
