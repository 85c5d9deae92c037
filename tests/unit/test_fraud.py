"""The SMS pumping guard, on moto and against its formula written down a second time."""

import calendar
import itertools
import time
from collections import Counter
from fractions import Fraction

import pytest
from botocore.exceptions import ClientError
from hypothesis import example, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from cognito_otp.dynamodb import Table
from cognito_otp.fraud import Guard, Thresholds
from dev.simulate_pumping import Memory
from tests.unit.conftest import Calls, OwnClient, shared_clients

NOON = calendar.timegm((2026, 11, 20, 12, 0, 0))
MIDNIGHT = NOON - 12 * 3600
HOUR, DAY = 3600, 86400
HOURS_ONLY = {"daily_floor": 10**6}
DAYS_ONLY = {"hourly_floor": 10**6}

_countries = (f"C{number}" for number in itertools.count())


@pytest.fixture(scope="module")
def dynamodb():
    with mock_aws():
        client = shared_clients()["dynamodb"]
        client.create_table(
            TableName="auth-state",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        )
        yield client


@pytest.fixture(scope="module")
def table(dynamodb):
    return Table(dynamodb, "auth-state")


@pytest.fixture
def country():
    """A country of the test's own: the table is shared."""
    return next(_countries)


@pytest.fixture
def guard(table):
    return lambda **thresholds: Guard(table, Thresholds(**thresholds))


@pytest.fixture
def quick_guard():
    """The same for tests of many messages, on a table in memory: the property below holds the two to the same."""
    memory = Memory()
    return lambda **thresholds: Guard(memory, Thresholds(**thresholds))


def passed(guard: Guard, country: str, now: int, messages: int) -> int:
    """Send so many, as under `deny`; return how many passed."""
    usual = 0
    for _ in range(messages):
        if guard.sent(country, now):
            usual += 1
        else:
            guard.not_sent(country, now)
    return usual


def verify(guard: Guard, country: str, now: int, codes: int) -> None:
    for _ in range(codes):
        guard.verified(country, now)


def test_without_a_history_the_floors_pass(guard, country):
    assert passed(guard(), country, NOON, 10) == 3
    assert passed(guard(hourly_floor=100), next(_countries), NOON, 30) == 20


def test_countries_do_not_concern_each_other(guard, country):
    assert passed(guard(), country, NOON, 4) == 3
    assert passed(guard(), next(_countries), NOON, 4) == 3


def test_what_is_recorded_only_goes_on_counting(guard, country):
    judged = [guard().sent(country, NOON) for _ in range(6)]
    assert judged == [True, True, True, False, False, False]
    guard().not_sent(country, NOON)
    assert not guard().sent(country, NOON)


def test_an_answered_code_makes_room(guard, country):
    usual = guard()
    assert passed(usual, country, NOON, 4) == 3
    verify(usual, country, NOON, 2)
    assert passed(usual, country, NOON, 4) == 2


def test_more_answers_than_messages_are_no_credit_beyond_the_ratio(guard, country):
    """The answers of an hour may belong to the messages of the hour before."""
    usual = guard(hourly_floor=0)
    verify(usual, country, NOON, 10)
    assert passed(usual, country, NOON, 30) == 12


def test_the_verified_of_this_hour_allow_their_share(quick_guard, country):
    usual = quick_guard(**HOURS_ONLY)
    for _ in range(50):
        usual.sent(country, NOON)
    verify(usual, country, NOON, 50)
    assert passed(usual, country, NOON, 20) == 10


def test_the_verified_of_24_hours_allow_their_share(quick_guard, country):
    usual = quick_guard(**DAYS_ONLY)
    for hour in range(20):
        for _ in range(5):
            usual.sent(country, MIDNIGHT + hour * HOUR)
        verify(usual, country, MIDNIGHT + hour * HOUR, 5)
    assert passed(usual, country, MIDNIGHT + 20 * HOUR, 40) == 30


