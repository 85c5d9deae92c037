"""What the SMS pumping guard lets through and whom it stops: its real class, driven message by message.

`python -m dev.simulate_pumping` prints the table of docs/pumping-guard.md; with `--write` it puts the table into that
page and draws docs/pumping-guard.svg. The randomness is seeded and made from `random()` alone, whose sequence Python
keeps from version to version, so that both are the same on every machine.
"""

import heapq
import math
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cognito_otp.dynamodb import ConditionFailedError, Item, Table
from cognito_otp.fraud import Guard, Thresholds
from dev.marked import filled
from dev.terraform import ROOT

PAGE = ROOT / "docs" / "pumping-guard.md"
PLOT = ROOT / "docs" / "pumping-guard.svg"

_HOUR, _DAY = 3600, 86400
_START = 1_800_057_600  # 2027-01-16, midnight UTC: when each scene begins
_BEFORE = 1  # day before it, if the country has traffic then; all of it is sent, as in record_only
_RUNS = 3  # of each scene, each with its own chance; the table has their means
_PRICE = 0.05  # USD for a message
_TYPING = 15, 25  # seconds until a code is typed: at least, and the mean of what comes on top
_LIFETIME = 300  # seconds; later than that a code is not right any more


class Memory(Table):
    """A table in memory that knows the few expressions the guard uses."""

    def __init__(self) -> None:
        self.items: dict[str, Item] = {}

    def get_many(self, keys: Iterable[str]) -> dict[str, Item]:
        """Return the items that there are."""
        return {key: dict(self.items[key]) for key in keys if key in self.items}

    def update(
        self,
        key: str,
        expression: str,
        *,
        condition: str | None,
        values: Mapping[str, Any],
        names: Mapping[str, str] | None = None,
    ) -> Item:
        """Carry out `[SET a = :a] ADD b :b`, if `b > :c` where there is a condition.

        Raises:
            ConditionFailedError: the condition does not hold.
            ValueError: the expression or the condition is another.
        """
        parts = re.fullmatch(r"(?:SET (\w+) = (:\w+) )?ADD (\w+) (:\w+)", expression)
        above = re.fullmatch(r"(\w+) > (:\w+)", condition or "")
        if not parts or names or (condition and not above):
            raise ValueError(f"{expression} if {condition}")
        item = dict(self.items.get(key, {"pk": key}))
        if above and not (above[1] in item and item[above[1]] > values[above[2]]):
            raise ConditionFailedError
        if parts[1]:
            item[parts[1]] = values[parts[2]]
        item[parts[3]] = item.get(parts[3], 0) + values[parts[4]]
        self.items[key] = item
        return dict(item)


Traffic = Callable[[int], float]
"""How many messages are asked for in an hour, given as hours since the scene began."""


def by_day(people: float) -> Traffic:
    """Return the traffic of so many people a day: few at midnight, most at noon."""
    return lambda hour: people / 24 * (1 - 0.9 * math.cos(2 * math.pi * (hour % 24 + 0.5) / 24))


def between(first: int, last: int, messages: float) -> Traffic:
    """Return so many messages in all, evenly from one hour of the scene up to another."""
    return lambda hour: messages / (last - first) if first <= hour < last else 0


def both(one: Traffic, other: Traffic) -> Traffic:
    """Return two traffics together."""
    return lambda hour: one(hour) + other(hour)


_NOBODY = between(0, 1, 0)


@dataclass(frozen=True)
class Scene:
    """What happens in one country.

    Attributes:
        title: what the table calls it.
        people: what honest people ask for; each one once, who is denied goes away.
        attack: what is asked for by those who never answer.
        before: what people asked for on the day before (hours below 0); of a longer history the best day alone matters.
        days: how long the scene is.
        answered: share of the codes that arrive and are typed, unless they are typed too late.
        override: the country's own thresholds.
    """

    title: str
    people: Traffic = _NOBODY
    attack: Traffic = _NOBODY
    before: Traffic = _NOBODY
    days: int = 1
    answered: float = 0.9
    override: Mapping[str, float] = field(default_factory=dict)


_USUAL = by_day(1000)
_ATTACK = between(8, 14, 5000)
_PUSH = both(_USUAL, between(9, 10, 2000))
_CAMPAIGN = both(_USUAL, between(-24, 0, 4000))
_RAISED = {"daily_floor": 200, "hourly_floor": 100}
_LENIENT = {"daily_ratio": 0.6, "hourly_ratio": 0.4}

