"""Test numbers: fictitious phone numbers whose code is fixed, until a date. Nothing is ever sent to them.

The Terraform module admits only numbers from ranges that regulators keep free for fiction, so that no person owns one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class FixedCodes:
    """The fixed codes.

    Attributes:
        by_number: E.164 number to its code.
        until: when they end (seconds since the epoch, UTC).
    """

    by_number: Mapping[str, str]
    until: float

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> "FixedCodes":
        """Read `{"codes": {number: code}, "until": RFC 3339 time}`; no settings are no test numbers."""
        until = datetime.fromisoformat(settings["until"]).timestamp() if settings else 0.0
        return cls(settings.get("codes", {}), until)

    def code(self, number: str, now: int) -> str | None:
        """Return a test number's code; None for any other number, and for all once they have ended."""
        return self.by_number.get(number) if now < self.until else None
