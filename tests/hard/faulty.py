"""The functions as Lambda and Cognito run them, on tables in memory, with AWS calls that go wrong.

Everybody else plays along: Cognito invokes a trigger again that did not answer, Lambda an asynchronous function that
failed, providers send, and a person does what a sign-in page says.
"""

import contextlib
import copy
import hmac
import io
import json
import logging
import re
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError

from cognito_otp import aws, refusals
from cognito_otp.accounts import ACTIVE
from cognito_otp.functions import delivery, maintenance, sign_in, sign_up
from cognito_otp.refusals import Refusal
from dev.load.in_memory import Client, Memory
from tests.unit.conftest import ENVIRONMENT, HOOK_ARN, Calls, Clock, Died, Hook, OwnClient, Session, World
from tests.unit.listed_pool import ListedPool

ACTIVATED_ARN = "arn:aws:lambda:us-east-1:123456789012:function:activated"
PROVIDER_ARN = "arn:aws:lambda:us-east-1:123456789012:function:provider"
AWS_TEXT = "User arn:aws:sts::123456789012:assumed-role/secret is not authorized, item +14155550100"
"""What AWS says of an error, which is nobody's business."""

TOKENS = frozenset(value for name, value in vars(refusals).items() if name.isupper())
_PUBLIC = re.compile(rf"({'|'.join(sorted(TOKENS))})( retry_after=\d+)?")

_MODULES = {"sign_up": sign_up, "sign_in": sign_in, "delivery": delivery, "maintenance": maintenance}
_INVOKED_AGAIN = 2  # times: three in all


class UnansweredError(Exception):
    """A trigger did not answer; the client is told so in Cognito's own words, and the session is over."""


@dataclass(frozen=True)
class Call:
    """One AWS call of a function.

    Attributes:
        function: whose.
        operation: as botocore's clients spell it.
        permissions: the pairs of IAM action and table (or what else is named) that it needs.
        is_tried_once: a message could go out twice, so the client sends it once.
    """

    function: str
    operation: str
    permissions: frozenset[tuple[str, str]]
    is_tried_once: bool

    @property
    def service(self) -> str:
        """The IAM prefix, e.g. `"dynamodb"`."""
        return min(self.permissions)[0].partition(":")[0]


_ITEM_ACTIONS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem"}
_PREFIXES = {
    "generate_mac": "kms",
    "publish": "sns",
    "send_email": "ses",
    "send_text_message": "sms-voice",
    "put_message_feedback": "sms-voice",
}
_SENDING = ("publish", "send_email", "send_text_message")


def call_of(function: str, operation: str, parameters: dict[str, Any]) -> Call:
    """Say what a call is, from its operation and parameters."""
    camel = "".join(part.capitalize() for part in operation.split("_"))
    tried_once = operation in (*_SENDING, "put_message_feedback")
    if operation == "transact_write_items":
        parts = [next(iter(part.items())) for part in parameters["TransactItems"]]
        permissions = {(f"dynamodb:{_ITEM_ACTIONS[kind]}", each["TableName"]) for kind, each in parts}
    elif operation == "batch_get_item":
        permissions = {("dynamodb:BatchGetItem", table) for table in parameters["RequestItems"]}
    elif "TableName" in parameters:
        permissions = {(f"dynamodb:{camel}", parameters["TableName"])}
    elif operation == "invoke":
        permissions = {("lambda:InvokeFunction", parameters["FunctionName"])}
        tried_once = parameters["InvocationType"] == "RequestResponse"
    else:
        permissions = {(f"{_PREFIXES.get(operation, 'cognito-idp')}:{camel}", "")}
    return Call(function, operation, frozenset(permissions), tried_once)


# What can go wrong with a call. Each gets the call and what carries it out.

_THROTTLES = {
    "dynamodb": ("ProvisionedThroughputExceededException", 400),
    "kms": ("ThrottlingException", 400),
    "lambda": ("TooManyRequestsException", 429),
    "cognito-idp": ("TooManyRequestsException", 400),
    "sns": ("Throttling", 400),
    "ses": ("TooManyRequestsException", 429),
    "sms-voice": ("ThrottlingException", 400),
}

Carry = Callable[[], Any]