ON_TOP = Scene("1,000 people a day, attacked for six hours", _USUAL, _ATTACK, _USUAL)

SCENES = [
    Scene("launch: 20 people a day, first 3 days", by_day(20), days=3),
    Scene("launch: 500 people a day, first 3 days", by_day(500), days=3),
    Scene("launch: the same, floors 200 and 100", by_day(500), days=3, override=_RAISED),
    Scene("20 people a day", by_day(20), before=by_day(20)),
    Scene("1,000 people a day", _USUAL, before=_USUAL),
    Scene("1,000 a day, one code in four not answered", _USUAL, before=_USUAL, answered=0.75),
    Scene("the same, ratios 0.6 and 0.4", _USUAL, before=_USUAL, answered=0.75, override=_LENIENT),
    Scene("campaign: ten times the usual 300 in a day", by_day(3000), before=by_day(300)),
    Scene("push message: 2,000 more in an hour", _PUSH, before=_USUAL),
    Scene("attack where nobody is", attack=_ATTACK),
    Scene("attack at launch, 500 people a day", by_day(500), _ATTACK),
    Scene("the same, floors 200 and 100", by_day(500), _ATTACK, override=_RAISED),
    ON_TOP,
    Scene("the same, the day after a campaign of 5,000", _USUAL, _ATTACK, _CAMPAIGN),
    Scene("slow drip where nobody is, 2 an hour", attack=between(0, 24, 48)),
    Scene("slow drip on 1,000 people a day, 2 an hour", _USUAL, between(0, 24, 48), _USUAL),
]


@dataclass
class Outcome:
    """What came of a scene, each by hour since it began."""

    people: Counter[int] = field(default_factory=Counter)
    attack: Counter[int] = field(default_factory=Counter)
    denied_people: Counter[int] = field(default_factory=Counter)
    denied_attack: Counter[int] = field(default_factory=Counter)
    verified: Counter[int] = field(default_factory=Counter)  # by the hour in which the code was sent


def play(scene: Scene, run: int = 0) -> Outcome:
    """Play a scene with a guard in mode `deny`, after a day on which it only recorded."""
    chance = random.Random(f"{scene.title} {run}")
    guard = Guard(Memory(), Thresholds(), {"ZZ": scene.override})
    outcome = Outcome()
    requests = [
        *_requests(chance, scene.before, range(-_BEFORE * 24, 0), honest=True),
        *_requests(chance, scene.people, range(scene.days * 24), honest=True),
        *_requests(chance, scene.attack, range(scene.days * 24), honest=False),
    ]
    # What happens next: a time, a number that keeps equal times in order, and of an answer the hour of its request.
    queue: list[tuple[int, int, bool, int | None]] = [
        (at, number, honest, None) for number, (at, honest) in enumerate(requests)
    ]
    heapq.heapify(queue)
    while queue:
        at, number, honest, asked_in = heapq.heappop(queue)
        now, hour = _START + at, at // _HOUR
        if asked_in is not None:
            guard.verified("ZZ", now)
            outcome.verified[asked_in] += asked_in >= 0
            continue
        usual = guard.sent("ZZ", now)
        if hour >= 0:
            (outcome.people if honest else outcome.attack)[hour] += 1
            if not usual:
                guard.not_sent("ZZ", now)
                (outcome.denied_people if honest else outcome.denied_attack)[hour] += 1
                continue
        if honest and chance.random() < scene.answered:
            least, more = _TYPING
            later = int(least - more * math.log(1 - chance.random()))
            if later < _LIFETIME:
                heapq.heappush(queue, (at + later, number, True, hour))
    return outcome


def _requests(chance: random.Random, traffic: Traffic, hours: range, *, honest: bool) -> Iterator[tuple[int, bool]]:
    """Spread the traffic of each hour over its seconds; a fraction of a message is one by chance."""
    for hour in hours:
        for _ in range(int(traffic(hour) + chance.random())):
            yield hour * _HOUR + int(chance.random() * _HOUR), honest


