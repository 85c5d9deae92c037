"""Every parser of the package, of the command line and of the examples, with what must hold whatever it is given.

A check raises AssertionError where it does not, or lets through what the parser should not have raised. It is given a
text, bytes, or a value as JSON has it.
"""

import contextlib
import dataclasses
import functools
import html.parser
import importlib.util
import json
import os
import re
import tempfile
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

import boto3
import click
from botocore.exceptions import ClientError
from rich.console import Console

from cognito_otp import (
    codes,
    configuration,
    countries,
    destinations,
    dynamodb,
    email_html,
    handover,
    hooks,
    identifiers,
    invocation,
    locales,
    refusals,
    settings,
    sms_segments,
    user_list,
    user_pool,
)
from cognito_otp.fixed_codes import FixedCodes
from cognito_otp.jobs.checkpoint import Walk
from cognito_otp.messages import Messages
from cognito_otp.refusals import Refusal
from cognito_otp.senders import outcome, own_function
from cognito_otp.triggers.event import TriggerEvent
from cognito_otp.users import RowShape
from cognito_otp_cli import errors
from cognito_otp_cli.jobs import slices
from cognito_otp_cli.migrate import becoming, duplicates
from cognito_otp_cli.migrate.journal import Journal
from cognito_otp_cli.tail import command as tail
from cognito_otp_cli.tail import funnel, live, log

_FOLDER = Path(__file__).resolve().parents[3] / "examples"
ROW, CAPTCHA, PROVIDER, EXTRAS = (
    "web-app/row.py",
    "captcha/captcha.py",
    "own-provider/provider.py",
    "complete/extras.py",
)
EXAMPLES = (ROW, CAPTCHA, PROVIDER, EXTRAS)
_TOKENS = {value for name, value in vars(refusals).items() if name.isupper()}
_TAGS = {"html", "head", "meta", "title", "body", "table", "tr", "td", "p", "br"}
_SUB = "7c1d2e3f-4a5b-4c6d-8e7f-000000000001"


# Identifiers


def _normalised(normalise: Callable[[str], str], value: str) -> str | None:
    try:
        normal = normalise(value)
    except Refusal as refusal:
        assert str(refusal) in _TOKENS
        return None
    assert normalise(normal) == normal, f"{normal!r} is normalised further"
    return normal


def phone_number(value: str) -> None:
    normal = _normalised(identifiers.phone_number, value)
    if normal is not None:
        assert normal == value, "another number"
        assert re.fullmatch(r"\+[1-9][0-9]{6,14}", normal)
        assert countries.country(normal) in countries.CODES
        assert isinstance(countries.is_possible(normal), bool)


def email(value: str) -> None:
    normal = _normalised(identifiers.email, value)
    if normal is None:
        return
    assert normal.isascii()
    assert len(normal) <= 64 + 1 + 253
    assert not re.search(r'[\s,;:<>()\[\]"\\]', normal)
    assert normal.count("@") == 1
    if value.isascii():
        assert normal == value.lower(), "another address"
    assert destinations.shown("email", normal) == f"{normal[0]}***@{normal.partition('@')[2][0]}***"


def username(value: str) -> None:
    normal = _normalised(identifiers.username, value)
    if normal is not None:
        assert not any(unicodedata.category(each)[0] in "CZ" for each in normal)
        if value.isascii():
            assert normal == value.lower(), "another name"
    known = user_pool.PoolUser(value, {"sub": _SUB}, "CONFIRMED", True, 0)
    assert known.goes_by(value)
    assert normal is None or known.goes_by(normal)


def number_of_a_country(value: str) -> None:
    assert countries.country(f"+{value}") in {*countries.CODES, None}
    assert isinstance(countries.is_possible(f"+{value}"), bool)
    mask = destinations.shown("sms", f"+{value}")
    assert len(value) < 4 or mask == "+" + "*" * (len(value) - 4) + value[-4:]


# Codes and words


def answer(value: Any) -> None:
    for length in (6, 8, 10):
        code = codes.read_answer(value, length)
        assert code is None or re.fullmatch(f"[0-9]{{{length}}}", code)
        assert code is None or codes.read_answer(code, length) == code
        assert code is None or [unicodedata.decimal(each) for each in value if each.isdecimal()] == list(map(int, code))


