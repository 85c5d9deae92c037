"""docs/user-table.md and the Terraform module say of the row what the package writes."""

import re

from cognito_otp import users
from cognito_otp.users import RowShape
from dev.package import ROOT

PAGE = (ROOT / "docs" / "user-table.md").read_text()
DEFAULT = RowShape.from_settings(None).names


def first_cells(group: str) -> list[str]:
    (text,) = re.findall(rf"<!-- {group}: begin -->(.*?)<!-- {group}: end -->", PAGE, re.DOTALL)
    return re.findall(r"^\| `(\w+)` ", text, re.MULTILINE)


def test_the_page_lists_every_field_and_every_status():
    assert set(first_cells("fields")) == {*DEFAULT, "owner"}
    assert first_cells("statuses") == [users.PENDING, users.ACTIVE, users.DISABLED, users.DELETED]


def test_the_page_names_every_setting():
    (described,) = re.findall(r'variable "user_table" \{.*?EOT(.*?)EOT', (ROOT / "variables.tf").read_text(), re.DOTALL)
    settings = re.findall(r"^    - `(\w+)`:", described, re.MULTILINE)
    assert len(settings) == 10
    readme = (ROOT / "README.md").read_text()
    assert [each for each in settings if each not in PAGE or f"`{each}" not in readme] == []


def test_terraform_and_the_package_have_the_same_defaults():
    (defaults,) = re.findall(r"row_defaults = \{\s*for field in (\[.*?\])", (ROOT / "locals.tf").read_text())
    assert re.findall(r'"(\w+)"', defaults) == sorted(DEFAULT)
    assert all(field == name for field, name in DEFAULT.items())
