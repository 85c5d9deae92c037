"""The files of a migration, beside its journal. They hold people's addresses, so only their owner may read them."""

import csv
import io
import itertools
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cognito_otp_cli.migrate.journal import Journal
from cognito_otp_cli.migrate.plan import Outcome, Plan


@dataclass(frozen=True)
class Files:
    """Where everything is: the journal and, by its name, the rest."""

    journal: Path

    @property
    def plan(self) -> Path:
        """What is to become of everybody (JSON)."""
        return self._beside("plan.json")

    @property
    def decisions(self) -> Path:
        """Which of the duplicates to keep (CSV)."""
        return self._beside("duplicates.csv")

    @property
    def mapping(self) -> Path:
        """Old id to new id (CSV)."""
        return self._beside("mapping.csv")

    @property
    def report(self) -> Path:
        """What was compared at the end (JSON)."""
        return self._beside("report.json")

    def _beside(self, suffix: str) -> Path:
        return self.journal.with_name(f"{self.journal.stem}.{suffix}")


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file, whole or not at all."""
    # Piece by piece: the whole text of a large pool's plan would be a gigabyte.
    _write(path, itertools.chain(json.JSONEncoder(indent=2, default=list).iterencode(content), "\n"))


def write_mapping(path: Path, plan: Plan, journal: Journal) -> int:
    """Write old id, new id, old username, new username of everybody who has an account now, duplicates included.

    Returns:
        int: how many lines.
    """
    moved = {each.sub: each for each in journal.moved()}
    lines = [*moved.values()]
    for each in plan.of(Outcome.MERGE):
        kept = moved.get(str(each.into))
        if kept is not None:
            lines.append(kept._replace(sub=each.user.sub, username=each.user.username))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("old_sub", "new_sub", "old_username", "new_username"))
    writer.writerows(lines)
    _write(path, [text.getvalue()])
    return len(lines)


def _write(path: Path, text: Iterable[str]) -> None:
    whole = path.with_name(path.name + ".new")
    with open(os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", newline="", encoding="utf-8") as file:
        file.writelines(text)
    whole.replace(path)
