"""The time, in the one unit of every time in the tables: whole seconds since the epoch (UTC)."""

import time


def now() -> int:
    """Return the present time."""
    return int(time.time())
