"""Messages by any provider, behind a Lambda function of the user's own.

The function is invoked synchronously, once for each code, and answers `{"status": "sent", "message_id": "..."}` (the id
may be left out) or `{"status": "refused", "reason": "..."}`. Its payload holds the code, so nothing of it and nothing
of its answer but the reason's word is ever logged. The contract is in docs/delivery.md.
"""

import json
import re
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cognito_otp.senders import outcome
from cognito_otp.senders.outgoing import Outgoing

# Letters only: no digit of a code or of a phone number, and no address, gets into the log this way.
_REASON = re.compile(r"[A-Za-z_]{1,64}")


class FunctionFailedError(outcome.UnknownError):
    """The function raised or ran out of time, before or after it sent."""


class AnswerNotUnderstoodError(outcome.UnknownError):
    """The function returned neither of the two answers."""


class Sender:
    """Hands messages to the function.

    Args:
        lambda_client: botocore Lambda client that makes one attempt.
        function_arn: the function's ARN, or its alias's.
    """

    def __init__(self, lambda_client: Any, function_arn: str) -> None:
        self._lambda = lambda_client
        self._function_arn = function_arn

    def send(self, outgoing: Outgoing) -> str | None:
        """Invoke the function with one message and wait for its answer; see `outgoing.Sender`."""
        try:
            invoked = self._lambda.invoke(
                FunctionName=self._function_arn,
                InvocationType="RequestResponse",
                Payload=json.dumps(_payload(outgoing)).encode(),
            )
            answered = invoked["Payload"].read()
        except (BotoCoreError, ClientError) as error:
            raise outcome.definite(error) from None
        if invoked.get("FunctionError"):
            raise FunctionFailedError
        return _message_id(answered)


def _payload(outgoing: Outgoing) -> dict[str, str | int | None]:
    payload: dict[str, str | int | None] = {
        "to": outgoing.to,
        "message": outgoing.message.text,
        "code": outgoing.code,
        "channel": outgoing.channel,
        "locale": outgoing.locale,
        "expires_at": outgoing.expires_at,
    }
    if outgoing.channel == "email":
        payload |= {"subject": outgoing.message.subject, "html": outgoing.message.html}
    return payload


def _message_id(answered: bytes) -> str | None:
    """Read the function's answer: the id of a sent message, None if it has none.

    Raises:
        outcome.RefusedError: it is a refusal.
        AnswerNotUnderstoodError: it is neither.
    """
    try:
        answer = json.loads(answered)
    except (ValueError, RecursionError):  # of JSON or of UTF-8; nested without end
        raise AnswerNotUnderstoodError from None
    status = answer.get("status") if isinstance(answer, dict) else None
    if status == "refused":
        reason = answer.get("reason")
        raise outcome.RefusedError(reason if isinstance(reason, str) and _REASON.fullmatch(reason) else "unnamed")
    if status != "sent":
        raise AnswerNotUnderstoodError
    message_id = answer.get("message_id")
    return message_id if isinstance(message_id, str) else None
