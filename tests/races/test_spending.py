"""Simultaneous messages against a budget and the pumping guard, and beside them the naive ways, which must lose."""

import pytest

from cognito_otp.budgets import Budget
from cognito_otp.dynamodb import Table
from cognito_otp.fraud import Guard, Thresholds
from tests.races.test_races import NOW, at_once, meanwhile

LIMIT = 50


@pytest.fixture
def auth_state(dynamodb):
    return Table(dynamodb, "auth-state")


def test_of_200_who_take_from_a_budget_of_50_exactly_50_do(auth_state):
    budget = Budget(auth_state, "race", LIMIT)
    answers = at_once(lambda _: budget.take(NOW))
    assert answers.count(None) == LIMIT
    assert set(answers) == {None, 3600 - NOW % 3600}


def test_what_is_given_back_in_between_is_taken_once_more_and_no_oftener(auth_state):
    budget = Budget(auth_state, "race-back", LIMIT)
    for _ in range(LIMIT):
        budget.take(NOW)

    def take_or_give_back(number: int) -> str:
        if number % 10 == 0:
            return budget.give_back(NOW) or "given"
        return "taken" if budget.take(NOW) is None else "refused"

    answers = at_once(take_or_give_back)
    left = sum(budget.take(NOW) is None for _ in range(LIMIT))
    assert answers.count("taken") + left == answers.count("given") == 20


def test_control_of_200_a_budget_that_reads_then_writes_lets_more_through(auth_state):
    key = "budget#race-naive#hour"

    def naive(_: int) -> bool:
        item = auth_state.get(key) or {"n": 0}
        if item["n"] >= LIMIT:
            return False
        meanwhile()
        auth_state.update(key, "SET n = :n", condition=None, values={":n": item["n"] + 1})
        return True

    assert sum(at_once(naive)) > LIMIT


@pytest.mark.parametrize("takes_back", [True, False], ids=["deny", "record_only"])
def test_of_200_messages_to_a_new_country_the_floor_passes(auth_state, takes_back):
    guard = Guard(auth_state, Thresholds(hourly_floor=3))
    country = f"race-{takes_back}"

    def send(_: int) -> bool:
        usual = guard.sent(country, NOW)
        if takes_back and not usual:
            guard.not_sent(country, NOW)
        return usual

    assert sum(at_once(send)) == 3
    (item,) = auth_state.get_many([f"fraud#{country}#2027-01-15"]).values()
    assert item["sent_08"] == (3 if takes_back else 200)


def test_control_of_200_a_guard_that_judges_before_it_counts_lets_many_through(auth_state):
    guard = Guard(auth_state, Thresholds(hourly_floor=3))

    def naive(_: int) -> bool:
        item = auth_state.get("fraud#race-naive#2027-01-15") or {}
        if item.get("sent_08", 0) >= 3:
            return False
        meanwhile()
        guard.sent("race-naive", NOW)
        return True

    assert sum(at_once(naive)) > 3
