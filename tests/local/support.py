"""Makes pools whose triggers are a few lines of Python, and reads what they were given."""

import io
import itertools
import json
import textwrap
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from dev.local import LocalAWS

_numbers = itertools.count(1)

ALL_TRIGGERS = (
    "PreSignUp",
    "PostConfirmation",
    "DefineAuthChallenge",
    "CreateAuthChallenge",
    "VerifyAuthChallengeResponse",
    "PostAuthentication",
)

# Writes down every event, then does what `react(event)` says; without one, a plain sign-in by the code 424242.
PRELUDE = """
import json, os, time

def default(event):
    source, request, response = event["triggerSource"], event["request"], event["response"]
    if source == "PreSignUp_SignUp":
        response["autoConfirmUser"] = True
    elif source.startswith("Define"):
        custom = [c for c in request["session"] if c["challengeName"] == "CUSTOM_CHALLENGE"]
        if custom and custom[-1]["challengeResult"]:
            response["issueTokens"] = True
        elif len(custom) >= 5:
            response["failAuthentication"] = True
        else:
            response["challengeName"] = "CUSTOM_CHALLENGE"
    elif source.startswith("Create"):
        response["publicChallengeParameters"] = {"medium": "SMS"}
        response["privateChallengeParameters"] = {"ref": "r" + str(len(request["session"]) + 1)}
        response["challengeMetadata"] = "m" + str(len(request["session"]) + 1)
    elif source.startswith("Verify"):
        response["answerCorrect"] = request["challengeAnswer"] == "424242"
    return event

def handler(event, context):
    with open(os.environ["EVENTS"], "a") as file:
        file.write(json.dumps(event) + "\\n")
    return react(event)

react = default
"""


def zipped(code: str) -> bytes:
    """A Lambda package with one module, `function`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("function.py", code)
    return buffer.getvalue()


def make_role(aws: LocalAWS, statements: list[dict[str, Any]] | None = None, *, logs: bool = True) -> tuple[str, str]:
    """A role for Lambda; returns its name and ARN."""
    name = f"role-{next(_numbers)}"
    iam = aws.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    wanted = list(statements or [])
    if logs:
        wanted.append({"Effect": "Allow", "Action": "logs:*", "Resource": "*"})
    if wanted:
        policy = json.dumps({"Version": "2012-10-17", "Statement": wanted})
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy)
    return name, arn


@dataclass
class Function:
    """A deployed function and the file in which it writes down its events."""

    aws: LocalAWS
    name: str
    arn: str
    events_file: Path

    def events(self) -> list[dict[str, Any]]:
        if not self.events_file.exists():
            return []
        return [json.loads(line) for line in self.events_file.read_text().splitlines()]

    def sources(self) -> list[str]:
        return [event["triggerSource"] for event in self.events()]

    def invoke(self, payload: Any = None) -> Any:
        answer = self.aws.client("lambda").invoke(FunctionName=self.name, Payload=json.dumps(payload or {}))
        body = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise RuntimeError(body["errorMessage"])
        return body


def make_function(
    aws: LocalAWS,
    folder: Path,
    code: str,
    *,
    role: str | None = None,
    timeout: int = 5,
    variables: dict[str, str] | None = None,
    **extra: Any,
) -> Function:
    """Deploy `code`, a module with `handler`."""
    name = f"function-{next(_numbers)}"
    events = folder / f"{name}.jsonl"
    arn = aws.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=role or make_role(aws)[1],
        Handler="function.handler",
        Timeout=timeout,
        Code={"ZipFile": zipped(textwrap.dedent(code))},
        Environment={"Variables": {"EVENTS": str(events), **(variables or {})}},
        **extra,
    )["FunctionArn"]
    return Function(aws, name, arn, events)


@dataclass
class Pool:
    """A user pool, one client of it, and the function behind its triggers."""

    aws: LocalAWS
    id: str
    arn: str
    client_id: str
    function: Function
    public: Any = field(repr=False)
    """A client without credentials, as an app has it."""

    def sign_up(self, username: str, **extra: Any) -> Any:
        return self.public.sign_up(ClientId=self.client_id, Username=username, Password="Passw0rd!x", **extra)

    def start(self, username: str, **extra: Any) -> Any:
        return self.public.initiate_auth(
            ClientId=self.client_id, AuthFlow="CUSTOM_AUTH", AuthParameters={"USERNAME": username}, **extra
        )

    def answer(self, challenge: Any, code: str, **extra: Any) -> Any:
        return self.public.respond_to_auth_challenge(
            ClientId=self.client_id,
            ChallengeName="CUSTOM_CHALLENGE",
            Session=challenge["Session"],
            ChallengeResponses={"USERNAME": challenge["ChallengeParameters"]["USERNAME"], "ANSWER": code},
            **extra,
        )

    def user(self, username: str) -> dict[str, str]:
        found = self.aws.client("cognito-idp").admin_get_user(UserPoolId=self.id, Username=username)
        own = {entry["Name"]: entry["Value"] for entry in found["UserAttributes"]}
        return {"status": found["UserStatus"], "username": found["Username"], **own}


def allow_pool(aws: LocalAWS, function: Function, pool_arn: str, **changes: Any) -> None:
    """The resource policy that lets a pool invoke its trigger."""
    statement = {"SourceArn": pool_arn, "SourceAccount": "123456789012"} | changes
    aws.client("lambda").add_permission(
        FunctionName=function.name,
        StatementId=f"s{next(_numbers)}",
        Action="lambda:InvokeFunction",
        Principal="cognito-idp.amazonaws.com",
        **statement,
    )


def make_pool(
    aws: LocalAWS,
    folder: Path,
    code: str = "",
    *,
    triggers: tuple[str, ...] = ALL_TRIGGERS,
    permission: bool = True,
    client: dict[str, Any] | None = None,
    role: str | None = None,
    timeout: int = 5,
    **settings: Any,
) -> Pool:
    """A pool whose triggers are all the same function: PRELUDE, then `code`, which may replace `react`."""
    function = make_function(aws, folder, PRELUDE + textwrap.dedent(code), role=role, timeout=timeout)
    idp = aws.client("cognito-idp")
    pool = idp.create_user_pool(
        PoolName=f"pool-{next(_numbers)}",
        LambdaConfig=dict.fromkeys(triggers, function.arn),
        **{"UsernameAttributes": ["phone_number"], "UsernameConfiguration": {"CaseSensitive": False}} | settings,
    )["UserPool"]
    if permission:
        allow_pool(aws, function, pool["Arn"])
    app = idp.create_user_pool_client(
        UserPoolId=pool["Id"],
        ClientName="app",
        **{
            "ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            "PreventUserExistenceErrors": "ENABLED",
        }
        | (client or {}),
    )["UserPoolClient"]
    return Pool(aws, pool["Id"], pool["Arn"], app["ClientId"], function, anonymous(aws))


def anonymous(aws: LocalAWS) -> Any:
    """A Cognito client that signs nothing."""
    config = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1}, proxies={})
    return boto3.session.Session().client(
        "cognito-idp", endpoint_url=aws.endpoint_url, region_name="us-east-1", config=config
    )


def keys(value: Any) -> Any:
    """The shape of an event: its keys, without its values."""
    if isinstance(value, dict):
        return {name: keys(inner) for name, inner in value.items()}
    return None
