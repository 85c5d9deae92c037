"""What went wrong, in one line that names the missing permission or setting."""

import re

import click
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
)

_DENIED = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"}
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
_UNKNOWN_CREDENTIALS = {
    "IncompleteSignature",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
# "... is not authorized to perform: dynamodb:Scan on resource ..."; SES quotes the action.
_ACTION = re.compile(r"not authorized to perform:?\s+[`'\"]?([A-Za-z0-9-]+:\w+)")

_WORDS: list[tuple[type[BotoCoreError], str]] = [
    (
        NoCredentialsError,
        "No AWS credentials: set AWS_PROFILE or --profile, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
    ),
    (PartialCredentialsError, "The AWS credentials are incomplete: {}"),
    (NoRegionError, "No AWS region: set --region or AWS_REGION, or a region in the profile."),
    (ProfileNotFound, "{}: `aws configure list-profiles` shows those there are."),
    (SSOError, "{} (`aws sso login` starts a new session)."),
    (ConnectionError, "AWS cannot be reached: {}"),
    (HTTPClientError, "AWS cannot be reached: {}"),
]


class CommandError(click.ClickException):
    """The command could not do or ask what it was to: one line, and exit code 2."""

    exit_code = 2


def missing_permission(error: BaseException) -> str | None:
    """Return the action that the caller may not use, e.g. `dynamodb:Scan`; None if the error is another one."""
    if not isinstance(error, ClientError) or code(error) not in _DENIED:
        return None
    found = _ACTION.search(error.response["Error"].get("Message", ""))
    return found[1] if found else error.operation_name


def code(error: ClientError) -> str:
    """Return AWS's word for an error, e.g. `ResourceNotFoundException`."""
    return str(error.response.get("Error", {}).get("Code", ""))


def explanation(error: BaseException) -> str | None:
    """Return what to tell of an error of AWS or of botocore, in one line; None if it is neither."""
    if isinstance(error, ClientError):
        return _refused(error)
    if not isinstance(error, BotoCoreError):
        return None
    words = next((words for kind, words in _WORDS if isinstance(error, kind)), "{}")
    return " ".join(words.format(error).split())  # some of botocore's take several lines


def _refused(error: ClientError) -> str:
    action = missing_permission(error)
    if action:
        return f"Permission missing: {action}. {error.response['Error'].get('Message', '')}".strip()
    word = code(error)
    if word in _EXPIRED:
        return "The AWS credentials have expired: get new ones, e.g. by `aws sso login`."
    if word in _UNKNOWN_CREDENTIALS:
        return f"AWS does not know these credentials ({word}): look at AWS_PROFILE, --profile or AWS_ACCESS_KEY_ID."
    return f"{error.operation_name}: {word}: {error.response.get('Error', {}).get('Message', '')}"
