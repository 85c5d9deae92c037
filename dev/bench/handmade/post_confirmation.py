"""PostConfirmation by hand: marks the row of an account whose code was answered.

Needs the environment variable USER_TABLE (see `pre_sign_up`) and the permission `dynamodb:UpdateItem` on it.

It also runs at the end of a password reset, and nothing repairs the row if it fails.
"""

import os
import time
from typing import Any

import boto3

users = boto3.resource("dynamodb").Table(os.environ["USER_TABLE"])


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Mark the row."""
    try:
        users.update_item(
            Key={"id": event["request"]["userAttributes"]["sub"]},
            UpdateExpression="SET confirmed = :true, updatedAt = :now",
            ExpressionAttributeValues={
                ":true": True,
                ":now": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
            },
        )
    except Exception as error:
        print("could not mark the user", error)
    return event