def _error(call: Call, code: str, status: int = 400) -> ClientError:
    answer = {"Error": {"Code": code, "Message": AWS_TEXT}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, call.operation)


def throttled(call: Call, _carry: Carry) -> Any:
    raise _error(call, *_THROTTLES[call.service])


def timed_out(_call: Call, _carry: Carry) -> Any:
    """Nothing reached AWS."""
    raise ReadTimeoutError(endpoint_url="https://aws.test/", error=AWS_TEXT)


def answer_lost(_call: Call, carry: Carry) -> Any:
    """It was carried out, and nobody said how it ended."""
    with contextlib.suppress(ClientError):
        carry()
    raise ReadTimeoutError(endpoint_url="https://aws.test/", error=AWS_TEXT)


def failing_inside(call: Call, _carry: Carry) -> Any:
    raise _error(call, "InternalServerError", 500)


def refused(call: Call, _carry: Carry) -> Any:
    raise _error(call, "AccessDeniedException")


def missing(call: Call, _carry: Carry) -> Any:
    """The table, key, function or pool is not there."""
    raise _error(call, "NotFoundException" if call.service == "kms" else "ResourceNotFoundException")


def made_again(call: Call, carry: Carry) -> Any:
    """It was carried out, its answer was lost, and the SDK made it again.

    Not where the SDK does not: a message. A transaction carries a token by which DynamoDB knows the second for the
    first, and answers it as that.
    """
    if call.is_tried_once or call.operation == "transact_write_items":
        return carry()
    with contextlib.suppress(ClientError):
        carry()
    return carry()


def died_before(_call: Call, _carry: Carry) -> Any:
    raise Died


def died_after(_call: Call, carry: Carry) -> Any:
    with contextlib.suppress(ClientError):
        carry()
    raise Died


ERRORS = (throttled, timed_out, answer_lost, failing_inside, refused, missing)
DEATHS = (died_before, died_after)
Fault = Callable[[Call, Carry], Any]


class Faults(Calls):
    """The AWS calls of the functions, and the fault that strikes one of them, or all of one kind.

    Attributes:
        met: the calls since `clear`.
        strikes: told the number and the call; gives the fault.
        struck: calls that were.
        function: whose calls these are; None while a test or Cognito itself makes some.
    """

    def __init__(self) -> None:
        super().__init__()
        self.met: list[Call] = []
        self.strikes: Callable[[int, Call], Fault | None] = lambda number, call: None
        self.struck: list[Call] = []
        self.function: str | None = None
        self.carried_out: Callable[[Call, dict[str, Any]], None] = lambda call, parameters: None

    def clear(self) -> None:
        self.met, self.struck = [], []

    def run(self, name: str, operation: Callable[..., Any], arguments: Any, parameters: Any) -> Any:
        if self.function is None:
            return operation(*arguments, **parameters)
        call = call_of(self.function, name, parameters)
        self.met.append(call)

        def carry() -> Any:
            answer = operation(*arguments, **parameters)
            self.carried_out(call, parameters)
            return answer

        fault = self.strikes(len(self.met) - 1, call)
        if fault is None:
            return carry()
        self.struck.append(call)
        return fault(call, carry)


class Pool(ListedPool):
    """A pool that deletes, too."""

    def admin_delete_user(self, **request: Any) -> dict[str, Any]:
        self.admin_get_user(**request)
        del self.users[request["Username"]]
        return {}


