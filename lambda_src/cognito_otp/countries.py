"""Whose a phone number is, and whether its numbering plan can have it: by a table, without a network or a library.

`countries.json` is written by `python -m dev.countries` from libphonenumber's metadata, which says what its parts are.
Calling codes of no country (800, 808, 870, 878, 881, 882, 883, 888, 979) are not in it: nobody receives a sign-in code
there, and satellite ranges are a favourite of SMS pumping.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

_TABLE = json.loads(Path(__file__).with_name("countries.json").read_text())
_PREFIXES = {prefix: code for code, prefixes in _TABLE["countries"].items() for prefix in prefixes}
_LONGEST = max(map(len, _PREFIXES))
_PLANS = {
    code: (frozenset(plan["lengths"]), [(digits, tuple(real)) for digits, real in plan["trunk"].items()])
    for code, plan in _TABLE["plans"].items()
}

CODES = frozenset(_TABLE["countries"])
"""The countries and territories that numbers can be of: ISO 3166-1 alpha-2 codes, and as libphonenumber names them AC
(Ascension) and TA (Tristan da Cunha), which ISO reserves, and XK (Kosovo), which it leaves free for use. Territories
that no number can be told to be of (AQ, BV, EH, GS, HM, PN, TF, UM) are not among them: EH is numbered as MA."""


class CountryPolicy(NamedTuple):
    """Which countries' numbers may sign up.

    Attributes:
        allowed: the countries that may; None: all.
        blocked: the countries that may not, whether allowed or not.
    """

    allowed: frozenset[str] | None
    blocked: frozenset[str]

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> "CountryPolicy":
        """Read `allowed` and `blocked`, lists of ISO codes; what is left out restricts nothing."""
        allowed = settings.get("allowed")
        return cls(None if allowed is None else frozenset(allowed), frozenset(settings.get("blocked", ())))

    def allows(self, country: str | None) -> bool:
        """Tell whether numbers of this country may sign up; those of no country may not."""
        if country is None or country in self.blocked:
            return False
        return self.allowed is None or country in self.allowed


def country(e164: str) -> str | None:
    """Return the country or territory of a number, one of CODES; None if its calling code is assigned to none.

    A number that no country is known to have given out falls to the first country of its calling code, e.g. US for 1.

    Args:
        e164: `+` and digits.
    """
    digits = e164[1:]
    return next((_PREFIXES[digits[:end]] for end in range(_LONGEST, 0, -1) if digits[:end] in _PREFIXES), None)


def is_possible(e164: str) -> bool:
    """Tell whether a numbering plan can have this number, so that one phone has one spelling.

    False where the length is none of the plan's, and where the calling code is followed by what is dialled before a
    number at home, e.g. the 0 in +440791112345. Whether the number was given out is not looked at: a new range of
    numbers must not wait for a new table.

    Args:
        e164: `+` and digits.
    """
    for end in (1, 2, 3):  # calling codes are prefix-free
        if plan := _PLANS.get(e164[1 : 1 + end]):
            lengths, trunk = plan
            national = e164[1 + end :]
            return len(national) in lengths and not any(
                national.startswith(digits) and not national.startswith(real) for digits, real in trunk
            )
    return False
