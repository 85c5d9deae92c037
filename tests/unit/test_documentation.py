"""The README names every refusal, links lead somewhere, and the checkout stays small."""

import re
import subprocess
from pathlib import Path

import pytest

from cognito_otp import refusals
from dev.package import ROOT

README = (ROOT / "README.md").read_text()
_LISTED = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
FILES = [name for name in _LISTED.split("\0") if name]


def test_every_refusal_is_explained():
    tokens = [value for name, value in vars(refusals).items() if name.isupper() and isinstance(value, str)]
    assert len(tokens) == 16
    assert [token for token in tokens if f"`{token}" not in README] == []


def test_a_checkout_is_at_most_5_mb():
    assert sum((ROOT / name).stat().st_size for name in FILES) < 5 * 2**20


PAGES = [ROOT / name for name in FILES if name.endswith(".md")]
_LINK = re.compile(r"\]\((?![a-z]+:)(?P<file>[^)#\s]*)(?:#(?P<heading>[^)\s]+))?\)")


def headings(page: Path) -> set[str]:
    """Return the addresses that GitHub and the registry give to a page's headings."""
    titles = re.findall(
        r"^#+ (.+)$", re.sub(r"^```.*?^```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE), re.MULTILINE
    )
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_within_the_repository_leads_somewhere(page):
    for link in _LINK.finditer(page.read_text()):
        target = page.parent / link["file"] if link["file"] else page
        assert target.exists(), link[0]
        if link["heading"]:
            assert link["heading"] in headings(target / "README.md" if target.is_dir() else target), link[0]
