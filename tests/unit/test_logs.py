"""The log: docs/logs.md lists what can be in it, and every line is one JSON object that a query can use."""

import ast
import json
import logging
import re
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from cognito_otp import event_log
from cognito_otp.refusals import Refusal
from dev.local import worker
from dev.package import SOURCES
from dev.person import wrong
from tests.log_page import PAGE, documented, fields_of
from tests.unit.test_faults import failing

PHONE = "+14155550100"
EMAIL = "ada.lovelace@example.com"
USER = "7c1d2e3f-4a5b-4c6d-8e7f-000000000001"
RECORD = logging.makeLogRecord({})
VERIFIED = {"phone_number": PHONE, "phone_number_verified": "true"}

# Of the triggers whose errors go out to the client, those that may refuse in words.
REFUSING = {"PreSignUp", "CreateAuthChallenge"}

TREES = [ast.parse(path.read_text()) for path in sorted((SOURCES / "cognito_otp").rglob("*.py"))]


def functions() -> Iterator[ast.FunctionDef]:
    return (node for tree in TREES for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def values(node: ast.expr, inside: ast.FunctionDef) -> set[str]:
    """Return the texts that an expression can be: by its branches, its name's assignment, its function's returns."""
    match node:
        case ast.Constant(value=str(text)):
            return {text}
        case ast.Constant(value=None):
            return set()
        case ast.IfExp():
            return values(node.body, inside) | values(node.orelse, inside)
        case ast.Name():
            assigned = [
                each.value
                for each in ast.walk(inside)
                if isinstance(each, ast.Assign)
                and isinstance(each.targets[0], ast.Name)
                and each.targets[0].id == node.id
            ]
            assert assigned, node.id
            return {text for each in assigned for text in values(each, inside)}
        case ast.Call(func=ast.Attribute(attr=name)):
            called = [function for function in functions() if function.name == name and returned(function)]
            (function,) = [
                each
                for each in called
                if each.returns is not None and ast.unparse(each.returns) in ("str", "str | None")
            ]
            return {text for each in returned(function) for text in values(each, function)}
    message = f"cannot tell what {ast.unparse(node)} is: give the outcome as a word"
    raise AssertionError(message)


def returned(function: ast.FunctionDef) -> list[ast.expr]:
    return [node.value for node in ast.walk(function) if isinstance(node, ast.Return) and node.value]


def logged_by_the_code() -> set[tuple[str, str]]:
    """Return every event with every outcome: of the calls of `event_log`, and of the routes, which `dispatch` logs."""
    found = set()
    for function in functions():
        for node in ast.walk(function):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="event_log"), attr="decision" | "warning" | "failure" as kind),
                    args=[ast.Constant(value=event), outcome, *_],
                ):
                    outcomes = {"failed"} if kind == "failure" else values(outcome, function)
                    found |= {(event, outcome) for outcome in outcomes}
                case ast.Call(
                    func=ast.Name(id="Route"),
                    args=[ast.Call(func=ast.Name(id=trigger)) | ast.Name(id=trigger), ast.Constant(value=event)],
                ):
                    found.add((event, "failed"))
                    if trigger in REFUSING:
                        found.add((event, "refused"))
    return found


def test_the_page_lists_every_event_with_every_outcome_and_no_other():
    assert len(documented()) > 40
    assert set(documented()) == logged_by_the_code()


def test_no_call_escapes_the_list():
    """Those of `dispatch` name their event by the route; a call of any other form would not be found."""
    text = "".join(path.read_text() for path in (SOURCES / "cognito_otp").rglob("*.py"))
    calls = len(re.findall(r"event_log\.(?:decision|warning|failure)\(", text))
    by_route = len(re.findall(r"event_log\.(?:decision|failure)\(route\.event,", text))
    literal = len(re.findall(r"event_log\.(?:decision|warning|failure)\(\s*\"[a-z_]+\",", text))
    assert calls == literal + by_route
    assert by_route == 3
    assert "getLogger" not in text.replace('logging.getLogger("cognito_otp")', "").replace(
        'logging.getLogger("botocore")', ""
    )


