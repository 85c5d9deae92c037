"""What a migration has begun and what it has done, on disk before it goes on.

One JSON object a line, appended and synced: `begun` before the call that changes something, `done` after it. Whatever
is begun and not done may have happened or not, and is looked up. The file holds people's addresses and whole rows, so
only its owner may read it. The rows stay there: they are the application's, of whatever size.
"""

import base64
import contextlib
import fcntl
import json
import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from cognito_otp_cli.errors import CommandError

BEGUN, DONE, FAILED = "begun", "done", "failed"

_AT_ONCE = 4096  # bytes; most lines are shorter
_NOTHING: Mapping[str, Any] = {}
_NO_FACTS = frozenset({"at", "user", "step", "state", "row"})


@dataclass(slots=True)
class Step:
    """One step of one user.

    Attributes:
        state: BEGUN, DONE or FAILED.
        at: when it was first begun, seconds since the epoch (UTC).
        facts: what was written with it, but for a row.
    """

    state: str
    at: float
    facts: Mapping[str, Any]


Steps = dict[str, Step]


class Moved(NamedTuple):
    """A user of the old pool and the account in the new one."""

    sub: str
    new_sub: str
    username: str
    new_username: str


class Journal:
    """The journal of one migration, from one pool to another.

    Args:
        path: the file; made with its first line if it is not there.
        source: id of the old pool.
        target: id of the new pool.
        old_table: the table with the rows under the old ids; None for what the first run named.

    Raises:
        CommandError: the file is another migration's or of another old table, or another process has it.
        OSError: the file cannot be opened, or its folder is not there.
    """

    def __init__(self, path: Path, source: str, target: str, old_table: str | None) -> None:
        self.path, self.source, self.target = path, source, target
        self._users: dict[str, Steps] = {}
        self._rows: dict[str, int] = {}  # old id to where in the file the line is that has the row
        self._lock = threading.Lock()
        self._file: int | None = None
        self._header: dict[str, Any] = {"journal": 1, "from": source, "to": target, "old_table": old_table}
        try:
            self._file = os.open(path, os.O_RDWR | os.O_APPEND)
        except FileNotFoundError:
            if not path.parent.is_dir():
                raise
            self._is_new = True
            return
        try:
            self._lock_file(self._file)
            self._is_new = not self._read(self._file, old_table)
        except BaseException:
            os.close(self._file)
            raise

    @property
    def old_table(self) -> str | None:
        """The table with the rows under the old ids, as the first run named it; None if it is the new pool's."""
        name: str | None = self._header["old_table"]
        return name

    def close(self) -> None:
        """Let another process have the file."""
        if self._file is not None:
            os.close(self._file)

    def steps(self, sub: str) -> Mapping[str, Step]:
        """Return the steps of a user of the old pool, by name."""
        return self._users.get(sub, {})

    def users(self) -> list[str]:
        """Return the old ids of everybody for whom something was begun and not taken back."""
        return [sub for sub, steps in self._users.items() if steps]

    def moved(self) -> Iterator["Moved"]:
        """Return everybody who has an account in the new pool."""
        for sub, steps in self._users.items():
            create = steps.get("create")
            if create is not None and create.state == DONE:
                facts = create.facts
                yield Moved(sub, facts["new_sub"], facts["old_username"], facts["new_username"])

    def row(self, sub: str) -> dict[str, Any] | None:
        """Return the row of an old id as it was when its move began; None if there was none, or nothing has begun."""
        at = self._rows.get(sub)
        if at is None or self._file is None:
            return None
        line = b""
        while b"\n" not in line:
            more = os.pread(self._file, _AT_ONCE, at + len(line))
            if not more:
                raise CommandError(f"{self.path} was cut short meanwhile.")
            line += more
        row: dict[str, Any] | None = json.loads(line.partition(b"\n")[0], object_hook=_decode_bytes)["row"]
        return row

    def begun(self, sub: str, step: str, **facts: Any) -> None:
        """Write that a step begins."""
        self._write(sub, step, BEGUN, facts)

    def done(self, sub: str, step: str, **facts: Any) -> None:
        """Write that a step is done."""
        self._write(sub, step, DONE, facts)

    def failed(self, sub: str, step: str, words: str) -> None:
        """Write that a step was refused: nothing of it has happened."""
        self._write(sub, step, FAILED, {"words": words})

    def undone(self, sub: str) -> None:
        """Write that all of a user's steps were taken back."""
        self._write(sub, "rollback", DONE, {})

    @contextlib.contextmanager
    def step(self, sub: str, step: str) -> Iterator[None]:
        """Write that a step begins and, if nothing is raised, that it is done."""
        self.begun(sub, step)
        yield
        self.done(sub, step)

    def is_done(self, sub: str, step: str) -> bool:
        """Tell whether a step is done."""
        found = self.steps(sub).get(step)
        return found is not None and found.state == DONE

    def _write(self, sub: str, step: str, state: str, facts: dict[str, Any]) -> None:
        line = {"at": time.time(), "user": sub, "step": step, "state": state, **facts}
        with self._lock:
            if self._is_new:
                self._append(self._header)
                self._is_new = False
            self._apply(line, self._append(line))

    def _append(self, line: dict[str, Any]) -> int:
        """Write a line; return where in the file it begins."""
        if self._file is None:
            self._file = self._make()
        content = (_ENCODER.encode(line) + "\n").encode()
        at = os.lseek(self._file, 0, os.SEEK_END)
        try:
            if os.write(self._file, content) != len(content):
                raise CommandError(f"{self.path} cannot be written to its end: is the disk full?")
            os.fsync(self._file)
        except BaseException:
            os.ftruncate(self._file, at)  # half a line, and what comes after it, could not be read again
            raise
        return at

    def _make(self) -> int:
        try:
            file = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise CommandError(f"{self.path} was made by another migration meanwhile: start again.") from None
        self._lock_file(file)
        return file

    def _lock_file(self, file: int) -> None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(f"{self.path} is in use: another migration is running.") from None

    def _apply(self, line: dict[str, Any], at: int) -> None:
        """Take in a line that begins there in the file."""
        sub, step, state = line["user"], sys.intern(line["step"]), sys.intern(line["state"])
        steps = self._users.setdefault(sub, {})
        if step == "rollback" and state == DONE:
            steps.clear()
            self._rows.pop(sub, None)
            return
        facts = {sys.intern(name): value for name, value in line.items() if name not in _NO_FACTS}
        if "row" in line:
            self._rows[sub] = at
        known = steps.get(step)
        if known is None or known.state == FAILED:
            steps[step] = Step(state, line["at"], facts or _NOTHING)
        else:
            known.state = state
            known.facts = {**known.facts, **facts} if facts else known.facts

    def _read(self, file: int, old_table: str | None) -> bool:
        """Read what there is; return whether there is anything."""
        lines = self._lines(file)
        _, known = next(lines, (0, None))
        if known is None:
            return False
        if not {"journal", "old_table"} <= known.keys():
            raise self._no_journal()
        if any(known.get(name) != self._header[name] for name in ("journal", "from", "to")):
            raise CommandError(f"{self.path} is the journal of another migration: name another file by --journal.")
        if old_table not in (None, known["old_table"]):
            begun = f"with --old-table {known['old_table']}" if known["old_table"] else "without --old-table"
            raise CommandError(f"{self.path} was begun {begun}.")
        self._header = known
        for at, line in lines:
            if not _is_entry(line):
                raise self._no_journal()
            self._apply(line, at)
        return True

    def _lines(self, file: int) -> Iterator[tuple[int, dict[str, Any]]]:
        """Read the whole lines, each with where it begins.

        A last line that was not written to its end is cut off: what it was to say had not been begun.
        """
        at = 0
        with self.path.open("rb") as content:
            for line in content:
                if not line.endswith(b"\n"):
                    if not at:
                        raise self._no_journal()
                    os.ftruncate(file, at)
                    return
                try:
                    entry = json.loads(line, object_hook=_decode_bytes)
                except (ValueError, RecursionError):
                    raise self._no_journal() from None
                if not isinstance(entry, dict):
                    raise self._no_journal()
                yield at, entry
                at += len(line)

    def _no_journal(self) -> CommandError:
        return CommandError(f"{self.path} is not a journal: name another file by --journal.")


def _is_entry(line: Mapping[str, Any]) -> bool:
    texts = all(isinstance(line.get(name), str) for name in ("user", "step", "state"))
    return texts and isinstance(line.get("at"), float | int)


def _encode_bytes(value: Any) -> dict[str, str]:
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    raise TypeError(type(value))


_ENCODER = json.JSONEncoder(default=_encode_bytes)


def _decode_bytes(found: dict[str, Any]) -> Any:
    encoded = found.get("$bytes")
    return base64.b64decode(encoded) if len(found) == 1 and isinstance(encoded, str) else found
