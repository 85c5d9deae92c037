"""CreateAuthChallenge by hand: makes a code and texts it.

Needs the permission `sns:Publish` on `*`, and no settings.

The code comes from a generator that can be predicted, never begins with 0, and stands in plain text in the session. An
error of SNS is printed and forgotten. Nothing limits how often a number is sent a code, and a trigger that Cognito
repeats sends a second one.
"""

import random
from typing import Any

import boto3

sns = boto3.client("sns")


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Text a new code at the beginning of a session, and keep it for the session's further rounds."""
    session = event["request"]["session"]
    phone_number = event["request"]["userAttributes"]["phone_number"]
    if session:
        code = session[-1]["challengeMetadata"]
    else:
        code = str(random.randint(100_000, 999_999))
        try:
            sns.publish(
                PhoneNumber=phone_number,
                Message=f"Your code is {code}",
                MessageAttributes={"AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"}},
            )
        except Exception as error:
            print("could not text", error)
    event["response"]["publicChallengeParameters"] = {"phone_number": phone_number}
    event["response"]["privateChallengeParameters"] = {"code": code}
    event["response"]["challengeMetadata"] = code
    return event
