"""What a check says."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from cognito_otp_cli.doctor.patient import Patient


class Verdict(StrEnum):
    """How something is; UNKNOWN if it could not be asked."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """One thing that a check found.

    Attributes:
        verdict: how it is.
        fact: what was found, a sentence.
        advice: what to do, if the verdict is not OK.
    """

    verdict: Verdict
    fact: str
    advice: str = ""


Check = Callable[[Patient], Iterable[Finding]]
"""Looks at one matter; an error of AWS that it lets through makes the matter unknown."""


def ok(fact: str) -> Finding:
    """Return a finding of which nothing is to be done."""
    return Finding(Verdict.OK, fact)


def warning(fact: str, advice: str) -> Finding:
    """Return a finding that works, and that somebody should look at."""
    return Finding(Verdict.WARNING, fact, advice)


def problem(fact: str, advice: str) -> Finding:
    """Return a finding that keeps people out, lets the wrong ones in, or soon will."""
    return Finding(Verdict.PROBLEM, fact, advice)