@pytest.mark.parametrize(
    ("days_ago", "by_day", "by_hour"), [(1, 60, 6), (14, 60, 6), (15, 20, 3), (16, 20, 3), (-1, 20, 3)]
)
def test_the_best_day_is_one_of_the_14_before_today(quick_guard, country, days_ago, by_day, by_hour):
    """Items of other days are still there: nothing sweeps this table."""
    other = next(_countries)
    for each in (country, other):
        verify(quick_guard(), each, MIDNIGHT - days_ago * DAY + 5 * HOUR, 200)
        verify(quick_guard(), each, MIDNIGHT - 3 * DAY, 10)
    assert passed(quick_guard(**DAYS_ONLY), country, NOON, 80) == by_day
    assert passed(quick_guard(**HOURS_ONLY), other, NOON, 20) == by_hour


def test_the_best_day_is_the_best_and_not_the_sum(quick_guard, country):
    for days_ago, verified in ((2, 80), (3, 100), (4, 90)):
        verify(quick_guard(), country, MIDNIGHT - days_ago * DAY, verified // 2)
        verify(quick_guard(), country, MIDNIGHT - days_ago * DAY + 23 * HOUR, verified // 2)
    assert passed(quick_guard(**DAYS_ONLY), country, NOON, 40) == 30


def test_a_sixth_of_the_best_day_is_usual_for_an_hour(quick_guard, country):
    verify(quick_guard(), country, MIDNIGHT - 3 * DAY, 150)
    assert passed(quick_guard(**HOURS_ONLY), country, NOON, 10) == 5


@pytest.mark.parametrize(
    ("later", "passing"),
    [(1, 0), (3599, 0), (3600, 0), (3600 + 1199, 0), (3600 + 1200, 1), (3600 + 2399, 1), (3600 + 2400, 2), (7200, 3)],
)
def test_the_hour_slides(guard, country, later, passing):
    assert passed(guard(), country, NOON, 5) == 3
    assert passed(guard(), country, NOON + later, 5) == passing


def test_the_hour_slides_over_midnight(guard, country):
    assert passed(guard(), country, MIDNIGHT - 60, 5) == 3
    assert passed(guard(), country, MIDNIGHT, 5) == 0
    assert passed(guard(), country, MIDNIGHT + 40 * 60, 5) == 2


@pytest.mark.parametrize(
    ("later", "passing"), [(23 * HOUR + 3599, 0), (24 * HOUR, 0), (24 * HOUR + 1800, 10), (25 * HOUR, 20)]
)
def test_the_day_slides(guard, country, later, passing):
    usual = guard(**DAYS_ONLY)
    assert passed(usual, country, NOON, 25) == 20
    assert passed(usual, country, NOON + later, 25) == passing


def test_a_clock_that_goes_back_judges_by_what_it_knows(guard, country):
    usual = guard()
    assert passed(usual, country, NOON + HOUR, 5) == 3
    assert passed(usual, country, NOON, 5) == 3
    assert passed(usual, country, NOON - DAY, 5) == 3
    assert passed(usual, country, NOON + HOUR, 5) == 0


def test_a_message_is_taken_back_from_the_hour_it_was_counted_in(guard, table, country):
    usual = guard()
    usual.sent(country, NOON - 1)
    usual.sent(country, NOON)
    usual.not_sent(country, NOON - 1)
    item = table.get(f"fraud#{country}#2026-11-20")
    assert (item["sent_11"], item["sent_12"]) == (0, 1)


def test_more_than_was_counted_is_not_taken_back(guard, table, country):
    usual = guard()
    usual.not_sent(country, NOON)
    assert table.get(f"fraud#{country}#2026-11-20") is None
    usual.sent(country, NOON)
    for _ in range(3):
        usual.not_sent(country, NOON)
    assert passed(usual, country, NOON, 5) == 3


def test_a_country_may_have_its_own_thresholds(table, country):
    other = next(_countries)
    own = Guard(table, Thresholds(), {country: {"hourly_floor": 7.0, "daily_ratio": 1}})
    assert passed(own, country, NOON, 10) == 7
    assert passed(own, other, NOON, 10) == 3
    verify(own, country, MIDNIGHT - DAY, 30)
    lenient = Guard(table, Thresholds(hourly_floor=100), {country: {"daily_ratio": 1}})
    assert passed(lenient, country, NOON, 40) == 23  # seven are out


def test_an_override_of_something_else_is_an_error(table):
    with pytest.raises(TypeError, match="mode"):
        Guard(table, Thresholds(), {"US": {"mode": 1}})


def test_a_full_item_is_one_write_unit_and_says_when_it_may_go(guard, dynamodb, country):
    usual = guard()
    for hour in range(24):
        usual.sent(country, MIDNIGHT + hour * HOUR)
        verify(usual, country, MIDNIGHT + hour * HOUR, 1)
    item = dynamodb.get_item(TableName="auth-state", Key={"pk": {"S": f"fraud#{country}#2026-11-20"}})["Item"]
    assert item.pop("expires_at") == {"N": str(MIDNIGHT + 16 * DAY)}
    hours = [f"{hour:02d}" for hour in range(24)]
    assert item.keys() == {"pk"} | {f"{what}_{hour}" for what in ("sent", "verified") for hour in hours}
    # Names in UTF-8, and at most 21 bytes for a number, whatever it is.
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    million = 5  # bytes of a number of up to 8 digits
    assert sum(len(name) + million for name in item) + len("fraud#US#2026-11-20") + len("expires_at") + 7 < 1024


def test_a_day_is_one_of_utc_wherever_it_runs(guard, table, country, monkeypatch):
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "America/Los_Angeles")
        time.tzset()
        guard().sent(country, MIDNIGHT)
    time.tzset()
    assert table.get(f"fraud#{country}#2026-11-20")["sent_00"] == 1


def test_the_calls_of_each(dynamodb, country):
    calls = Calls()
    usual = Guard(Table(OwnClient(dynamodb, calls), "auth-state"), Thresholds())
    usual.sent(country, NOON)
    assert calls.made == ["update_item", "batch_get_item"]
    usual.not_sent(country, NOON)
    usual.verified(country, NOON)
    assert calls.made[2:] == ["update_item", "update_item"]


def test_the_history_is_14_keys(dynamodb, country, monkeypatch):
    asked = []
    monkeypatch.setattr(Table, "get_many", lambda self, keys: asked.extend(keys) or {})
    Guard(Table(dynamodb, "auth-state"), Thresholds()).sent(country, NOON)
    assert asked == [f"fraud#{country}#2026-11-{day:02d}" for day in range(6, 20)]


def test_the_past_is_read_once_a_day_for_each_country(dynamodb, country):
    calls = Calls()
    usual = Guard(Table(OwnClient(dynamodb, calls), "auth-state"), Thresholds())
    for now in (NOON, NOON + DAY // 4, MIDNIGHT + DAY + 60):
        usual.sent(country, now)
    usual.sent("ZZ", NOON)
    assert calls.made.count("batch_get_item") == 3


def test_a_day_that_has_just_begun_is_judged_by_what_still_counts_for_the_one_before(guard, table, country):
    """Another environment's clock is behind, or a message is taken back late."""
    thresholds = {"daily_floor": 0, "hourly_floor": 0, "daily_ratio": 1, "hourly_ratio": 100}
    usual = guard(**thresholds)
    assert not usual.sent(country, MIDNIGHT + 10)
    verify(guard(), country, MIDNIGHT - 1, 5)
    assert usual.sent(country, MIDNIGHT + 59)
    assert usual.sent(country, MIDNIGHT + 61)


def test_a_message_stays_counted_if_the_history_cannot_be_read(dynamodb, guard, country):
    class NoHistory(OwnClient):
        def batch_get_item(self, **_):
            raise ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, "BatchGetItem")

    broken = Guard(Table(NoHistory(dynamodb, Calls()), "auth-state"), Thresholds())
    for _ in range(3):
        with pytest.raises(ClientError):
            broken.sent(country, NOON)
    assert passed(guard(), country, NOON, 3) == 0


class Model:
    """The formula, exactly, on plain counts by hours since the epoch."""

    def __init__(self, thresholds: Thresholds) -> None:
        self.thresholds = thresholds
        self.sent: Counter[int] = Counter()
        self.verified: Counter[int] = Counter()

    def distance(self, now: int) -> Fraction:
        """Return by how much the country is over a threshold, at most 0 if it is within both."""
        ratios = Fraction(str(self.thresholds.daily_ratio)), Fraction(str(self.thresholds.hourly_ratio))
        midnight = now // DAY * 24
        best = max(sum(self.verified[midnight - 24 * day + hour] for hour in range(24)) for day in range(1, 15))
        verified = self.within(self.verified, now, 24)
        daily = max(self.thresholds.daily_floor, ratios[0] * best, ratios[0] * verified)
        over_day = max(0, self.within(self.sent, now, 24) - verified) - daily
        verified = self.within(self.verified, now, 1)
        hourly = max(self.thresholds.hourly_floor, Fraction(best, 6) * ratios[1], ratios[1] * verified)
        return max(over_day, max(0, self.within(self.sent, now, 1) - verified) - hourly)

    @staticmethod
    def within(counts: Counter[int], now: int, hours: int) -> Fraction:
        """Count the messages of each clock hour by the share of it that is in the window."""
        beginning = now - hours * HOUR
        total = Fraction(0)
        for hour, count in counts.items():
            # The clock hour that runs counts whole: nothing in it is later than now, or a clock was ahead.
            share = Fraction(min((hour + 1) * HOUR - beginning, HOUR), HOUR) if hour <= now // HOUR else 0
            total += count * max(Fraction(0), share)
        return total


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["sent", "sent", "verified", "not_sent"]),
        st.one_of(
            st.integers(0, 90),
            st.integers(0, 2 * HOUR),
            st.sampled_from([HOUR, 23 * HOUR, DAY - 1, DAY, 14 * DAY, 15 * DAY]),
            st.integers(-HOUR, 0),
        ),
        st.integers(1, 40),
    ),
    max_size=12,
)
THRESHOLDS = st.builds(
    Thresholds,
    daily_floor=st.integers(0, 40),
    hourly_floor=st.integers(0, 20),
    daily_ratio=st.sampled_from([0, 0.1, 0.3, 1]),
    hourly_ratio=st.sampled_from([0, 0.2, 0.5, 1.0]),
)


