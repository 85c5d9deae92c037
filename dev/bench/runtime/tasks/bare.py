"""A function that does nothing: what it takes to start is the runtime's own."""

from typing import Any


def handler(event: Any, _context: object) -> Any:
    """Return the event."""
    return event
