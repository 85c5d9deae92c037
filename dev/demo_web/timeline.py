"""What the console shows, in the order in which it became known: entries that every open browser is sent."""

import itertools
import secrets
import threading
import time
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Kind = Literal["call", "answer", "trigger", "decision", "message", "row", "scene"]
Tone = Literal["plain", "good", "warning", "bad"]

_KEPT = 10_000


@dataclass(frozen=True)
class Words:
    """What is said of one thing that happened.

    Attributes:
        title: one sentence for somebody who has never heard of Cognito.
        detail: why, or what follows from it; may be empty.
        technical: what documentation calls it.
        tone: how it is to be taken.
    """

    title: str
    detail: str = ""
    technical: str = ""
    tone: Tone = "plain"


@dataclass(frozen=True)
class Entry:
    """One line of the timeline.

    Attributes:
        id: counted from 1.
        at: seconds since the epoch.
        kind: what it is about.
        title, detail, technical, tone: see `Words`.
        call: the public call that it belongs to; empty if to none.
        milliseconds: how long it took; None if that says nothing.
        facts: what the console needs besides: a message's text, a row, how a scene stands.
    """

    id: int
    at: float
    kind: Kind
    title: str
    detail: str
    technical: str
    tone: Tone
    call: str = ""
    milliseconds: float | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the entry for JSON."""
        return asdict(self)


class Timeline:
    """The newest entries, safe to write and read from many threads.

    Attributes:
        name: another one for each timeline, so that a browser notices that it looks at a new one.
    """

    def __init__(self) -> None:
        self.name = secrets.token_hex(4)
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque(maxlen=_KEPT)
        self._ids = itertools.count(1)

    def note(
        self,
        kind: Kind,
        words: Words,
        *,
        at: float | None = None,
        call: str = "",
        milliseconds: float | None = None,
        **facts: Any,
    ) -> None:
        """Append an entry; `at` is now unless it is said, in seconds since the epoch."""
        moment = time.time() if at is None else at
        with self._lock:
            said = (words.title, words.detail, words.technical, words.tone)
            self._entries.append(Entry(next(self._ids), moment, kind, *said, call, milliseconds, facts))

    def since(self, entry_id: int) -> list[Entry]:
        """Return the entries after that one, the oldest first; 0: all that are kept."""
        with self._lock:
            if not self._entries or self._entries[-1].id <= entry_id:
                return []
            return [entry for entry in self._entries if entry.id > entry_id]
