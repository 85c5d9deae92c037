"""Where the commands print: results to stdout, what is under way to stderr."""

import sys

from rich.console import Console
from rich.progress import Progress, ProgressColumn

_WIDTH = 120  # of what goes into a file or a pipe


def stdout() -> Console:
    """Return the console for results."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH)


def stderr() -> Console:
    """Return the console for progress, so that stdout can be piped."""
    return Console(stderr=True, highlight=False)


def progress(*columns: ProgressColumn) -> Progress:
    """Return a progress display that leaves nothing behind, and is none where stderr is no terminal."""
    console = stderr()
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