class Queue:
    """Lambda's queue of asynchronous invocations."""

    def __init__(self) -> None:
        self.waiting: list[tuple[str, dict[str, Any]]] = []
        self.every: list[tuple[str, dict[str, Any]]] = []

    def invoke(self, *, FunctionName: str, InvocationType: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        assert InvocationType == "Event"
        event = (FunctionName, json.loads(Payload))
        self.waiting.append(event)
        self.every.append(event)
        return {"StatusCode": 202, "Payload": io.BytesIO()}


class Provider:
    """Stands for each that takes messages."""

    def publish(self, **_: Any) -> dict[str, str]:
        return {"MessageId": "message-1"}

    send_email = send_text_message = put_message_feedback = publish

    def invoke(self, **_: Any) -> dict[str, Any]:
        return {"StatusCode": 200, "Payload": io.BytesIO(b'{"status": "sent"}')}


class Kms:
    """Stands for the key."""

    def generate_mac(self, *, KeyId: str, Message: bytes, MacAlgorithm: str) -> dict[str, bytes]:  # noqa: N803
        assert MacAlgorithm == "HMAC_SHA_256"
        return {"Mac": hmac.digest(KeyId.encode(), Message, "sha256")}


class Tables(Memory):
    """The module's tables, whose contents can be kept and brought back: what is in there is never changed in place."""

    def __init__(self) -> None:
        super().__init__()
        self._rewritten: tuple[str, str] | None = None
        for table, key in (("users", "id"), ("identities", "pk"), ("auth-state", "pk")):
            self.answer("CreateTable", {"TableName": table, "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}]})

    def rewrite(self, asked: str, instead: str) -> None:
        """Take a protection away: carry out something else than what is asked for."""
        self._rewritten = (asked, instead)

    def answer(self, operation: str, request: Mapping[str, Any]) -> tuple[int, Mapping[str, Any]]:
        if self._rewritten:
            request = json.loads(json.dumps(request).replace(*self._rewritten))
        return super().answer(operation, request)

    def contents(self) -> dict[str, dict[str, Any]]:
        return {table: dict(items) for table, items in self._items.items()}

    def empty(self, table: str) -> None:
        self._items[table] = {}

    def sweep(self, now: int) -> None:
        """Remove what is past its time, as DynamoDB does within days."""
        items = self._items["auth-state"]
        for key in [key for key, item in items.items() if int(item.get("expires_at", {"N": now + 1})["N"]) <= now]:
            del items[key]

    def bring_back(self, contents: dict[str, dict[str, Any]]) -> None:
        self._items = {table: dict(items) for table, items in contents.items()}


@dataclass(frozen=True)
class Message:
    """A message that went out: to whom, with which code, for which request (challenge and generation)."""

    to: str
    code: str
    request: tuple[str, int]


class Context:
    """What Lambda tells `maintenance` of its invocation."""

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


@dataclass
class Lines:
    """The lines of the log, as the functions write them."""

    records: list[dict[str, Any]] = field(default_factory=list)

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        handler = logging.Handler()
        handler.emit = lambda record: self.records.append(  # type: ignore[method-assign]
            {name: value for name, value in vars(record).items() if name not in _LOGGINGS_OWN}
        )
        logger = logging.getLogger("cognito_otp")
        level = logger.level
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
        try:
            yield
        finally:
            logger.removeHandler(handler)
            logger.setLevel(level)

    def add_traceback(self, error: BaseException) -> None:
        """Write what Lambda writes of an error that leaves a function."""
        self.records.append({"traceback": "".join(traceback.format_exception(error))})

    @property
    def of_trouble(self) -> list[dict[str, Any]]:
        """The lines that say that something failed, or was refused by a provider."""
        return [
            record
            for record in self.records
            if record.get("outcome") == "failed"
            or (record.get("msg"), record.get("outcome")) == ("delivery", "refused")
        ]

    @property
    def text(self) -> str:
        return "\n".join(json.dumps(record, default=str) for record in self.records)


# Among the digits of clock readings and thread numbers any code turns up by chance.
_LOGGINGS_OWN = frozenset({"created", "msecs", "relativeCreated", "thread", "process"})


class FaultyWorld(World):
    """The four functions, the pool, and what reached the public.

    Attributes:
        faults: the functions' AWS calls.
        pool: the users.
        lines: the log.
        outbox: what providers sent.
        public: what clients were told instead of an answer.
        leaks: exceptions whose text the public would read.
        is_answered_late: told a function; whether Cognito or Lambda invokes it again although it is through.
        repeats: how often Cognito invokes a trigger again that died.
        offset_of: by how many seconds the clock of an environment that a function is invoked in is wrong.
    """

    def __init__(self, clock: Clock, **overrides: str) -> None:
        self.faults = Faults()
        self.lines = Lines()
        self.outbox: list[Message] = []
        self.public: list[str] = []
        self.leaks: list[BaseException] = []
        self.is_answered_late: Callable[[str], bool] = lambda function: False
        self.repeats = _INVOKED_AGAIN
        self.offset_of: Callable[[str], int] = lambda function: 0
        self._offset = 0
        self._handlers: dict[str, Any] = {}
        self._delivering: tuple[str, int] | None = None
        self.clock = clock
        self.pool, self.pool_id = Pool(), "us-east-1_pool"
        self.lambda_queue = Queue()
        self.tables = Tables()
        made = {
            "dynamodb": Client(self.tables),
            "kms": Kms(),
            "cognito-idp": self.pool,
            "lambda": self.lambda_queue,
            "sns": Provider(),
            "sesv2": Provider(),
            "pinpoint-sms-voice-v2": Provider(),
            aws.OWN_FUNCTION: Provider(),
            aws.HOOK: Hook(),
        }
        self.faults.carried_out = self._sent
        self.clients = {name: OwnClient(client, self.faults) for name, client in made.items()}
        self.environment = {**ENVIRONMENT, "CODE_KEY_ID": "key", **overrides}
        self.assemble()

    def assemble(self) -> None:
        """Let every environment be a new one: it initialises with its first invocation."""
        self._handlers = {}
        self.sign_up_handler = lambda event, context: self._trigger("sign_up", event)
        self.sign_in_handler = lambda event, context: self._trigger("sign_in", event)

    # What Cognito and Lambda do

    def _trigger(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
        for left in range(self.repeats, -1, -1):
            asked = json.loads(json.dumps(event))
            try:
                answer: dict[str, Any] = self._run(function, asked)
                if self.is_answered_late(function) and left:
                    continue
            except Died:
                continue
            except Refusal as refusal:
                self.public.append(str(refusal))
                self.lines.add_traceback(refusal)
                if not _PUBLIC.fullmatch(str(refusal)):
                    self.leaks.append(refusal)
                raise
            except Exception as error:
                self.leaks.append(error)
                raise Refusal(refusals.SERVICE_UNAVAILABLE) from None
            return answer
        self.public.append("unanswered")
        raise UnansweredError

    def now(self) -> int:
        """Return what `clock.now` is to say."""
        return self.clock.time + self._offset

    def _run(self, function: str, event: dict[str, Any]) -> Any:
        self.faults.function, self._offset = function, self.offset_of(function)
        try:
            if function not in self._handlers:
                self._handlers[function] = _MODULES[function].assemble(self.environment, self.clients)
            return self._handlers[function](event, Context())
        except Died:
            self._handlers.pop(function, None)
            raise
        finally:
            self.faults.function, self._offset = None, 0

    def run_queued(self) -> None:
        """Run what was invoked asynchronously. What fails is left to Lambda's retry, see `run_late`."""
        while self.lambda_queue.waiting:
            self.run_event(*self.lambda_queue.waiting.pop(0))

    def run_late(self) -> None:
        """Run everything that was ever queued once more: Lambda delivers at least once, and retries a minute later."""
        for name, event in list(self.lambda_queue.every):
            self.run_event(name, event)
        self.run_queued()

    def run_event(self, name: str, event: dict[str, Any]) -> None:
        """Run one asynchronous invocation."""
        if name not in _MODULES:
            return
        self._delivering = (event["challenge_id"], event["generation"]) if "challenge_id" in event else None
        for _ in range(2 if self.is_answered_late(name) else 1):
            with contextlib.suppress(Died, ClientError, ReadTimeoutError, Refusal, maintenance.JobFailedError):
                self._run(name, event)
        self._delivering = None

    def _sent(self, call: Call, parameters: dict[str, Any]) -> None:
        if call.operation in _SENDING or call.permissions == {("lambda:InvokeFunction", PROVIDER_ARN)}:
            assert self._delivering is not None
            text = json.dumps(parameters, default=lambda payload: payload.decode())
            (to,) = set(re.findall(r"\+1415555\d{4}|\w+@people\.test", text))
            self.outbox.append(Message(to, re.findall(r"\b\d{6}\b", text)[0], self._delivering))

    def job(self, **event: Any) -> dict[str, Any] | None:
        """Have `maintenance` do a job, as a schedule does; None if it failed."""
        try:
            report: dict[str, Any] = self._run("maintenance", {"user_pool_id": self.pool_id, **event})
        except (Died, Refusal, maintenance.JobFailedError) as error:
            self.lines.add_traceback(error)
            return None
        return report

    # What a test looks at

    def cooldown_left(self) -> int:
        """Return the seconds that the longest cooldown still runs."""
        ends = [int(item["next_at"]["N"]) for item in self.items("auth-state") if "next_at" in item]
        return max(0, *(end - self.clock.time for end in ends), 0)

    def messages_of_a_request(self) -> Counter[tuple[str, int]]:
        return Counter(message.request for message in self.outbox)

    def standing(self) -> dict[str, tuple[str, str | None, set[str]]]:
        """Return by username what the tables say of those who are in the pool.

        Returns:
            dict: the account's state, the row's status, and the kinds that a proven claim holds for it.
        """
        claims = [item for item in self.items("identities") if item["pk"]["S"].startswith("claim#")]
        found = {}
        for username, user in self.pool.users.items():
            key = f"account#{username}"
            account = self.item("identities", pk=key) or {"st": {"S": "none"}}
            row = self.item("users", id=user["attributes"]["sub"])
            proven = {
                claim["pk"]["S"].split("#")[1]
                for claim in claims
                if claim["holder"]["S"] == key and claim["att"] == account.get("att") and claim["proven"]["BOOL"]
            }
            found[username] = (account["st"]["S"], row["status"]["S"] if row else None, proven)
        return found

    def is_in_line(self) -> bool:
        """Tell whether there is an account for each user and none besides, and no claim that points nowhere."""
        items = {item["pk"]["S"]: item for item in self.items("identities")}
        accounts = {key: item["att"]["S"] for key, item in items.items() if key.startswith("account#")}
        holders = [(item["holder"]["S"], item["att"]["S"]) for item in items.values() if "holder" in item]
        names = {f"account#{username}" for username in self.pool.users}
        return accounts.keys() == names and all(accounts.get(key) == attempt for key, attempt in holders)

    def snapshot(self) -> dict[str, Any]:
        """Return all that the functions, their tables and the pool know."""
        queue = self.lambda_queue
        copied = {"users": self.pool.users, "waiting": queue.waiting, "every": queue.every, "outbox": self.outbox}
        return {"tables": self.tables.contents(), "time": self.clock.time, **copy.deepcopy(copied)}

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Let everything be as it was then, in new environments, with nothing recorded."""
        self.tables.bring_back(snapshot["tables"])
        self.clock.time = snapshot["time"]
        self.pool.users, self.outbox = copy.deepcopy(snapshot["users"]), list(snapshot["outbox"])
        self.lambda_queue.waiting, self.lambda_queue.every = list(snapshot["waiting"]), list(snapshot["every"])
        self.public.clear()
        self.leaks.clear()
        self.lines.records.clear()
        self.faults.clear()
        self.assemble()


class Person:
    """Somebody who signs up and in, and does what a page would say: the same again, at once or after so many seconds.

    Attributes:
        username: the newest sign-up's, which Cognito makes; the account's once one was accepted.
        session: the sign-in under way, None before it and once it is over.
        waited: seconds that the page had the person wait.
        asked: how often a code was asked for.
        is_in: tokens were issued.
    """

    def __init__(self, world: FaultyWorld, number: int = 0, *, by: str = "phone_number", **attributes: str) -> None:
        self.world = world
        self.kind = by
        self.address = f"+1415555{100 + number:04d}" if by == "phone_number" else f"person{number}@people.test"
        self.attributes = {by: self.address, **attributes}
        self.username = ""
        self.session: Session | None = None
        self.waited = 0
        self.asked = 0
        self.is_in = False
        self._number = number
        self._attempts = 0
        self._typed: Counter[str] = Counter()

    # One step each; what goes wrong is raised

    def sign_up(self, *, source: str = "SignUp", confirmed_by_code: bool = False) -> None:
        """Call SignUp (or whatever `source` says), and answer Cognito's own code if it sends one."""
        world = self.world
        self._attempts += 1
        username = f"person-{self._number}-{self._attempts}"
        request = {"userAttributes": self.attributes, "validationData": None}
        world.sign_up_handler(world.event(f"PreSignUp_{source}", username, request), None)
        self.username = username
        world.pool.add(username, **self.attributes)
        if confirmed_by_code:
            world.pool.users[username]["attributes"][f"{self.kind}_verified"] = "true"
        if source == "SignUp":
            confirmed = {"userAttributes": world.attributes(username, **self._known())}
            world.sign_up_handler(world.event("PostConfirmation_ConfirmSignUp", username, confirmed), None)

    def start(self) -> None:
        """Call InitiateAuth."""
        self.asked += 1
        self.session = None
        self._typed.clear()
        self.session = self.world.session(self.username, **self._known())

    def answer(self, code: str) -> bool:
        """Call RespondToAuthChallenge."""
        assert self.session is not None
        self._typed[code] += 1
        try:
            self.is_in = self.session.answer(code)
        except (Refusal, UnansweredError):
            self.session = None
            raise
        if self.session.ended or self.is_in:
            self.session = None
        return self.is_in

    def resend(self, channel: str | None = None) -> None:
        assert self.session is not None
        self.asked += 1
        try:
            self.session.resend(channel)
        except (Refusal, UnansweredError):
            self.session = None
            raise

    def sign_in(self) -> None:
        """Call InitiateAuth, read the code, type it."""
        self.start()
        self.world.run_queued()
        code = self.newest_code()
        if code is not None:
            self.answer(code)
        self.world.run_queued()

    # All of it, with patience

    def signs_up(self, **how: Any) -> None:
        self._patiently(lambda: self.sign_up(**how))

    def gets_in(self, *, channel: str | None = None) -> None:
        """Go on from wherever this sign-in is, until tokens are there."""
        world = self.world
        for _ in range(8):
            if self.is_in or self.username not in world.pool.users:
                break
            code = self.newest_code()
            if self.session is None:
                self._patiently(self.start)
            elif code is not None and self._typed[code] < 2:
                self._softly(lambda code=code: self.answer(code))
            else:
                self._softly(lambda: self.answer("where is it?"))  # the page looks again
                if self.session is None:
                    continue
                told = int(self.session.parameters["resend_in"])
                # After ten seconds without a word of its delivery there is another one at once.
                self._wait(min(told, 10))
                self._softly(lambda: self.answer("where is it?"))
                if self.session is not None:
                    self._wait(int(self.session.parameters["resend_in"]))
                    self._softly(lambda: self.resend(channel))
            world.run_queued()
        world.run_queued()

    def newest_code(self) -> str | None:
        """Return the code of the newest message to this person."""
        mine = {self.address, *self.attributes.values()}
        codes = [message.code for message in self.world.outbox if message.to in mine]
        return codes[-1] if codes else None

    def holds_a_code(self) -> bool:
        """Tell whether the newest request of the sign-in under way has brought a message that was not answered yet."""
        if self.session is None or not self.world.outbox:
            return False
        challenge_id = self.session._private["challenge_id"]
        challenge = self.world.item("auth-state", pk=f"challenge#{challenge_id}")
        if challenge is None:
            return False
        return (challenge_id, int(challenge["gen"]["N"])) == self.world.outbox[-1].request

    def is_whole(self) -> list[str]:
        """Return what is not as it should be of somebody who is in."""
        if self.username not in self.world.pool.users:
            return ["user"]
        user = self.world.pool.users[self.username]["attributes"]
        state, status, proven = self.world.standing()[self.username]
        facts = {
            "account": state == ACTIVE,
            "row": status == "ACTIVE",
            "claim": self.kind in proven,
            "pool": user.get(f"{self.kind}_verified") == "true",
        }
        return [name for name, holds in facts.items() if not holds]

    def _known(self) -> dict[str, str]:
        """Return the attributes that Cognito gives the triggers."""
        user: dict[str, str] = self.world.pool.users[self.username]["attributes"]
        return {name: value for name, value in user.items() if name != "sub"}

    def _patiently(self, step: Callable[[], Any]) -> None:
        for _ in range(40):
            try:
                step()
            except Refusal as refusal:
                told = re.search(r"retry_after=(\d+)", str(refusal))
                self._wait(int(told[1]) if told else 0)
            except UnansweredError:
                continue
            else:
                return
            self.world.run_queued()

    def _softly(self, step: Callable[[], Any]) -> None:
        with contextlib.suppress(Refusal, UnansweredError):
            step()

    def _wait(self, seconds: int) -> None:
        self.waited += seconds
        self.world.clock.advance(seconds)


HOOKS = {"PRE_SIGN_UP_HOOK": HOOK_ARN, "ACTIVATED_HOOK": ACTIVATED_ARN}
