"""What happened inside the local AWS that no AWS API tells: the triggers that ran, the calls that IAM refused."""

import threading
import time
from contextvars import ContextVar
from typing import Any

_call: ContextVar[str] = ContextVar("call", default="")
_running: ContextVar["TriggerEntry | None"] = ContextVar("running", default=None)


class Journal:
    """Two lists in the order of events, safe to write from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._triggers: list[dict[str, Any]] = []
        self._denied: list[dict[str, Any]] = []

    def start_call(self, invocation_id: str) -> None:
        """Say which call of a client leads to the triggers of this context: what its SDK named the invocation."""
        _call.set(invocation_id)

    def start_trigger(self, source: str, function: str, attempt: int) -> "TriggerEntry":
        """Note that a trigger is about to run; the entry's `finish` adds the outcome."""
        row: dict[str, Any] = {
            "source": source,
            "function": function,
            "attempt": attempt,
            "milliseconds": None,
            "outcome": "running",
            "at": time.time(),
            "call": _call.get(),
            "request_id": "",
        }
        with self._lock:
            self._triggers.append(row)
        entry = TriggerEntry(row)
        _running.set(entry)
        return entry

    def name_invocation(self, request_id: str) -> None:
        """Say by which request id the log knows the function that has just run in this context."""
        entry = _running.get()
        if entry is not None:
            entry.name(request_id)

    def deny(self, action: str, resource: str, role: str, explicit: bool) -> None:
        """Note one refused call; `explicit` says whether a Deny statement refused it."""
        with self._lock:
            self._denied.append({"action": action, "resource": resource, "role": role, "explicit": explicit})

    def triggers(self) -> list[dict[str, Any]]:
        """Every trigger run so far, the oldest first."""
        with self._lock:
            return [dict(row) for row in self._triggers]

    def denied(self) -> list[dict[str, Any]]:
        """Every refused call so far, the oldest first."""
        with self._lock:
            return [dict(row) for row in self._denied]


class TriggerEntry:
    """One trigger run; the first outcome stands (a run that was given up may still end later)."""

    def __init__(self, row: dict[str, Any]) -> None:
        self._row = row
        self._started = time.monotonic()

    def name(self, request_id: str) -> None:
        """Say by which request id the log knows it; the first one stands, later functions of this call are others."""
        if not self._row["request_id"]:
            self._row["request_id"] = request_id

    def finish(self, outcome: str) -> None:
        """Say how it ended: `ok`, or a short sentence."""
        if self._row["milliseconds"] is None:
            self._row["milliseconds"] = round((time.monotonic() - self._started) * 1000, 1)
            self._row["outcome"] = outcome


JOURNAL = Journal()
