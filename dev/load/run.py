"""One run: so many sign-ins by people of both kinds, and then the account of what was lost, sent twice or leaked.

Without a pace each person's next sign-in begins when the one before has ended, so that a slow service is asked less. At
a pace they begin when it is time, whatever became of the others, and how late they did is in the account.
"""

import itertools
import random
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from unittest.mock import patch

from cognito_otp import clock
from cognito_otp.refusals import Refusal
from dev.load import people
from dev.load.cloud import Cloud
from dev.load.people import VARIANTS, LostError, Person
from dev.load.steps import START, Ledger

_MOST_SIGN_INS = 5  # of one person
_UNKNOWN = 0.05  # requests for nobody's codes, for each sign-in


_LATE = 1.0  # second after which a start does not belong to the pace any more


@dataclass
class Pace:
    """What became of a pace.

    Attributes:
        per_second: sign-ins that were to begin in each second.
        late: by how much each began later than that, in seconds.
        took: how long each took from when it was to begin, in seconds; a person's own waits are not in it.
        until: when the last one had ended, counted from the first one's beginning.
    """

    per_second: float
    late: list[float] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    until: float = 0

    @property
    def is_held(self) -> bool:
        """Tell whether 99 of 100 sign-ins began within a second of their time."""
        return median_and_99th(self.late)[1] <= _LATE

    @property
    def achieved(self) -> float:
        """Return how many sign-ins ended in a second, on average."""
        return len(self.took) / self.until


def median_and_99th(numbers: list[float]) -> tuple[float, float]:
    """Return the median and the 99th percentile of at least two numbers."""
    hundredths = statistics.quantiles(numbers, n=100, method="inclusive")
    return hundredths[49], hundredths[98]


@dataclass(frozen=True)
class Outcome:
    """What came of a run.

    Attributes:
        sign_ins: of real people.
        tokens: how many of them ended in tokens.
        variants: what became of them, how often.
        lost: what people did not get.
        doubled: messages that nobody asked for.
        leaked: secrets and where they were.
        problems: what else was not as it should be.
        errors: what the package logged as an error, how often.
        messages: how many went out.
        looked_at: how many things were searched, by place.
        not_looked_for: codes that could not be told from a time.
        ledger: steps, calls, costs.
        seconds: how long it took.
        pace: None if there was none to be held.
    """

    sign_ins: int
    tokens: int
    variants: Counter[str]
    lost: list[str]
    doubled: list[str]
    leaked: list[str]
    problems: list[str]
    errors: Counter[str]
    messages: int
    looked_at: Counter[str]
    not_looked_for: int
    ledger: Ledger
    seconds: float
    pace: Pace | None

    @property
    def is_good(self) -> bool:
        """Tell whether nothing was lost, sent twice, leaked or otherwise wrong, and the pace was held."""
        if self.pace is not None and not self.pace.is_held:
            return False
        return self.tokens == self.sign_ins and not (self.lost or self.doubled or self.leaked or self.problems)


def run(
    endpoint_url: str | None,
    sign_ins: int,
    *,
    threads: int = 12,
    repeated: float = 0.1,
    seed: int = 1,
    per_second: float | None = None,
    progress: Callable[[], None] = lambda: None,
) -> Outcome:
    """Run so many sign-ins.

    Args:
        endpoint_url: of DynamoDB Local, where the run makes tables of its own; None for a DynamoDB in this process.
        sign_ins: of real people; those of unknown users come on top.
        threads: how many people sign in at once.
        repeated: share of the triggers that Cognito invokes twice, and of the deliveries that Lambda does.
        seed: of what is left to chance; codes and ids are the package's own.
        per_second: how many sign-ins begin in a second; None for as many as go.
        progress: called after each sign-in.

    Raises:
        ValueError: there are not enough numbers of fiction for so many people.
    """
    begun = time.monotonic()
    cloud = Cloud(endpoint_url, threads, repeated, seed)
    pace = None if per_second is None else Pace(per_second)
    # At a pace all numbers are used, so that nobody's next sign-in is due while the last one runs.
    most = _MOST_SIGN_INS if pace is None else 1 + (sign_ins - 1) // people.MOST
    plans = list(_plans(sign_ins, 1 if pace is None else most, most, random.Random(f"plans {seed}")))
    if len(plans) > people.MOST:
        raise ValueError(f"{sign_ins} sign-ins need {len(plans)} people, and there are numbers for {people.MOST}")
    everybody = [
        Person(cloud, number, random.Random(f"person {seed} {number}"), is_new=_is_new(number))
        for number in range(len(plans))
    ]
    lost: list[str] = []
    results: list[bool] = []

    def act(life: Iterator[bool]) -> None:
        for result in life:
            results.append(result)
            progress()

    lives = [_life(person, plans[person.number], lost) for person in everybody]
    with (
        patch.object(clock, "now", cloud.mine),
        cloud.running(),
        ThreadPoolExecutor(threads, initializer=cloud.take_environment) as pool,
    ):
        if pace is None:
            for done in [pool.submit(act, life) for life in lives]:
                done.result()
        else:
            turns = (life for turn in range(most) for life, plan in zip(lives, plans, strict=True) if turn < len(plan))
            _keep(pace, pool, turns, act)
    lost += [
        "a message, in the end"
        for person in everybody
        for address, expected in person.expected.items()
        if len(cloud.messages.codes[address]) < expected
    ]
    codes = {code for each in cloud.messages.codes.values() for code in each}
    secrets = codes.union(*(person.guesses for person in everybody))
    addresses = [address for person in everybody for address in (person.phone_number, person.email)]
    return Outcome(
        sign_ins=len(results),
        tokens=sum(results),
        variants=Counter(variant for plan in plans for variant in plan),
        lost=lost,
        doubled=list(_doubled(cloud, everybody)),
        leaked=cloud.search.leaks(secrets, addresses),
        problems=[*cloud.problems, *_unexpected(cloud)],
        errors=cloud.errors,
        messages=sum(map(len, cloud.messages.codes.values())),
        looked_at=cloud.search.looked_at,
        not_looked_for=cloud.search.not_looked_for(secrets),
        ledger=cloud.ledger,
        seconds=time.monotonic() - begun,
        pace=pace,
    )


