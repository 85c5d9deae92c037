"""What the benchmark of the triggers counts is what happened, and a trigger that costs more does not go unseen."""

import re
import time

import botocore.session
import pytest
from moto.sns.models import sns_backends

from cognito_otp import fraud
from cognito_otp.challenges import Challenges
from cognito_otp.dynamodb import Table
from cognito_otp.limits import Limits
from cognito_otp.users import Users
from dev.bench import page, triggers, wire
from dev.bench.flows import FIRST, RETURNING, SIGN_UP, WRONG_GUESS, Person, live, stages
from dev.bench.systems import BY_HAND, MODULE
from dev.load.steps import START
from dev.terraform import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def made():
    with stages() as made:
        yield made


def compared(made, rounds=1):
    return triggers.compared(made[MODULE], made[BY_HAND], rounds)


@pytest.fixture(scope="module")
def result(made):
    return compared(made)


def cells(result, number):
    return {row[0]: row[1:] for row in result.tables[number].rows}


def test_the_targets_are_met(result):
    assert [(target.most, target.is_met) for target in result.targets] == [(3, True), (1, True), (10, True)]


def test_it_counts_what_the_page_on_costs_says(result):
    """The page's own table is counted in another run, on DynamoDB Local."""
    page = (ROOT / "docs" / "costs.md").read_text()
    counted = cells(result, 0)
    for kind in (SIGN_UP, FIRST, RETURNING, WRONG_GUESS):
        (row,) = re.findall(rf"^\| {kind} \| (\d+) \| (\d+) \| (\d+) \|", page, re.MULTILINE)
        assert tuple(counted[kind][:3]) == row, kind


def test_a_message_signs_up_and_in_and_by_hand_it_takes_two(result):
    account = cells(result, 0)[f"{SIGN_UP} and {FIRST}"]
    assert (account[3], account[7]) == ("1", "2")


def test_the_page_says_what_is_counted(result):
    """`python -m dev.bench --write` wrote it. Times are another matter."""
    lines = page.PAGE.read_text().splitlines()
    rows = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")]
    for table, counts in zip(result.tables, ([*range(9)], [0, 1, 3]), strict=True):
        written = [[row[at] for at in counts] for row in rows if len(row) == len(table.columns)]
        for row in table.rows:
            assert [row[at] for at in counts] in written


@pytest.mark.parametrize("kind", [SIGN_UP, RETURNING, WRONG_GUESS])
def test_no_trigger_is_left_out(result, kind):
    for totals, column in (((0, 1, 2), 0), ((4, 5, 6), 2)):
        rows = [row[column] for what, row in cells(result, 1).items() if what.startswith(kind)]
        parts = [[float(number) for number in row.split(" / ")] for row in rows if row != "none"]
        assert [sum(each) for each in zip(*parts, strict=True)] == [float(cells(result, 0)[kind][at]) for at in totals]


def test_every_row_says_what_is_not_done_by_hand(result):
    assert all(row[-1] for row in result.tables[1].rows)


def test_the_guards_two_weeks_are_there_to_be_read(made):
    table = Table(botocore.session.get_session().create_client("dynamodb"), "auth-state")
    days = table.get_many([fraud._key("US", day) for day in fraud._past(START)])
    assert [fraud._in_day(item, what) for item in days.values() for what in ("sent", "verified")] == [24_000] * 28


@pytest.mark.parametrize("name", [MODULE, BY_HAND])
def test_what_goes_over_the_wire_arrives_once(made, name):
    texts = sns_backends["123456789012"]["us-east-1"].sms_messages
    before = len(texts)
    acts = live(made[name])
    sent = sum(run.calls.count(("sns", "Publish")) for act in acts.values() for run in act.runs)
    assert (len(texts) - before, sent) == (3, 2)  # one in a sign-in of which only the wrong guess is looked at


def test_time_behind_the_wire_does_not_count(made, monkeypatch):
    answered = wire.over_the_wire

    def slowly(memory, request):
        until = time.thread_time() + 0.05
        while time.thread_time() < until:
            pass
        return answered(memory, request)

    monkeypatch.setattr(wire, "over_the_wire", slowly)
    sign_up = Person(made[MODULE]).sign_up()
    assert (sign_up.calls, sign_up.milliseconds < 50) == (2, True)


def looks_first(monkeypatch):
    begin = Limits.begin

    def begun(self, key, challenge_id, now, after=None):
        self.running(key, now)
        return begin(self, key, challenge_id, now, after)

    monkeypatch.setattr(Limits, "begin", begun)


def reads_then_counts(monkeypatch):
    guess = Challenges.guess

    def guessed(self, challenge_id, *others):
        self.get(challenge_id)
        return guess(self, challenge_id, *others)

    monkeypatch.setattr(Challenges, "guess", guessed)


def writes_thrice(monkeypatch):
    signed_in = Users.signed_in

    def written(self, *arguments, **named):
        for _ in range(2):
            signed_in(self, *arguments, **named)
        return signed_in(self, *arguments, **named)

    monkeypatch.setattr(Users, "signed_in", written)


@pytest.mark.parametrize(
    ("costly", "missed"),
    [
        (looks_first, "before a returning user's challenge"),
        (reads_then_counts, "decide a guess"),
        (writes_thrice, "write"),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_control_a_trigger_that_costs_more_misses_its_target(made, monkeypatch, costly, missed):
    costly(monkeypatch)
    (target,) = [target for target in compared(made).targets if not target.is_met]
    assert missed in target.what
