"""One Python execution environment of Lambda: loads a handler once, then answers invocations one by one.

MiniStack writes this file beside the unpacked zip and runs it as a script, so it imports the standard library only.
The wire is MiniStack's: JSON lines, an `init` first, then one envelope per invocation. It differs from MiniStack's own
script where Lambda does: a handler that raises keeps its environment, logging reaches the log as Lambda formats it,
and a module that Lambda would not have cannot be imported.
"""

import importlib
import importlib.abc
import importlib.machinery
import json
import logging
import os
import socket
import sys
import time
import traceback
from collections.abc import Sequence
from types import ModuleType
from typing import Any

# Tells the other side that an invocation's log ends here; it never reaches the log.
END_OF_LOG = "\x1e"

# What the python runtimes of Lambda bring beside the standard library: boto3 and what it needs.
_RUNTIME_PACKAGES = {"boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3"}

_LOG_RECORD_FIELDS = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "aws_request_id"}


class LambdaPackages(importlib.abc.MetaPathFinder):
    """Hides the packages that this interpreter has and Lambda has not."""

    def __init__(self, code_paths: list[str]) -> None:
        self._code_paths = code_paths

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Answer nothing for what may be imported; the ordinary finders go on. Refuse the rest."""
        top = fullname.partition(".")[0]
        if path is not None or top in sys.stdlib_module_names or top in _RUNTIME_PACKAGES:
            return None
        found = importlib.machinery.PathFinder.find_spec(fullname, self._code_paths, target)
        if found is None:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)
        return found


class Context:
    """The context object of one invocation (Lambda guide, python-context)."""

    identity = None
    client_context = None

    def __init__(self, init: dict[str, Any], invocation: dict[str, Any]) -> None:
        self.function_name = init.get("function_name", "")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        self.memory_limit_in_mb = str(init.get("memory", 128))
        self.invoked_function_arn = invocation.get("invoked_function_arn", init.get("arn", ""))
        self.aws_request_id = invocation.get("request_id", "")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME", f"/aws/lambda/{self.function_name}")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME", "")
        self._deadline = time.monotonic() + invocation.get("timeout_ms", 3000) / 1000

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends this invocation."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))


class LambdaFormatter(logging.Formatter):
    """The two formats of Lambda's Python runtimes (Lambda guide, monitoring-cloudwatchlogs-logformat)."""

    converter = staticmethod(time.gmtime)

    def __init__(self, as_json: bool) -> None:
        super().__init__(datefmt="%Y-%m-%dT%H:%M:%SZ")
        self._as_json = as_json
        self.request_id = ""

    def format(self, record: logging.LogRecord) -> str:
        """One line of the log."""
        if not self._as_json:
            text = record.getMessage()
            if record.exc_info:
                text += "\n" + self.formatException(record.exc_info)
            return f"[{record.levelname}]\t{self.formatTime(record, self.datefmt)}\t{self.request_id}\t{text}"
        line: dict[str, Any] = {
            "timestamp": self.formatTime(record, self.datefmt),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
        }
        if self.request_id:
            line["requestId"] = self.request_id
        if record.exc_info and record.exc_info[0]:
            line["errorType"] = record.exc_info[0].__name__
            line["errorMessage"] = str(record.exc_info[1])
            line["stackTrace"] = traceback.format_tb(record.exc_info[2])
        for key, value in vars(record).items():
            if key not in _LOG_RECORD_FIELDS and key not in line:
                line[key] = value
        return json.dumps(line, default=str)


def _install_logging() -> LambdaFormatter:
    as_json = os.environ.get("AWS_LAMBDA_LOG_FORMAT", "Text") == "JSON"
    formatter = LambdaFormatter(as_json)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(os.environ.get("AWS_LAMBDA_LOG_LEVEL") or ("INFO" if as_json else "WARNING"))
    return formatter


def _be_patient(factor: float) -> None:
    """Let the function wait that many times longer than it says, for calls and in all: AWS would not be as late."""
    clock, limit = time.monotonic, socket.socket.settimeout
    begun = clock()
    time.monotonic = lambda: begun + (clock() - begun) / factor
    socket.socket.settimeout = lambda self, seconds: limit(self, seconds and seconds * factor)  # type: ignore[method-assign]


def _load(init: dict[str, Any]) -> Any:
    code_dir = init["code_dir"]
    code_paths = [code_dir]
    for layer in filter(None, os.environ.get("_LAMBDA_LAYERS_DIRS", "").split(os.pathsep)):
        code_paths.append(os.path.join(layer, "python"))
    sys.path[:1] = code_paths  # in the place of this script's own folder
    sys.meta_path.insert(0, LambdaPackages(code_paths))
    return getattr(importlib.import_module(init["module"]), init["handler"])


def main() -> None:
    """Serve until the other side closes the pipe."""
    wire = sys.stdout
    sys.stdout = sys.stderr  # what a handler prints is log, not protocol

    def answer(message: str) -> None:
        wire.write(message + "\n")
        wire.flush()

    init = json.loads(sys.stdin.readline())
    os.environ.update(init.get("env", {}))
    formatter = _install_logging()
    _be_patient(float(os.environ.get("LOCAL_AWS_PATIENCE", "1")))
    try:
        handler = _load(init)
    except Exception as error:
        answer(json.dumps({"status": "error", "error": f"Unable to import module '{init['module']}': {error}"}))
        return
    answer(json.dumps({"status": "ready"}))

    for line in sys.stdin:
        envelope = json.loads(line)
        context = Context(init, envelope.get("ctx") or {})
        formatter.request_id = context.aws_request_id
        try:
            reply = json.dumps({"status": "ok", "result": handler(envelope["event"], context)})
        except Exception as error:
            reply = json.dumps({"status": "ok", "raised": str(error), "trace": traceback.format_exc()})
        sys.stderr.write(END_OF_LOG + "\n")
        sys.stderr.flush()
        answer(reply)


if __name__ == "__main__":
    main()
