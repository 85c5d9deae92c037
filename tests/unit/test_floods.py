"""A flood of one destination: how much goes out, how much can be guessed, and how long its owner waits afterwards.

docs/limits.md states the bounds that are tested here.
"""

import itertools
import re
import secrets
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cognito_otp.refusals import Refusal
from dev.package import ROOT

pytestmark = pytest.mark.slow

HOUR = 3600
PAGE = (ROOT / "docs" / "limits.md").read_text()


def cooldowns(first: int, longest: int) -> Iterator[int]:
    """Yield the formula's cooldowns when nobody answers: each twice the one before, up to the longest."""
    return (min(first * 2 ** min(level, 12), longest) for level in itertools.count())


def most_messages(first: int, longest: int, seconds: int = HOUR) -> int:
    """Return the documented bound: the first message, and one whenever a cooldown ends within the time."""
    begins = itertools.accumulate(cooldowns(first, longest), initial=0)
    return sum(1 for _ in itertools.takewhile(lambda at: at < seconds, begins))


class Flood:
    """Strangers with as many sign-ins to one number as they like; they see no text. Then its owner."""

    def __init__(self, world, number: str, **overrides: int) -> None:
        self.world = world
        world.environment |= {name: str(value) for name, value in overrides.items()}
        world.assemble()
        self.username = f"owner-of-{number}"
        self.attributes = {"phone_number": number, "phone_number_verified": "true"}
        self.began = world.clock.time
        self.sent: list[int] = []  # when
        self.guesses: list[int] = []
        self.out = len(world.texts())
        self.sessions = []
        self.next_at = self.began  # when strangers are told that they may ask again

    @property
    def wait(self) -> int:
        return max(0, self.next_at - self.world.clock.time)

    def start(self) -> None:
        try:
            session = self.world.session(self.username, **self.attributes)
        except Refusal as refusal:
            self.next_at = self.world.clock.time + refusal.retry_after
        else:
            self.next_at = self.world.clock.time + int(session.parameters["resend_in"])
            self.sessions.append(session)
        self._deliver()

    def resend(self, which: int) -> None:
        session = self._live(which)
        if session:
            told = session.resend()
            if self._deliver():
                self.next_at = self.world.clock.time + int(told["resend_in"])

    def guess(self, which: int) -> None:
        session = self._live(which)
        if session:
            left = session.parameters["attempts_left"]
            # Codes of this test begin with 5 to 9.
            assert not session.answer(f"{len(self.guesses):06d}")
            if session.ended or session.parameters["attempts_left"] != left:
                self.guesses.append(self.world.clock.time)

    def owner_signs_in(self) -> int:
        """Have the owner sign in as soon as it goes; return the seconds that it took."""
        since = self.world.clock.time
        while True:
            try:
                session = self.world.session(self.username, **self.attributes)
            except Refusal as refusal:
                self.world.clock.advance(refusal.retry_after)
            else:
                break
        self._deliver()
        assert session.answer(self.world.code())
        return self.world.clock.time - since

    def in_any_hour(self, times: list[int]) -> int:
        return max((sum(begin <= at < begin + HOUR for at in times) for begin in times), default=0)

    def _live(self, which: int):
        self.sessions = [each for each in self.sessions if not each.ended]
        return self.sessions[which % len(self.sessions)] if self.sessions else None

    def _deliver(self) -> int:
        out = self.world.deliver()
        new, self.out = out - self.out, out
        self.sent += [self.world.clock.time] * new
        return new


@pytest.fixture
def flooded(make_world, monkeypatch):
    """Give what begins a flood; each has a number of its own."""
    monkeypatch.setattr(
        "cognito_otp.codes.generate", lambda length: f"{5 + secrets.randbelow(5)}{secrets.randbelow(10**5):05d}"
    )
    world = make_world(FRAUD_MODE="off")
    numbers = itertools.count()

    def begin(first: int, longest: int, **overrides: int) -> Flood:
        cooldown = {"RESEND_AFTER_SECONDS": first, "RESEND_BACKOFF_MAX_SECONDS": longest}
        return Flood(world, f"+1415556{next(numbers):04d}", **cooldown, **overrides)

    return begin


SETTINGS = st.integers(1, 600).flatmap(lambda first: st.tuples(st.just(first), st.integers(first, 3600)))
WAIT = -1  # until strangers may ask again
GAPS = st.one_of(st.just(WAIT), st.just(WAIT), st.integers(0, 5), st.integers(0, 240))
ACTIONS = st.sampled_from(["start", "resend", "guess"])
PATTERNS = st.lists(st.tuples(GAPS, ACTIONS, st.integers(0, 20)), min_size=5, max_size=30)


