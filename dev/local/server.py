"""Starts, asks and stops a local AWS."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import boto3
from botocore.config import Config

REGION = "us-east-1"
ACCOUNT = "123456789012"
# MiniStack knows this key as the account's root; what it signs is not limited by any policy.
ACCESS_KEY_ID = "test"
SECRET_ACCESS_KEY = "test"

_HOST = "127.0.0.1"
_START_SECONDS = 60.0
_PROJECT = Path(__file__).resolve().parents[2]
# Of the caller's environment only this reaches the server and, through it, the functions.
_INHERITED = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "COVERAGE_PROCESS_START")
# Variables that would lead an SDK or Terraform away from the local AWS.
_MISLEADING = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_CA_BUNDLE",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
)


class LocalAWSError(RuntimeError):
    """The local AWS could not be started, or has died."""


class TriggerRun(NamedTuple):
    """One invocation of a trigger by Cognito. A retry after a time-out is a run of its own."""

    source: str
    """The event's triggerSource."""
    function: str
    """The function's name."""
    attempt: int
    """1, or up to 3 after time-outs."""
    milliseconds: float | None
    """How long Cognito waited; None while it runs."""
    outcome: str
    """`ok`, `raised: <text>`, `timed out`, `throttled`, `running`, or why it was not invoked."""
    at: float
    """When it began, in seconds since the epoch."""
    call: str
    """The `amz-sdk-invocation-id` of the client's call that led to it, empty if the client sent none."""
    request_id: str
    """By which the function's log knows it; empty until it has run."""


class Denial(NamedTuple):
    """One call, or one permission to write a log, that IAM refused."""

    action: str
    resource: str
    role: str
    """The role's name, or the caller's ARN when it was no role."""
    explicit: bool
    """Whether a Deny statement refused it, and not the lack of an Allow."""


# For a computer that is busy otherwise: what AWS answers at once can take seconds there.
PATIENT = {"LOCAL_AWS_PATIENCE": "4", "LOCAL_AWS_TRIGGER_SECONDS": "20"}


