"""Starting and stopping: nothing is shared, nothing stays."""

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import boto3
import pytest

from dev.local import LocalAWS, LocalAWSError
from tests.local.support import make_function

ROOT = Path(__file__).parents[2]


def traces(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def is_alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def wait_until_gone(pids: list[int], folder: Path) -> None:
    until = time.monotonic() + 10
    while any(is_alive(pid) for pid in pids) or traces(folder):
        assert time.monotonic() < until, (pids, traces(folder))
        time.sleep(0.05)


def group(leader: int) -> list[int]:
    """The processes of a group."""
    found = subprocess.run(["ps", "-e", "-o", "pid=,pgid="], capture_output=True, text=True, check=True).stdout
    return [int(pid) for pid, pgid in (line.split() for line in found.splitlines()) if int(pgid) == leader]


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_two_at_once_then_nothing(temporary: Path, tmp_path: Path) -> None:
    with LocalAWS() as first, LocalAWS() as second:
        assert first.endpoint_url != second.endpoint_url
        function = make_function(first, tmp_path, "def handler(event, context): return 1")
        assert function.invoke() == 1
        assert second.client("lambda").list_functions()["Functions"] == []
        assert first._process
        assert second._process
        pids = group(first._process.pid) + group(second._process.pid)
        assert len(pids) == 3
        assert first.log() == ""
    wait_until_gone(pids, temporary)


def test_an_exception_stops_it_too(temporary: Path) -> None:
    pids: list[int] = []

    def fail() -> None:
        with LocalAWS() as aws:
            assert aws._process
            pids.extend(group(aws._process.pid))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert pids
    wait_until_gone(pids, temporary)


def test_a_failed_start_says_why_and_leaves_nothing(temporary: Path) -> None:
    with pytest.raises(LocalAWSError, match=r"could not convert string to float"):
        LocalAWS(environment={"LOCAL_AWS_TRIGGER_SECONDS": "soon"}).start()
    assert traces(temporary) == []


def test_a_port_in_use_is_an_error(aws: LocalAWS, temporary: Path) -> None:
    with pytest.raises(OSError, match=r"in use"):
        LocalAWS(int(aws.endpoint_url.rpartition(":")[2])).start()
    assert traces(temporary) == []


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_the_command_serves_until_it_is_ended(temporary: Path, how: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "dev.local"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    exports: dict[str, str] = {}
    for line in process.stdout:
        if not line.startswith("export "):
            break
        name, _, value = line.removeprefix("export ").strip().partition("=")
        exports[name] = value
    with urllib.request.urlopen(f"{exports['AWS_ENDPOINT_URL']}/_ministack/health") as response:
        assert response.status == 200
    command = ["ps", "-o", "pid=", "--ppid", str(process.pid)]
    children = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    pids = [int(pid) for pid in children.split()]
    assert pids
    process.send_signal(how)
    assert process.wait(10) == (-how if how == signal.SIGKILL else 0)
    process.stdout.close()
    wait_until_gone(pids, temporary)


def test_the_environment_leads_here_and_nowhere_else(aws: LocalAWS, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CA_BUNDLE", "AWS_ENDPOINT_URL_LAMBDA"):
        monkeypatch.setenv(name, "elsewhere")
    monkeypatch.setenv("KEPT", "1")
    environment = aws.environment()
    assert "elsewhere" not in environment.values()
    assert environment["KEPT"] == "1"
    assert environment.items() >= aws.variables().items()


def test_only_this_computer_can_reach_it(aws: LocalAWS) -> None:
    assert aws.endpoint_url.startswith("http://127.0.0.1:")


def test_browsers_may_call_it(aws: LocalAWS) -> None:
    headers = {
        "Origin": "http://localhost:3000",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,x-amz-target,x-amz-user-agent,cache-control",
    }
    request = urllib.request.Request(aws.endpoint_url, method="OPTIONS", headers=headers)
    with urllib.request.urlopen(request) as response:
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert response.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize(
    ("agent", "survives"), [("APN/1.0 HashiCorp/1.0 Terraform/1.11.4", True), ("Boto3/1.40", False)]
)
def test_terraforms_retry_of_a_call_whose_answer_was_lost_gets_that_answer(aws, agent, survives):
    dynamodb = boto3.session.Session(
        aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1"
    ).client("dynamodb", endpoint_url=aws.endpoint_url)

    def same_invocation(request, **_):
        request.headers["amz-sdk-invocation-id"] = f"one-{survives}"
        request.headers["User-Agent"] = agent

    dynamodb.meta.events.register("before-send.dynamodb.CreateTable", same_invocation)

    def create() -> str:
        answer = dynamodb.create_table(
            TableName=f"made-once-{survives}",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        )
        return answer["TableDescription"]["TableId"]

    first = create()
    if survives:
        assert create() == first
    else:
        with pytest.raises(dynamodb.exceptions.ResourceInUseException):
            create()