def locale(value: str) -> None:
    tags = list(locales.lookup(value))
    assert 1 <= len(tags) <= 300
    assert all(tag == tag.lower() for tag in tags if tag.isascii())
    assert locales.direction(value) in ("ltr", "rtl")


@functools.cache
def _messages() -> Messages:
    return Messages(
        "{code} & <b>", "de", {"fr": {"sms": "{code} {minutes} {app_name} {x}"}}, web_otp_domain="a.example"
    )


def words_for_a_locale(value: str) -> None:
    """Whatever a person's `locale` says, a message carries the code, and nothing of the locale itself."""
    for channel in ("sms", "email"):
        for message in (
            _messages().compose(channel, "407913", 300, value),
            _messages().around(channel, "{####}", 86_400, value),
        ):
            assert "407913" in message.text or "{####}" in message.text
            assert "{minutes}" not in message.text
            assert "{code} & <b>" in message.text + message.subject, "the application's name is not what it is called"
            if message.html is not None:
                _is_tame(message.html)


def template(value: str) -> None:
    """Words of the caller's own are filled in once, and what is filled in is not looked into."""
    messages = Messages("{minutes}{code}", "en", {"en": {"sms": value or "x", "email_text": value or "x"}})
    text = messages.compose("sms", "407913", 300, "en").text
    parts = re.split(r"(\{code\}|\{minutes\}|\{app_name\})", value or "x")
    values = {"{code}": "407913", "{minutes}": "5", "{app_name}": "{minutes}{code}"}
    assert text == "".join(values.get(part, part) for part in parts)
    mail = messages.compose("email", "407913", 300, "en")
    assert mail.html is not None
    _is_tame(mail.html)


