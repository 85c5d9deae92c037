"""How a provider may fail. Only what it certainly did not take may be sent again."""

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ParamValidationError,
)

_THROTTLES = frozenset(
    {
        "LimitExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "Throttled",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500


class NotTakenError(Exception):
    """The provider could not be reached or is over its rate: nothing was sent, the same call may pass in a moment."""


class RefusedError(Exception):
    """The provider refused for good: nothing was sent and nothing will be.

    Attributes:
        reason: the provider's word for it: its error code, or the cause that it names.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class UnknownError(Exception):
    """The provider's answer leaves open whether the message went out: it is never sent again, and its code works."""


def definite(error: BotoCoreError | ClientError) -> Exception:
    """Return what an AWS provider's error means; the error itself if it leaves open whether the message went out."""
    meaning: Exception = error
    if isinstance(error, EndpointConnectionError | ConnectTimeoutError):
        meaning = NotTakenError()
    elif isinstance(error, ParamValidationError):
        meaning = RefusedError(type(error).__name__)  # by botocore, before anything left
    elif isinstance(error, ClientError):
        code = str(error.response.get("Error", {}).get("Code"))
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", _SERVER_ERROR))
        if code in _THROTTLES or status == _TOO_MANY_REQUESTS:
            meaning = NotTakenError()
        elif status < _SERVER_ERROR:
            # End User Messaging names the cause beside the code, in words of a fixed list.
            meaning = RefusedError(str(error.response.get("Reason") or code))
    return meaning
