"""The metrics of monitoring.tf: each filter's pattern on lines that the functions really write."""

import json
import logging
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from cognito_otp.refusals import Refusal
from dev import costs, terraform
from dev.local import worker
from dev.local.filter_patterns import compile_pattern
from dev.person import wrong
from tests.log_page import documented
from tests.unit.test_faults import failing
from tests.unit.test_reconcile import Estate

PHONE, OTHER_PHONE = "+14155550100", "+14155550101"
VERIFIED = {"phone_number": PHONE, "phone_number_verified": "true"}
EMAIL = "ada@example.com"
PAGE = (terraform.ROOT / "docs" / "monitoring.md").read_text()


@pytest.fixture(scope="module")
def monitoring(tmp_path_factory) -> dict[str, Any]:
    """Give the metric filters as Terraform makes them (function, metric and pattern, by name) and the thresholds."""
    module = terraform.Terraform(terraform.ROOT, tmp_path_factory.mktemp("terraform"))
    module.init()
    alarms = {"sns_topic_arn": "arn:aws:sns:us-east-1:123456789012:alarms"}
    wanted = "{ filters = local.metric_filters, thresholds = local.thresholds }"
    try:
        return module.evaluate(wanted, name="shop", monitoring={"alarms": alarms})
    finally:
        module.close()


@pytest.fixture
def filters(monitoring) -> dict[str, dict[str, str]]:
    return monitoring["filters"]


class Log:
    """What the functions write, by function, and what is counted of it."""

    def __init__(self, filters: dict[str, dict[str, str]], caplog: pytest.LogCaptureFixture) -> None:
        self._filters, self._caplog = filters, caplog
        self._formatter = worker.LambdaFormatter(as_json=True)
        self.lines: list[tuple[str, str]] = []

    def listen(self, function: str, handler: Callable[..., Any]) -> Callable[..., Any]:
        """Return the handler; what it logs is the function's."""

        def listening(*arguments: Any) -> Any:
            self._caplog.clear()
            try:
                return handler(*arguments)
            finally:
                self.lines += [(function, self._formatter.format(each)) for each in self._caplog.records]

        return listening

    def of(self, world: Any) -> Any:
        for function in ("sign_up", "sign_in", "delivery"):
            setattr(world, f"{function}_handler", self.listen(function, getattr(world, f"{function}_handler")))
        return world

    def filters_that_count(self, function: str, line: str) -> list[str]:
        return [
            name
            for name, each in self._filters.items()
            if each["function"] == function and compile_pattern(each["pattern"])(line)
        ]

    def counted(self) -> dict[str, int]:
        """Return the metrics of the lines so far, and forget these."""
        matching = [name for line in self.lines for name in self.filters_that_count(*line)]
        self.lines.clear()
        return dict(Counter(self._filters[name]["metric"] for name in matching))


@pytest.fixture
def log(filters, caplog) -> Log:
    caplog.set_level(logging.INFO, logger="cognito_otp")
    return Log(filters, caplog)


def test_a_sign_up_and_a_sign_in(world, log):
    log.of(world).sign_up("ada", phone_number=PHONE)
    assert log.counted() == {"sign-ups-accepted": 1}
    session = world.session("ada", phone_number=PHONE)
    assert log.counted() == {"codes-requested": 1}
    world.deliver()
    assert log.counted() == {"codes-sent": 1}
    session.answer("what?")
    assert log.counted() == {}
    session.answer(wrong(world.code()))
    assert log.counted() == {"codes-wrong": 1}
    session.resend()
    assert log.counted() == {"codes-throttled": 1}
    world.clock.advance(60)
    session.resend()
    assert log.counted() == {"codes-requested": 1}
    world.deliver()
    session.answer(world.code())
    assert log.counted() == {"codes-sent": 1, "codes-verified": 1}
    with pytest.raises(Refusal):
        world.session("ada", **VERIFIED)
    assert log.counted() == {"codes-throttled": 1}
    with pytest.raises(Refusal):
        world.sign_up("ada", phone_number="1", exists=False)
    assert log.counted() == {"sign-ups-refused": 1}


def test_an_unknown_user_is_in_no_number(world, log):
    log.of(world).session("nobody", known=False).answer("000000")
    world.deliver()
    assert log.counted() == {}


