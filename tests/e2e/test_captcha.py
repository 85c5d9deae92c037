"""examples/captcha, end to end: nobody signs up without a solved captcha. A stand-in gives Turnstile's verdicts."""

import http.server
import itertools
import json
import os
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_terraform import terraform

from tests.e2e.conftest import refused

AWS_ENVIRONMENT = {"LOCAL_AWS_PATIENCE": "1", "LOCAL_AWS_TRIGGER_SECONDS": "5"}  # it is about being late
terraform("captcha", scope="module", name="applied")
pytestmark = pytest.mark.usefixtures("nothing_denied")

NAME = "otp-captcha"
SECRET = "1x0000000000000000000000000000000AA"
_numbers = itertools.count()


class Turnstile:
    """Gives verdicts as Turnstile documents them: a token counts once, but for whoever asks with the same key."""

    def __init__(self) -> None:
        self.questions: list[dict[str, str]] = []
        self.keys: dict[str, str] = {}
        self.trouble = ""
        self.seconds = 0.0

    def verdict(self, question: dict[str, str]) -> dict[str, Any]:
        self.questions.append(question)
        verdict = self._verdict(question)
        time.sleep(self.seconds)
        return verdict

    def _verdict(self, question: dict[str, str]) -> dict[str, Any]:
        token, key = question["response"], question["idempotency_key"]
        if question["secret"] != SECRET:
            reason = "invalid-input-secret"
        elif self.trouble:
            reason = self.trouble
        elif not token.startswith("solved"):
            reason = "invalid-input-response"
        elif self.keys.setdefault(token, key) != key:
            reason = "timeout-or-duplicate"
        else:
            return {"success": True, "error-codes": [], "hostname": "shop.example"}
        return {"success": False, "error-codes": [reason]}


@pytest.fixture(scope="module", autouse=True)
def stand_in() -> Iterator[Turnstile]:
    """Be there before the example is applied, which is told its address."""
    turnstile = Turnstile()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps(turnstile.verdict(question)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        os.environ["TF_VAR_siteverify_url"] = f"http://127.0.0.1:{server.server_port}/siteverify"
        yield turnstile
        del os.environ["TF_VAR_siteverify_url"]
        server.shutdown()


@pytest.fixture
def turnstile(stand_in) -> Iterator[Turnstile]:
    stand_in.questions.clear()
    yield stand_in
    stand_in.trouble, stand_in.seconds = "", 0.0


@pytest.fixture
def token() -> str:
    return f"solved-{next(_numbers)}"


def sign_up(person, captcha: str | None) -> dict[str, Any]:
    metadata = {} if captcha is None else {"ClientMetadata": {"captcha": captcha}}
    return person._cognito.sign_up(
        ClientId=person.client_id, Username=person.username, Password="a password of no use", **metadata
    )


def invoke(example, token: str, request_id: str) -> Any:
    event = {"client_metadata": {"captcha": token}, "request_id": request_id}
    answer = example.aws.client("lambda").invoke(FunctionName=f"{NAME}-captcha", Payload=json.dumps(event))
    assert "FunctionError" not in answer
    return json.loads(answer["Payload"].read())


def test_who_solved_it_signs_up_and_in(example, turnstile, person, token):
    assert sign_up(person, token)["UserConfirmed"]
    person.start_sign_in()
    assert "AuthenticationResult" in person.answer(person.wait_for_code())
    assert len(person.texts()) == 1
    assert [question["response"] for question in turnstile.questions] == [token]


@pytest.mark.parametrize("given", [None, "guessed", "solved-" + "x" * 2042])
def test_who_did_not_is_refused_in_one_word_and_leaves_nothing(example, turnstile, person, given, token):
    before = len(example.users()), example.items("identities")
    with refused(r"PreSignUp failed with error SIGN_UP_REFUSED\."):
        sign_up(person, given)
    assert (len(example.users()), example.items("identities")) == before
    sign_up(person, token)


def test_a_token_is_good_for_one_person(example, turnstile, person, token):
    sign_up(person, token)
    person.username = f"{person.username[:-4]}9{person.username[-3:]}"
    with refused("SIGN_UP_REFUSED"):
        sign_up(person, token)


def test_a_sign_up_that_cognito_repeats_is_asked_about_with_the_same_key(example, turnstile, token):
    assert invoke(example, token, "one") == {"allow": True}
    assert invoke(example, token, "one") == {"allow": True}
    assert invoke(example, token, "another") == {"allow": False}


@pytest.mark.parametrize("trouble", ["internal-error", "invalid-input-secret"])
def test_without_a_verdict_nobody_signs_up_and_everybody_signs_in(example, turnstile, person, token, trouble):
    sign_up(person, token)
    turnstile.trouble = trouble
    newcomer = type(person)(example.aws, example.client_id, f"{person.username[:-4]}8{person.username[-3:]}")
    with refused(r"PreSignUp failed with error SERVICE_UNAVAILABLE\."):
        sign_up(newcomer, f"{token}-too")
    person.start_sign_in()
    assert "AuthenticationResult" in person.answer(person.wait_for_code())


def test_a_verdict_that_comes_too_late_is_none(example, turnstile, person, token):
    turnstile.seconds = 3.0
    begun = time.monotonic()
    with refused("SERVICE_UNAVAILABLE"):
        sign_up(person, token)
    assert time.monotonic() - begun < 3.0
    turnstile.seconds = 0.0
    with refused("SIGN_UP_REFUSED"):  # it was given to the first request after all
        sign_up(person, token)
    sign_up(person, f"{token}-again")


def test_nothing_secret_is_logged_or_in_an_environment(example, turnstile, person, token):
    sign_up(person, token)
    functions = example.aws.client("lambda")
    for function in ("captcha", "sign-up"):
        name = f"{NAME}-{function}"
        lines = "\n".join(example.logged(name))
        variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        assert lines
        for secret in (token, person.username, SECRET):
            assert secret not in lines
            assert secret not in json.dumps(variables)
