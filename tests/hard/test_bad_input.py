"""Every parser on whatever can be written: it ends, soon, with what it says or with the one error that it says.

`fuzz/parsers.py` has the parsers and what must hold of each; `fuzz/handlers.py` and `fuzz/texts.py` are run by atheris.
"""

# ruff: noqa: RUF001 - what looks alike is what is tried

import json
import os
import platform
import re
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cognito_otp import codes, countries, dynamodb, email_html, hooks, identifiers, locales
from cognito_otp.refusals import Refusal
from cognito_otp.senders import own_function
from tests.hard.fuzz import parsers
from tests.hard.fuzz.parsers import GROUPS
from tests.hard.fuzz.stage import PRIVATE, PUBLIC

# Lone surrogates too: JSON's \ud800 is one.
ANY_TEXT = st.text(st.characters(exclude_categories=()))
# What people and attackers type: signs that mean something to some parser.
LIKELY = st.text(st.sampled_from("+019aAéßſKİıΣςﬁｆ１٣­\u200d\u0345\u0301@.-_ ,;:\"'\\{}<>&/=#%\n\r\t\x00"), max_size=40)
SHAPED = st.one_of(
    st.from_regex(r"\+[0-9]{1,17}", fullmatch=True),
    st.from_regex(r"[a-zA-Z.+ß]{1,9}@([a-zA-Zäß。-]{1,6}[.。]){1,3}[a-zA-Z]{2,4}", fullmatch=True),
    st.from_regex(r"[a-zA-Z]{2,3}([-_][A-Za-z0-9]{1,4}){0,6}([.@][a-z0-9-]+)?", fullmatch=True),
    st.from_regex(r"[0-9 ٠-٩-]{4,14}", fullmatch=True),
    st.from_regex(r"[0-9]{1,25}[smhd]", fullmatch=True),
    st.sampled_from(["{code}", "{app_name}{code}", "<script>", "</title><b>", "&lt;", "nan", "inf", "-1e400"]),
)
TEXT = st.one_of(ANY_TEXT, LIKELY, SHAPED)
KEYS = st.one_of(
    st.sampled_from(
        [
            *(
                "request",
                "response",
                "session",
                "userAttributes",
                "privateChallengeParameters",
                "clientMetadata",
                "sub",
            ),
            *(
                "callerContext",
                "challengeName",
                "challengeMetadata",
                "challenge_id",
                "generation",
                "channel",
                "address",
            ),
            *(
                "locale",
                "allow",
                "status",
                "reason",
                "message_id",
                "captcha",
                "success",
                "error-codes",
                "requestContext",
            ),
            *(
                "authorizer",
                "jwt",
                "claims",
                "token_use",
                "message",
                "outcome",
                "level",
                "timestamp",
                "country",
                "error",
            ),
            *(
                "errorMessage",
                "job",
                "phase",
                "Error",
                "Code",
                "Message",
                "HTTPStatusCode",
                "custom:plan",
                "user",
                "at",
            ),
        ]
    ),
    TEXT,
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=6)),
    max_leaves=12,
)
ANSWERS = st.fixed_dictionaries(
    {"status": st.sampled_from(["sent", "refused", "later"])},
    optional={
        "allow": st.one_of(st.booleans(), JSON),
        "reason": st.one_of(TEXT, JSON),
        "message_id": st.one_of(TEXT, JSON),
    },
)
WRITTEN = st.one_of(
    st.binary(),
    ANSWERS.map(lambda value: json.dumps(value).encode()),
    JSON.map(lambda value: json.dumps(value).encode()),
    JSON.map(lambda value: json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")),
    st.lists(JSON.map(json.dumps), max_size=4).map(lambda lines: "\n".join(lines).encode()),
    st.lists(st.lists(LIKELY, max_size=4).map(",".join), max_size=4).map(lambda lines: "\n".join(lines).encode()),
    st.sampled_from([b"[" * 100_000, b'{"a":' * 100_000, b"1" * 5_000, b'{"allow": 1}', b"NaN", b"\xff\xfe{\x00}\x00"]),
)
KINDS = {"text": TEXT, "bytes": WRITTEN, "json": JSON}
CHECKS = {
    f"{name}-{check}": (group.kind, group.checks[check]) for name, group in GROUPS.items() for check in group.checks
}

THOROUGH = settings(
    max_examples=500, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


def hold(name, profile):
    kind, check = CHECKS[name]

    @profile
    @given(KINDS[kind])
    def holds(value):
        check(value)

    holds()


@pytest.mark.parametrize("name", CHECKS)
def test_a_parser_holds_for_any_input(name):
    hold(name, THOROUGH)


def test_an_identifier_has_one_form_for_every_character_there_is():
    # Planes without letters left out, but for what is an older spelling of another character.
    for point in (*range(0x20000), *range(0x2F800, 0x2FA20), *range(0xE0000, 0xE0200)):
        character = chr(point)
        parsers.username(f"a{character}\u0301b")
        if point >= 0x80:
            parsers.email(f"a@b{character}c.example")


@THOROUGH
@given(st.tuples(*[st.from_regex(r"[aAbB.+_0O-]{1,4}@[aAbB]{1,3}\.co", fullmatch=True)] * 2))
def test_two_addresses_are_one_only_if_they_differ_in_case(pair):
    one, other = pair
    try:
        are_one = identifiers.email(one) == identifiers.email(other)
    except Refusal:
        return
    assert are_one == (one.lower() == other.lower())


@THOROUGH
@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True), st.sampled_from(" -().0\u200b/"), st.integers(1, 15))
def test_a_number_has_one_spelling(number, extra, place):
    """What another spelling could be is refused as it is, or no plan has it, or it is another number's own length."""
    other = number[:place] + extra + number[place:]
    if extra == "0":
        assert not (countries.is_possible(number) and countries.is_possible(other) and len(number) == len(other))
    else:
        with pytest.raises(Refusal):
            identifiers.phone_number(other)


