"""From the README to each way of signing in, as it says: copy an example, put the module's address in, change a line."""

import json
import re

import pytest

from dev import terraform
from tests.example_copies import copy_of

ROOT = terraform.ROOT
ROW = re.compile(
    r"^\| [^|]+ \| (?P<inputs>[^|]+) \| \[`[a-z-]+`\]\((?P<example>examples/[a-z-]+)\)(?P<change>.*) \|$", re.MULTILINE
)
SECTION = (ROOT / "README.md").read_text().partition("### Who a person is")[2].partition("What follows from each:")[0]
ROWS = list(ROW.finditer(SECTION))

PLAN = """\
mock_provider "aws" {{
  source = {mocks}
}}

run "plan" {{
  command = plan

  # The example's own value is warned of, and a test takes a warning for a failure.
  variables {{
    deletion_protection = "ACTIVE"
  }}

  assert {{
    condition     = jsonencode(module.cognito_otp.settings.{setting}) == {value}
    error_message = jsonencode(module.cognito_otp.settings.{setting})
  }}
}}
"""


def test_the_readme_has_all_ways():
    assert len(ROWS) == 5
    assert {row["example"] for row in ROWS if not row["change"]} == {
        f"examples/{name}" for name in ("phone-username", "email-username", "username-with-aliases")
    }


@pytest.mark.parametrize(
    "row",
    [ROWS[0], *(pytest.param(row, marks=pytest.mark.slow) for row in ROWS[1:])],
    ids=lambda row: row["inputs"].strip("`"),
)
def test_a_copy_plans_what_the_row_says(row, tmp_path, running_provider):
    copy = copy_of(row["example"].removeprefix("examples/"), tmp_path / "copy")
    line = next(
        iter(re.findall(r"`(\w+_attributes = \[.*\])`", row["inputs"])), 'username_attributes = ["phone_number"]'
    )
    main = (copy / "main.tf").read_text()
    if row["change"]:
        main, changed = re.subn(r"(?m)^  \w+_attributes += .*$", f"  {line}", main)
        assert changed == 1
    if added := re.search(r"`(\w+ = \[.*?\])` in `(\w+)`", row["change"]):
        main = main.replace(f"\n  {added[2]} = {{\n", f"\n  {added[2]} = {{\n    {added[1]}\n")
    (copy / "main.tf").write_text(main)
    setting, _, value = line.partition(" = ")
    mocks = json.dumps(str(ROOT / "tests" / "mocks"))
    wanted = json.dumps(json.dumps(json.loads(value), separators=(",", ":")))
    (copy / "plan.tftest.hcl").write_text(PLAN.format(mocks=mocks, setting=setting, value=wanted))

    variables = {**terraform.environment(), **running_provider, "TF_DATA_DIR": str(tmp_path / "data")}
    for arguments in (["init", "-backend=false"], ["test"]):
        done = terraform.run(copy, variables, *arguments, "-no-color")
        assert done.returncode == 0, done.stdout
    assert "1 passed, 0 failed" in done.stdout
