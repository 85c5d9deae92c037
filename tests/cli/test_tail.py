"""`tail`: each decision once, in order, as a step on the way from sign-up to tokens."""

import io
import json
import re
import time

import pytest
from rich.console import Console

from cognito_otp_cli.errors import CommandError
from cognito_otp_cli.tail import command
from cognito_otp_cli.tail.funnel import _STAGES, Funnel, Stage, step
from cognito_otp_cli.tail.live import Picture, as_text
from cognito_otp_cli.tail.log import Log
from dev.package import ROOT
from tests.cli.test_deployment import make_functions, make_pool


def line(message, outcome, **fields):
    return {"timestamp": "2026-11-20T16:30:00Z", "level": "INFO", "message": message, "outcome": outcome, **fields}


@pytest.mark.parametrize(
    ("logged", "stage", "reason", "country"),
    [
        (line("sign_up", "accepted", country="US"), "signed up", "", "US"),
        (line("challenge", "requested", country="DE"), "requested", "", "DE"),
        (line("resend", "requested"), "requested", "", "-"),
        (line("delivery", "sent", country="US"), "sent", "", "US"),
        (line("guess", "right", country="US"), "verified", "", "US"),
        (line("challenge", "refused", reason="OTP_THROTTLED", country="US"), "refused", "OTP_THROTTLED", "US"),
        (line("delivery", "blocked", reason="pumping", country="GG"), "refused", "pumping", "GG"),
        (line("guess", "wrong", country="US"), "refused", "guess wrong", "US"),
        (
            line("user_row", "failed", level="ERROR", aws_error="Throttled", country="US"),
            "failed",
            "user_row: Throttled",
            "US",
        ),
    ],
)
def test_a_line_is_a_step(logged, stage, reason, country):
    taken = step(logged)
    assert (taken.stage, taken.reason, taken.country) == (stage, reason, country)


@pytest.mark.parametrize(
    "logged",
    [line("user_row", "written"), line("sign_in", "passed"), line("challenge", "simulated"), {}],
)
def test_or_none(logged):
    assert step(logged) is None


def test_every_stage_is_made_of_what_the_functions_log():
    documented = re.findall(r"^\| `(\w+)` \| `(\w+)` \|", (ROOT / "docs" / "logs.md").read_text(), re.MULTILINE)
    assert set(_STAGES) <= set(documented)


class FakeLogs:
    """CloudWatch Logs, with what tests put there."""

    class exceptions:  # noqa: N801
        class ResourceNotFoundException(Exception):
            pass

    def __init__(self, **groups):
        self.groups = groups
        self.asked = []

    def put(self, group, moment, logged, stream="s"):
        message = logged if isinstance(logged, str) else json.dumps(logged)
        self.groups[group].append({"timestamp": moment, "message": message, "logStreamName": stream})

    def get_paginator(self, operation):
        assert operation == "filter_log_events"
        return self

    def paginate(self, *, logGroupName, startTime, filterPattern):  # noqa: N803
        assert filterPattern == '{ $.logger = "cognito_otp" }'
        self.asked.append((logGroupName, startTime))
        if logGroupName not in self.groups:
            raise self.exceptions.ResourceNotFoundException
        events = [event for event in self.groups[logGroupName] if event["timestamp"] >= startTime]
        yield from ({"events": events[:1]}, {"events": events[1:]})


def test_each_line_comes_once_in_the_order_of_time_from_all_groups():
    logs = FakeLogs(one=[], two=[])
    log = Log(logs, ["one", "two"], since=1000)
    logs.put("one", 3000, {"n": 3})
    logs.put("two", 2000, {"n": 2})
    logs.put("one", 500, {"n": 0})
    assert [each["n"] for each in log.new_lines()] == [2, 3]
    assert log.new_lines() == []
    logs.put("two", 2500, {"n": 4})  # came in late
    logs.put("two", 2000, {"n": 2}, stream="another")
    assert [each["n"] for each in log.new_lines()] == [2, 4]


def test_what_was_seen_long_ago_is_neither_asked_for_nor_remembered():
    logs = FakeLogs(one=[])
    log = Log(logs, ["one"], since=0)
    for minute in range(10):
        logs.put("one", minute * 60_000 + 1, {"n": minute})
        assert [each["n"] for each in log.new_lines()] == [minute]
    assert logs.asked[-1] == ("one", 7 * 60_000 + 1)
    assert len(log._seen) == 2


def test_what_is_no_line_of_ours_is_passed_over():
    logs = FakeLogs(one=[])
    logs.put("one", 1, "not json")
    logs.put("one", 2, "[1]")
    assert Log(logs, ["one"], since=0).new_lines() == []


