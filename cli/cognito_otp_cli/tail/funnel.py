"""What a line of the log means on the way of a person from sign-up to tokens, and how many got how far."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Stage(StrEnum):
    """How far somebody got, or why no further."""

    SIGNED_UP = "signed up"
    REQUESTED = "requested"
    SENT = "sent"
    VERIFIED = "verified"
    REFUSED = "refused"
    FAILED = "failed"


_STAGES = {
    ("sign_up", "accepted"): Stage.SIGNED_UP,
    ("challenge", "requested"): Stage.REQUESTED,
    ("resend", "requested"): Stage.REQUESTED,
    ("delivery", "sent"): Stage.SENT,
    ("delivery", "test_number"): Stage.SENT,
    ("guess", "right"): Stage.VERIFIED,
    ("sign_up", "refused"): Stage.REFUSED,
    ("challenge", "refused"): Stage.REFUSED,
    ("resend", "throttled"): Stage.REFUSED,
    ("resend", "used_up"): Stage.REFUSED,
    ("resend", "shared"): Stage.REFUSED,
    ("resend", "over"): Stage.REFUSED,
    ("resend", "unknown_channel"): Stage.REFUSED,
    ("delivery", "blocked"): Stage.REFUSED,
    ("delivery", "refused"): Stage.REFUSED,
    ("guess", "wrong"): Stage.REFUSED,
    ("guess", "unreadable"): Stage.REFUSED,
    ("guess", "not_counted"): Stage.REFUSED,
    ("guess", "not_carried_through"): Stage.REFUSED,
    ("activation", "refused"): Stage.REFUSED,
}
"""Event and outcome of docs/logs.md to the stage; a failure of any event is FAILED, and the rest is left out."""

NOWHERE = "-"
"""Stands for the country of whoever has none, e.g. for codes by e-mail."""


@dataclass(frozen=True)
class Step:
    """One line of the log that is a step on the way.

    Attributes:
        stage: how far.
        reason: why no further, e.g. `"OTP_THROTTLED"`, `"wrong guess"`; empty for the stages that are progress.
        country: ISO 3166-1 alpha-2, or NOWHERE.
        line: all its fields.
    """

    stage: Stage
    reason: str
    country: str
    line: Mapping[str, Any]


def step(line: Mapping[str, Any]) -> Step | None:
    """Return what a line means, or None if it is no step."""
    event, outcome = str(line.get("message", "")), str(line.get("outcome", ""))
    stage = _STAGES.get((event, outcome))
    if stage is None and line.get("level") == "ERROR":
        stage = Stage.FAILED
    if stage is None:
        return None
    reason = ""
    if stage is Stage.REFUSED:
        reason = str(line.get("reason") or f"{event} {outcome}")
    elif stage is Stage.FAILED:
        why = line.get("aws_error") or line.get("error") or line.get("reason") or outcome
        reason = f"{event}: {why}"
    return Step(stage, reason, str(line.get("country") or NOWHERE), line)


class Funnel:
    """Counts steps."""

    def __init__(self) -> None:
        self.by_country: dict[str, Counter[Stage]] = defaultdict(Counter)
        self.reasons: Counter[tuple[Stage, str, str]] = Counter()

    def add(self, taken: Step) -> None:
        """Count one step."""
        self.by_country[taken.country][taken.stage] += 1
        if taken.reason:
            self.reasons[taken.stage, taken.reason, taken.country] += 1
