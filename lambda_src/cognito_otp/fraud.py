"""The SMS pumping guard: per country, how many codes were sent that nobody answered.

Whoever is paid for texts that arrive at their numbers asks for codes and never types one; people do type theirs. So
codes sent but not verified are compared with a floor and with what is usual for the country. The formula follows
Authgear's (https://github.com/authgear/authgear-server/blob/main/docs/specs/fraud-protection.md); the reason for each
term, a simulation and what the guard cannot do are in docs/pumping-guard.md.

One item per country and UTC day in the auth-state table, `fraud#<country>#<YYYY-MM-DD>`: `sent_00` to `sent_23` and
`verified_00` to `verified_23`, and `expires_at`. A full item is below 1 KB, so every count is one write unit. The key
says the day and only the days of the formula are asked for: an item that the TTL has left standing counts nowhere.
"""

import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from cognito_otp.dynamodb import ConditionFailedError, Item, Table

_HOUR = 3600
_DAY = 24 * _HOUR
_HISTORY = 14  # days before today, among which the best one is looked for
_KEPT = 16 * _DAY  # from a day's beginning: it is asked for up to the end of the 14th day after it, and one to spare
_SETTLED = 60  # seconds into a day, after which nobody counts for the one before: clocks differ, `not_sent` is late
_BUSIEST = 6  # what passes in a day's busiest hour is taken to be at most a sixth of it

_SENT = "sent"
_VERIFIED = "verified"


@dataclass(frozen=True)
class Thresholds:
    """How many codes may stay unverified.

    Attributes:
        daily_floor: always allowed in 24 hours, whatever the history.
        hourly_floor: always allowed in an hour.
        daily_ratio: allowed in 24 hours for each one verified, on the best day or in these 24 hours.
        hourly_ratio: allowed in an hour for each one verified, in a sixth of the best day or in this hour.
    """

    daily_floor: int = 20
    hourly_floor: int = 3
    daily_ratio: float = 0.3
    hourly_ratio: float = 0.2


class _History(NamedTuple):
    """What a country's past days say: the most that were verified on one of them, and the last one's item."""

    best: int
    yesterday: Item


class Guard:
    """Counts and judges the messages of each country. What follows from the judgement is the caller's matter.

    An AWS error is raised as it is. What was counted before it stays counted, and a call that botocore repeats because
    its answer was lost may count twice: `sent` errs on the careful side.

    Args:
        table: the auth-state table.
        thresholds: of every country.
        overrides: ISO 3166-1 alpha-2 code to those of the four thresholds that differ there, by their names.

    Raises:
        TypeError: an override is none of the four.
    """

    def __init__(
        self, table: Table, thresholds: Thresholds, overrides: Mapping[str, Mapping[str, Any]] | None = None
    ) -> None:
        self._table = table
        self._thresholds = thresholds
        self._overrides = {country: replace(thresholds, **each) for country, each in (overrides or {}).items()}
        self._histories: dict[str, tuple[int, _History]] = {}

    def sent(self, country: str, now: int) -> bool:
        """Count one message and tell whether the country stays within its thresholds (True: usual, False: suspicious).

        Call it before the message goes out. It counts first and judges what the count returned, so of any number of
        simultaneous messages no more pass than the thresholds allow.

        Costs one write unit; and with an environment's first message of a day to the country another call of seven read
        units (14 days, eventually consistent): what is past does not change.

        Args:
            country: ISO 3166-1 alpha-2 code.
            now: seconds since the epoch (UTC).
        """
        today = self._count(country, _SENT, now)
        history = self._history(country, now)
        days = {now // _DAY: today, now // _DAY - 1: history.yesterday}
        return _usual(days, history.best, self._overrides.get(country, self._thresholds), now)

    def not_sent(self, country: str, now: int) -> None:
        """Take a count back: the message was denied, or the provider did not take it (one write unit).

        Args:
            country: as in `sent`.
            now: the same time as was given to `sent`, which says the hour that it was counted in.
        """
        name = _name(_SENT, now // _HOUR)
        with contextlib.suppress(ConditionFailedError):
            self._table.update(
                _key(country, now // _DAY),
                f"ADD {name} :less",
                condition=f"{name} > :zero",
                values={":less": -1, ":zero": 0},
            )

    def verified(self, country: str, now: int) -> None:
        """Count a right answer to a code that was sent there (one write unit); arguments as in `sent`."""
        self._count(country, _VERIFIED, now)

    def _history(self, country: str, now: int) -> _History:
        """Return what is past, read once a day."""
        day, seconds = divmod(now, _DAY)
        known = self._histories.get(country)
        if known and known[0] == day:
            return known[1]
        items = self._table.get_many([_key(country, each) for each in _past(now)])
        best = max((_in_day(item, _VERIFIED) for item in items.values()), default=0)
        history = _History(best, items.get(_key(country, day - 1), {}))
        if seconds >= _SETTLED:
            self._histories[country] = (day, history)
        return history

    def _count(self, country: str, what: str, now: int) -> Item:
        day = now // _DAY
        return self._table.update(
            _key(country, day),
            f"SET expires_at = :expires ADD {_name(what, now // _HOUR)} :one",
            condition=None,
            values={":one": 1, ":expires": day * _DAY + _KEPT},
        )


def _key(country: str, day: int) -> str:
    return f"fraud#{country}#{time.strftime('%Y-%m-%d', time.gmtime(day * _DAY))}"


def _name(what: str, hour: int) -> str:
    return f"{what}_{hour % 24:02d}"


def _past(now: int) -> range:
    """Return the days of the history, counted since the epoch."""
    today = now // _DAY
    return range(today - _HISTORY, today)


def _usual(days: Mapping[int, Item], best: int, thresholds: Thresholds, now: int) -> bool:
    """Judge a country by the items of today and yesterday, and its best day."""
    daily = (24, thresholds.daily_floor, thresholds.daily_ratio, best)
    hourly = (1, thresholds.hourly_floor, thresholds.hourly_ratio, best / _BUSIEST)
    for hours, floor, ratio, typical in (daily, hourly):
        verified = _in_window(days, _VERIFIED, now, hours)
        unverified = _in_window(days, _SENT, now, hours) - verified
        if unverified > max(floor, ratio * typical, ratio * verified):
            return False
    return True


def _in_day(item: Item, what: str) -> int:
    return sum(count for name, count in item.items() if name.startswith(what))


def _in_window(days: Mapping[int, Item], what: str, now: int, hours: int) -> float:
    """Count the last `hours`: this clock hour, the full ones before, and of the oldest the share that still is in."""
    this = now // _HOUR
    share = 1 - now % _HOUR / _HOUR
    full = sum(_in_hour(days, what, this - back) for back in range(hours))
    return full + share * _in_hour(days, what, this - hours)


def _in_hour(days: Mapping[int, Item], what: str, hour: int) -> int:
    """Count one clock hour, given as hours since the epoch."""
    count: int = days.get(hour // 24, {}).get(_name(what, hour), 0)
    return count
