"""A small run of `python -m dev.load`, and what its account must not miss: something sent twice, lost or leaked."""

import base64
import itertools
import logging
import re

import pytest

from cognito_otp import challenges, codes, destinations
from cognito_otp.deliver import Deliver
from cognito_otp.keyed_hash import KeyedHash, Purpose
from cognito_otp.triggers.create_auth_challenge import CreateAuthChallenge
from dev.load import __main__ as command
from dev.load.leaks import Search
from dev.load.run import run
from dev.load.units import Units, size
from dev.terraform import ROOT

PAGE = (ROOT / "docs" / "costs.md").read_text()


@pytest.fixture(scope="module")
def outcome(endpoint_url):
    return run(endpoint_url, 200, threads=8)


def test_nothing_is_lost_sent_twice_or_leaked(outcome):
    assert outcome.lost == outcome.doubled == outcome.leaked == outcome.problems == []
    assert outcome.sign_ins == outcome.tokens == 200
    assert outcome.is_good


def test_every_place_is_searched_and_every_trigger_runs(outcome):
    places = {"log records", "trigger responses", "hand-overs", "DynamoDB requests", "Cognito requests"}
    assert set(outcome.looked_at) >= places | {"items of users", "items of identities", "items of auth-state"}
    assert outcome.looked_at["items of auth-state"] > outcome.sign_ins
    assert {"PreSignUp", "PostConfirmation", "PostAuthentication", "delivery"} < set(outcome.ledger.by_trigger)


def test_what_the_run_prints_says_it(outcome, monkeypatch, capsys):
    monkeypatch.setattr(command, "run", lambda *arguments, **named: outcome)
    assert command.main(["--sign-ins", "200"]) == 0
    assert "200 sign-ins, 200 with tokens" in capsys.readouterr().out


def test_the_dynamodb_in_memory_costs_and_answers_what_dynamodb_local_does(outcome):
    in_memory = run(None, 100, threads=4)
    assert in_memory.is_good
    here, there = (
        {cost.kind: (cost.calls, cost.write_units, cost.read_units) for cost in each.ledger.costs()}
        for each in (in_memory, outcome)
    )
    usual = {"sign-up", "first sign-in", "returning sign-in", "resend", "wrong guess"}
    assert {kind: here[kind] for kind in usual} == {kind: there[kind] for kind in usual}


def test_a_pace_is_held_or_not(monkeypatch):
    slow = run(None, 40, threads=8, per_second=4)
    assert slow.is_good
    assert slow.sign_ins == 40
    assert 3.5 < slow.pace.achieved < 4.2
    monkeypatch.setattr("dev.load.run._LATE", 0.1)
    fast = run(None, 40, threads=8, per_second=4000)
    assert (fast.lost, fast.doubled) == ([], [])
    assert not fast.is_good


ROWS = re.findall(r"^\| ([a-z' -]+) \| (\d+) \| (\d+) \| (\d+) \|", PAGE, re.MULTILINE)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_the_page_on_costs_says_what_is_counted(outcome, row):
    costs = {cost.kind: cost for cost in outcome.ledger.costs()}
    cost = costs[row[0]]
    assert tuple(map(int, row[1:])) == (cost.calls, cost.write_units, cost.read_units)


def test_the_page_on_costs_has_the_steps_that_people_ask_about():
    named = {row[0] for row in ROWS}
    assert named >= {"sign-up", "first sign-in", "returning sign-in", "resend", "wrong guess"}


def small(endpoint_url, **options):
    return run(endpoint_url, 25, threads=4, **options)


def test_control_a_delivery_that_does_not_look_at_the_state_sends_twice(endpoint_url, monkeypatch):
    """Write the code, then send: what the published samples do when they are invoked again."""

    def naive(self, challenge_id, generation, username, code, now, *, country=None):
        values = {
            ":sent": challenges.SENT,
            ":hash": codes.digest(self._keyed_hash, challenge_id, generation, username, code),
        }
        key = f"challenge#{challenge_id}"
        item = self._table.update(key, "SET st = :sent, code_hash = :hash", condition=None, values=values)
        return challenges.Taken("anybody", item["expires_at"])

    monkeypatch.setattr(challenges.Challenges, "deliver", naive)
    monkeypatch.setattr("dev.load.run.VARIANTS", {"plain": 1})
    outcome = small(endpoint_url, repeated=0.5)
    assert outcome.doubled
    assert not outcome.is_good


def test_control_a_right_code_that_is_refused_is_a_lost_sign_in(endpoint_url, monkeypatch):
    compared = itertools.count()
    equal = codes.equal
    monkeypatch.setattr(codes, "equal", lambda one, other: next(compared) != 10 and equal(one, other))
    # Nobody guesses again here, and no trigger asks twice: the tenth comparison must have been a right code's.
    monkeypatch.setattr("dev.load.run.VARIANTS", {"plain": 1})
    outcome = small(endpoint_url, repeated=0)
    assert outcome.lost == ["tokens, in a sign-in with plain"]
    assert outcome.tokens == 24
    assert not outcome.is_good


