"""One DynamoDB Local for the races, with the module's tables."""

import os
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore.config import Config

from dev.dynamodb_local import MissingToolError, dynamodb_local

THREADS = 200
KEYS = {"identities": "pk", "auth-state": "pk", "users": "id"}
"""The module's tables, and what each has as its key."""


@pytest.fixture(scope="session")
def endpoint_url() -> Iterator[str]:
    try:
        with dynamodb_local() as url:
            yield url
    except MissingToolError as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def dynamodb(endpoint_url: str) -> Any:
    client = botocore.session.get_session().create_client(
        "dynamodb",
        region_name="us-east-1",
        endpoint_url=endpoint_url,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(max_pool_connections=THREADS, proxies={}, read_timeout=60),
    )
    for table, key in KEYS.items():
        client.create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
            KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
        )
    return client
