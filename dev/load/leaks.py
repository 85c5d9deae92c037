"""Looks for codes, keys, phone numbers and e-mail addresses where none may be.

What could be one is noted as things pass by, and compared with the secrets once all are known. Chance is kept out by
how the run makes its secrets: codes have ten digits, as have the national parts of its phone numbers, and the names of
its e-mail addresses are twelve letters from g to z. So any ten digits in a row are looked at, also within longer ones,
and any twelve such letters. The people's ids have neither; the package's random ids are of 64 letters and digits, of
which ten are hardly ever digits (one place in 100 million), and then one of 20,000 codes with a chance of 2 in a
million. Only times have ten digits: those of the run are known, and a code that could be one is counted as not looked
for. Keys are known from the beginning, and looked for as bytes are usually written.
"""

import base64
import json
import re
import threading
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

LENGTH = 10
"""Digits of a code, and of a phone number without its country code."""
NAME_LENGTH = 12
NAME_LETTERS = "ghijklmnopqrstuvwxyz"

_CANDIDATES = re.compile(rf"\d{{{LENGTH},}}|[g-z]{{{NAME_LENGTH},}}")


class Search:
    """Everything that was looked at.

    Args:
        times: the seconds since the epoch that the run's clock shows; such a number is a time.
        keys: which may stand nowhere.
    """

    def __init__(self, times: range, keys: Iterable[bytes] = ()) -> None:
        self._times = times
        self._keys = {text for key in keys for text in spellings(key)}
        self._with_key: set[str] = set()
        self._seen: dict[str, set[tuple[str, bool]]] = defaultdict(set)
        self._lock = threading.Lock()
        self.looked_at: Counter[str] = Counter()

    def look(self, place: str, thing: Any, *, addresses: bool = False) -> None:
        """Look at a thing.

        Args:
            place: where it stands, in a few words.
            thing: text, or anything that JSON or `str` can write down.
            addresses: whether phone numbers and e-mail addresses may stand there; codes never may.
        """
        text = thing if isinstance(thing, str) else json.dumps(thing, default=_written, ensure_ascii=False)
        with_key = any(key in text for key in self._keys)
        found = set(self._candidates(text.lower()))
        with self._lock:
            self.looked_at[place] += 1
            if with_key:
                self._with_key.add(place)
            for candidate in found:
                self._seen[candidate].add((place, addresses))

    def leaks(self, codes: Collection[str], addresses: Collection[str]) -> list[str]:
        """Return what was found where it may not be, without quoting it.

        Args:
            codes: every code of every message, and every guess.
            addresses: phone numbers (E.164) and e-mail addresses that belong to people.
        """
        kinds: Mapping[str, str] = {
            **dict.fromkeys(codes, "a code"),
            **{_core(address): "an e-mail address" if "@" in address else "a phone number" for address in addresses},
        }
        return [f"a key in {place}" for place in sorted(self._with_key)] + [
            f"{kinds[candidate]} in {place}"
            for candidate, places in self._seen.items()
            if candidate in kinds
            for place, allowed in sorted(places)
            if not (allowed and kinds[candidate] != "a code")
        ]

    def not_looked_for(self, codes: Collection[str]) -> int:
        """Count the codes that nobody could tell from a time."""
        return sum(int(code) in self._times for code in codes)

    def _candidates(self, text: str) -> Iterator[str]:
        for run in _CANDIDATES.findall(text):
            length = LENGTH if run[0].isdigit() else NAME_LENGTH
            for start in range(len(run) - length + 1):
                candidate = run[start : start + length]
                if not (candidate.isdigit() and int(candidate) in self._times):
                    yield candidate


def spellings(key: bytes) -> set[str]:
    """Return a key in hexadecimal digits, in base64 of both kinds, and as Python shows bytes, also within JSON."""
    shown = repr(key)[2:-1]
    encoded = (each(key).decode().rstrip("=") for each in (base64.b64encode, base64.urlsafe_b64encode))
    return {key.hex(), key.hex().upper(), shown, json.dumps(shown)[1:-1], *encoded}


def _written(thing: object) -> str:
    return thing.hex() if isinstance(thing, bytes) else str(thing)


def _core(address: str) -> str:
    """Return the part of an address that gives it away."""
    return address.partition("@")[0] if "@" in address else address[-LENGTH:]
