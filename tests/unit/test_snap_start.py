"""What a snapshot of an initialised environment may hold, which hundreds of environments then begin with."""

import base64
import contextlib
import json
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from dev import package
from tests.unit.conftest import ENVIRONMENT, EVENTS

# Each function reads some of the settings that lie in the table.
SETTINGS = {"sign_up": "MESSAGES", "sign_in": "USER_ROW", "delivery": "TEST_NUMBERS", "maintenance": "USER_ROW"}

# Initialises a function, says so, and handles the event that it is given then.
LIFE = """
import importlib, json, secrets, sys
draw = {name: getattr(secrets, name) for name in ("randbelow", "token_bytes", "token_urlsafe")}
def too_early(*_):
    raise AssertionError("drawn at initialisation: every environment would have the same")
for name in draw:
    setattr(secrets, name, too_early)
function = importlib.import_module("cognito_otp.functions." + sys.argv[1])
for name in draw:
    setattr(secrets, name, draw[name])
print("initialised", flush=True)
for line in sys.stdin:
    print(json.dumps(function.handler(json.loads(line), None)), flush=True)
"""


class Answers(BaseHTTPRequestHandler):
    """DynamoDB and KMS, as far as these need them; the connection stays open as theirs does."""

    protocol_version = "HTTP/1.1"
    server: "Endpoint"

    def setup(self) -> None:
        super().setup()
        self.server.open += 1

    def finish(self) -> None:
        super().finish()
        self.server.open -= 1

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        call = self.headers["X-Amz-Target"].rpartition(".")[2]
        self.server.calls.append(call)
        answer = {
            "GetItem": {"Item": {"pk": {"S": "config"}, "settings": {"S": "{}"}}},
            "GenerateMac": {"Mac": base64.b64encode(b"k" * 32).decode()},
        }.get(call, {})
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Endpoint(socketserver.ThreadingTCPServer):
    """Where the functions' clients call."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.calls: list[str] = []
        self.open = 0

    def comes_to(self, connections: int) -> bool:
        """Tell whether so many connections are open, now or a moment later."""
        until = time.monotonic() + 2
        while self.open != connections and time.monotonic() < until:
            time.sleep(0.01)
        return self.open == connections


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@contextlib.contextmanager
def initialised(function: str, endpoint: Endpoint, kind: str) -> Iterator[subprocess.Popen[str]]:
    environment = {
        **ENVIRONMENT,
        f"{SETTINGS[function]}_HASH": "some",
        "CODE_KEY_ID": "key",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{endpoint.server_address[1]}",
        "AWS_LAMBDA_INITIALIZATION_TYPE": kind,
        "PYTHONPATH": str(package.SOURCES),
    }
    command = [sys.executable, "-c", LIFE, function]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "initialised\n", process.stderr.read()
        yield process
        process.stdin.close()


@pytest.mark.parametrize("function", SETTINGS)
def test_no_connection_key_or_random_number_is_in_a_snapshot(endpoint, function):
    with initialised(function, endpoint, "snap-start"):
        assert endpoint.calls == ["GetItem"]  # the settings, which do not change in a version's life
        assert endpoint.comes_to(0)


def test_without_a_snapshot_the_connection_stays(endpoint):
    with initialised("sign_up", endpoint, "on-demand"):
        assert endpoint.comes_to(1)


def test_a_restored_environment_works(endpoint):
    with initialised("sign_up", endpoint, "snap-start") as process:
        event = json.loads((EVENTS / "PreSignUp_SignUp.json").read_text())
        process.stdin.write(json.dumps(event) + "\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["response"]["autoConfirmUser"] is True
    assert {"GenerateMac", "TransactWriteItems"} <= set(endpoint.calls[1:])
