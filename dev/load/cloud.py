"""The AWS of a run: the functions and their clients, DynamoDB Local behind one of these and stand-ins behind the rest.

The clients are those that the package makes for itself: requests are serialised and signed, answers are parsed. Only
the wire is replaced, except DynamoDB's where there is a DynamoDB Local. What is handed over is delivered as Lambda does
it: later, in whatever order, some of it twice.
"""

import base64
import contextlib
import hashlib
import hmac
import importlib
import io
import itertools
import json
import logging
import os
import queue
import random
import re
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.config import Config

from cognito_otp import aws
from cognito_otp.keyed_hash import Purpose
from cognito_otp.refusals import Refusal
from dev.load.in_memory import Memory, over_the_wire
from dev.load.leaks import LENGTH, Search
from dev.load.steps import PERIOD, START, Handler, Ledger, OfThisThread, Step
from dev.load.units import Units

_PATIENCE = 60.0  # seconds for a message
_LATEST = 0.5  # seconds after which an invocation may come a second time
_SOON = 0.02
_SHARING = 5  # threads that share clients: each may have a retry beside it, and a client keeps ten connections

# A computer that is busy must not look like an AWS that is late, for which the package has its time limits.
_UNHURRIED = Config(connect_timeout=60, read_timeout=60, retries={"mode": "standard", "total_max_attempts": 2})

ACCOUNT = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "load",
    "AWS_SECRET_ACCESS_KEY": "load",
    "NO_PROXY": "127.0.0.1",
}
SETTINGS = {
    "USERNAME_ATTRIBUTES": "phone_number",
    "CHANNELS": "sms,email",
    "CREATE_ROW_ON": "sign_up",
    "CODE_KEY_ID": "key",
    "DELIVERY_FUNCTION": "delivery",
    "CODE_LENGTH": str(LENGTH),
    "CODE_TTL_SECONDS": "300",
    "MAX_ATTEMPTS": "3",
    "MAX_RESENDS": "3",
    "SHOW_DESTINATION": "true",
    "RESEND_AFTER_SECONDS": "30",
    "RESEND_BACKOFF_MAX_SECONDS": "300",
    "TRACK_SIGN_INS": "true",
    "APP_NAME": "Example",
    "DEFAULT_LOCALE": "en",
    "FRAUD_MODE": "record_only",
    "FRAUD_DAILY_FLOOR": "20",
    "FRAUD_HOURLY_FLOOR": "3",
    "FRAUD_DAILY_RATIO": "0.3",
    "FRAUD_HOURLY_RATIO": "0.2",
    "SMS_PROVIDER": "sns",
    "SMS_MESSAGE_TYPE": "Transactional",
    "EMAIL_FROM": "login@example.com",
    "EMAIL_IDENTITY_ARN": "arn:aws:ses:us-east-1:123456789012:identity/login@example.com",
}
"""What the functions are configured with, apart from the names of the tables."""
_FUNCTIONS = ("sign_up", "sign_in", "delivery")
_KEY = b"the key of the run"
_END = ""  # instead of a payload
_CODE = re.compile(rf"\b\d{{{LENGTH}}}\b")


class Messages:
    """What arrived, by address."""

    def __init__(self) -> None:
        self._arrival = threading.Condition()
        self.codes: dict[str, list[str]] = defaultdict(list)
        self.by_request: Counter[tuple[str, int]] = Counter()

    def arrive(self, address: str, text: str, request: tuple[str, int]) -> None:
        """Let a message arrive; `request` is the challenge's id and generation."""
        (code,) = set(_CODE.findall(text))
        with self._arrival:
            self.codes[address].append(code)
            self.by_request[request] += 1
            self._arrival.notify_all()

    def wait(self, address: str, number: int) -> str | None:
        """Return the code of an address's message of that number (1 is the first); None if it does not come."""
        with self._arrival:
            if self._arrival.wait_for(lambda: len(self.codes[address]) >= number, _PATIENCE):
                return self.codes[address][number - 1]
        return None


@dataclass
class _Call:
    service: str
    operation: str
    request: Mapping[str, Any]
    answer: Mapping[str, Any] | None = None


