"""The caller's own functions that are asked or told about a person's sign-up: `hooks.pre_sign_up`, `hooks.activated`.

Both contracts are in docs/hooks.md. A payload holds who the person is, so nothing of it and nothing of an answer is
ever logged.
"""

import json
from collections.abc import Mapping
from typing import Any

from cognito_otp import refusals
from cognito_otp.invocation import queue
from cognito_otp.keyed_hash import KeyedHash, Purpose
from cognito_otp.refusals import Refusal
from cognito_otp.triggers.event import TriggerEvent

_VERSION = 1  # of both payloads: fields may be added without another one


class HookFailedError(Exception):
    """The hook raised or ran out of its own time."""


class AnswerNotUnderstoodError(Exception):
    """The hook returned neither of the two answers."""


class PreSignUpHook:
    """A function that may veto a person's sign-up, e.g. because a captcha was not solved.

    Args:
        lambda_client: botocore Lambda client that makes one attempt and leaves time for the claims.
        function_arn: the function's ARN, or its alias's.
        keyed_hash: makes the request's id, which the function may pass on: nobody can tell a phone number from it.
    """

    def __init__(self, lambda_client: Any, function_arn: str, keyed_hash: KeyedHash) -> None:
        self._lambda = lambda_client
        self._function_arn = function_arn
        self._keyed_hash = keyed_hash

    def ask(self, event: TriggerEvent) -> None:
        """Invoke the function and wait for its answer (one call, no more than 2.2 s).

        Args:
            event: a PreSignUp event.

        Raises:
            Refusal: SIGN_UP_REFUSED, the function vetoes. Nothing of its own words goes out.
            HookFailedError, AnswerNotUnderstoodError: it answered anything but the two words, or raised.
            botocore.exceptions.BotoCoreError, ClientError: it could not be asked, or did not answer in time.
        """
        asked = {
            "user_pool_id": event.user_pool_id,
            "client_id": event.client_id,
            "username": event.username,
            "attributes": dict(event.attributes),
            "client_metadata": dict(event.client_metadata),
            "validation_data": dict(event.request.get("validationData") or {}),
        }
        # Cognito repeats an event that is answered late, word for word: the same id. Another wish has another one.
        request_id = self._keyed_hash.digest(Purpose.CLAIM, "hook", json.dumps(asked, sort_keys=True))
        payload = {"version": _VERSION, "request_id": request_id, "trigger": event.source, **asked}
        invoked = self._lambda.invoke(
            FunctionName=self._function_arn, InvocationType="RequestResponse", Payload=json.dumps(payload).encode()
        )
        answered = invoked["Payload"].read()
        if invoked.get("FunctionError"):
            raise HookFailedError
        if not _allows(answered):
            raise Refusal(refusals.SIGN_UP_REFUSED)


class ActivatedHook:
    """A function that is told of each account whose first number or address was proven.

    Args:
        lambda_client: botocore Lambda client.
        function_arn: the function's ARN, or its alias's.
    """

    def __init__(self, lambda_client: Any, function_arn: str) -> None:
        self._lambda = lambda_client
        self._function_arn = function_arn

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], clients: Mapping[str, Any]) -> "ActivatedHook | None":
        """Read ACTIVATED_HOOK; None if there is none, and then the client `lambda` is not needed."""
        arn = environment.get("ACTIVATED_HOOK")
        return cls(clients["lambda"], arn) if arn else None

    def tell(self, *, user_pool_id: str, sub: str, username: str, attribute: str) -> None:
        """Queue the news; it may be queued twice, and the function is to bear that.

        Args:
            user_pool_id: the pool's id.
            sub: the Cognito `sub`, key of the User row.
            username: as the user pool spells it.
            attribute: what was proven, `"phone_number"` or `"email"`.

        Raises:
            botocore.exceptions.BotoCoreError, ClientError: it was not (or not certainly) queued.
            aws.BudgetSpentError: the trigger has no time left for it.
        """
        news = {
            "version": _VERSION,
            "user_pool_id": user_pool_id,
            "sub": sub,
            "username": username,
            "attribute": attribute,
        }
        queue(self._lambda, self._function_arn, news)


def _allows(answered: bytes) -> bool:
    """Read the function's answer.

    Raises:
        AnswerNotUnderstoodError: it is not one.
    """
    try:
        answer = json.loads(answered)
    except (ValueError, RecursionError):  # of JSON or of UTF-8; nested without end
        raise AnswerNotUnderstoodError from None
    allow = answer.get("allow") if isinstance(answer, dict) else None
    if not isinstance(allow, bool):
        raise AnswerNotUnderstoodError
    return allow
