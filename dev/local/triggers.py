"""How Cognito invokes a trigger: who may, how long, how often, and what it makes of the answer.

Sources are in the Cognito developer guide, "Customizing user pool workflows with Lambda triggers"; error texts and the
number of retries are as users reported them.
"""

import contextvars
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from dev.local import iam, lambdas
from dev.local.journal import JOURNAL
from dev.local.ministack import module

_responses = module("core.responses", "error_response_json", "get_region", "new_uuid")

# "Amazon Cognito ... must respond within 5 seconds." Another limit can be set for tests of slow triggers.
LIMIT_SECONDS = float(os.environ.get("LOCAL_AWS_TRIGGER_SECONDS", "5"))
# The developer guide of 2023: "After three unsuccessful attempts, the function times out"; today it names no number.
ATTEMPTS = 3

NO_CLIENT = "CLIENT_ID_NOT_APPLICABLE"

_EVENT_KEYS = {"version", "region", "userPoolId", "userName", "callerContext", "triggerSource", "request", "response"}
_TASK_TIMED_OUT = "Task timed out after "

# What an event's triggerSource begins with, where that is not the trigger's name.
_SOURCES = {"PreTokenGeneration": "TokenGeneration"}


class TriggerError(Exception):
    """A trigger refused or failed; `response` is what the client of the Cognito API gets."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    @property
    def response(self) -> tuple[int, dict[str, str], bytes]:
        """The error in MiniStack's form of a response."""
        response: tuple[int, dict[str, str], bytes] = _responses.error_response_json(self.code, str(self), 400)
        return response


def invoke(
    pool: dict[str, Any],
    trigger: str,
    cause: str,
    *,
    user_name: str,
    request: dict[str, Any],
    response: dict[str, Any],
    client_id: str = NO_CLIENT,
) -> dict[str, Any] | None:
    """Run the pool's `trigger` ("PreSignUp") for `cause` ("SignUp") and return its response fields.

    None when the pool has no such trigger. Raises TriggerError with what the client shall see.
    """
    arn, version = configured(pool, trigger)
    if not arn:
        return None
    event = {
        "version": version,
        "region": _responses.get_region(),
        "userPoolId": pool["Id"],
        "userName": user_name,
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": client_id},
        "triggerSource": f"{_SOURCES.get(trigger, trigger)}_{cause}",
        "request": request,
        "response": response,
    }
    answer = _call(pool, trigger, arn, event)
    fields = _response_fields(answer)
    _check_types(trigger, fields)
    return fields


def configured(pool: dict[str, Any], trigger: str) -> tuple[str | None, str]:
    """Return the ARN of the function behind a pool's trigger, None if there is none, and its event's version."""
    config = pool.get("LambdaConfig") or {}
    versioned = config.get(f"{trigger}Config") or {}
    if versioned:
        return versioned["LambdaArn"], versioned["LambdaVersion"][1]  # of "V2_0"
    return config.get(trigger), "1"


def _call(pool: dict[str, Any], trigger: str, arn: str, event: dict[str, Any]) -> Any:
    """Invoke with Cognito's permission, limit and retries; return what the function returned."""
    source, function = event["triggerSource"], arn.rpartition(":function:")[2]
    record = lambdas.find(arn)
    allowed = record is not None and iam.service_may_invoke(
        lambdas.resource_policy(arn), arn, "cognito-idp.amazonaws.com", pool["Arn"]
    )
    if record is None or not allowed:
        JOURNAL.start_trigger(source, function, 1).finish("not allowed to be invoked by this pool")
        raise _unexpected(trigger, "AccessDeniedException.")
    for attempt in range(1, ATTEMPTS + 1):
        prepared = lambdas.prepare(record)
        entry = JOURNAL.start_trigger(source, function, attempt)
        result = _within_limit(record, event, prepared)
        if result is None:
            entry.finish("timed out")
            continue
        if result.get("throttle"):
            entry.finish("throttled")
            raise _unexpected(trigger, "TooManyRequestsException.")
        if result.get("error"):
            text = _error_text(result.get("body"))
            entry.finish(f"raised: {text}")
            raise TriggerError("UserLambdaValidationException", f"{trigger} failed with error {text}.")
        entry.finish("ok")
        return result.get("body")
    raise _unexpected(trigger, "Socket timeout while invoking Lambda function.")


def _within_limit(record: dict[str, Any], event: dict[str, Any], prepared: list[Any]) -> dict[str, Any] | None:
    """One attempt; None when it takes too long. It is not cancelled then: its side effects still happen, as on AWS."""
    outcome: list[dict[str, Any]] = []
    context = contextvars.copy_context()

    def run() -> None:
        outcome.append(context.run(lambdas.execute, record, event, prepared))

    thread = threading.Thread(target=run, daemon=True, name="cognito-trigger")
    thread.start()
    thread.join(LIMIT_SECONDS)
    return outcome[0] if outcome else None


def _error_text(body: Any) -> str:
    text = str(body.get("errorMessage", "")) if isinstance(body, dict) else str(body)
    text = text.removeprefix("Worker init failed: ")  # MiniStack's words before the runtime's
    if text.startswith(_TASK_TIMED_OUT):
        # Lambda's own time-out names the moment and the request.
        return f"{datetime.now(UTC).isoformat(timespec='milliseconds')[:-6]}Z {_responses.new_uuid()} {text}"
    return text


def _unexpected(trigger: str, reason: str) -> TriggerError:
    return TriggerError("UnexpectedLambdaException", f"{trigger} invocation failed due to error {reason}")


def _response_fields(answer: Any) -> dict[str, Any]:
    if answer is None:
        raise TriggerError("InvalidLambdaResponseException", "Invalid lambda function output : Invalid JSON")
    if not isinstance(answer, dict) or not answer.keys() >= _EVENT_KEYS or not isinstance(answer["response"], dict):
        raise _unrecognizable()
    return dict(answer["response"])


def _unrecognizable() -> TriggerError:
    return TriggerError("InvalidLambdaResponseException", "Unrecognizable lambda output")


def _is_text_map(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(k, str) and isinstance(v, str) for k, v in value.items())


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


# What each response field must be when it is not null (developer guide, the triggers' pages).
_FIELD_CHECKS: dict[str, dict[str, Callable[[Any], bool]]] = {
    "PreSignUp": {"autoConfirmUser": _is_flag, "autoVerifyEmail": _is_flag, "autoVerifyPhone": _is_flag},
    "DefineAuthChallenge": {"challengeName": _is_text, "issueTokens": _is_flag, "failAuthentication": _is_flag},
    "CreateAuthChallenge": {
        "publicChallengeParameters": _is_text_map,
        "privateChallengeParameters": _is_text_map,
        "challengeMetadata": _is_text,
    },
    "VerifyAuthChallengeResponse": {"answerCorrect": _is_flag},
    "CustomMessage": {"smsMessage": _is_text, "emailMessage": _is_text, "emailSubject": _is_text},
}


def _check_types(trigger: str, fields: dict[str, Any]) -> None:
    for name, is_right in _FIELD_CHECKS.get(trigger, {}).items():
        value = fields.get(name)
        if value is not None and not is_right(value):
            raise _unrecognizable()