@pytest.mark.parametrize(("status", "besides"), [(400, {}), (500, {"errors": 1})], ids=["refused", "unknown"])
def test_a_message_that_the_provider_did_not_take(world, log, status, besides):
    log.of(world).session("ada", **VERIFIED)
    answer = {"Error": {"Code": "OptedOut"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    failing(world.clients["sns"], "publish", ClientError(answer, "Publish"))
    world.deliver()
    assert log.counted() == {"codes-requested": 1, "delivery-failures": 1, **besides}


def test_a_delivery_that_fails_before_it_sends(world, log):
    log.of(world).session("ada", **VERIFIED)
    failing(world.clients["dynamodb"], "update_item")
    with pytest.raises(Exception, match="InternalServerError"):
        world.deliver()
    assert log.counted() == {"codes-requested": 1, "delivery-failures": 1, "errors": 1}


def test_a_budget_that_is_used_up_is_a_failure_and_a_country_that_is_not_allowed_none(make_world, log):
    world = log.of(make_world(MAX_MESSAGES_PER_HOUR="1"))
    for number in (PHONE, OTHER_PHONE):
        world.session(number, phone_number=number, phone_number_verified="true")
        world.deliver()
    assert log.counted() == {"codes-requested": 2, "codes-sent": 1, "delivery-failures": 1}
    world.configure("countries", {"allowed": ["DE"], "overrides": {}})
    log.of(world).session("elsewhere", phone_number="+14155550102", phone_number_verified="true")
    world.deliver()
    assert log.counted() == {"codes-requested": 1}


@pytest.mark.parametrize(("mode", "sent"), [("record_only", 4), ("deny", 2)])
def test_texts_that_nobody_answers(make_world, log, mode, sent):
    world = log.of(make_world(FRAUD_MODE=mode, FRAUD_DAILY_FLOOR="2", FRAUD_HOURLY_FLOOR="2"))
    for number in range(4):
        world.session(f"user-{number}", phone_number=f"+1415555010{number}", phone_number_verified="true")
        world.deliver()
    assert log.counted() == {"codes-requested": 4, "codes-sent": sent, "pumping": 2}


def test_an_error_that_a_client_is_told_of(world, log):
    failing(log.of(world).clients["dynamodb"], "put_item")
    with pytest.raises(Refusal):
        world.session("ada", **VERIFIED)
    assert log.counted() == {"errors": 1}


def test_two_accounts_with_one_verified_address(make_world, log):
    world = log.of(make_world(USERNAME_ATTRIBUTES="", ALIAS_ATTRIBUTES="email,phone_number", CHANNELS="sms,email"))
    for username, number in (("one", PHONE), ("two", OTHER_PHONE)):
        session = world.session(
            username, phone_number=number, phone_number_verified="true", email=EMAIL, email_verified="true"
        )
        world.deliver()
        session.answer(world.code())
    counted = log.counted()
    assert counted["claim-conflicts"] == 1
    assert counted["codes-verified"] == 2


def test_a_walk_that_heals_and_one_that_only_looks(simulated_clock, log):
    with mock_aws():
        estate = Estate(simulated_clock)
        estate.handler = log.listen("maintenance", estate.handler)
        for name in ("one", "two"):
            estate.pool.add(name, **VERIFIED)
        estate.reconcile(restart=True, dry_run=True)
        assert log.lines
        assert log.counted() == {}
        assert estate.reconcile(restart=True)["drift"] == {"account_missing": 1, "conflict": 1, "row_missing": 2}
        assert log.counted() == {"drift": 4, "claim-conflicts": 1}


def report(**record: Any) -> str:
    """A line that Lambda writes itself at the end of an invocation."""
    record = {"requestId": "8a3f1e0c", "metrics": {"durationMs": 5000.0, "billedDurationMs": 5000}, **record}
    return json.dumps({"time": "2026-11-21T17:00:00.000Z", "type": "platform.report", "record": record})


@pytest.mark.parametrize(
    ("record", "is_counted"),
    [
        ({"status": "timeout"}, True),
        ({"status": "failure", "errorType": "Runtime.ExitError"}, True),
        ({"status": "error", "errorType": "Runtime.ImportModuleError"}, True),
        # What a trigger refuses, it refuses by raising.
        ({"status": "error", "errorType": "Refusal"}, False),
        ({"status": "success"}, False),
    ],
)
def test_what_nobody_caught_is_an_error_and_a_refusal_is_none(log, filters, record, is_counted):
    for function in ("sign_up", "sign_in", "delivery", "maintenance"):
        counting = [filters[name]["metric"] for name in log.filters_that_count(function, report(**record))]
        assert counting == (["errors"] if is_counted else [])


def test_the_filters_ask_for_what_the_page_lists(filters):
    """A word that is no event, outcome or field of docs/logs.md would never match, and nobody would see it."""
    reasons = {"budget", "pumping", "conflict"}
    for each in filters.values():
        asked = dict.fromkeys(re.findall(r'\$\.(\w+) !?= "([^"]+)"', each["pattern"]))
        events = {word for field, word in asked if field == "message"}
        outcomes = {word for field, word in asked if field == "outcome"}
        for event in events:
            assert {outcome for name, outcome in documented() if name == event} & outcomes, each
        for outcome in outcomes:
            assert any((event, outcome) in documented() for event in events), each
        rest = {(field, word) for field, word in asked if field not in ("message", "outcome")}
        assert {word for _field, word in rest} <= reasons | {"ERROR", "platform.report"}
        for field, _word in rest - {("level", "ERROR"), ("type", "platform.report")}:
            assert any(field in documented()[event, outcome] for event, outcome in documented() if event in events), (
                each
            )


def test_every_function_counts_its_errors(filters):
    assert {each["function"] for each in filters.values() if each["metric"] == "errors"} == {
        "sign_up",
        "sign_in",
        "delivery",
        "maintenance",
    }


def test_the_page_on_costs_counts_every_metric(filters):
    assert len({each["metric"] for each in filters.values()}) == costs.METRICS


def test_the_page_lists_every_metric_and_no_other(filters):
    table = PAGE.partition("| metric | counts |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`<name>-([a-z-]+)`", table)) == {each["metric"] for each in filters.values()}


def test_the_page_has_every_threshold_with_its_default(monitoring):
    table = PAGE.partition("| alarm | goes off |")[2].partition("\n\n")[0]
    listed = {name: int(default) for name, default in re.findall(r"`(\w+)`: (\d+)", table)}
    assert listed == monitoring["thresholds"]
