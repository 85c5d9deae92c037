import functools
import io
import json
import logging
import os
from pathlib import Path
from typing import Any

import pytest

EVENTS = Path(__file__).parent.parent / "fixtures" / "events"
NOW = 1_800_000_000

ENVIRONMENT = {
    "USER_TABLE": "users",
    "IDENTITIES_TABLE": "identities",
    "AUTH_STATE_TABLE": "auth-state",
    "USERNAME_ATTRIBUTES": "phone_number",
    "CHANNELS": "sms",
    "CREATE_ROW_ON": "sign_up",
    "DELIVERY_FUNCTION": "delivery",
    "CODE_LENGTH": "6",
    "CODE_TTL_SECONDS": "300",
    "MAX_ATTEMPTS": "3",
    "SHOW_DESTINATION": "false",
    "RESEND_AFTER_SECONDS": "30",
    "RESEND_BACKOFF_MAX_SECONDS": "300",
    "TRACK_SIGN_INS": "true",
    "APP_NAME": "Example",
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

from moto import mock_aws  # noqa: E402
from moto.sns.models import sns_backends  # noqa: E402

from cognito_otp import aws, clock  # noqa: E402
from cognito_otp.functions import delivery, sign_in, sign_up  # noqa: E402


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

    def __init__(self, calls: list[str]) -> None:
        self.payloads: list[dict[str, Any]] = []
        self._calls = calls

    def invoke(self, *, FunctionName: str, InvocationType: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        assert (FunctionName, InvocationType) == ("delivery", "Event")
        self._calls.append("invoke")
        self.payloads.append(json.loads(Payload))
        return {"StatusCode": 202, "Payload": io.BytesIO()}


@functools.cache
def shared_clients() -> dict[str, Any]:
    return aws.clients("dynamodb", "kms", "cognito-idp", "sns", "sesv2")


class OwnClient:
    """One test's view on a shared client, whose operations the test may replace and count."""

    def __init__(self, client: Any, calls: list[str]) -> None:
        self._client = client
        self._calls = calls

    def __getattr__(self, name: str) -> Any:
        operation = getattr(self._client, name)
        if not callable(operation):
            return operation

        def counted(*arguments: Any, **parameters: Any) -> Any:
            self._calls.append(name)
            return operation(*arguments, **parameters)

        return counted


class World:
    """The functions on moto, and a person's client that talks to them as Cognito would."""

    def __init__(self, clock: Clock, **overrides: str) -> None:
        self.clock = clock
        self.calls: list[str] = []
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
        self.queue = LambdaQueue(self.calls)
        self.clients["lambda"] = self.queue
        self.assemble()

    def assemble(self) -> None:
        """Start new environments of all functions."""
        self.sign_up_handler = sign_up.assemble(self.environment, self.clients)
        self.sign_in_handler = sign_in.assemble(self.environment, self.clients)
        self.delivery_handler = delivery.assemble(self.environment, self.clients)

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
        calls, self.calls[:] = list(self.calls), []
        return calls

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
        """Return the code of the newest message."""
        return self.texts()[-1].split()[0]

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

    def answer(self, answer: str) -> bool:
        """Answer the challenge; return whether tokens were issued."""
        assert not self.tokens
        assert not self.ended
        request = {**self._request, "privateChallengeParameters": self._private, "challengeAnswer": answer}
        correct = self._call("VerifyAuthChallengeResponse", request)["answerCorrect"]
        self._rounds[-1]["challengeResult"] = correct
        self._next()
        return self.tokens

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
    """Return every log line of the package with all its fields, as one text."""
    caplog.set_level(logging.DEBUG)
    return lambda: "\n".join(json.dumps(vars(record), default=str) for record in caplog.records)
