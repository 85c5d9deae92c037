"""How a provider may fail. Only what it certainly did not send may be sent again."""

from botocore.exceptions import ClientError

_THROTTLES = frozenset({"Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException"})


class ThrottledError(Exception):
    """The provider refused for its rate limit: nothing was sent, the same call may pass in a moment."""


class RefusedError(Exception):
    """The provider refused for good: nothing was sent and nothing will be.

    Attributes:
        reason: the provider's error code.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def definite(error: ClientError) -> Exception:
    """Return what an AWS provider's error means; an HTTP 5xx leaves open whether the message went out."""
    code = str(error.response.get("Error", {}).get("Code"))
    if code in _THROTTLES:
        return ThrottledError()
    if int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)) < 500:  # noqa: PLR2004 - HTTP
        return RefusedError(code)
    unknown: Exception = error
    return unknown