class _Tags(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: set[str] = set()
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.seen.add(tag)
        self.seen.update(name for name, _ in attrs if name.startswith("on") or name in ("src", "href"))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def _is_tame(document: str) -> None:
    tags = _Tags()
    tags.feed(document)
    tags.close()
    assert tags.seen <= _TAGS, f"the text has become markup: {tags.seen - _TAGS}"


def document(value: str) -> None:
    made = email_html.document(value, value, value, "407913")
    _is_tame(made)
    tags = _Tags()
    tags.feed(made)
    tags.close()
    assert "".join(value.split()) in "".join("".join(tags.text).split()), "the text is another one"


def segments(value: str) -> None:
    size = sms_segments.segments(value)
    assert size.encoding in (sms_segments.GSM_7, sms_segments.UCS_2)
    assert size.segments >= 1
    assert len(value) <= size.units <= 2 * len(value)
    assert (size.segments - 1) * 67 < max(size.units, 1) <= size.segments * 160
    assert sms_segments.segments(value + "a").units == size.units + 1


# What other functions and services say


def hooks_answer(value: bytes) -> None:
    with contextlib.suppress(hooks.AnswerNotUnderstoodError):
        allowed = hooks._allows(value)
        assert allowed is json.loads(value)["allow"]


def providers_answer(value: bytes) -> None:
    try:
        message_id = own_function._message_id(value)
    except own_function.AnswerNotUnderstoodError:
        return
    except outcome.RefusedError as refused:
        assert re.fullmatch("[A-Za-z_]{1,64}", refused.reason), "the reason may show a number"
        return
    assert message_id is None or isinstance(message_id, str)
    assert json.loads(value)["status"] == "sent"


def errors_of_aws(value: Any) -> None:
    response = value if isinstance(value, dict) else {}
    response = {**response, "Error": {name: str(each) for name, each in response.items()}}
    error = ClientError(response, "Publish")
    assert isinstance(errors.explanation(error), str)
    assert errors.missing_permission(error) is None or errors.code(error) in errors._DENIED
    with_status = ClientError({**response, "ResponseMetadata": {"HTTPStatusCode": 400}}, "Publish")
    assert isinstance(outcome.definite(with_status), outcome.RefusedError | outcome.NotTakenError)


def handed_over(value: Any) -> None:
    try:
        request = handover.HandOver.from_event(value)
    except handover.NotAHandOverError as error:
        assert str(error) == ""
        return
    assert handover.HandOver.from_event(dataclasses.asdict(request)) == request


def trigger_event(value: Any) -> None:
    """No view raises, and each has the type that it says."""
    event = TriggerEvent(value)
    assert all(isinstance(text, str) for text in (event.source, event.client_id, event.username))
    assert all(isinstance(name, str | None) for name in (event.sub, event.challenge_id))
    for texts in (event.attributes, event.client_metadata, event.private_parameters):
        assert all(isinstance(text, str) for text in texts.values())
    assert all(isinstance(entry, Mapping) for entry in event.session)
    assert len(event.rounds) <= len(event.session)
    assert isinstance(event.recipient.is_reachable, bool)
    with contextlib.suppress(KeyError):
        assert isinstance(event.user_pool_id, str)
    event.response["answerCorrect"] = False


def pool_users(value: str) -> None:
    """A filter says what is looked for, and cannot be made to say more."""
    asked = f'sub = "{user_list._escaped(value)}"'
    found = re.fullmatch(r'sub = "((?:[^"\\]|\\.)*)"', asked, re.DOTALL)
    assert found, f"{value!r} ends the filter's text"
    assert re.sub(r"\\(.)", r"\1", found[1], flags=re.DOTALL) == value


# What is stored and configured


def item(value: Any) -> None:
    """What the tables take comes back as it was; what they cannot hold is refused by its type's name."""
    try:
        encoded = dynamodb._encode(value)
    except TypeError as error:
        assert re.fullmatch("cannot store a [A-Za-z]+", str(error))
        return
    assert dynamodb._decode(encoded) == value


def checkpoint(value: Any) -> None:
    """A walk is read of another version's item too."""
    more = value if isinstance(value, dict) else {"more": value}
    walk = Walk(1, after="x", drift={"row": 2})
    assert (
        Walk.parse({**{name: each for name, each in more.items() if not hasattr(walk, name)}, **walk.stored()}) == walk
    )


class _OneItem:
    def __init__(self, text: str) -> None:
        self._text = text

    def get(self, _key: str) -> dict[str, str]:
        return {"settings": self._text}


def configured(value: Any) -> None:
    """Whatever names and words people write into the settings, they are read as they are."""
    words = {str(name): str(each) for name, each in value.items()} if isinstance(value, dict) else {"x": str(value)}
    read = configuration.read(_OneItem(json.dumps({"words": words})), {"MESSAGES_HASH": "1"}, "messages")  # type: ignore[arg-type]
    assert read == {"words": words}
    shape = RowShape.from_settings({"attribute_map": words, "constant_attributes": words})
    row = shape.projection(_SUB, "ada", words)
    assert row["username"] == "ada"
    assert row.keys() <= shape.names.keys()
    fixed = FixedCodes.from_settings({"codes": words, "until": "2027-01-15T09:30:00Z"})
    assert all(fixed.code(name, 0) == each for name, each in words.items())
    policy = countries.CountryPolicy.from_settings({"blocked": list(words)})
    assert not any(policy.allows(name) for name in words)
    messages = Messages("x", "en", {name: {"sms": each} for name, each in words.items()})
    assert all(messages.compose("sms", "407913", 60, name).text for name in words)


def environment(value: str) -> None:
    lists = settings.Channels.from_environment({"CHANNELS": "sms", "USERNAME_ATTRIBUTES": value})
    assert ",".join(lists.username_attributes) in value.replace(",,", ",") or ",," in value
    assert lists.first_for({"phone_number": value}) == ("sms" if value else None)
    published = {"F": "f", "FUNCTION_ALIAS": value, "AWS_LAMBDA_FUNCTION_VERSION": "7"}
    assert invocation.name_of(published, "F") == f"f:{value}"
    assert invocation.name_of({**published, "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST"}, "F") == "f"


# The command line


def _in_a_file(value: bytes, read: Callable[[Path], Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(value)
        with contextlib.suppress(errors.CommandError):
            read(path)


def journal(value: bytes) -> None:
    def read(path: Path) -> None:
        with contextlib.closing(Journal(path, "old", "new", None)) as found:
            for sub in found.users():
                assert all(step.state for step in found.steps(sub).values())

    header = b'{"journal": 1, "from": "old", "to": "new", "old_table": null}\n'
    entry = b'{"at": 1.5, "user": "u", "step": "create", "state": "begun"}\n'
    for written in (value, header + value, header + value + b"\n" + entry, header + entry + value + b"\n"):
        _in_a_file(written, read)


def decisions(value: bytes) -> None:
    def read(path: Path) -> None:
        duplicates.Decisions(path).refuse_strangers(())

    for written in (value, b"group,old_sub,decision\n" + value):
        _in_a_file(written, read)


def cell(value: str) -> None:
    assert duplicates._cell(value)[:1] not in ("=", "+", "-", "@", "\t", "\r")
    assert duplicates._cell(value).endswith(value)
    found = duplicates.identifiers_of(value, {"email": value, "phone_number": value}, is_name=True)
    assert [each.partition(" ")[0] for each in found] == ["username", "phone_number", "email"][: 3 if value else 1]


def attribute_in_bounds(value: str) -> None:
    number = {"AttributeDataType": "Number", "NumberAttributeConstraints": {"MinValue": "1", "MaxValue": "9"}}
    words = becoming._out_of_bounds(value, number)
    assert words is not None or 1 <= float(value) <= 9
    text = {"AttributeDataType": "String", "StringAttributeConstraints": {"MaxLength": "9"}}
    assert (becoming._out_of_bounds(value, text) is None) == (len(value) <= 9)


def logged_line(value: Any) -> None:
    line = log._parse(value if isinstance(value, str) else json.dumps(value))
    for found in ({"message": "guess", "outcome": "wrong", **(line or {})}, line or {}):
        taken = funnel.step(found)
        if taken is not None:
            picture = live.Picture("x")
            picture.add(taken)
            console = Console(file=open(os.devnull, "w"), width=120)
            with contextlib.closing(console.file):
                console.print(picture)


def duration(value: str) -> None:
    with contextlib.suppress(click.BadParameter):
        seconds = tail._seconds(None, None, value)  # type: ignore[arg-type]
        assert 0 <= seconds < 10**14


class _Answering:
    def __init__(self, payload: bytes, more: Mapping[str, str]) -> None:
        self._answer = {"Payload": _Body(payload), **more}

    def invoke(self, **_: Any) -> dict[str, Any]:
        return self._answer


class _Body:
    def __init__(self, payload: bytes) -> None:
        self._payload = payload

    def read(self) -> bytes:
        return self._payload


def slices_answer(value: Any) -> None:
    for more in ({}, {"FunctionError": "Unhandled"}):
        with contextlib.suppress(errors.CommandError):
            report = slices._invoke(_Answering(json.dumps(value).encode(), more), "maintenance", {})
            assert report == value


# The examples' functions


@functools.cache
def example(path: str) -> ModuleType:
    """Import an example's function, without an AWS behind it."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, _FOLDER / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    environment = {
        "SECRET_PARAMETER": "x",
        "USER_TABLE": "people",
        "USER_TABLE_KEY": "id",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    with patch.dict(os.environ, environment), patch.object(boto3, "client"):
        spec.loader.exec_module(module)
    return module


class _Rows:
    """A table that has a row for everybody, and says whose it was asked for."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def get_item(self, *, Key: Any, **_: Any) -> Any:  # noqa: N803
        self.asked.append(Key)
        return {"Item": {"id": {"S": _SUB}}}


def row_of(value: Any) -> None:
    """Whose row it is comes from the claims; what API Gateway would not send ends in its answer 500, without a text."""
    row, rows = example(ROW), _Rows()
    claims = {"sub": _SUB, "token_use": "id"}
    sent = value if isinstance(value, dict) else {"body": value}
    for event in (sent, {**sent, "requestContext": {**sent, "authorizer": {"jwt": {**sent, "claims": claims}}}}):
        with (
            patch.object(row, "_dynamodb", rows),
            patch.dict(os.environ, {"USER_TABLE": "people", "USER_TABLE_KEY": "id"}),
        ):
            try:
                answered = row.handler(event, None)
            except (KeyError, TypeError, AttributeError):
                assert event is sent
                continue
            assert answered["statusCode"] in (200, 403, 404)
            assert rows.asked == [{"id": {"S": _SUB}}], "somebody else's row"
            assert json.loads(answered["body"]) == {"id": _SUB}


def row_value(value: Any) -> None:
    typed = _typed(value)
    plain = example(ROW).plain(typed)
    assert json.loads(json.dumps(plain)) == plain
    if "N" in typed:
        assert Decimal(str(plain)) == Decimal(typed["N"]), "another number"


def _typed(value: Any) -> dict[str, Any]:
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case int() | float():
            # 38 digits, as DynamoDB holds
            return {"N": str(Decimal(repr(value))) if abs(value) < 10**38 else "1E+125"}
        case str():
            return {"S": value}
        case bytes():
            return {"B": value}
        case list():
            return {"L": [_typed(each) for each in value]}
    return {"M": {name: _typed(each) for name, each in value.items()}}


def captcha_solved(value: Any) -> None:
    """Nobody is let in but by the verdict, whatever a client sends and the service answers."""
    captcha = example(CAPTCHA)
    metadata = value if isinstance(value, dict) else {"captcha": value}
    for verdict in ({"success": False, "error-codes": ["invalid-input-response"]}, value):
        for token in (metadata, {"captcha": "token"}):
            with patch.object(captcha, "ask", lambda *_, told=verdict: told):
                try:
                    answered = captcha.handler({"client_metadata": token, "request_id": "x"}, None)
                except (KeyError, TypeError, AttributeError, RuntimeError):
                    continue
                assert answered["allow"] is (
                    isinstance(verdict, dict) and verdict.get("success") is True and bool(token.get("captcha"))
                )


def provider_asked(value: Any) -> None:
    provider = example(PROVIDER)
    event = value if isinstance(value, dict) else {"channel": value}
    with patch.object(provider, "send", lambda *_: "id"):
        with contextlib.suppress(KeyError):
            assert provider.handler(event, None)["status"] == ("sent" if event["channel"] == "sms" else "refused")


def plan_in_a_token(value: Any) -> None:
    extras = example(EXTRAS)
    attributes = (
        {name: str(each) for name, each in value.items()} if isinstance(value, dict) else {"custom:plan": str(value)}
    )
    event = {"request": {"userAttributes": attributes}, "response": {}}
    claims = extras.pre_token_generation(event, None)["response"]["claimsAndScopeOverrideDetails"]
    added = claims["accessTokenGeneration"]["claimsToAddOrOverride"]
    assert added == {"plan": attributes.get("custom:plan", "free")}


@dataclass(frozen=True)
class Group:
    """Parsers that are given the same kind of thing.

    Attributes:
        kind: `"text"`, `"bytes"` or `"json"`.
        checks: by name.
        seeds: what a fuzzer begins with.
    """

    kind: str
    checks: Mapping[str, Callable[[Any], None]]
    seeds: tuple[bytes, ...] = ()


def _named(*checks: Callable[[Any], None]) -> dict[str, Callable[[Any], None]]:
    return {check.__name__: check for check in checks}


GROUPS = {
    "identifiers": Group(
        "text",
        _named(phone_number, email, username, number_of_a_country, pool_users),
        (b"+14155550100", "Ada.L@M\u00fcnchen.example".encode(), b"ada lovelace", b'a" or "'),
    ),
    "words": Group(
        "text",
        _named(answer, locale, words_for_a_locale, template, document, segments),
        (b"de_AT.UTF-8", b"zh-Hant-TW", b"123 456", b"{code} <b>\n\n{minutes}", "\u20ac\U0001f600".encode()),
    ),
    "answers": Group(
        "bytes",
        _named(hooks_answer, providers_answer),
        (b'{"allow": true}', b'{"status": "refused", "reason": "x"}', b'{"status": "sent", "message_id": "x"}'),
    ),
    "payloads": Group("json", _named(errors_of_aws, handed_over, trigger_event, item, checkpoint, configured, answer)),
    "settings": Group("text", _named(environment), (b"phone_number,email",)),
    "files": Group(
        "bytes",
        _named(journal, decisions),
        (b'{"at": 1, "user": "u", "step": "rollback", "state": "done"}\n', b'{"$bytes": "AA=="}', b'1,"u",keep\n'),
    ),
    "command_line": Group(
        "text",
        _named(cell, attribute_in_bounds, duration, logged_line),
        (b"10m", b"=1+1", b'{"message": "guess", "outcome": "wrong"}'),
    ),
    "reports": Group("json", _named(logged_line, slices_answer)),
    "examples": Group("json", _named(row_of, row_value, captcha_solved, provider_asked, plan_in_a_token)),
}