def test_a_missing_log_group_is_named():
    with pytest.raises(CommandError, match="The log group gone is not there"):
        Log(FakeLogs(), ["gone"], since=0).new_lines()


@pytest.fixture
def deployment(session, monkeypatch):
    arns = make_functions(session, "sign_up", "sign_in")
    logs = session.client("logs")
    now = int(time.time() * 1000)
    for function in ("app-sign-up", "app-sign-in"):
        logs.create_log_group(logGroupName=f"/aws/lambda/{function}")
        logs.create_log_stream(logGroupName=f"/aws/lambda/{function}", logStreamName="s")

    def put(function, ago, logged):
        logs.put_log_events(
            logGroupName=f"/aws/lambda/{function}",
            logStreamName="s",
            logEvents=[{"timestamp": now - ago * 1000, "message": json.dumps({"logger": "cognito_otp", **logged})}],
        )

    put("app-sign-up", 3000, line("sign_up", "accepted", country="FR"))
    put("app-sign-up", 300, line("sign_up", "accepted", country="US", destination="+*******0100", channel="sms"))
    put("app-sign-in", 200, line("challenge", "refused", country="US", reason="OTP_THROTTLED", retry_after=12))

    pauses = iter(range(2))

    def pause(_seconds):
        if next(pauses, None) is None:
            raise KeyboardInterrupt

    monkeypatch.setattr(command.time, "sleep", pause)
    return make_pool(session, PreSignUp=arns["sign_up"])


def test_lines_where_there_is_no_terminal(run, deployment):
    result = run("tail", "--user-pool-id", deployment)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "2026-11-20T16:30:00Z signed up US sms +*******0100",
        "2026-11-20T16:30:00Z refused   US OTP_THROTTLED retry_after=12",
    ]


def test_lines_of_json(run, deployment):
    result = run("tail", "--user-pool-id", deployment, "--json", "--since", "1h")
    lines = [json.loads(each) for each in result.stdout.splitlines()]
    assert [(each["stage"], each["country"]) for each in lines] == [
        ("signed_up", "FR"),
        ("signed_up", "US"),
        ("refused", "US"),
    ]
    assert lines[2]["retry_after"] == 12


@pytest.mark.parametrize("since", ["10", "1w", "soon", ""])
def test_a_since_that_is_no_duration_is_refused(run, since):
    result = run("tail", "--user-pool-id", "us-east-1_x", "--since", since)
    assert result.exit_code == 2
    assert "e.g. 10m" in result.stderr


def test_the_picture_has_the_funnel_the_reasons_and_the_last_steps():
    picture = Picture("app")
    for _ in range(4):
        picture.add(step(line("delivery", "sent", country="US")))
    picture.add(step(line("guess", "right", country="US")))
    picture.add(step(line("delivery", "blocked", reason="pumping", country="GG")))
    screen = Console(file=io.StringIO(), width=120)
    screen.print(picture)
    drawn = screen.file.getvalue()
    assert re.search(r"US\s+│\s+│\s+│\s+4 │\s+1 │\s+│\s+│\s+25%", drawn)
    assert re.search(r"GG\s+│\s+│\s+│\s+│\s+│\s+1 │", drawn)
    assert re.search(r"all\s+│\s+│\s+│\s+4 │\s+1 │\s+1 │\s+│\s+25%", drawn)
    assert "1  refused  pumping  GG" in drawn
    assert drawn.splitlines()[-1] == "2026-11-20T16:30:00Z refused   GG pumping"


def test_the_picture_stays_small_whatever_comes():
    picture = Picture("app")
    for number in range(300):
        country = chr(65 + number % 20) * 2
        picture.add(step(line("delivery", "blocked", reason=f"reason {number}", country=country)))
    screen = Console(file=io.StringIO(), width=120)
    screen.print(picture)
    assert len(screen.file.getvalue().splitlines()) < 40
    assert "others" in screen.file.getvalue()


def test_nothing_of_the_log_is_read_as_markup():
    taken = step(line("guess", "wrong", country="US", destination="[red]x[/]"))
    assert "[red]x[/]" in as_text(taken).plain


def test_the_funnel_counts_by_reason_and_country():
    funnel = Funnel()
    for country in ("US", "US", "GB"):
        funnel.add(step(line("challenge", "refused", reason="OTP_THROTTLED", country=country)))
    assert funnel.reasons[Stage.REFUSED, "OTP_THROTTLED", "US"] == 2
    assert funnel.by_country["GB"][Stage.REFUSED] == 1