LONGEST = 2048  # characters that Cognito takes in an attribute; more in an answer
LONG = 8 * LONGEST
UNITS = [
    *("a", "1", "+1", "-", "a-", "ab-", "_", "@", "a@", "a.", "a@b.", "ä", "ä.", "ß", "ﷺ", "\u0345", "a\u0301", "あ。"),
    *(
        "\u0315\u0300",
        "\n",
        "\n \n",
        " ",
        "{code}",
        "<",
        "İ",
        "xn--",
        "\u00ad",
        "zh-",
        "no-",
        "1 ",
        "١",
        "\ud800",
        '"',
        "\\",
    ),
]
AROUND = [("", ""), ("a@", ".com"), ("a@x.", ""), ("", "@a.com"), ("zh-Hant-", ""), ('{"message": "', '"}')]


@pytest.mark.parametrize("name", [name for name, (kind, _) in CHECKS.items() if kind == "text"])
def test_a_long_text_takes_no_long_time(name):
    check = CHECKS[name][1]
    for length, seconds in ((LONGEST, 0.2), (LONG, 2.0)):
        for unit in UNITS:
            for before, after in AROUND:
                value = before + (unit * length)[: length - len(before) - len(after)] + after
                begun = time.process_time()
                check(value)
                assert time.process_time() - begun < seconds, (length, before, unit)


# atheris, which has wheels for CPython on Linux x86_64 alone.

HAS_WHEELS = (
    (sys.platform, platform.machine()) == ("linux", "x86_64")
    and sys.implementation.name == "cpython"
    and (3, 11) <= sys.version_info[:2] <= (3, 13)
)
ROOT = Path(__file__).resolve().parents[2]
SECONDS = 20


def fuzz(what: str, folder: Path, *, before: str = "", runs: int = 50_000) -> subprocess.CompletedProcess[str]:
    """Let atheris run over something in a process of its own; `before`: what is changed there first, as Python."""
    if find_spec("atheris") is None:
        if os.environ.get("CI") and HAS_WHEELS:
            pytest.fail("atheris is not installed")
        pytest.skip("atheris is not installed: it has wheels for CPython 3.11 to 3.13 on Linux x86_64")
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(GROUPS[what].seeds if what in GROUPS else ()):
        (corpus / str(number)).write_bytes(seed)
    options = [
        f"-runs={runs}",
        f"-max_total_time={SECONDS}",
        "-seed=1",
        "-timeout=10",
        "-rss_limit_mb=1024",
        "-max_len=2048",
    ]
    options += [f"-artifact_prefix={folder}/", str(corpus)]
    return subprocess.run(
        [sys.executable, "-c", f"from tests.hard.fuzz.__main__ import fuzz\n{before}\nfuzz({what!r}, {options!r})"],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT / "lambda_src", ROOT / "cli", ROOT)))},
        timeout=20 * SECONDS,
    )


@pytest.mark.parametrize("what", [*GROUPS, *PUBLIC, *PRIVATE])
def test_atheris_finds_nothing(what, tmp_path):
    run = fuzz(what, tmp_path)
    assert run.returncode == 0, run.stdout[-4000:]
    assert re.search(r"^Done \d+ runs", run.stdout, re.MULTILINE), run.stdout[-4000:]
    assert "no interesting inputs" not in run.stdout, "nothing was instrumented"


@pytest.mark.parametrize(
    ("what", "fault", "found"),
    [
        (
            "identifiers",
            "from cognito_otp import identifiers; import re; identifiers._E164 = re.compile('.*')",
            "AssertionError",
        ),
        (
            "sign_in",
            "from cognito_otp.triggers import event; event._object = lambda value: value or {}",
            "the public reads",
        ),
    ],
)
def test_control_atheris_finds_a_fault(what, fault, found, tmp_path):
    run = fuzz(what, tmp_path, before=fault)
    assert run.returncode != 0, run.stdout[-4000:]
    assert found in run.stdout


# Controls: a parser with a fault in it is found.

FAULTS = {
    "identifiers-email": (identifiers, "_EMAIL", re.compile(r"[^@]+@[^@]+")),
    "identifiers-phone_number": (identifiers, "_E164", re.compile(r"\+[0-9 ]+")),
    "words-locale": (locales, "_truncated", lambda tag: iter([tag.upper()])),
    "words-document": (email_html, "_paragraph", lambda text: f"<p>{text}</p>"),
    "words-answer": (codes, "read_answer", lambda answer, length: str(answer)[:length] if answer else None),
    "answers-hooks_answer": (hooks, "_allows", lambda answered: json.loads(answered)["allow"]),
    "answers-providers_answer": (own_function, "_REASON", re.compile("(?s).*")),
    "payloads-item": (dynamodb, "_decode", lambda attribute: next(iter(attribute.values()))),
}


@pytest.mark.parametrize("name", FAULTS)
def test_control_a_fault_in_a_parser_is_found(name, monkeypatch):
    place, attribute, fault = FAULTS[name]
    monkeypatch.setattr(place, attribute, fault)
    with pytest.raises((Exception, ExceptionGroup), match=r"\S|^$"):  # whatever it is that the fault ends in
        hold(name, settings(THOROUGH, phases=[Phase.generate]))  # the smallest example is of no interest here


def test_control_a_slow_parser_is_found(monkeypatch):
    monkeypatch.setattr(locales, "_LONGEST", None)
    with pytest.raises(AssertionError, match=rf"\(({LONGEST}|{LONG}), "):
        test_a_long_text_takes_no_long_time("words-words_for_a_locale")
