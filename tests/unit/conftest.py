import contextlib
import functools
import io
import json
import logging
import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

EVENTS = Path(__file__).parent.parent / "fixtures" / "events"
NOW = 1_800_000_000
HOOK_ARN = "arn:aws:lambda:us-east-1:123456789012:function:captcha"

ENVIRONMENT = {
    "USER_TABLE": "users",
    "IDENTITIES_TABLE": "identities",
    "AUTH_STATE_TABLE": "auth-state",
    "USERNAME_ATTRIBUTES": "phone_number",
    "CHANNELS": "sms",
    "CREATE_ROW_ON": "sign_up",
    "LIST_USERS_PER_SECOND": "1000000",
    "RECONCILE_INTERVAL_HOURS": "24",
    "ABANDON_AFTER_DAYS": "7",
    "DELIVERY_FUNCTION": "delivery",
    "CODE_LENGTH": "6",
    "CODE_TTL_SECONDS": "300",
    "MAX_ATTEMPTS": "3",
    "MAX_RESENDS": "3",
    "SHOW_DESTINATION": "false",
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

# The functions build their handlers when they are imported, as at initialisation in Lambda.
os.environ.update(
    {
        **ENVIRONMENT,
        "CODE_KEY_ID": "set-by-each-test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
)
for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
    os.environ.pop(name, None)

import moto.cognitoidp.models  # noqa: E402
import moto.kms.models  # noqa: E402
from joserfc import jwk  # noqa: E402
from moto import mock_aws  # noqa: E402
from moto.ses.models import ses_backends  # noqa: E402
from moto.sns.models import sns_backends  # noqa: E402

from cognito_otp import aws, clock  # noqa: E402
from cognito_otp.functions import delivery, sign_in, sign_up  # noqa: E402

# moto makes RSA keys for every user pool and KMS key, which these tests do not look at: one of each will do.
moto.kms.models.generate_private_key = functools.cache(moto.kms.models.generate_private_key)
_import_key = jwk.RSAKey.import_key
_one_key = functools.cache(lambda key: _import_key(json.loads(key)))
jwk.RSAKey.import_key = staticmethod(lambda key: _one_key(json.dumps(key)))


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> int:
        return self.time

    def advance(self, seconds: int) -> None:
        self.time += seconds


class LambdaQueue:
    """Stands for the Lambda client: keeps what is invoked asynchronously until a test delivers it."""

    def __init__(self) -> None:
        self.payloads: list[dict[str, Any]] = []

    def invoke(self, *, FunctionName: str, InvocationType: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        assert (FunctionName, InvocationType) == ("delivery", "Event")
        self.payloads.append(json.loads(Payload))
        return {"StatusCode": 202, "Payload": io.BytesIO()}


class Hook:
    """Stands for the Lambda client that asks `hooks.pre_sign_up`: answers what a test wants, and keeps the questions."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.answer = b'{"allow": true}'
        self.raised = False

    def invoke(self, *, FunctionName: str, InvocationType: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        assert (FunctionName, InvocationType) == (HOOK_ARN, "RequestResponse")
        self.asked.append(json.loads(Payload))
        failed = {"FunctionError": "Unhandled"} if self.raised else {}
        return {"StatusCode": 200, "Payload": io.BytesIO(self.answer), **failed}


@functools.cache
def shared_clients() -> dict[str, Any]:
    return aws.clients("dynamodb", "kms", "cognito-idp", "sns", "sesv2")


class Died(BaseException):
    """The process is gone: nothing in the package can catch this."""


def shape(value: Any, name: str = "") -> Any:
    """Return what an AWS call looks like from outside: its parameters' names and types, and what is the same for all.

    Tables, functions, expressions and the kind of item are kept as they are; of a payload only the names.
    """
    if name == "Payload":
        return sorted(json.loads(value))
    if name in ("pk", "id"):
        return next(iter(value.values())).partition("#")[0]
    if isinstance(value, dict):
        return {key: shape(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [shape(each) for each in value]
    return value if name in KEPT or name.endswith("Expression") else type(value).__name__


KEPT = ("TableName", "FunctionName", "InvocationType", "ConsistentRead", "ReturnValues")


class Calls:
    """The AWS calls that were made, with a place to stop a process at.

    `around` is called before and after each call, with its number since the last `counted` and `"before"` or `"after"`.
    """

    def __init__(self) -> None:
        self.made: list[str] = []
        self.shapes: list[Any] = []
        self.around: Callable[[int, str], None] = lambda number, moment: None

    def run(self, name: str, operation: Callable[..., Any], arguments: Any, parameters: Any) -> Any:
        number = len(self.made)
        self.around(number, "before")
        self.made.append(name)
        self.shapes.append((name, shape(parameters)))
        answer = operation(*arguments, **parameters)
        self.around(number, "after")
        return answer

    @contextlib.contextmanager
    def dying(self, number: int, moment: str) -> Iterator[None]:
        """Let the process die at a call, and expect that it does."""

        def die(at: int, when: str) -> None:
            if (at, when) == (number, moment):
                raise Died

        self.made.clear()
        self.around = die
        try:
            with pytest.raises(Died):
                yield
        finally:
            self.around = lambda number, moment: None


class OwnClient:
    """One test's view on a shared client, whose operations the test may replace, count and stop at."""

    def __init__(self, client: Any, calls: Calls) -> None:
        self._client = client
        self._calls = calls

    def __getattr__(self, name: str) -> Any:
        operation = getattr(self._client, name)
        if not callable(operation):
            return operation
        return lambda *arguments, **parameters: self._calls.run(name, operation, arguments, parameters)


class World:
    """The functions on moto, and a person's client that talks to them as Cognito would."""

    def __init__(self, clock: Clock, **overrides: str) -> None:
        self.clock = clock
        self.calls = Calls()
        self.clients: dict[str, Any] = {
            name: OwnClient(client, self.calls) for name, client in shared_clients().items()
        }
        dynamodb = self.clients["dynamodb"]
        for table, key in (("users", "id"), ("identities", "pk"), ("auth-state", "pk")):
            dynamodb.create_table(
                TableName=table,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
                KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
            )
        key_id = self.clients["kms"].create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
        self.environment = {**ENVIRONMENT, "CODE_KEY_ID": key_id["KeyMetadata"]["KeyId"], **overrides}
        self.pool_id = self.clients["cognito-idp"].create_user_pool(PoolName="pool")["UserPool"]["Id"]
        self.clients["sesv2"].create_email_identity(EmailIdentity="login@example.com")
        self.queue = LambdaQueue()
        self.clients["lambda"] = OwnClient(self.queue, self.calls)
        self.hook = Hook()
        self.clients[aws.HOOK] = OwnClient(self.hook, self.calls)
        self.assemble()

    def assemble(self) -> None:
        """Start new environments of all functions."""
        self.sign_up_handler = sign_up.assemble(self.environment, self.clients)
        self.sign_in_handler = sign_in.assemble(self.environment, self.clients)
        self.delivery_handler = delivery.assemble(self.environment, self.clients)

    def warm_up(self) -> None:
        """Have the keys derived, as in any environment that has run before, by the sign-in of a user `warm`."""
        self.sign_up("warm", phone_number="+14155550199")
        session = self.session("warm", phone_number="+14155550199")
        self.deliver()
        assert session.answer(self.code())
        self.clock.advance(30)
        self.counted()

    # What Cognito does

    def event(self, source: str, username: str, request: dict[str, Any]) -> dict[str, Any]:
        return {
            "version": "1",
            "region": "us-east-1",
            "userPoolId": self.pool_id,
            "userName": username,
            "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": "client"},
            "triggerSource": source,
            "request": request,
            "response": {},
        }

    def sign_up(
        self, username: str, *, source: str = "SignUp", exists: bool = True, **attributes: str
    ) -> dict[str, Any]:
        """Run PreSignUp, make the user, run PostConfirmation."""
        event = self.event(f"PreSignUp_{source}", username, {"userAttributes": attributes, "validationData": None})
        answer = self.sign_up_handler(event, None)
        if exists:
            self.clients["cognito-idp"].admin_create_user(
                UserPoolId=self.pool_id,
                Username=username,
                MessageAction="SUPPRESS",
                UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
            )
            if source == "SignUp":
                request = {"userAttributes": self.attributes(username, **attributes)}
                self.sign_up_handler(self.event("PostConfirmation_ConfirmSignUp", username, request), None)
        return answer["response"]

    def attributes(self, username: str, **attributes: str) -> dict[str, str]:
        return {"sub": f"sub-of-{username}", "cognito:user_status": "CONFIRMED", **attributes}

    def session(self, username: str, *, known: bool = True, **attributes: str) -> "Session":
        return Session(self, username, self.attributes(username, **attributes) if known else {}, known)

    # What a test looks at

    def counted(self) -> list[str]:
        """Return the AWS calls since this was asked last."""
        calls, self.calls.made = self.calls.made, []
        self.calls.shapes = []
        return calls

    def shapes(self) -> list[Any]:
        """Return what those calls look like, see `shape`."""
        shapes = self.calls.shapes
        self.counted()
        return shapes

    def deliver(self) -> int:
        """Run the deliveries that were handed over; return how many messages are out in all."""
        payloads, self.queue.payloads[:] = list(self.queue.payloads), []
        for payload in payloads:
            self.delivery_handler(payload, None)
        return len(self.texts())

    def texts(self) -> list[str]:
        backend = sns_backends["123456789012"]["us-east-1"]
        return [message for _, message, *_ in backend.sms_messages.values()]

    def code(self) -> str:
        """Return the code of the newest text."""
        return self.texts()[-1].split()[0]

    def emails(self) -> list[Any]:
        return ses_backends["123456789012"]["us-east-1"].sent_messages

    def code_by_email(self) -> str:
        """Return the code of the newest e-mail."""
        (code,) = re.findall(r">\s*(\d{6,10})\s*<", self.emails()[-1].body)
        return code

    def configure(self, name: str, settings: Any) -> None:
        """Write settings as the Terraform module does, and start new environments."""
        item = {"pk": {"S": f"config#{name}"}, "settings": {"S": json.dumps(settings)}}
        self.clients["dynamodb"].put_item(TableName="auth-state", Item=item)
        self.environment[f"{name.upper()}_HASH"] = "changed"
        self.assemble()

    def items(self, table: str) -> list[dict[str, Any]]:
        return self.clients["dynamodb"].scan(TableName=table)["Items"]

    def item(self, table: str, **key: str) -> dict[str, Any] | None:
        ((name, value),) = key.items()
        return self.clients["dynamodb"].get_item(TableName=table, Key={name: {"S": value}}).get("Item")

    def user(self, username: str) -> dict[str, str]:
        answer = self.clients["cognito-idp"].admin_get_user(UserPoolId=self.pool_id, Username=username)
        return {attribute["Name"]: attribute["Value"] for attribute in answer["UserAttributes"]}


class Session:
    """One sign-in, from InitiateAuth on, with the triggers in Cognito's order."""

    def __init__(self, world: World, username: str, attributes: dict[str, str], known: bool) -> None:
        self._world = world
        self._username = username
        self._request = {"userAttributes": attributes, "userNotFound": not known}
        self._rounds: list[dict[str, Any]] = []
        self.tokens = False
        self.ended = False
        self.parameters: dict[str, str] = {}
        self._private: dict[str, str] = {}
        self._next()

    def answer(self, answer: str, *, repeated: int = 1, **metadata: str) -> bool:
        """Answer the challenge; return whether tokens were issued.

        `repeated`: so often Cognito invokes Verify with the same event, of which it takes the last answer.
        """
        assert not self.tokens
        assert not self.ended
        request = {**self._request, "privateChallengeParameters": self._private, "challengeAnswer": answer}
        if metadata:
            request["clientMetadata"] = metadata
        for _ in range(repeated):
            correct = self._call("VerifyAuthChallengeResponse", request)["answerCorrect"]
        self._rounds[-1]["challengeResult"] = correct
        self._next()
        return self.tokens

    def resend(self, channel: str | None = None, *, repeated: int = 1) -> dict[str, str]:
        """Ask for another code; return what the client is told."""
        wish = {"action": "resend"} if channel is None else {"action": "resend", "channel": channel}
        assert not self.answer("resend", repeated=repeated, **wish)
        return self.parameters

    def _next(self) -> None:
        defined = self._call("DefineAuthChallenge", {**self._request, "session": self._rounds})
        self.tokens, self.ended = defined["issueTokens"], defined["failAuthentication"]
        if self.tokens:
            self._call(
                "PostAuthentication", {"userAttributes": self._request["userAttributes"], "newDeviceUsed": False}
            )
        elif not self.ended:
            assert defined["challengeName"] == "CUSTOM_CHALLENGE"
            request = {**self._request, "session": self._rounds, "challengeName": "CUSTOM_CHALLENGE"}
            created = self._call("CreateAuthChallenge", request)
            self.parameters = created["publicChallengeParameters"]
            self._private = created["privateChallengeParameters"]
            self._rounds.append(
                {
                    "challengeName": "CUSTOM_CHALLENGE",
                    "challengeResult": None,
                    "challengeMetadata": created["challengeMetadata"],
                }
            )

    def _call(self, trigger: str, request: dict[str, Any]) -> dict[str, Any]:
        event = self._world.event(f"{trigger}_Authentication", self._username, json.loads(json.dumps(request)))
        answer = self._world.sign_in_handler(event, None)
        json.dumps(answer)
        return answer["response"]


@pytest.fixture
def simulated_clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    stopped = Clock()
    monkeypatch.setattr(clock, "now", stopped)
    monkeypatch.setattr(
        moto.cognitoidp.models, "utcnow", lambda: datetime.fromtimestamp(stopped.time, UTC).replace(tzinfo=None)
    )
    return stopped


@pytest.fixture
def make_world(simulated_clock: Clock):
    with mock_aws():
        yield lambda **overrides: World(simulated_clock, **overrides)


@pytest.fixture
def world(make_world) -> World:
    return make_world()


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture):
    """Return every log line of the package with all its fields, as one text.

    Without the clock readings and thread numbers that `logging` adds: among their digits any code turns up by chance.
    """
    caplog.set_level(logging.DEBUG)
    own = {"created", "msecs", "relativeCreated", "thread", "process"}
    return lambda: "\n".join(
        json.dumps({name: value for name, value in vars(record).items() if name not in own}, default=str)
        for record in caplog.records
    )