def test_events_and_outcomes_are_words_in_lower_case():
    for event, outcome in logged_by_the_code():
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", event), event
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", outcome), outcome


def test_no_field_takes_the_place_of_one_of_lambdas():
    ours = fields_of("always") | fields_of("failures") | {each for row in documented().values() for each in row}
    lambdas = {"timestamp", "level", "message", "logger", "requestId", "location"}
    of_an_exception = {"errorType", "errorMessage", "stackTrace"}
    assert (ours - {"timestamp", "level", "message"}) & (lambdas | of_an_exception | set(vars(RECORD))) == set()


@pytest.fixture
def lines(caplog):
    """Return the lines since this was asked last, as Lambda's JSON format prints them."""
    caplog.set_level(logging.INFO, logger="cognito_otp")
    formatter = worker.LambdaFormatter(as_json=True)

    def lines() -> list[dict]:
        printed = [formatter.format(record) for record in caplog.records if record.name == "cognito_otp"]
        caplog.clear()
        assert all(line.count("\n") <= 1 and line.rstrip("\n").isprintable() for line in printed)
        return [json.loads(line) for line in printed]

    return lines


def brief(line: dict) -> tuple[str, str]:
    return line["message"], line["outcome"]


def check(line: dict) -> None:
    """Hold a line against the page."""
    allowed = documented()[brief(line)] | fields_of("always")
    if line["level"] == "ERROR":
        allowed |= fields_of("failures")
        assert line["error"]
    assert set(line) <= allowed | {"logger", "requestId"}, line
    assert {"timestamp", "level", "message", "outcome"} <= set(line)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", line["timestamp"])
    if "destination" in line:
        assert line["destination"] in ("+*******0100", "a***@e***")
        assert line.get("country") == ("US" if line["channel"] == "sms" else None)


def test_the_lines_of_a_sign_up_and_a_first_sign_in(world, lines):
    world.warm_up()
    lines()
    world.sign_up(USER, **{"phone_number": PHONE})
    accepted, row = lines()
    assert (brief(accepted), brief(row)) == (("sign_up", "accepted"), ("user_row", "written"))
    assert accepted | {"origin": "sign_up", "channel": "sms", "country": "US"} == accepted
    session = world.session(USER, phone_number=PHONE)
    world.deliver()
    session.answer("what?")
    session.answer(wrong(world.code()))
    session.answer(world.code())
    told = lines()
    assert [brief(line) for line in told] == [
        ("challenge", "requested"),
        ("delivery", "sent"),
        ("guess", "unreadable"),
        ("guess", "wrong"),
        ("activation", "activated"),
        ("user_pool", "told"),
        ("guess", "right"),
        ("sign_in", "passed"),
        ("user_row", "written"),
        ("account", "unchanged"),
    ]
    for line in [accepted, row, *told]:
        check(line)
    assert len({line["correlation_id"] for line in told[:-2]}) == 1
    assert {line["sub"] for line in told if line["message"] != "delivery"} == {f"sub-of-{USER}"}
    for line in told:
        if line["message"] in ("challenge", "delivery") or brief(line) in (("guess", "wrong"), ("guess", "right")):
            assert line | {"channel": "sms", "country": "US", "destination": "+*******0100"} == line


def test_the_lines_of_a_resend_and_another_channel(make_world, lines):
    world = make_world(CHANNELS="sms,email")
    session = world.session(USER, **VERIFIED, email=EMAIL, email_verified="true")
    world.deliver()
    session.resend()
    session.resend("carrier pigeon")
    session.resend("email")
    world.deliver()
    session.answer(world.code_by_email())
    told = lines()
    assert [brief(line) for line in told] == [
        ("challenge", "requested"),
        ("delivery", "sent"),
        ("resend", "throttled"),
        ("resend", "unknown_channel"),
        ("resend", "requested"),
        ("delivery", "sent"),
        ("guess", "right"),
        ("sign_in", "passed"),
        ("user_row", "written"),
        ("account", "adopted"),  # nobody signed this user up
    ]
    for line in told:
        check(line)
    assert len({line["correlation_id"] for line in told[:-2]}) == 1
    assert [line.get("channel") for line in told[:-2]] == ["sms", "sms", "sms", None, "email", "email", "email", None]
    assert "pigeon" not in json.dumps(told)


