"""Carries the codes of the user pool: put the call of your own provider into `send`.

The module invokes this function once for each code, synchronously, and waits 15 seconds. Its event:

    {"to": "+14155550100", "message": "493817 is your ... code. ...", "code": "493817", "channel": "sms",
     "locale": null, "expires_at": 1800000000}

and for `"channel": "email"` also `subject` and `html` (a string or null). It answers one of

    {"status": "sent", "message_id": "..."}      the id may be left out
    {"status": "refused", "reason": "<letters>"} nothing was sent and nothing will be: the person may ask again at once

Raising leaves open whether the message went out: it is not sent again, and the code works if it arrives. Log nothing of
the event: it holds the code and who it is for.
"""

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

_SERVER_ERROR = 500

# One attempt: a message whose answer was lost may be out, and a second one would be a second text.
_sns = boto3.client("sns", config=Config(connect_timeout=2, read_timeout=8, retries={"total_max_attempts": 1}))


def handler(event, _context):
    """Send one message and say how it ended."""
    if event["channel"] != "sms":
        return {"status": "refused", "reason": "channel"}
    try:
        return {"status": "sent", "message_id": send(event["to"], event["message"])}
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] >= _SERVER_ERROR:
            raise RuntimeError("no word from the provider") from None
        return {"status": "refused", "reason": error.response["Error"]["Code"]}


def send(phone_number, text):
    """Send a text and return its id. This is the line to replace: SNS is here because every account has it."""
    return _sns.publish(PhoneNumber=phone_number, Message=text)["MessageId"]
