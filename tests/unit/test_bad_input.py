"""Input that is not what it should be. `tests/hard/test_bad_input.py` and `test_mutated_events.py` look for more of it."""

import contextlib
import json
import time

import click
import pytest

from cognito_otp import handover, hooks, identifiers, locales, refusals
from cognito_otp.refusals import Refusal
from cognito_otp.senders import own_function
from cognito_otp_cli.errors import CommandError
from cognito_otp_cli.jobs import slices
from cognito_otp_cli.migrate import becoming
from cognito_otp_cli.migrate.duplicates import Decisions
from cognito_otp_cli.migrate.journal import Journal
from cognito_otp_cli.tail import command as tail
from cognito_otp_cli.tail import live, log
from cognito_otp_cli.tail.funnel import step

pytestmark = pytest.mark.slow

TOKENS = {value for name, value in vars(refusals).items() if name.isupper()}
TRIGGERS = (
    *("PreSignUp_SignUp", "PostConfirmation_ConfirmSignUp", "CustomMessage_SignUp"),
    *("DefineAuthChallenge_", "CreateAuthChallenge_", "VerifyAuthChallengeResponse_", "PostAuthentication_"),
)
WRONG = (None, True, 7, "x", [], ["x"], [[]])
PHONE = "+4915123456789"


@pytest.mark.parametrize(
    "part", ["request", "userAttributes", "session", "privateChallengeParameters", "callerContext"]
)
@pytest.mark.parametrize("source", TRIGGERS)
def test_a_part_of_another_type_brings_no_text_of_an_error_out(world, source, part):
    for wrong in WRONG:
        whole = world.event(source, "ada", {"userAttributes": {"phone_number": "+14155550100"}})
        (whole if part in ("request", "callerContext") else whole["request"])[part] = wrong
        for handler in (world.sign_up_handler, world.sign_in_handler):
            event = json.loads(json.dumps(whole))
            try:
                answer = handler(event, None)
            except Refusal as refusal:
                assert str(refusal).partition(" ")[0] in TOKENS
            else:
                assert answer["response"].get("issueTokens") is not True
                assert answer["response"].get("answerCorrect") is not True


@pytest.mark.parametrize("response", [None, [], "x", 7, {}])
def test_an_answer_is_wrong_whatever_the_response_was(world, response):
    event = {**world.event("VerifyAuthChallengeResponse_Authentication", "ada", {}), "response": response}
    assert world.sign_in_handler(event, None)["response"] == {"answerCorrect": False}


def test_what_follows_a_right_answer_counts_although_it_is_no_object(world):
    """Otherwise the right answer of a round before would be the last one."""
    right = {"challengeName": "CUSTOM_CHALLENGE", "challengeResult": True, "challengeMetadata": "x"}
    event = world.event("DefineAuthChallenge_Authentication", "ada", {"session": [right, "x"]})
    assert world.sign_in_handler(event, None)["response"]["issueTokens"] is False


@pytest.mark.parametrize("event", [{}, [], {"challenge_id": PHONE}, {"challenge_id": [PHONE], "generation": PHONE}])
def test_what_is_no_hand_over_is_refused_without_a_word_of_it(world, logged, event):
    whole = {"challenge_id": "x", "generation": 1, "channel": "sms", "address": None}
    for sent in (event, *({**whole, name: [PHONE]} for name in whole), {**whole, "channel": PHONE}):
        with pytest.raises(handover.NotAHandOverError) as refused:
            world.delivery_handler(sent, None)
        assert str(refused.value) == ""
    assert PHONE not in logged()


@pytest.mark.parametrize("answered", [b"[" * 100_000, b'{"a":' * 100_000, b"1" * 5_000, b"\xff", b"null"])
def test_an_answer_that_cannot_be_read_is_not_understood(answered):
    with pytest.raises(hooks.AnswerNotUnderstoodError):
        hooks._allows(answered)
    with pytest.raises(own_function.AnswerNotUnderstoodError):
        own_function._message_id(answered)


@pytest.mark.parametrize("unit", ["ﷺ", "ä", "a.", "ä.", "\u0315\u0300", "xn--"])
def test_the_longest_address_that_cognito_takes_is_refused_at_once(unit):
    begun = time.process_time()
    with pytest.raises(Refusal, match=refusals.EMAIL_INVALID):
        identifiers.email(f"a@{unit * 2048}"[:2048])
    assert time.process_time() - begun < 0.05


@pytest.mark.parametrize("unit", ["a-", "_", "ab-", "zh-"])
def test_the_longest_locale_that_cognito_takes_is_looked_up_at_once(unit):
    assert sum(map(len, locales.lookup("de-" + unit * 1000))) < 20_000
    assert list(locales.lookup("de-" + unit * 1000))[-1] == "de"


HEADER = b'{"journal": 1, "from": "old", "to": "new", "old_table": null}\n'


@pytest.mark.parametrize(
    "written",
    [
        b'{"journal": 1, "from": "old", "to": "new"}\n',
        *(HEADER + line for line in (b"{}\n", b'{"user": [], "step": "create", "state": "done", "at": 1}\n')),
        HEADER + b'{"user": "u", "step": "create", "state": "done"}\n',
        b"[" * 100_000 + b"\n",
    ],
)
def test_a_file_with_lines_of_something_else_is_no_journal(tmp_path, written):
    path = tmp_path / "journal"
    path.write_bytes(written)
    with pytest.raises(CommandError, match="is not a journal"), contextlib.closing(Journal(path, "old", "new", None)):
        pass


def test_a_file_that_no_spreadsheet_wrote_holds_no_decisions(tmp_path):
    path = tmp_path / "duplicates.csv"
    path.write_text(f"old_sub,decision\n{'x' * 200_000},keep\n")
    with pytest.raises(CommandError, match="is no CSV"):
        Decisions(path)


def test_what_the_command_line_is_told_by_others_is_read_or_refused():
    assert becoming._out_of_bounds("NaN", {"AttributeDataType": "Number"}) == "not a number"
    assert log._parse('{"a":' * 100_000) is None
    taken = step({"level": "ERROR", "timestamp": 1})
    assert live.as_text(taken).plain.startswith("1 ")
    with pytest.raises(click.BadParameter):
        tail._seconds(None, None, "9" * 400 + "d")


@pytest.mark.parametrize("body", [[], "x", None, {"errorMessage": None}])
def test_a_function_that_fails_in_its_own_words_is_named(body):
    class Client:
        def invoke(self, **_):
            return {"FunctionError": "Unhandled", "Payload": self}

        def read(self):
            return json.dumps(body).encode()

    with pytest.raises(CommandError, match="maintenance: failed without a word"):
        slices._invoke(Client(), "maintenance", {})
