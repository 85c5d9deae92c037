"""The code on the pages of docs/clients, as it stands there, against two examples: each client signs a person up and in."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dev.person import Person, wrong
from tests.client_pages import blocks, program, programs
from tests.e2e.conftest import AMPLIFY, Applied, applied_at_once, npm_install, state_of

pytestmark = pytest.mark.usefixtures("nothing_denied")

CLIENTS = Path(__file__).parent / "clients"
"""The libraries other than Amplify, and what calls the functions of a page."""

PASSWORD = "correct horse battery"
ADDRESS = "https://cognito-idp.<region>.amazonaws.com/"


@pytest.fixture(scope="module")
def deployed(aws, tmp_path_factory) -> dict[str, Applied]:
    """Apply both examples; return them by name."""
    folders = {name: f"examples/{name}" for name in ("phone-username", "password-and-otp")}
    outputs = applied_at_once(aws, folders, tmp_path_factory)
    return {name: Applied(aws, state_of(values)) for name, values in outputs.items()}


@pytest.fixture(scope="session")
def libraries(node) -> None:
    """Install what CLIENTS needs."""
    npm_install(CLIENTS)


def filled_in(text: str, example: Applied) -> str:
    """Return the code of a page with a pool in the place of its gaps."""
    region, _ = example.outputs["user_pool_id"].split("_")
    for gap, value in {"user_pool_id": example.outputs["user_pool_id"], "client_id": example.client_id}.items():
        text = text.replace(f"<{gap}>", value)
    return text.replace(ADDRESS, f"{example.aws.endpoint_url}/").replace("<region>", region)


class Application:
    """An application made of a page's code, in a process of its own that has no credentials."""

    def __init__(self, process: "subprocess.Popen[str]", language: str) -> None:
        self._process = process
        self._language = language

    def _say(self, function: str, *given: str) -> dict[str, Any]:
        first, *others = function.split("_")
        call = "".join([first, *map(str.title, others)]) if self._language == "js" else function
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"call": call, "given": given}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the application ended early"
        said: dict[str, Any] = json.loads(line)
        return said

    def does(self, function: str, *given: str) -> Any:
        """Call a function of the page; return its result."""
        said = self._say(function, *given)
        assert "refusal" not in said, said
        return said.get("result")

    def is_refused(self, function: str, *given: str) -> dict[str, Any]:
        """Call a function of the page; return how the page reads its refusal."""
        refusal: dict[str, Any] = self._say(function, *given)["refusal"]
        return refusal


