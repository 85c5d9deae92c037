"""The parts of a page that a program writes: each between `<!-- name: begin -->` and `<!-- name: end -->`."""

from collections.abc import Mapping
from pathlib import Path


def filled(page: Path, parts: Mapping[str, str]) -> str:
    """Return a page's text with each part in its place.

    Args:
        page: Markdown.
        parts: name of the place to what is to stand there, without the last line's end.

    Raises:
        ValueError: the page does not mark a place, or not once.
    """
    text = page.read_text(encoding="utf-8")
    for name, part in parts.items():
        begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->\n"
        if text.count(begin) != 1 or text.count(end) != 1:
            raise ValueError(f"{page.name} must have one line {begin.strip()} and one line {end.strip()}")
        before, _, rest = text.partition(begin)
        text = f"{before}{begin}{part}\n{end}{rest.partition(end)[2]}"
    return text
