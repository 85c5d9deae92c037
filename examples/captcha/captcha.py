"""Lets people sign up who have solved a captcha: asks Cloudflare Turnstile whether they did.

The module invokes this function before it accepts a person's own sign-up, and waits 1.8 seconds, the function's cold
start included. Of its event only these are used:

    {"request_id": "...", "client_metadata": {"captcha": "<what the widget gave the client>"}, ...}

It answers {"allow": true} or {"allow": false}. Raising lets nobody sign up: that is for what is not the person's fault.
Log nothing of the event: it holds who the person is.
"""

import hashlib
import json
import os
import urllib.request
import uuid

import boto3
from botocore.config import Config

_SECONDS = 1.2
_LONGEST_TOKEN = 2048
# Turnstile's words for what is the person's fault (or a robot's); any other is ours or Turnstile's.
_NOT_SOLVED = {"missing-input-response", "invalid-input-response", "timeout-or-duplicate"}

# Read once per environment; without it the function does not start, and nobody signs up.
_ssm = boto3.client("ssm", config=Config(connect_timeout=0.5, read_timeout=1, retries={"total_max_attempts": 1}))
_SECRET = _ssm.get_parameter(Name=os.environ["SECRET_PARAMETER"], WithDecryption=True)["Parameter"]["Value"]


def handler(event, _context):
    """Answer whether this person may sign up."""
    token = event["client_metadata"].get("captcha", "")
    if not token or len(token) > _LONGEST_TOKEN:
        return {"allow": False}
    verdict = ask(token, event["request_id"])
    if verdict["success"] is True:
        return {"allow": True}
    if not set(verdict["error-codes"]) <= _NOT_SOLVED:
        raise RuntimeError("no verdict: " + ", ".join(sorted(verdict["error-codes"])))
    return {"allow": False}


def ask(token, request_id):
    """Return Turnstile's verdict.

    A token counts once. Cognito repeats a sign-up that is answered late, with the same request id: Turnstile gives the
    verdict of the first time to whoever asks again with the same key, which has to be a UUID.
    """
    key = uuid.UUID(bytes=hashlib.sha256(request_id.encode()).digest()[:16], version=4)
    question = {"secret": _SECRET, "response": token, "idempotency_key": str(key)}
    request = urllib.request.Request(  # noqa: S310 (the address is the configuration's)
        os.environ["SITEVERIFY_URL"], json.dumps(question).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
        return json.load(answer)