class _Wire(threading.local):
    """One thread's calls since they were taken last."""

    def __init__(self) -> None:
        self.calls: list[_Call] = []

    def begin(self, params: Mapping[str, Any], model: Any, **_: Any) -> None:
        """Note a call, before it is serialised."""
        self.calls.append(_Call(model.service_model.service_name, model.name, params))

    def end(self, http_response: Any, parsed: Mapping[str, Any], **_: Any) -> None:
        """Note its answer."""
        self.calls[-1].answer = parsed if http_response.status_code < 300 else None

    def take(self) -> list[_Call]:
        """Return the calls."""
        calls, self.calls = self.calls, []
        return calls


class _Raw(io.BytesIO):
    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


class _Log(logging.Handler):
    """Keeps the records of every logger, debug lines included where a logger is configured to write them."""

    def __init__(self) -> None:
        super().__init__()
        self.records: deque[logging.LogRecord] = deque()

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


# Times and ids of threads, which `logging` itself puts into each record.
_OF_LOGGING = frozenset({"created", "msecs", "relativeCreated", "thread", "process", "lineno", "taskName"})


@dataclass(frozen=True, order=True)
class _Invocation:
    due: float
    number: int
    payload: str
    time: int
    step: Step
    is_first: bool


class Cloud:
    """The functions, what they talk to, and what they leave behind.

    Args:
        endpoint_url: of DynamoDB Local; None for a DynamoDB in this process, see `in_memory`.
        threads: how many people sign in at once.
        repeated: share of the triggers that Cognito invokes twice, and of the deliveries that Lambda does.
        seed: of what is left to chance, except the package's own.
    """

    def __init__(self, endpoint_url: str | None, threads: int, repeated: float, seed: int) -> None:
        self._memory = Memory() if endpoint_url is None else None
        self._threads = threads
        self._repeated = repeated
        self._random = random.Random(f"cloud {seed}")
        self._environment = {**ACCOUNT, **SETTINGS}
        if endpoint_url is not None:
            self._environment["AWS_ENDPOINT_URL_DYNAMODB"] = endpoint_url
        run = base64.b32encode(os.urandom(5)).decode()
        self.tables = {name: f"load-{run}-{name}" for name in ("users", "identities", "auth-state")}
        self._environment |= {
            "USER_TABLE": self.tables["users"],
            "IDENTITIES_TABLE": self.tables["identities"],
            "AUTH_STATE_TABLE": self.tables["auth-state"],
        }
        self.mine = OfThisThread()
        self.ledger = Ledger()
        self.messages = Messages()
        keys = [_KEY, *(mac(each.value.encode()) for each in Purpose)]
        self.search = Search(range(START, START + PERIOD), keys)
        self.problems: list[str] = []
        self.errors: Counter[str] = Counter()
        self.users: dict[str, dict[str, str]] = {}
        self._wire = _Wire()
        self._log = _Log()
        self._numbers = itertools.count()
        self._queue: queue.PriorityQueue[_Invocation] = queue.PriorityQueue()

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Make the tables and the functions, one environment for each thread, and deliver until the end."""
        with patch.dict(os.environ, self._environment), patch.dict(aws.clients.__kwdefaults__, config=_UNHURRIED):
            for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
                os.environ.pop(name, None)
            plain = self._in_memory(botocore.session.get_session().create_client("dynamodb"))
            people = self._environments(self._threads)
            deliveries = self._environments(max(2, self._threads // 3))
        for name, table in self.tables.items():
            key = "id" if name == "users" else "pk"
            plain.create_table(
                TableName=table,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
                KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
            )
        self._units = Units(plain)
        self._free: queue.SimpleQueue[dict[str, Handler]] = queue.SimpleQueue()
        for functions in people:
            self._free.put(functions)
        root = logging.getLogger()
        level = root.level
        root.addHandler(self._log)
        root.setLevel(logging.DEBUG)
        workers = [threading.Thread(target=self._deliver, args=(each,), daemon=True) for each in deliveries]
        for worker in workers:
            worker.start()
        try:
            with (
                ThreadPoolExecutor(self._threads) as self._retries,
                patch.object(aws, "_LAST_START", _UNHURRIED.read_timeout),
            ):
                yield
                self._queue.join()
            self._read_log()
            self._search_tables(plain)
        finally:
            self._queue.put(_Invocation(float("inf"), 0, _END, 0, Step("the end"), is_first=False))
            root.setLevel(level)
            root.removeHandler(self._log)

    def take_environment(self) -> None:
        """Give this thread the functions that it invokes as Cognito."""
        self.mine.functions = self._free.get_nowait()

    def trigger(self, source: str, username: str, request: Mapping[str, Any], step: Step) -> dict[str, Any]:
        """Invoke a trigger as Cognito does, some of them twice, and return its response, the last one's.

        Raises:
            Refusal: the trigger's.
        """
        function = "sign_up" if source.startswith(("PreSignUp", "PostConfirmation")) else "sign_in"
        event = {
            "version": "1",
            "region": "us-east-1",
            "userPoolId": "us-east-1_load",
            "userName": username,
            "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": "client"},
            "triggerSource": source,
            "request": request,
            "response": {},
        }
        work = (self.mine.functions[function], source.partition("_")[0], json.dumps(event), self.mine.time, step)
        if self._chance(self._repeated):
            step.typical = False
            step.repeated.add(work[1])
            if self._chance(0.5):
                # The first one still runs when the answer to the second is there.
                late = self._retries.submit(self._invoke_in_vain, *work)
                try:
                    return self._response(*work)
                finally:
                    late.result()
            self._invoke_in_vain(*work)
        return self._response(*work)

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def _invoke_in_vain(self, *work: Any) -> None:
        with contextlib.suppress(Refusal):
            self._response(*work)

    def _response(self, handler: Handler, trigger: str, event: str, now: int, step: Step) -> dict[str, Any]:
        try:
            answer = self._invoke(handler, trigger, event, now, step)
        except Refusal as refusal:
            self.search.look("refusals", str(refusal))
            raise
        response: dict[str, Any] = json.loads(json.dumps(answer))["response"]
        self.search.look("trigger responses", response)
        return response

    def _invoke(self, handler: Handler, trigger: str, event: str, now: int, step: Step) -> Any:
        self.mine.time, self.mine.step = now, step
        payload = json.loads(event)
        begun = time.thread_time()
        try:
            return handler(payload, None)
        finally:
            seconds = time.thread_time() - begun
            calls = self._wire.take()
            units = [
                self._units.of(call.operation, call.request, call.answer)
                for call in calls
                if call.service == "dynamodb"
            ]
            self.ledger.add(step, trigger, [f"{call.service} {call.operation}" for call in calls], units, seconds)
            for call in calls:
                self._search_call(call)
            self._read_log()

    def _search_call(self, call: _Call) -> None:
        if call.service == "dynamodb":
            # A row of the User table is where a person's attributes belong.
            is_row = call.request.get("TableName") == self.tables["users"]
            self.search.look("DynamoDB requests", dict(call.request), addresses=is_row)
        elif call.service == "lambda":
            self.search.look("hand-overs", call.request["Payload"].decode(), addresses=True)
        elif call.service == "cognito-idp":
            self.search.look("Cognito requests", dict(call.request), addresses=True)

    def _read_log(self) -> None:
        while self._log.records:
            try:
                record = self._log.records.popleft()
            except IndexError:  # another thread was faster
                return
            fields = {name: value for name, value in vars(record).items() if name not in _OF_LOGGING}
            fields["exc_info"] = record.exc_info and logging.Formatter().formatException(record.exc_info)
            self.search.look("log records", {**fields, "message": record.getMessage()})
            if record.levelno >= logging.ERROR:
                facts = (getattr(record, name, None) for name in ("error", "aws_error", "where"))
                self.errors[" ".join([record.getMessage(), *(str(fact) for fact in facts if fact)])] += 1

    def _search_tables(self, client: Any) -> None:
        for name, table in self.tables.items():
            for page in client.get_paginator("scan").paginate(TableName=table):
                for item in page["Items"]:
                    self.search.look(f"items of {name}", item, addresses=name == "users")

    def _environments(self, count: int) -> list[dict[str, Handler]]:
        """Start so many environments of each function; some share their clients, which take long to make."""
        modules = functions()
        environments = []
        for number in range(count):
            if number % _SHARING == 0:
                clients = self._clients()
            environments.append({name: module.assemble(self._environment, clients) for name, module in modules.items()})
        return environments

    def _clients(self) -> dict[str, Any]:
        clients = aws.clients("dynamodb", "kms", "lambda", "cognito-idp", "sns", "sesv2")
        answers = {
            "kms": self._mac,
            "lambda": self._queued,
            "cognito-idp": self._attributes_set,
            "sns": self._texted,
            "sesv2": self._mailed,
        }
        for service, client in clients.items():
            client.meta.events.register("before-parameter-build", self._wire.begin)
            client.meta.events.register("after-call", self._wire.end)
            if service in answers:
                client.meta.events.register("before-send", self._answering(answers[service]))
        self._in_memory(clients["dynamodb"])
        return clients

    def _in_memory(self, client: Any) -> Any:
        if (memory := self._memory) is not None:
            client.meta.events.register(
                "before-send", lambda request, **_: http_response(request, *over_the_wire(memory, request))
            )
        return client

    def _answering(self, answer: Any) -> Any:
        def before_send(request: Any, **_: Any) -> AWSResponse:
            return http_response(request, *answer(self._wire.calls[-1].request))

        return before_send

    def _mac(self, request: Mapping[str, Any]) -> tuple[int, bytes]:
        return 200, json.dumps({"Mac": base64.b64encode(mac(request["Message"])).decode()}).encode()

    def _queued(self, request: Mapping[str, Any]) -> tuple[int, bytes]:
        step, payload = self.mine.step, request["Payload"].decode()
        if self._is_due("hand_over_lost"):
            return 202, b""
        step.await_delivery()
        times = [_SOON]
        if self._chance(self._repeated):
            step.typical = False
            times += [_LATEST] * self._random.randint(1, 2)
        for number, latest in enumerate(times):
            due = time.monotonic() + self._random.uniform(0, latest)
            self._queue.put(_Invocation(due, next(self._numbers), payload, self.mine.time, step, number == 0))
        return 202, b""

    def _attributes_set(self, request: Mapping[str, Any]) -> tuple[int, bytes]:
        self.users[request["Username"]] |= {each["Name"]: each["Value"] for each in request["UserAttributes"]}
        return 200, b"{}"

    def _texted(self, request: Mapping[str, Any]) -> tuple[int, bytes]:
        if self._is_due("not_taken"):
            return 400, _error("Throttling")
        if self._is_due("refused"):
            return 400, _error("InvalidParameter")
        self.messages.arrive(request["PhoneNumber"], request["Message"], self.mine.request)
        if self._is_due("answer_lost"):
            return 500, _error("InternalError")
        return 200, b"<PublishResponse><PublishResult><MessageId>id</MessageId></PublishResult></PublishResponse>"

    def _mailed(self, request: Mapping[str, Any]) -> tuple[int, bytes]:
        (address,) = request["Destination"]["ToAddresses"]
        text = request["Content"]["Simple"]["Body"]["Text"]["Data"]
        self.messages.arrive(address, text, self.mine.request)
        return 200, b'{"MessageId": "id"}'

    def _is_due(self, fault: str) -> bool:
        """Tell whether this goes wrong now; it does so once."""
        step = self.mine.step
        if step.fault != fault:
            return False
        step.fault = None
        return True

    def _deliver(self, functions: Mapping[str, Handler]) -> None:
        while True:
            invocation = self._queue.get()
            if invocation.payload == _END:
                self._queue.put(invocation)  # for the next one
                return
            time.sleep(max(0.0, invocation.due - time.monotonic()))
            request = json.loads(invocation.payload)
            self.mine.request = (request["challenge_id"], request["generation"])
            work = functions["delivery"], "delivery", invocation.payload, invocation.time, invocation.step
            try:
                with invocation.step.delivering(awaited=invocation.is_first):
                    self._invoke(*work)
            except Exception as error:  # Lambda would invoke again; here nothing may fail
                self.problems.append(f"a delivery failed: {type(error).__name__}")
            finally:
                self._queue.task_done()


def functions() -> dict[str, Any]:
    """Import the functions; the environment must hold what they begin with, see `ACCOUNT` and `SETTINGS`."""
    return {name: importlib.import_module(f"cognito_otp.functions.{name}") for name in _FUNCTIONS}


def mac(message: bytes) -> bytes:
    """Return what KMS makes of a message with the run's key."""
    return hmac.digest(_KEY, message, hashlib.sha256)


def http_response(request: Any, status: int, body: bytes) -> AWSResponse:
    """Return an answer as botocore takes it from a handler of `before-send`, to that request."""
    return AWSResponse(request.url, status, {"content-length": str(len(body))}, _Raw(body))


def _error(code: str) -> bytes:
    return f"<ErrorResponse><Error><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>".encode()
