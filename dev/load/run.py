"""One run: so many sign-ins by people of both kinds, and then the account of what was lost, sent twice or leaked."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from unittest.mock import patch

from cognito_otp import clock
from cognito_otp.refusals import Refusal
from dev.load import people
from dev.load.cloud import Cloud
from dev.load.people import VARIANTS, LostError, Person
from dev.load.steps import START, Ledger

_MOST_SIGN_INS = 5  # of one person
_UNKNOWN = 0.05  # requests for nobody's codes, for each sign-in


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

    @property
    def is_good(self) -> bool:
        """Tell whether nothing was lost, sent twice, leaked or otherwise wrong."""
        return self.tokens == self.sign_ins and not (self.lost or self.doubled or self.leaked or self.problems)


def run(
    endpoint_url: str,
    sign_ins: int,
    *,
    threads: int = 12,
    repeated: float = 0.1,
    seed: int = 1,
    progress: Callable[[], None] = lambda: None,
) -> Outcome:
    """Run so many sign-ins.

    Args:
        endpoint_url: of DynamoDB Local; the run makes tables of its own there.
        sign_ins: of real people; those of unknown users come on top.
        threads: how many people sign in at once.
        repeated: share of the triggers that Cognito invokes twice, and of the deliveries that Lambda does.
        seed: of what is left to chance; codes and ids are the package's own.
        progress: called after each sign-in.

    Raises:
        ValueError: there are not enough numbers of fiction for so many people.
    """
    begun = time.monotonic()
    cloud = Cloud(endpoint_url, threads, repeated, seed)
    plans = list(_plans(sign_ins, random.Random(f"plans {seed}")))
    if len(plans) > people.MOST:
        raise ValueError(f"{sign_ins} sign-ins need {len(plans)} people, and there are numbers for {people.MOST}")
    everybody = [
        Person(cloud, number, random.Random(f"person {seed} {number}"), is_new=_is_new(number))
        for number in range(len(plans))
    ]
    lost: list[str] = []
    results: list[bool] = []
    with patch.object(clock, "now", cloud.mine), cloud.running():

        def act(person: Person) -> None:
            for result in _life(person, plans[person.number], lost):
                results.append(result)
                progress()

        with ThreadPoolExecutor(threads, initializer=cloud.take_environment) as pool:
            for done in [pool.submit(act, person) for person in everybody]:
                done.result()
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
    )


def _plans(sign_ins: int, chance: random.Random) -> Iterator[list[str]]:
    """Say of each person what becomes of their sign-ins."""
    number = 0
    while sign_ins > 0:
        count = min(sign_ins, chance.randint(1, _MOST_SIGN_INS))
        plan = chance.choices(list(VARIANTS), list(VARIANTS.values()), k=count)
        # Of the new people only the phone number is ever verified, so that they have no other channel.
        yield ["resend" if _is_new(number) and each == "other channel" else each for each in plan]
        sign_ins -= count
        number += 1


def _is_new(number: int) -> bool:
    return number % 5 < 2


def _life(person: Person, variants: Iterable[str], lost: list[str]) -> Iterator[bool]:
    """Live through a person's sign-ins; each gives whether it ended in tokens."""
    person.cloud.mine.time = START
    try:
        if person.is_new:
            person.sign_up()
    except Refusal as refusal:
        lost.append(f"a sign-up: {refusal.token}")
    for variant in variants:
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