def _keep(
    pace: Pace, pool: ThreadPoolExecutor, lives: Iterable[Iterator[bool]], act: Callable[[Iterator[bool]], None]
) -> None:
    """Have the next sign-in of each life begin at its time."""
    begun = time.monotonic()

    def start(life: Iterator[bool], due: float) -> None:
        pace.late.append(time.monotonic() - due)
        act(itertools.islice(life, 1))
        pace.took.append(time.monotonic() - due)

    started = []
    for number, life in enumerate(lives):
        due = begun + number / pace.per_second
        time.sleep(max(0.0, due - time.monotonic()))
        started.append(pool.submit(start, life, due))
    for done in started:
        done.result()
    pace.until = time.monotonic() - begun


def _plans(sign_ins: int, fewest: int, most: int, chance: random.Random) -> Iterator[list[str]]:
    """Say of each person what becomes of their sign-ins, of which they have so many."""
    number = 0
    while sign_ins > 0:
        count = min(sign_ins, chance.randint(fewest, most))
        plan = chance.choices(list(VARIANTS), list(VARIANTS.values()), k=count)
        # Of the new people only the phone number is ever verified, so that they have no other channel.
        yield ["resend" if _is_new(number) and each == "other channel" else each for each in plan]
        sign_ins -= count
        number += 1


def _is_new(number: int) -> bool:
    return number % 5 < 2


def _life(person: Person, variants: Iterable[str], lost: list[str]) -> Iterator[bool]:
    """Live through a person's sign-ins; each gives whether it ended in tokens."""
    now = person.cloud.mine.time = START
    try:
        if person.is_new:
            person.sign_up()
    except Refusal as refusal:
        lost.append(f"a sign-up: {refusal.token}")
    for variant in variants:
        # It may be another thread that goes on.
        person.cloud.mine.time = now
        try:
            tokens = person.sign_in(variant)
        except (LostError, Refusal) as error:
            lost.append(f"{error}, in a sign-in with {variant}")
            tokens = False
        else:
            if not tokens:
                lost.append(f"tokens, in a sign-in with {variant}")
        if person.chance.random() < _UNKNOWN:
            people.ask_as_nobody(person.cloud, person.chance)
        now = person.cloud.mine.time
        yield tokens


def _doubled(cloud: Cloud, everybody: Iterable[Person]) -> Iterator[str]:
    for times in cloud.messages.by_request.values():
        if times > 1:
            yield f"one request's message, {times} times"
    expected: Counter[str] = Counter()
    for person in everybody:
        expected += person.expected
    for address, codes in cloud.messages.codes.items():
        if len(codes) > expected[address]:
            yield f"{len(codes)} messages to somebody who asked for {expected[address]}"


def _unexpected(cloud: Cloud) -> Iterator[str]:
    """Report what was logged as an error, apart from the injected one: a provider's answer that was lost."""
    for error, times in cloud.errors.items():
        if not error.startswith("delivery InternalErrorException"):
            yield f"logged {times} times: {error}"