@given(SETTINGS, PATTERNS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_strangers_do_the_bound_holds_and_the_owner_gets_in_within_one_cooldown(flooded, cooldown, pattern):
    first, longest = cooldown
    flood = flooded(first, longest)
    for gap, action, which in pattern:
        flood.world.clock.advance(flood.wait if gap == WAIT else gap)
        if flood.world.clock.time >= flood.began + HOUR:
            break
        flood.start() if action == "start" else getattr(flood, action)(which)
    assert len(flood.sent) <= most_messages(first, longest)
    assert len(flood.guesses) <= 3 * most_messages(first, longest)
    assert flood.owner_signs_in() <= longest


@pytest.mark.parametrize(("first", "longest"), [(30, 300), (120, 120), (10, 3600)])
def test_an_hour_from_many_sign_ins_reaches_the_bound_and_no_more(flooded, first, longest):
    flood = flooded(first, longest)
    while flood.world.clock.time < flood.began + HOUR + longest:
        flood.start()
        flood.world.clock.advance(flood.wait // 2)
        flood.start()  # joins, or is refused: nothing more is sent
        flood.resend(len(flood.sent))
        flood.world.clock.advance(max(1, flood.wait))
    assert sum(at < flood.began + HOUR for at in flood.sent) == most_messages(first, longest)
    assert flood.in_any_hour(flood.sent) == most_messages(first, longest)
    assert flood.owner_signs_in() <= longest


def test_codes_and_guesses_of_a_day_and_the_odds(flooded):
    """The most that strangers can guess: each code as soon as it can be had, three guesses at it late in its life."""
    flood = flooded(30, 300)
    while flood.world.clock.time < flood.began + 2.5 * HOUR:
        flood.start()
        for which in range(-3, 0):
            flood.guess(which)
        flood.world.clock.advance(max(1, flood.wait))
    later = [at for at in flood.guesses if flood.began + HOUR <= at]
    assert flood.in_any_hour(flood.guesses) <= 3 * most_messages(30, 300) == 45
    assert flood.in_any_hour(later) == 36
    assert flood.owner_signs_in() <= 300
    page = (ROOT / "SECURITY.md").read_text()
    assert "36 guesses an hour" in page
    assert f"1 in {round(10**6 / 36):,}" in page
    assert f"1 in {round(10**6 / (36 * 24)):,}" in page


def test_a_request_action_in_a_loop_sends_no_more_than_the_cooldown_and_ends(flooded):
    """Of one sign-in: three resends, each after its cooldown, and the sign-in is over."""
    flood = flooded(30, 300)
    flood.start()
    for _ in range(1000):
        flood.resend(0)
        if not flood._live(0):
            break
        flood.world.clock.advance(60)
    assert flood._live(0) is None
    assert len(flood.sent) == 4
    assert flood.world.clock.time - flood.began < HOUR


def test_a_second_sign_in_neither_replaces_the_running_code_nor_resets_its_guesses(flooded):
    """Whoever asks again for a number with a live code joins it, is refused, or gets a code of their own."""
    flood = flooded(30, 300)
    flood.start()
    (owner,) = flood.sessions
    code = flood.world.code()
    flood.world.clock.advance(5)
    flood.start()  # joins: nothing more is sent
    assert owner.answer("000000") is False
    for _ in range(2):
        flood.start()  # refused, after a guess
    assert len(flood.sessions) == 2
    assert flood.sessions[1].answer("000001") is False
    assert flood.sessions[1].parameters["attempts_left"] == "1"
    flood.world.clock.advance(60)
    flood.start()  # a challenge of its own
    assert flood.world.code() != code or pytest.skip("drawn twice, one in 500,000")
    assert len(flood.sent) == 2
    assert flood.sessions[2].parameters["attempts_left"] == "3"
    assert owner.answer(code)


def test_the_table_of_the_page():
    rows = re.findall(
        r"^\| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|$", PAGE, re.MULTILINE
    )
    assert len(rows) >= 4
    for row in rows:
        first, longest, in_the_first_hour, later, answered, wait = (int(cell.replace(",", "")) for cell in row)
        assert in_the_first_hour == most_messages(first, longest)
        assert later == -(-HOUR // longest)
        assert answered == -(-HOUR // first)
        assert wait == longest


@pytest.mark.parametrize(
    "name",
    [
        *("otp.length", "otp.ttl_seconds", "otp.max_attempts", "otp.max_resends"),
        *("limits.resend_after_seconds", "limits.resend_backoff_max_seconds", "limits.max_messages_per_hour"),
        "sign_up.max_per_hour",
    ],
)
def test_the_page_says_each_limit_with_its_default(name):
    variable, key = name.split(".")
    declared = re.findall(
        rf'^variable "{variable}" {{.*?^    {key}\s+= optional\(number(?:, (\d+))?\)',
        (ROOT / "variables.tf").read_text(),
        re.MULTILINE | re.DOTALL,
    )
    (default,) = declared
    (row,) = re.findall(rf"^\| `{re.escape(name)}` \| (\S+) ", PAGE, re.MULTILINE)
    assert row == (default or "none")