@contextlib.contextmanager
def application(client: str, language: str, example: Applied, folder: Path) -> Iterator[Application]:
    suffix = {"js": "mjs", "python": "py"}[language]
    page = folder / f"page.{suffix}"
    page.write_text(filled_in(program(client, language), example))
    (folder / "node_modules").symlink_to((AMPLIFY if client == "amplify-js" else CLIENTS) / "node_modules")
    with urllib.request.urlopen(
        f"{example.aws.endpoint_url}/{example.outputs['user_pool_id']}/.well-known/jwks.json"
    ) as keys:
        environment = {
            "PATH": os.environ["PATH"],
            "AWS_ENDPOINT_URL": example.aws.endpoint_url,
            "COGNITO_JWKS": keys.read().decode(),  # pycognito would ask AWS for them
        }
    interpreter = "node" if language == "js" else sys.executable
    with subprocess.Popen(
        [interpreter, str(CLIENTS / f"driver.{suffix}"), str(page)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Application(process, language)
        assert process.stdin is not None
        process.stdin.close()
    assert process.returncode == 0


def is_open(example: Applied, access_token: str) -> bool:
    """Tell whether Cognito takes an access token."""
    try:
        example.aws.client("cognito-idp").get_user(AccessToken=access_token)
    except ClientError:
        return False
    return True


def uses_its_session(app: Application, example: Applied, person: Person) -> None:
    """A session is refreshed and ended."""
    first, second = app.does("access_token"), app.does("refresh")
    assert first != second
    user = example.aws.client("cognito-idp").get_user(AccessToken=second)
    assert {"Name": "phone_number", "Value": person.username} in user["UserAttributes"]
    app.does("sign_out")
    assert not is_open(example, second)


@pytest.mark.usefixtures("libraries")
@pytest.mark.parametrize(("client", "language"), programs("sign-in"))
def test_a_code_signs_a_person_up_and_in(client, language, deployed, phone_number, tmp_path):
    example = deployed["phone-username"]
    person = Person(example.aws, example.client_id, phone_number)
    with application(client, language, example, tmp_path) as app:
        assert app.is_refused("sign_up", "+99912345678")["token"] == "COUNTRY_NOT_ALLOWED"
        app.does("sign_up", phone_number)
        assert app.is_refused("sign_up", phone_number)["token"] in ("SIGN_UP_PENDING", "UsernameExistsException")

        told = app.does("sign_in", phone_number)
        assert (told["delivery_medium"], told["code_length"], told["attempts_left"]) == ("SMS", "6", "3")
        first = person.wait_for_code()
        assert app.does("answer", wrong(first))["attempts_left"] == "2"

        example.wait_until_delivered()
        example.let_the_cooldown_pass(60)
        assert app.does("resend", "email")["resends_left"] == "3"  # no channel of this pool's: nothing has changed
        assert app.does("resend")["resends_left"] == "2"
        second = person.wait_for_code(2)
        assert app.does("answer", second) is None

        assert app.is_refused("sign_up", phone_number)["token"] in ("PHONE_NUMBER_TAKEN", "UsernameExistsException")
        uses_its_session(app, example, person)
        throttled = app.is_refused("enter", phone_number)  # not by its sign-up: there is an account
        assert throttled["token"] == "OTP_THROTTLED"
        assert 0 < throttled["retryAfter"] <= 30
    assert len(person.texts()) == 2


@pytest.mark.usefixtures("libraries")
@pytest.mark.parametrize(("client", "language"), programs("sign-in"))
def test_one_button_begins_again_after_the_last_wrong_code(client, language, deployed, phone_number, tmp_path):
    example = deployed["phone-username"]
    person = Person(example.aws, example.client_id, phone_number)
    with application(client, language, example, tmp_path) as app:
        assert app.is_refused("enter", "+99912345678")["token"] == "COUNTRY_NOT_ALLOWED"
        assert app.does("enter", phone_number)["attempts_left"] == "3"
        code = person.wait_for_code()
        assert [app.does("answer", wrong(code, by))["attempts_left"] for by in (1, 2)] == ["2", "1"]
        assert app.is_refused("answer", wrong(code, 3))["token"] == "NotAuthorizedException"

        example.wait_until_delivered()
        example.let_the_cooldown_pass(60)
        assert app.does("enter", phone_number)["attempts_left"] == "3"  # the account waits for its first right code
        assert app.does("answer", person.wait_for_code(2)) is None


@pytest.mark.usefixtures("libraries")
@pytest.mark.parametrize(("client", "language"), programs("password"))
def test_a_password_is_proven_before_the_code(client, language, deployed, phone_number, tmp_path):
    example = deployed["password-and-otp"]
    person = Person(example.aws, example.client_id, phone_number)
    with application(client, language, example, tmp_path) as app:
        app.does("sign_up", phone_number, PASSWORD)
        refusal = app.is_refused("sign_in_with_password", phone_number, f"{PASSWORD}!")
        assert refusal["token"] == "NotAuthorizedException"
        assert app.does("sign_in_with_password", phone_number, PASSWORD)["attempts_left"] == "3"
        code = person.wait_for_code()
        assert app.does("answer", wrong(code))["attempts_left"] == "2"
        assert app.does("answer", code) is None
        uses_its_session(app, example, person)
    assert len(person.texts()) == 1


def test_the_calls_of_the_page_by_curl(deployed, phone_number, tmp_path):
    for tool in ("bash", "curl", "jq", "openssl"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    example = deployed["phone-username"]
    person = Person(example.aws, example.client_id, phone_number)
    (calls,) = [block.code for block in blocks("http") if block.name == "curl"]
    with subprocess.Popen(
        ["bash", "-euc", filled_in(calls, example)],
        cwd=tmp_path,
        env={**os.environ, "PHONE_NUMBER": phone_number},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as shell:
        assert shell.stdin is not None
        assert shell.stdout is not None
        assert json.loads(shell.stdout.readline())["UserConfirmed"]
        assert json.loads(shell.stdout.readline())["ChallengeParameters"]["attempts_left"] == "3"
        shell.stdin.write(f"{person.wait_for_code()}\n")
        shell.stdin.close()
        assert "AccessToken" in json.loads(shell.stdout.readline())["AuthenticationResult"]
    assert shell.returncode == 0