def follows_the_formula(table: Table, thresholds: Thresholds, start: int, steps, most: int) -> None:
    country, model, now = next(_countries), Model(thresholds), start
    guard = Guard(table, thresholds)
    for what, later, times in steps:
        now += later
        hour = now // HOUR
        for _ in range(min(times, most)):
            if what == "verified":
                guard.verified(country, now)
                model.verified[hour] += 1
            elif what == "not_sent":
                guard.not_sent(country, now)
                model.sent[hour] = max(0, model.sent[hour] - 1)
            else:
                model.sent[hour] += 1
                over = model.distance(now)
                usual = guard.sent(country, now)
                # At the threshold itself a float may fall to either side, unless all of it is whole numbers.
                assert usual == (over <= 0) or 0 < abs(over) < 1e-9 or (over == 0 and now % HOUR)


@given(THRESHOLDS, st.integers(NOON, NOON + DAY), STEPS)
@example(Thresholds(), MIDNIGHT - 1, [("sent", 0, 5), ("sent", 1, 5), ("verified", DAY, 40), ("sent", 14 * DAY, 40)])
@settings(max_examples=200, deadline=None)
def test_it_follows_the_formula(thresholds, start, steps):
    follows_the_formula(Memory(), thresholds, start, steps, most=40)


@given(thresholds=THRESHOLDS, start=st.integers(NOON, NOON + DAY), steps=STEPS)
@settings(max_examples=10, deadline=None)
def test_it_follows_the_formula_on_a_table(table, thresholds, start, steps):
    follows_the_formula(table, thresholds, start, steps, most=3)
