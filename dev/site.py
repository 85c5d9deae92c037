"""Builds the page of examples/web-app into the cache, when its sources have changed: `python -m dev.site`.

`--test` checks its types and runs its tests instead, which need no browser.
"""

import argparse
import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from dev import node
from dev.terraform import CACHE, ROOT

_SOURCES = ROOT / "examples" / "web-app" / "site"
_BUILT = CACHE / "site"
_NO_SOURCES = {"node_modules", "dist", "test", "config.json"}


def build() -> Path:
    """Return the folder with the built page; its `config.json` is for whoever serves it to add.

    Raises:
        node.NodeError: Node.js is missing or too old, or npm failed, with what it printed.
    """
    built = _BUILT / _digest()
    if built.is_dir():
        return built
    node.install(_SOURCES)
    _BUILT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=_BUILT, prefix="building-") as folder:
        made = Path(folder) / "dist"
        node.npm(_SOURCES, "run", "build", "--", "--outDir", str(made))
        (made / "config.json").unlink(missing_ok=True)  # of somebody's own pool
        try:
            made.rename(built)
        except OSError:
            if not built.is_dir():  # another run was faster
                raise
    return built


def test() -> str:
    """Check the page's types and run its tests; return what they printed.

    Raises:
        node.NodeError: Node.js is missing or too old, or npm failed, with what it printed.
    """
    node.install(_SOURCES)
    return node.npm(_SOURCES, "run", "check") + node.npm(_SOURCES, "test")


def _digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(_files(_SOURCES)):
        digest.update(f"{path.relative_to(_SOURCES)}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name in _NO_SOURCES:
            continue
        if path.is_dir():
            yield from _files(path)
        else:
            yield path


def main() -> int:
    """Build the page and print where it is, or test it; return 0 if that worked."""
    parser = argparse.ArgumentParser(prog="python -m dev.site", description="Builds the page of examples/web-app.")
    parser.add_argument("--test", action="store_true", help="check its types and run its tests")
    arguments = parser.parse_args()
    try:
        if arguments.test:
            node.find()
    except node.NodeError as error:
        print(error, file=sys.stderr)
        return 1 if os.environ.get("CI") else 0  # skipped with a word, as the other tests are
    try:
        print(test() if arguments.test else build())
    except node.NodeError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