def test_the_line_of_a_throttled_start_says_where_and_for_how_long(world, lines):
    session = world.session(USER, **VERIFIED)
    world.deliver()
    session.answer(wrong(world.code()))
    lines()
    world.clock.advance(10)
    with pytest.raises(Refusal):
        world.session(USER, **VERIFIED)
    (line,) = lines()
    check(line)
    assert (
        line
        | {
            "message": "challenge",
            "outcome": "refused",
            "reason": "OTP_THROTTLED",
            "retry_after": 20,
            "channel": "sms",
            "country": "US",
            "destination": "+*******0100",
            "sub": f"sub-of-{USER}",
        }
        == line
    )


@pytest.mark.parametrize(
    ("attributes", "facts"),
    [
        ({"phone_number": "4155550100"}, {"reason": "PHONE_NUMBER_INVALID"}),
        ({"phone_number": "+493012345678"}, {"reason": "COUNTRY_NOT_ALLOWED", "country": "DE"}),
        ({}, {"reason": "PHONE_NUMBER_REQUIRED"}),
    ],
)
def test_the_line_of_a_refused_sign_up(world, lines, attributes, facts):
    world.configure("countries", {"allowed": ["US"], "overrides": {}})
    with pytest.raises(Refusal):
        world.sign_up(USER, **attributes)
    (line,) = lines()
    assert line | {"message": "sign_up", "outcome": "refused", "origin": "sign_up", **facts} == line
    for digits in filter(None, attributes.values()):
        assert digits[-7:] not in json.dumps(line)


def test_the_line_of_a_failure_says_what_where_and_which_call(world, lines):
    failing(world.clients["dynamodb"], "put_item")
    with pytest.raises(Refusal):
        world.session(USER, **VERIFIED)
    (line,) = lines()
    check(line)
    assert line["level"] == "ERROR"
    assert (line["error"], line["aws_operation"], line["aws_error"]) == (
        "ClientError",
        "put_item",
        "InternalServerError",
    )
    assert re.fullmatch(r"cognito_otp\.dynamodb:\d+", line["where"])
    assert line["correlation_id"]
    assert line["country"] == "US"


def test_a_wish_that_failed_is_a_line_and_the_code_still_works(world, lines):
    session = world.session(USER, **VERIFIED)
    world.deliver()
    world.clock.advance(30)
    lines()
    failing(world.clients["dynamodb"], "transact_write_items")
    session.resend()
    (line,) = lines()
    check(line)
    assert brief(line) == ("resend", "failed")
    assert session.answer(world.code())


def test_a_delivery_that_lambda_will_repeat_is_a_line(world, lines):
    world.session(USER, **VERIFIED)
    lines()
    failing(world.clients["dynamodb"], "update_item")
    with pytest.raises(ClientError):
        world.deliver()
    (line,) = lines()
    check(line)
    assert brief(line) == ("invocation", "failed")
    assert line["correlation_id"]


def test_what_was_learned_in_one_invocation_is_in_no_line_of_the_next(world, lines):
    world.session(USER, **VERIFIED)
    world.sign_up_handler(
        world.event("PostConfirmation_ConfirmSignUp", "other", {"userAttributes": {"sub": "other"}}), None
    )
    assert lines()[-1].keys() & {"correlation_id", "channel", "country", "destination"} == set()


def test_what_is_learned_outside_of_an_invocation_is_in_no_line(lines):
    event_log.learned(country="US")
    event_log.decision("guess", "wrong")
    (line,) = lines()
    assert "country" not in line


def test_the_queries_of_the_page_use_what_is_there():
    queries = re.findall(r"```\n(fields|filter|stats)(.*?)```", PAGE, re.DOTALL)
    assert len(queries) >= 2
    pairs = set(documented())
    for _, query in queries:
        for event in re.findall(r'message\s*=\s*"(\w+)"', query):
            assert event in {name for name, _ in pairs}, event
        for event, outcome in re.findall(r'message\s*=\s*"(\w+)" and outcome\s*=\s*"(\w+)"', query):
            assert (event, outcome) in pairs