def logs_the_code(monkeypatch):
    published = Deliver._published

    def telling(self, outgoing):
        logging.getLogger("somebody's").debug("sending", extra={"what": {"text": outgoing.message.text}})
        return published(self, outgoing)

    monkeypatch.setattr(Deliver, "_published", telling)


def logs_the_address(monkeypatch):
    shown = destinations.shown
    monkeypatch.setattr(destinations, "shown", lambda channel, address: address or shown(channel, address))


def keeps_the_code(monkeypatch):
    monkeypatch.setattr(
        codes, "digest", lambda keyed_hash, challenge_id, generation, username, code: f"plain{code}text"
    )


def logs_the_guess(monkeypatch):
    right = challenges.Challenges.guess

    def telling(self, challenge_id, username, code, *others):
        guess = right(self, challenge_id, username, code, *others)
        logging.getLogger("somebody's").info("guessed %s", code)
        return guess

    monkeypatch.setattr(challenges.Challenges, "guess", telling)


def logs_a_key(monkeypatch):
    derived = KeyedHash._key

    def telling(self, purpose):
        key = derived(self, purpose)
        logging.getLogger("somebody's").debug("derived %r", key, extra={"key": key})
        return key

    monkeypatch.setattr(KeyedHash, "_key", telling)


def keeps_a_key(monkeypatch):
    monkeypatch.setattr(
        codes, "digest", lambda keyed_hash, *_: base64.b64encode(keyed_hash._key(Purpose.CODE)).decode()
    )


def shows_the_address(monkeypatch):
    monkeypatch.setattr(CreateAuthChallenge, "_shown", lambda self, event, challenge: event.attributes.get("email", ""))


def keeps_the_name(monkeypatch):
    monkeypatch.setattr(
        "cognito_otp.accounts.Accounts.claim_key", lambda self, kind, value: f"claim#{kind}#{value[1:]}"
    )


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        (logs_the_code, {"a code in log records"}),
        (logs_the_address, {"a phone number in log records", "a phone number in trigger responses"}),
        (keeps_the_code, {"a code in DynamoDB requests", "a code in items of auth-state"}),
        (logs_the_guess, {"a code in log records"}),
        (logs_a_key, {"a key in log records"}),
        (keeps_a_key, {"a key in DynamoDB requests", "a key in items of auth-state"}),
        (shows_the_address, {"an e-mail address in trigger responses"}),
        (keeps_the_name, {"a phone number in items of identities", "a phone number in DynamoDB requests"}),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_control_a_planted_leak_is_found(monkeypatch, planted, found):
    planted(monkeypatch)
    outcome = small(None)
    assert found <= set(outcome.leaked)
    assert not outcome.is_good


def test_a_code_is_found_within_longer_digits_and_a_time_is_not_a_code():
    search = Search(range(1_800_000_000, 1_800_000_010))
    search.look("here", {"a": ["99123456789055", 1_800_000_005]})
    search.look("there", "to +14155550100 and ada@example.com", addresses=True)
    assert search.leaks({"1234567890", "1800000005"}, {"+14155550100"}) == ["a code in here"]
    assert search.not_looked_for({"1234567890", "1800000005"}) == 1


def test_no_secret_is_quoted_where_it_is_reported(endpoint_url, monkeypatch):
    logs_the_code(monkeypatch)
    assert not re.search(r"\d{4}", str(small(endpoint_url).leaked))


class Client:
    def get_item(self, **_):
        return {"Item": {"pk": {"S": "k"}, "a": {"S": "x" * 1100}}}


@pytest.mark.parametrize(
    ("operation", "request_", "answer", "units"),
    [
        ("PutItem", {"TableName": "t", "Item": {"pk": {"S": "k"}, "a": {"S": "x" * 1020}}}, {}, (1, 0)),
        ("PutItem", {"TableName": "t", "Item": {"pk": {"S": "k"}, "a": {"S": "x" * 1021}}}, {}, (2, 0)),
        ("UpdateItem", {"TableName": "t", "Key": {"pk": {"S": "k"}}}, {"Attributes": {"pk": {"S": "k"}}}, (1, 0)),
        ("UpdateItem", {"TableName": "t", "Key": {"pk": {"S": "k"}}}, None, (2, 0)),
        (
            "TransactWriteItems",
            {"TransactItems": [{"Update": {"TableName": "t", "Key": {"pk": {"S": "k"}}}}]},
            {},
            (4, 0),
        ),
        ("GetItem", {"ConsistentRead": True}, {"Item": {"pk": {"S": "x" * 4095}}}, (0, 2)),
        ("GetItem", {}, {}, (0, 0.5)),
        (
            "BatchGetItem",
            {"RequestItems": {"t": {"Keys": [{}, {}, {}]}}},
            {"Responses": {"t": [{"pk": {"S": "k"}}]}},
            (0, 1.5),
        ),
    ],
)
def test_units_are_counted_as_dynamodb_does(operation, request_, answer, units):
    assert Units(Client()).of(operation, request_, answer) == units


def test_sizes_are_those_of_the_developer_guide():
    item = {"pk": {"S": "é"}, "n": {"N": "1800000000"}, "b": {"BOOL": True}, "m": {"M": {"k": {"S": "v"}}}}
    assert size(item) == 2 + 2 + 1 + 6 + 1 + 1 + 1 + (3 + 2 + 1)
