"""What docs/logs.md says that the log holds."""

import re

from dev.package import ROOT

PAGE = (ROOT / "docs" / "logs.md").read_text()


def documented() -> dict[tuple[str, str], set[str]]:
    """Return the page's table: event and outcome to the fields that a line of it may have."""
    rows: dict[tuple[str, str], set[str]] = {}
    for line in PAGE.partition("<!-- events: begin -->")[2].partition("<!-- events: end -->")[0].splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and cells[0].startswith("`"):
            event, outcome, _, fields = cells
            key = (event.strip("`"), outcome.strip("`"))
            assert key not in rows, key
            rows[key] = {each.split("`")[1] for each in fields.split(";") if each}
    return rows


def fields_of(group: str) -> set[str]:
    """Return the fields that the page says every line of a group has: `always`, `failures`."""
    (text,) = re.findall(rf"<!-- {group} -->(.*?)<!-- end -->", PAGE, re.DOTALL)
    return set(re.findall(r"^\| `(\w+)` ", text, re.MULTILINE))
