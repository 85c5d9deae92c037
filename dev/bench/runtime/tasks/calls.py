"""A call of each service, as small as there is one of those that the functions make."""

from collections.abc import Callable
from typing import Any

CALLS: dict[str, Callable[[Any], Any]] = {
    "dynamodb": lambda client: client.get_item(TableName="table", Key={"pk": {"S": "key"}}, ConsistentRead=True),
    "kms": lambda client: client.generate_mac(KeyId="key", Message=b"label", MacAlgorithm="HMAC_SHA_256"),
    "lambda": lambda client: client.invoke(FunctionName="function", InvocationType="Event", Payload=b"{}"),
    "sns": lambda client: client.publish(PhoneNumber="+14155550100", Message="Your code is 123456"),
    "cognito-idp": lambda client: client.list_users(UserPoolId="us-east-1_EXAMPLE00", Limit=1),
}
"""By botocore's name of the service."""
