"""PreSignUp by hand: refuses a second account with the same e-mail or username, and writes the row of the new one.

Needs the environment variable USER_TABLE (a table with the key `id`, an Amplify one as a rule) and the permissions
`cognito-idp:ListUsers` on the pool (or `*`: the pool names this function) and `dynamodb:PutItem` on the table.

Two sign-ups at once both find nobody. A quotation mark in an e-mail address breaks the filter. The row stands before
anybody has confirmed, and is missing for good if it cannot be written.
"""

import os
import time
from typing import Any

import boto3

cognito = boto3.client("cognito-idp")
users = boto3.resource("dynamodb").Table(os.environ["USER_TABLE"])


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Look for another account, then write the row.

    Raises:
        ValueError: there is one.
    """
    attributes = event["request"]["userAttributes"]
    for name, value in (("email", attributes.get("email")), ("username", event["userName"])):
        if value:
            found = cognito.list_users(UserPoolId=event["userPoolId"], Filter=f'{name} = "{value.lower()}"')
            if found["Users"]:
                raise ValueError(f"An account with this {name} already exists")
    now = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
    row = {
        "id": event["userName"],
        "__typename": "User",
        "phone_number": attributes["phone_number"],
        "email": attributes.get("email", ""),
        "confirmed": False,
        "createdAt": now,
        "updatedAt": now,
        "_version": 1,
        "_lastChangedAt": int(time.time() * 1000),
    }
    try:
        users.put_item(Item=row)
    except Exception as error:
        print("could not write the user", error)
    return event
