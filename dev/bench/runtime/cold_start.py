"""The start of one Lambda environment, seen from where Lambda sees it: its Runtime API.

The process is Lambda's: Python with `awslambdaric`, which imports the handler, asks for an event, hands it over and
sends the answer. What is measured is read from outside while it waits for the Runtime API, so that nothing in it is
there for the measuring (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).
"""

import json
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

_TIMEOUT = 60  # seconds; a start takes less than one
_LEFT = 900_000  # milliseconds that the first invocation may take, as the function is told


@dataclass(frozen=True)
class Moment:
    """What a process has used until some moment of its life.

    Attributes:
        wall: milliseconds since its beginning.
        processor: milliseconds that a processor was busy with it.
        memory: the most that it had in memory at once, in MB.
    """

    wall: float
    processor: float
    memory: float


@dataclass(frozen=True)
class ColdStart:
    """A start: initialisation, then the first event.

    Attributes:
        initialised: the handler is imported, and an event is asked for.
        answered: the first event is answered; Cognito waits for both together.
    """

    initialised: Moment
    answered: Moment


class StartFailedError(Exception):
    """The function could not be initialised, or its first event not be handled."""


def start(handler: str, task: Path, event: Mapping[str, Any], environment: Mapping[str, str]) -> ColdStart:
    """Start a function in a new process, give it its first event, and end it.

    Python writes no bytecode, as in Lambda, where a function's folder cannot be written to: its own modules are
    compiled at each start, and the runtime's are not.

    Args:
        handler: as a function is configured with it, e.g. `"cognito_otp.functions.sign_in.handler"`.
        task: the folder that the handler's module is in.
        event: the first one.
        environment: the function's.

    Raises:
        StartFailedError: with what the function says of it.
    """
    # -S: without what this computer's installation adds to every start of Python.
    command = [sys.executable, "-S", "-m", "awslambdaric", handler]
    with _RuntimeApi(json.dumps(event).encode()) as api:
        threading.Thread(target=api.serve_forever, args=(0.05,), daemon=True).start()
        variables = {
            **environment,
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.server_address[1]}",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_FUNCTION_NAME": "function",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_LAMBDA_LOG_FORMAT": "JSON",
            "AWS_LAMBDA_LOG_LEVEL": "INFO",
            "LAMBDA_TASK_ROOT": str(task),
            "PYTHONPATH": f"{task}:{sysconfig.get_path('purelib')}",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        with tempfile.TemporaryFile() as said:
            api.begun = time.perf_counter()
            with subprocess.Popen(command, env=variables, cwd=task, stdout=said, stderr=subprocess.STDOUT) as process:
                api.pid = process.pid
                is_over = api.over.wait(_TIMEOUT)
                process.kill()
            api.shutdown()
            if api.failure or not is_over:
                said.seek(0)
                message = f"{handler}: {api.failure or 'took too long'}\n{said.read().decode(errors='replace')}"
                raise StartFailedError(message)
    return ColdStart(*api.moments)


class _RuntimeApi(ThreadingHTTPServer):
    """The Runtime API of one environment, which is measured whenever it asks or answers."""

    def __init__(self, event: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Requests)
        self.event = event
        self.begun = 0.0
        self.pid = 0
        self.moments: list[Moment] = []
        self.failure: str | None = None
        self.over = threading.Event()


class _Requests(BaseHTTPRequestHandler):
    server: _RuntimeApi

    def do_GET(self) -> None:
        """Give out the event; there is no second one."""
        if self.server.moments:
            self.server.over.wait()
            return
        self.server.moments.append(_moment(self.server.pid, self.server.begun))
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
        self.send_header("Lambda-Runtime-Deadline-Ms", str(int(time.time() * 1000) + _LEFT))
        self.send_header(
            "Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:123456789012:function:function"
        )
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(self.server.event)))
        self.end_headers()
        self.wfile.write(self.server.event)

    def do_POST(self) -> None:
        """Take the answer, or an error."""
        self.server.moments.append(_moment(self.server.pid, self.server.begun))
        if not self.path.endswith("/response"):
            self.server.failure = self.path
        self.server.over.set()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _moment(pid: int, begun: float) -> Moment:
    """Read what a process has used (https://docs.kernel.org/scheduler/sched-stats.html; proc_pid_status(5))."""
    wall = time.perf_counter() - begun
    own = Path("/proc", str(pid))
    nanoseconds = sum(int(each.read_text().split()[0]) for each in own.glob("task/*/schedstat"))
    status = dict(line.split(":", 1) for line in (own / "status").read_text().splitlines())
    return Moment(wall * 1e3, nanoseconds / 1e6, int(status["VmHWM"].split()[0]) / 1024)
