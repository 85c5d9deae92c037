"""Reads the pages of docs/clients: the code on them that tests run."""

import re
from pathlib import Path
from typing import NamedTuple

from dev.package import ROOT

FOLDER = ROOT / "docs" / "clients"

_BLOCK = re.compile(
    r"^<!-- run: (?P<name>[a-z-]+) -->\n```(?P<language>[a-z]+)\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE
)


class Block(NamedTuple):
    """A fenced block below a comment `<!-- run: <name> -->`."""

    name: str
    language: str
    """`js`, `python` or `sh`."""
    code: str


def pages() -> list[Path]:
    """Return the page of each client."""
    return sorted(FOLDER.glob("*.md"))


def blocks(client: str) -> list[Block]:
    """Return what is run of a client's page, in its order."""
    return [Block(**found.groupdict()) for found in _BLOCK.finditer((FOLDER / f"{client}.md").read_text())]


def programs(name: str) -> list[tuple[str, str]]:
    """Return the client and language of each program that has a block of that name."""
    return [(page.stem, block.language) for page in pages() for block in blocks(page.stem) if block.name == name]


def program(client: str, language: str) -> str:
    """Return the blocks of one language as the one file that they are."""
    return "\n\n".join(block.code for block in blocks(client) if block.language == language)
