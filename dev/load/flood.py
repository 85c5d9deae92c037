"""Strangers who ask for codes by the hundred thousand: the real handlers, a DynamoDB in memory and a simulated clock.

There is no botocore between the two, which would take most of the time. People have no part in it but those who sign in
meanwhile, or when it is over.
"""

import contextlib
import io
import json
import logging
import os
import queue
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from cognito_otp import clock, countries
from cognito_otp.refusals import Refusal
from dev.load.cloud import ACCOUNT, SETTINGS, functions, mac
from dev.load.in_memory import Client, Memory
from dev.load.people import Session
from dev.load.steps import Step

HOUR = 3600
_SWEPT = 600  # seconds
_TABLES = {"USER_TABLE": "users", "IDENTITIES_TABLE": "identities", "AUTH_STATE_TABLE": "auth-state"}


@dataclass(frozen=True)
class Text:
    """A message that went out: when, to which number, and its code."""

    at: int
    number: str
    code: str


class Service:
    """A pool's functions, and everything that they send.

    Args:
        begin: when the simulated clock begins (seconds since the epoch, UTC).
        threads: how many functions run at once.
        settings: what differs from `SETTINGS`, e.g. FRAUD_MODE.
    """

    def __init__(self, begin: int, *, threads: int = 8, **settings: str) -> None:
        self.now = begin
        self.texts: list[Text] = []
        self.outcomes: Counter[str] = Counter()
        self._memory = Memory()
        self._threads = threads
        self._handed_over: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        environment = {**ACCOUNT, **SETTINGS, **_TABLES, "CHANNELS": "sms", **settings}
        client = self.client = Client(self._memory)
        for table in _TABLES.values():
            key = "id" if table == "users" else "pk"
            client.create_table(TableName=table, KeySchema=[{"AttributeName": key}])
        clients = dict.fromkeys(("kms", "lambda", "cognito-idp", "sns", "sesv2"), self) | {"dynamodb": client}
        with patch.dict(os.environ, environment):
            modules = functions()
        self._handlers = {name: module.assemble(environment, clients) for name, module in modules.items()}

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Let the package's clock be this one, and have threads; only errors are logged meanwhile."""
        disabled = logging.root.manager.disable
        logging.disable(logging.WARNING)
        try:
            with patch.object(clock, "now", lambda: self.now), ThreadPoolExecutor(self._threads) as self._pool:
                yield
        finally:
            logging.disable(disabled)

    def flood(self, starts: int, seconds: int, person: Callable[[int], tuple[str, str]]) -> None:
        """Have sign-ins begun, evenly over the time and those of a second at once; deliver after each second.

        Args:
            starts: how many.
            seconds: over how long.
            person: gives the username and the phone number of the start of that number.
        """
        begun = self.now
        for second in range(seconds):
            self.now = begun + second
            due = range(starts * second // seconds, starts * (second + 1) // seconds)
            list(self._pool.map(lambda number: self._begin(*person(number)), due))
            self.deliver()
            if self.now % _SWEPT == 0:
                self._memory.sweep(_TABLES["AUTH_STATE_TABLE"], self.now)
        self.now = begun + seconds

    def sign_in(self, username: str, number: str) -> int | None:
        """Let a person sign in, waiting as told; return the seconds that it took, None if they did not get in."""
        begun = self.now
        while True:
            try:
                session = self._session(username, number)
            except Refusal as refusal:
                self.now += refusal.retry_after or 1
            else:
                break
        self.deliver()
        # The last one may be a flood's that they have joined: it came to their phone all the same.
        code = next((text.code for text in reversed(self.texts) if text.number == number), None)
        if code is None:
            return None
        session.answer(code, Step("an answer"))
        return self.now - begun if session.tokens else None

    def trigger(self, source: str, username: str, request: Mapping[str, Any], step: Step) -> dict[str, Any]:
        """Invoke a trigger as Cognito does.

        Raises:
            Refusal: the trigger's.
        """
        event = {
            "version": "1",
            "userPoolId": "us-east-1_flood",
            "userName": username,
            "callerContext": {"clientId": "client"},
            "triggerSource": source,
            "request": dict(request),
            "response": {},
        }
        response: dict[str, Any] = self._handlers["sign_in"](event, step)["response"]
        return response

    def deliver(self) -> None:
        """Carry out what was handed over, all at once."""
        waiting = [self._handed_over.get() for _ in range(self._handed_over.qsize())]
        list(self._pool.map(lambda payload: self._handlers["delivery"](payload, None), waiting))

    def _session(self, username: str, number: str) -> Session:
        attributes = {"sub": username, "phone_number": number, "phone_number_verified": "true"}
        return Session(self, username, {**attributes, "cognito:user_status": "CONFIRMED"}, Step("a start"))

    def _begin(self, username: str, number: str) -> None:
        try:
            self._session(username, number)
        except Refusal as refusal:
            outcome = refusal.token
        else:
            outcome = "begun"
        with self._lock:
            self.outcomes[outcome] += 1

    # What the functions call, as their clients name it.

    def generate_mac(self, *, Message: bytes, **_: Any) -> dict[str, bytes]:  # noqa: N803
        """Stand for KMS."""
        return {"Mac": mac(Message)}

    def invoke(self, *, Payload: bytes, **_: Any) -> dict[str, io.BytesIO]:  # noqa: N803
        """Stand for Lambda: what is handed over waits for `deliver`."""
        self._handed_over.put(json.loads(Payload))
        return {"Payload": io.BytesIO()}

    def publish(self, *, PhoneNumber: str, Message: str, **_: Any) -> dict[str, str]:  # noqa: N803
        """Stand for SNS."""
        (code,) = re.findall(rf"\b\d{{{SETTINGS['CODE_LENGTH']}}}\b", Message)
        with self._lock:
            self.texts.append(Text(self.now, PhoneNumber, code))
        return {"MessageId": "id"}


def in_any_hour(texts: list[Text]) -> int:
    """Return the most texts of any 3,600 seconds."""
    times = sorted(text.at for text in texts)
    most = first = 0
    for last, at in enumerate(times):
        while times[first] <= at - HOUR:
            first += 1
        most = max(most, last - first + 1)
    return most


def by_clock_hour(texts: list[Text]) -> Counter[int]:
    """Count texts by hours since the epoch."""
    return Counter(text.at // HOUR for text in texts)


def of_country(texts: list[Text], code: str) -> list[Text]:
    """Return the texts to numbers of a country (ISO 3166-1 alpha-2)."""
    return [text for text in texts if countries.country(text.number) == code]