class LocalAWS:
    """A local AWS for the length of a `with` block: its own process, port, state and files, all gone afterwards.

    `port` 0 takes a free one. `environment` adds variables to the server's process: LOCAL_AWS_EXISTS_CHECK_FIRST=1
    (taken names are refused before PreSignUp runs), LOCAL_AWS_TRIGGER_SECONDS (Cognito's limit of 5 s for a trigger),
    LOCAL_AWS_PATIENCE (how many times longer than they say functions wait, on a computer that is busy otherwise, 1),
    LOCAL_AWS_SESSION_MINUTE_SECONDS (how long one minute of a client's AuthSessionValidity lasts),
    LOCAL_AWS_OTP_FIRES_POST_CONFIRMATION=1 (so does a one-time password of Cognito's own that confirms an account),
    LOCAL_AWS_SCHEDULER_SECONDS (how often the Scheduler looks whether a schedule is due, 1).
    """

    def __init__(self, port: int = 0, *, environment: dict[str, str] | None = None) -> None:
        self._wanted_port = port
        self._extra = dict(environment or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._home: Path | None = None
        self._alive: int | None = None
        self._clients: dict[str, Any] = {}
        self.endpoint_url = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the server and wait until it answers; raises LocalAWSError with its last words when it does not."""
        if self._process is not None:
            raise LocalAWSError("this local AWS is running already")
        try:
            self._start()
            self._wait_until_healthy()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        home = self._home = Path(tempfile.mkdtemp(prefix="local-aws-"))
        (home / "tmp").mkdir()
        # The socket is opened here and handed over: no other process can take the port in between.
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((_HOST, self._wanted_port))
            listener.listen(512)
            port = listener.getsockname()[1]
            self.endpoint_url = f"http://{_HOST}:{port}"
            ends_with_us, self._alive = os.pipe()
            try:
                with (home / "server.log").open("wb") as log:
                    self._process = subprocess.Popen(
                        [
                            *(sys.executable, "-m", "dev.local.app", "--home", str(home)),
                            *("--fd", str(listener.fileno()), "--alive-fd", str(ends_with_us)),
                        ],
                        cwd=_PROJECT,
                        env=self._server_environment(home, port),
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=subprocess.STDOUT,
                        pass_fds=(listener.fileno(), ends_with_us),
                        start_new_session=True,
                    )
            finally:
                os.close(ends_with_us)

    def _server_environment(self, home: Path, port: int) -> dict[str, str]:
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        return {
            **inherited,
            "HOME": str(home),
            "TMPDIR": str(home / "tmp"),
            "STATE_DIR": str(home / "state"),
            "S3_DATA_DIR": str(home / "s3"),
            "AUTH": "true",
            "GATEWAY_PORT": str(port),
            "MINISTACK_HOST": _HOST,
            "MINISTACK_REGION": REGION,
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "LOG_LEVEL": "WARNING",
            "PYTHONDONTWRITEBYTECODE": "1",
            # No container of this computer is its business, and no other port.
            "DOCKER_HOST": f"unix://{home}/no-docker.sock",
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            **self._extra,
        }

    def _wait_until_healthy(self) -> None:
        until = time.monotonic() + _START_SECONDS
        assert self._process is not None
        while time.monotonic() < until:
            if self._process.poll() is not None:
                raise LocalAWSError(f"the local AWS did not start:\n{self.log()[-4000:]}")
            try:
                self._get("/_ministack/health")
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise LocalAWSError(f"the local AWS did not answer within {_START_SECONDS:.0f} s:\n{self.log()[-4000:]}")

    def stop(self) -> None:
        """End the server and everything it started, and remove its files; harmless when it is not running."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                # All that it holds is to be thrown away: there is nothing to end gracefully.
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if self._alive is not None:
            os.close(self._alive)
            self._alive = None
        if self._home is not None:
            shutil.rmtree(self._home, ignore_errors=True)
            self._home = None
        self._clients.clear()

    def environment(self) -> dict[str, str]:
        """This process's environment with the AWS variables set so that SDKs, Terraform and the CLI use this AWS."""
        own = {name: value for name, value in os.environ.items() if name not in _MISLEADING}
        own = {name: value for name, value in own.items() if not name.startswith("AWS_ENDPOINT_URL_")}
        return own | self.variables()

    def variables(self) -> dict[str, str]:
        """Only the variables that lead an SDK, Terraform or the CLI to this AWS."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client(self, service: str) -> Any:
        """A boto3 client of this AWS with root's rights, made once per service."""
        if service not in self._clients:
            session = boto3.session.Session(
                aws_access_key_id=ACCESS_KEY_ID, aws_secret_access_key=SECRET_ACCESS_KEY, region_name=REGION
            )
            # One attempt: a refusal must reach the caller as it is; and no proxy of the environment in between.
            config = Config(retries={"total_max_attempts": 1}, proxies={}, read_timeout=60, max_pool_connections=64)
            self._clients[service] = session.client(service, endpoint_url=self.endpoint_url, config=config)
        return self._clients[service]

    def sms_messages(self, phone_number: str | None = None) -> list[dict[str, Any]]:
        """Every SMS sent, to one number or to all; in order for each number. Keys as in SNS: PhoneNumber, Message...

        One by End User Messaging has all that it was asked for under SendTextMessage, and under Feedback what
        PutMessageFeedback said of it. The number +14155550199 has opted out there.
        """
        by_number: dict[str, list[dict[str, Any]]] = self._get("/_ministack/sns/sms-messages")["sms_messages"]
        if phone_number is not None:
            return by_number.get(phone_number, [])
        return [message for messages in by_number.values() for message in messages]

    def emails(self, address: str | None = None) -> list[dict[str, Any]]:
        """Every e-mail sent, to one address or to all, in order. Keys: Source, To, Subject, BodyText, BodyHtml..."""
        by_account: dict[str, list[dict[str, Any]]] = self._get("/_ministack/ses/messages")["messages"]
        messages = [message for sent in by_account.values() for message in sent]
        return [message for message in messages if address is None or address in message["To"]]

    def trigger_log(self) -> list[TriggerRun]:
        """Every trigger that Cognito ran, in the order in which they began."""
        return [TriggerRun(**row) for row in self._get("/_local/journal")["triggers"]]

    def denied(self) -> list[Denial]:
        """Every call that IAM refused, in order."""
        return [Denial(**row) for row in self._get("/_local/journal")["denied"]]

    def log(self) -> str:
        """What the server's process printed so far."""
        if self._home is None:
            return ""
        return (self._home / "server.log").read_text(encoding="utf-8", errors="replace")

    def _get(self, path: str) -> Any:
        # A proxy named in the environment must not come between this process and its own server.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self.endpoint_url + path, timeout=10) as response:
            return json.load(response)
