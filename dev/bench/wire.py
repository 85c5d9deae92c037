"""A wire that counts: botocore's clients as they are, and behind them a DynamoDB and moto, in this process.

Requests are serialised and signed, answers are parsed; only what would leave the machine does not. The processor's time
on the wire and behind it is known, so that it can be left out. Sockets and TLS are left out with it.
"""

import contextlib
import json
import re
import time
import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import boto3
import botocore.handlers
import moto
from botocore.awsrequest import AWSResponse
from moto.core.models import botocore_stubber

from dev.load.cloud import http_response
from dev.load.in_memory import Memory, over_the_wire

_CODE = re.compile(r"\b\d{6}\b")


@dataclass(frozen=True)
class Call:
    """A call as it went over the wire.

    Attributes:
        service: as botocore's events name it, e.g. `"dynamodb"` or `"cognito-identity-provider"`.
        operation: e.g. `"UpdateItem"`.
        request: what DynamoDB was asked for; nothing for other services.
        answer: what DynamoDB answered; None if it refused.
    """

    service: str
    operation: str
    request: Mapping[str, Any]
    answer: Mapping[str, Any] | None


class Wire:
    """What clients send to, as a handler of botocore's event `before-send`.

    Attributes:
        calls: since they were taken last.
        codes: of the texts that went out, the newest last.
        invoked: payloads of the functions that were invoked, until somebody runs these.
        seconds: of the processor, spent here and behind it.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.codes: list[str] = []
        self.invoked: list[dict[str, Any]] = []
        self.seconds = 0.0
        self._dynamodb = Memory()

    def __call__(self, request: Any, event_name: str, **_: Any) -> AWSResponse:
        """Answer a request."""
        begun = time.thread_time()
        _before_send, service, operation = event_name.split(".")
        asked: Mapping[str, Any] = {}
        answer: Mapping[str, Any] | None = None
        match service:
            case "dynamodb":
                status, body = over_the_wire(self._dynamodb, request)
                response = http_response(request, status, body)
                asked, answer = json.loads(request.body), json.loads(body) if status == 200 else None
            case "lambda":
                self.invoked.append(json.loads(request.body))
                response = http_response(request, 202, b"")
            case _:
                response = botocore_stubber(event_name, request)
        if operation == "Publish":
            (text,) = urllib.parse.parse_qs(_text(request.body))["Message"]
            self.codes += _CODE.findall(text)
        self.calls.append(Call(service, operation, asked, answer))
        self.seconds += time.thread_time() - begun
        return response

    def take(self) -> list[Call]:
        """Return the calls."""
        calls, self.calls = self.calls, []
        return calls


def _text(body: str | bytes) -> str:
    return body.decode() if isinstance(body, bytes) else body


@contextlib.contextmanager
def stubbed() -> Iterator[Wire]:
    """Give every botocore session that is made in here the wire, and boto3 a default session without the old one."""
    wire = Wire()
    # botocore asks every handler of this event and takes the first answer: moto's own may not answer a second time.
    others = [spec for spec in botocore.handlers.BUILTIN_HANDLERS if spec[1] is not botocore_stubber]
    with (
        moto.mock_aws(),
        patch.object(botocore.handlers, "BUILTIN_HANDLERS", [*others, ("before-send", wire)]),
        patch.object(boto3, "DEFAULT_SESSION", None),
    ):
        yield wire