def table(rows: Iterable[str]) -> str:
    """Return the rows as a table in Markdown."""
    head = (
        "| scene | asked for | sent | denied | of these honest people's | sent, never verified | cost, USD "
        "| cost without the guard |"
    )
    return "\n".join([head, "|---|--:|--:|--:|--:|--:|--:|--:|", *rows])


def row(scene: Scene) -> str:
    """Play a scene a few times and return the means as a row of the table."""
    outcomes = [play(scene, run) for run in range(_RUNS)]

    def mean(count: Callable[[Outcome], int]) -> int:
        return round(sum(map(count, outcomes)) / _RUNS)

    people, attack = mean(lambda outcome: outcome.people.total()), mean(lambda outcome: outcome.attack.total())
    denied_people = mean(lambda outcome: outcome.denied_people.total())
    denied = denied_people + mean(lambda outcome: outcome.denied_attack.total())
    sent = people + attack - denied
    cells = [
        scene.title,
        *(f"{count:,}" for count in (people + attack, sent, denied)),
        f"{denied_people:,} ({denied_people / people:.0%})" if people else "0",
        f"{sent - mean(lambda outcome: outcome.verified.total()):,}",
        f"{sent * _PRICE:,.2f}",
        f"{(people + attack) * _PRICE:,.2f}",
    ]
    return f"| {' | '.join(cells)} |"


_COLOURS = {"verified": "#2a9d5c", "unverified": "#e0a100", "denied_people": "#c0392b", "denied_attack": "#9aa0a6"}
_LABELS = {
    "verified": "sent and verified",
    "unverified": "sent, never verified",
    "denied_people": "denied: an honest person's",
    "denied_attack": "denied: the attack's",
}


def plot(outcome: Outcome) -> str:
    """Return the hours of a day as stacked bars, once with everything and once without the attack's denied messages."""
    hours = range(24)
    unverified = {
        hour: outcome.people[hour]
        + outcome.attack[hour]
        - outcome.denied_people[hour]
        - outcome.denied_attack[hour]
        - outcome.verified[hour]
        for hour in hours
    }
    series: dict[str, Mapping[int, int]] = {
        "verified": outcome.verified,
        "unverified": unverified,
        "denied_people": outcome.denied_people,
        "denied_attack": outcome.denied_attack,
    }
    drawn = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 400" font-family="sans-serif" font-size="12">',
        '<rect width="720" height="400" fill="#fff"/>',
    ]
    for number, name in enumerate(series):
        x = 50 + 170 * number
        drawn.append(f'<rect x="{x}" y="12" width="11" height="11" fill="{_COLOURS[name]}"/>')
        drawn.append(f'<text x="{x + 16}" y="22">{_LABELS[name]}</text>')
    drawn += _panel(60, "messages asked for in each hour", series)
    drawn += _panel(230, "the same without the attack's denied ones", {**series, "denied_attack": {}})
    drawn.append("</svg>")
    return "\n".join(drawn) + "\n"


def _panel(top: int, title: str, series: Mapping[str, Mapping[int, int]]) -> list[str]:
    height, width = 120, 26
    highest = max(sum(each.get(hour, 0) for each in series.values()) for hour in range(24))
    drawn = [
        f'<text x="50" y="{top - 6}" font-weight="bold">{title}</text>',
        f'<text x="44" y="{top + 10}" text-anchor="end">{highest}</text>',
        f'<text x="44" y="{top + height}" text-anchor="end">0</text>',
    ]
    for hour in range(24):
        x, y = 52 + hour * width, float(top + height)
        for name, counts in series.items():
            tall = height * counts.get(hour, 0) / highest
            y -= tall
            if tall:
                drawn.append(
                    f'<rect x="{x}" y="{y:.1f}" width="{width - 4}" height="{tall:.1f}" fill="{_COLOURS[name]}"/>'
                )
        if hour % 6 == 0:
            drawn.append(f'<text x="{x}" y="{top + height + 15}">{hour:02d}:00</text>')
    drawn.append(f'<path d="M50 {top + height + 0.5}h{24 * width}" stroke="#444"/>')
    return drawn


def main() -> None:
    """Print the table; with `--write` renew the page and the plot too."""
    simulated = table(map(row, SCENES))
    print(simulated)
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(filled(PAGE, {"simulation": simulated}))
        PLOT.write_text(plot(play(ON_TOP)))


if __name__ == "__main__":
    main()
