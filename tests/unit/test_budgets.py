"""Budgets per clock hour."""

import datetime
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from cognito_otp.budgets import Budget
from cognito_otp.dynamodb import Table
from tests.unit.conftest import Calls, OwnClient, shared_clients

HALF_PAST_FOUR = 1_795_192_200  # 2026-11-20T16:30:00Z
HOUR = 3600


@pytest.fixture
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


@pytest.fixture
def budget(dynamodb):
    return lambda what="messages", per_hour=3: Budget(Table(dynamodb, "auth-state"), what, per_hour)


def items(dynamodb):
    return dynamodb.scan(TableName="auth-state")["Items"]


def test_so_many_are_taken_and_no_more(budget):
    messages = budget(per_hour=3)
    assert [messages.take(HALF_PAST_FOUR) for _ in range(5)] == [None, None, None, 1800, 1800]


@pytest.mark.parametrize(("second", "wait"), [(0, 3600), (1, 3599), (3599, 1)])
def test_a_refusal_says_when_the_next_hour_begins(budget, second, wait):
    messages = budget(per_hour=1)
    hour = HALF_PAST_FOUR - 1800
    assert messages.take(hour) is None
    assert messages.take(hour + second) == wait
    assert messages.take(hour + second + wait) is None


def test_twice_the_budget_can_go_out_around_a_full_hour(budget):
    messages = budget(per_hour=2)
    full = HALF_PAST_FOUR + 1800
    taken = [messages.take(now) for now in (full - 1, full - 1, full - 1, full, full, full)]
    assert taken == [None, None, 1, None, None, 3600]


def test_a_budget_is_its_own(budget):
    assert budget("messages", 1).take(HALF_PAST_FOUR) is None
    assert budget("sign_ups", 1).take(HALF_PAST_FOUR) is None
    assert budget("messages", 1).take(HALF_PAST_FOUR) == 1800


def test_what_is_given_back_can_be_taken_again_in_the_hour_it_was_taken_in(budget):
    messages = budget(per_hour=1)
    messages.take(HALF_PAST_FOUR)
    messages.give_back(HALF_PAST_FOUR)
    assert messages.take(HALF_PAST_FOUR) is None
    assert messages.take(HALF_PAST_FOUR) == 1800


def test_more_than_was_taken_cannot_be_given_back(budget, dynamodb):
    messages = budget(per_hour=1)
    messages.give_back(HALF_PAST_FOUR)
    assert items(dynamodb) == []
    messages.take(HALF_PAST_FOUR)
    for _ in range(3):
        messages.give_back(HALF_PAST_FOUR)
    assert [messages.take(HALF_PAST_FOUR) for _ in range(2)] == [None, 1800]


def test_a_limit_that_was_lowered_meanwhile_holds_at_once(budget):
    for _ in range(3):
        budget(per_hour=3).take(HALF_PAST_FOUR)
    assert budget(per_hour=2).take(HALF_PAST_FOUR) == 1800
    assert budget(per_hour=4).take(HALF_PAST_FOUR) is None


def test_a_clock_that_goes_back_finds_its_hour_as_it_was(budget):
    messages = budget(per_hour=1)
    assert messages.take(HALF_PAST_FOUR) is None
    assert messages.take(HALF_PAST_FOUR - HOUR) is None
    assert messages.take(HALF_PAST_FOUR) == 1800


def test_the_item_says_its_hour_and_outlives_it(budget, dynamodb):
    budget().take(HALF_PAST_FOUR)
    (item,) = items(dynamodb)
    next_hour = HALF_PAST_FOUR + 1800
    assert item == {
        "pk": {"S": "budget#messages#2026-11-20T16"},
        "n": {"N": "1"},
        "expires_at": {"N": str(next_hour + 2 * HOUR)},
    }


def test_an_hour_is_one_of_utc_wherever_it_runs(budget, dynamodb, monkeypatch):
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "Asia/Kathmandu")
        time.tzset()
        budget().take(HALF_PAST_FOUR)
    time.tzset()
    assert items(dynamodb)[0]["pk"] == {"S": "budget#messages#2026-11-20T16"}


def test_each_is_one_call(dynamodb):
    calls = Calls()
    messages = Budget(Table(OwnClient(dynamodb, calls), "auth-state"), "messages", 1)
    for action in (messages.take, messages.take, messages.give_back, messages.give_back):
        action(HALF_PAST_FOUR)
    assert calls.made == ["update_item"] * 4


@given(st.lists(st.tuples(st.booleans(), st.integers(-2 * HOUR, 2 * HOUR)), max_size=25), st.integers(1, 4))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_is_a_counter_per_hour(budget, request, steps, per_hour):
    """Against a plain dict; each example has a budget of its own."""
    request.node.examples = getattr(request.node, "examples", 0) + 1
    messages = budget(f"example-{request.node.examples}", per_hour)
    taken: dict[datetime.datetime, int] = {}
    now = HALF_PAST_FOUR
    for takes, later in steps:
        now += later
        at = datetime.datetime.fromtimestamp(now, datetime.UTC)
        hour = at.replace(minute=0, second=0)
        if not takes:
            messages.give_back(now)
            taken[hour] = max(0, taken.get(hour, 0) - 1)
        elif taken.get(hour, 0) < per_hour:
            assert messages.take(now) is None
            taken[hour] = taken.get(hour, 0) + 1
        else:
            assert messages.take(now) == (hour + datetime.timedelta(hours=1) - at).total_seconds()
