"""100,000 starts on one number, and on one country: what goes out, and who gets in afterwards.

docs/limits.md and docs/pumping-guard.md state the bounds. tests/unit/test_floods.py goes through all settings and
patterns with fewer requests.
"""

import itertools
import sys

import pytest

from cognito_otp.dynamodb import Table
from cognito_otp.fraud import Guard, Thresholds
from cognito_otp.limits import Limits, Running
from dev.load.flood import HOUR, Service, by_clock_hour, in_any_hour, of_country
from tests.races.test_races import meanwhile

STARTS = 100_000
MIDNIGHT = 1_800_057_600  # 2027-01-16, UTC
DAY = 24 * HOUR
VICTIM = ("owner", "+14155550100")


@pytest.fixture(autouse=True)
def _threads_that_take_turns():
    """Let threads change in the middle of things, as often as it does not cost too much."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.0002)
    yield
    sys.setswitchinterval(before)


@pytest.fixture
def make_service():
    running = []

    def make(**settings: str) -> Service:
        service = Service(MIDNIGHT, **settings)
        context = service.running()
        context.__enter__()
        running.append(context)
        return service

    yield make
    for context in running:
        context.__exit__(None, None, None)


def most_texts(first: int, longest: int, seconds: int) -> int:
    """Return the bound of docs/limits.md: the first text, and one whenever a cooldown ends within the time."""
    cooldowns = (min(first * 2 ** min(level, 12), longest) for level in itertools.count())
    begins = itertools.accumulate(cooldowns, initial=0)
    return sum(1 for _ in itertools.takewhile(lambda at: at < seconds, begins))


def too_much_for_one_number(service: Service, seconds: int) -> list[str]:
    """Return what went beyond the bounds of the defaults in a flood of so many seconds."""
    texts = [text for text in service.texts if text.number == VICTIM[1]]
    begun = texts[0].at
    first_hour = [text for text in texts if text.at < begun + HOUR]
    later = [text for text in texts if text.at >= begun + HOUR]
    found = {
        "in all": (len(texts), most_texts(30, 300, seconds)),
        "in the first hour": (len(first_hour), 15),
        "in a later hour": (in_any_hour(later), 12),
    }
    return [f"{many} texts {when}, not {bound}" for when, (many, bound) in found.items() if many > bound]


def test_100_000_starts_on_one_number_bring_it_what_the_page_says_and_its_owner_gets_in(make_service):
    service = make_service(FRAUD_MODE="record_only")
    service.flood(STARTS // 2, 2 * HOUR, lambda _: VICTIM)
    assert service.sign_in("somebody", "+14155550101") == 0, "somebody else's number had to wait"
    service.flood(STARTS // 2, 2 * HOUR, lambda _: VICTIM)
    assert service.outcomes.total() == STARTS
    assert set(service.outcomes) == {"begun", "OTP_THROTTLED"}
    assert too_much_for_one_number(service, 4 * HOUR) == []
    # The flood asks all the time: it gets all that there is.
    assert len(service.texts) == most_texts(30, 300, 4 * HOUR) + 1
    waited = service.sign_in(*VICTIM)
    assert waited is not None
    assert waited <= 300


def test_control_without_the_cooldown_the_bound_is_broken(make_service, monkeypatch):
    def naive(self, key, challenge_id, now, after=None):
        return Running(challenge_id, now, now + 30)

    monkeypatch.setattr(Limits, "begin", naive)
    service = make_service(FRAUD_MODE="record_only")
    service.flood(500, HOUR, lambda _: VICTIM)
    assert too_much_for_one_number(service, HOUR)


def test_control_a_cooldown_that_is_read_and_then_written_breaks_the_bound(make_service, monkeypatch):
    """Simultaneous starts all find that none runs."""

    def naive(self, key, challenge_id, now, after=None):
        standing = self.running(key, now)
        if standing is not None and now < standing.next_at:
            return standing
        meanwhile()
        begun = self._next(challenge_id, now, standing)
        fields = {"cid": challenge_id, "begun": now, "level": begun.level, "failures": 0}
        times = {"next_at": begun.next_at, "expires_at": begun.next_at + HOUR}
        self._table.put(key, {**fields, **times}, condition="attribute_exists(pk) OR attribute_not_exists(pk)")
        return begun

    monkeypatch.setattr(Limits, "begin", naive)
    service = make_service(FRAUD_MODE="record_only")
    service.flood(20_000, HOUR, lambda _: VICTIM)
    assert too_much_for_one_number(service, HOUR)


def latvian(number: int) -> tuple[str, str]:
    return f"latvian-{number}", f"+371{20_000_000 + number}"


def too_much_for_the_country(service: Service, best_day: int) -> list[str]:
    """Return what went beyond the thresholds of a country where nobody answered, and so many did on the best day."""
    texts = of_country(service.texts, "LV")
    hourly, daily = max(3, 0.2 * best_day / 6), max(20, 0.3 * best_day)
    hours = by_clock_hour(texts)
    in_a_day = max(sum(hours[hour - back] for back in range(24)) for hour in hours)
    found = {"hour": (max(hours.values()), hourly), "day": (in_a_day, daily)}
    return [f"{many} texts in an {what}, not {bound}" for what, (many, bound) in found.items() if many > bound]


def with_history(service: Service, best_day: int) -> Service:
    guard = Guard(Table(service.client, "auth-state"), Thresholds())
    for number in range(best_day):
        at = service.now - 3 * DAY + number % DAY
        guard.sent("LV", at)
        guard.verified("LV", at)
    return service


@pytest.mark.parametrize("best_day", [0, 900], ids=["where nobody is", "where 900 a day answer"])
def test_100_000_starts_on_one_country_bring_it_what_the_guard_allows(make_service, best_day):
    service = with_history(make_service(FRAUD_MODE="deny"), best_day)
    service.flood(STARTS // 2, 6 * HOUR, latvian)
    assert service.sign_in("abroad", "+436641234567") == 0, "another country had to wait"
    service.flood(STARTS // 2, 6 * HOUR, lambda number: latvian(number + STARTS // 2))
    assert service.outcomes == {"begun": STARTS}, "a denied text shows"
    assert too_much_for_the_country(service, best_day) == []
    # The flood asks all the time: it gets all that there is, by the day here.
    assert len(of_country(service.texts, "LV")) >= 0.95 * max(20, 0.3 * best_day)
    # The history of the flood is gone a day later, and the country is as it was.
    service.now += DAY + HOUR
    assert service.sign_in(*latvian(STARTS - 1)) == 0


def test_100_000_starts_that_are_recorded_only_go_out_and_each_owner_gets_in(make_service):
    service = make_service(FRAUD_MODE="record_only")
    service.flood(STARTS, 12 * HOUR, latvian)
    assert len(service.texts) == STARTS
    assert len({text.number for text in service.texts}) == STARTS
    waited = service.sign_in(*latvian(STARTS - 1))
    assert waited is not None
    assert waited <= 30


def test_a_budget_bounds_what_is_recorded_only(make_service):
    service = make_service(FRAUD_MODE="record_only", MAX_MESSAGES_PER_HOUR="500")
    service.flood(STARTS // 10, 3 * HOUR, latvian)
    assert set(by_clock_hour(service.texts).values()) == {500}


def test_control_without_the_guard_the_thresholds_are_broken(make_service, monkeypatch):
    monkeypatch.setattr(Guard, "sent", lambda self, country, now: True)
    service = make_service(FRAUD_MODE="deny")
    service.flood(100, HOUR, latvian)
    assert too_much_for_the_country(service, 0)


def test_control_a_guard_that_judges_before_it_counts_lets_more_through(make_service, monkeypatch):
    count_then_judge = Guard.sent

    def naive(self, country, now):
        today = self._table.get_many([f"fraud#{country}#2027-01-16"])
        usual = sum(item.get("sent_00", 0) for item in today.values()) < 3
        meanwhile()
        count_then_judge(self, country, now)
        return usual

    monkeypatch.setattr(Guard, "sent", naive)
    service = make_service(FRAUD_MODE="deny")
    service.flood(500, 60, latvian)
    assert too_much_for_the_country(service, 0)
