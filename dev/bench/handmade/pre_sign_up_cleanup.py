"""What a client calls before it signs up: removes the account that somebody left unconfirmed with this phone number.

Not a trigger: a client invokes it, through an HTTP API as a rule, with `{"phone_number": "+14155550100"}`. Needs the
environment variable USER_POOL_ID and the permissions `cognito-idp:ListUsers` and `cognito-idp:AdminDeleteUser` on that
pool.

Anybody can call it and so remove whoever is about to confirm; and ListUsers may still show as unconfirmed who has just
confirmed. Its row stays behind.
"""

import os
from typing import Any

import boto3

cognito = boto3.client("cognito-idp")
user_pool_id = os.environ["USER_POOL_ID"]


def handler(event: dict[str, Any], _context: object) -> dict[str, int]:
    """Remove the unconfirmed accounts of a number, and return how many there were."""
    found = cognito.list_users(UserPoolId=user_pool_id, Filter=f'phone_number = "{event["phone_number"]}"')
    unconfirmed = [user["Username"] for user in found["Users"] if user["UserStatus"] == "UNCONFIRMED"]
    for username in unconfirmed:
        cognito.admin_delete_user(UserPoolId=user_pool_id, Username=username)
    return {"removed": len(unconfirmed)}
