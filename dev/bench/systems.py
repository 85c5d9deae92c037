"""The systems that are compared, each with its user pool and its tables: the module's, and the one made by hand."""

import contextlib
import json
import logging
import os
import runpy
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3
import botocore.session

from cognito_otp import aws
from dev.load import cloud
from dev.load.steps import START

Handler = Callable[[dict[str, Any], object], Any]

DELIVERY, CLEANUP = "delivery", "pre_sign_up_cleanup"
"""Functions that are no trigger's: what the module's `sign_in` hands over to, and what a client calls by hand."""

MODULE, BY_CODE, BY_HAND = "module", "module, confirmed by Cognito's code", "by hand"
"""The systems: the module by default, with `sign_up.confirmation = "code"`, and what is made by hand."""

_HANDMADE = Path(__file__).parent / "handmade"
_TRIGGERS_BY_HAND = {
    "PreSignUp": "pre_sign_up",
    "PostConfirmation": "post_confirmation",
    "DefineAuthChallenge": "define_auth_challenge",
    "CreateAuthChallenge": "create_auth_challenge",
    "VerifyAuthChallengeResponse": "verify_auth_challenge_response",
}
_TRIGGERS = {
    "PreSignUp": "sign_up",
    "PostConfirmation": "sign_up",
    "DefineAuthChallenge": "sign_in",
    "CreateAuthChallenge": "sign_in",
    "VerifyAuthChallengeResponse": "sign_in",
    "PostAuthentication": "sign_in",
}

_ELSEWHERE = ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN")
_USERS, _IDENTITIES, _AUTH_STATE, _AMPLIFY = "users", "identities", "auth-state", "User-example-dev"
SETTINGS = {
    **cloud.SETTINGS,
    "USER_TABLE": _USERS,
    "IDENTITIES_TABLE": _IDENTITIES,
    "AUTH_STATE_TABLE": _AUTH_STATE,
    "CHANNELS": "sms",
    "CODE_LENGTH": "6",
    "SHOW_DESTINATION": "false",
}
"""The module's defaults, in a pool whose people sign in by phone number."""

_DAYS, _DAY = 15, 86400


@dataclass(frozen=True)
class System:
    """Functions, and the pool that invokes them.

    Attributes:
        name: one of `MODULE`, `BY_CODE`, `BY_HAND`.
        pool_id: of its user pool, which holds its users.
        client_id: of the pool's client.
        triggers: Cognito's trigger to the name of the function that answers it.
        functions: handlers by the functions' names.
    """

    name: str
    pool_id: str
    client_id: str
    triggers: Mapping[str, str]
    functions: Mapping[str, Handler]


@contextlib.contextmanager
def systems() -> Iterator[list[System]]:
    """Start the functions of each system, with an empty account behind them.

    The tables hold what a guarded country has after two weeks: full days.
    """
    kept = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    with patch.dict(os.environ, {**kept, **cloud.ACCOUNT}, clear=True), _logging_as_lambda():
        session = botocore.session.get_session()
        dynamodb, kms = session.create_client("dynamodb"), session.create_client("kms")
        for table, key in ((_USERS, "id"), (_AMPLIFY, "id"), (_IDENTITIES, "pk"), (_AUTH_STATE, "pk")):
            dynamodb.create_table(
                TableName=table,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
                KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
            )
        _remember_two_weeks(dynamodb)
        key = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
        settings = {**SETTINGS, "CODE_KEY_ID": key}
        yield [_module(MODULE, settings), _module(BY_CODE, {**settings, "CONFIRMATION": "code"}), _by_hand()]


def _module(name: str, environment: Mapping[str, str]) -> System:
    with patch.dict(os.environ, environment):
        modules = cloud.functions()
    clients = aws.clients("dynamodb", "kms", "cognito-idp", "lambda", "sns")
    functions = {name: module.assemble(environment, clients) for name, module in modules.items()}
    return System(name, *_pool(), _TRIGGERS, functions)


def _by_hand() -> System:
    pool_id, client_id = _pool()
    functions = {}
    with patch.dict(os.environ, {"USER_TABLE": _AMPLIFY, "USER_POOL_ID": pool_id}):
        for name in (*_TRIGGERS_BY_HAND.values(), CLEANUP):
            boto3.DEFAULT_SESSION = None  # each function is a process of its own
            functions[name] = runpy.run_path(str(_HANDMADE / f"{name}.py"))["handler"]
    return System(BY_HAND, pool_id, client_id, _TRIGGERS_BY_HAND, functions)


def _pool() -> tuple[str, str]:
    cognito = botocore.session.get_session().create_client("cognito-idp")
    pool_id = cognito.create_user_pool(PoolName="bench")["UserPool"]["Id"]
    return pool_id, cognito.create_user_pool_client(UserPoolId=pool_id, ClientName="bench")["UserPoolClient"][
        "ClientId"
    ]


def _remember_two_weeks(dynamodb: Any) -> None:
    """Write the pumping guard's items as they are after two weeks of a text in every hour, see `cognito_otp.fraud`."""
    counts = {f"{what}_{hour:02d}": {"N": "1000"} for what in ("sent", "verified") for hour in range(24)}
    for back in range(_DAYS):
        day = time.strftime("%Y-%m-%d", time.gmtime(START - back * _DAY))
        dynamodb.put_item(TableName=_AUTH_STATE, Item={"pk": {"S": f"fraud#US#{day}"}, **counts})


class _Json(logging.Formatter):
    """Writes a record as Lambda's JSON format does: its fields, and whatever `extra` added."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps({"message": record.getMessage(), **vars(record)}, default=str)


@contextlib.contextmanager
def _logging_as_lambda() -> Iterator[None]:
    """Have log lines written, which costs a function time too; nobody reads them."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        handler = logging.StreamHandler(nowhere)
        handler.setFormatter(_Json())
        root = logging.getLogger()
        root.addHandler(handler)
        try:
            yield
        finally:
            root.removeHandler(handler)
