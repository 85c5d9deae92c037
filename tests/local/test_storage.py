"""What the package needs of DynamoDB, and what is protected from deletion."""

from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from dev.local import LocalAWS
from tests.local.support import make_pool


@pytest.fixture
def table(aws: LocalAWS, request: pytest.FixtureRequest) -> str:
    name = f"table-{abs(hash(request.node.name))}"
    aws.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        DeletionProtectionEnabled=True,
    )
    return name


def test_tries_in_a_map_are_counted_under_a_condition(aws: LocalAWS, table: str) -> None:
    db = aws.client("dynamodb")
    db.put_item(TableName=table, Item={"pk": {"S": "c"}, "tries": {"M": {}}, "state": {"S": "SENT"}})

    def guess(name: str) -> dict[str, object]:
        updated: dict[str, object] = db.update_item(
            TableName=table,
            Key={"pk": {"S": "c"}},
            UpdateExpression="SET tries.#guess = :token",
            ConditionExpression="#state = :sent AND size(tries) < :max AND attribute_not_exists(tries.#guess)",
            ExpressionAttributeNames={"#guess": name, "#state": "state"},
            ExpressionAttributeValues={":token": {"S": "t"}, ":sent": {"S": "SENT"}, ":max": {"N": "2"}},
            ReturnValues="ALL_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
        return updated

    assert guess("g1")["Attributes"]["tries"] == {"M": {"g1": {"S": "t"}}}  # type: ignore[index]
    with pytest.raises(ClientError) as again:
        guess("g1")
    assert again.value.response["Error"]["Code"] == "ConditionalCheckFailedException"
    assert again.value.response["Item"]["tries"] == {"M": {"g1": {"S": "t"}}}  # type: ignore[typeddict-item]
    guess("g2")
    with pytest.raises(ClientError, match=r"ConditionalCheckFailed"):
        guess("g3")


def test_a_cancelled_transaction_gives_the_item_in_the_way(aws: LocalAWS, table: str) -> None:
    db = aws.client("dynamodb")
    db.put_item(TableName=table, Item={"pk": {"S": "a"}, "holder": {"S": "h"}})
    put = {
        "TableName": table,
        "ConditionExpression": "attribute_not_exists(pk)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    with pytest.raises(ClientError) as caught:
        db.transact_write_items(
            TransactItems=[
                {"Put": {**put, "Item": {"pk": {"S": "b"}}}},
                {"Put": {**put, "Item": {"pk": {"S": "a"}}}},
            ]
        )
    reasons = caught.value.response["CancellationReasons"]  # type: ignore[typeddict-item]
    assert [reason["Code"] for reason in reasons] == ["None", "ConditionalCheckFailed"]
    assert reasons[1]["Item"]["holder"] == {"S": "h"}
    assert "Item" not in db.get_item(TableName=table, Key={"pk": {"S": "b"}})


def test_protected_tables_stay(aws: LocalAWS, table: str) -> None:
    db = aws.client("dynamodb")
    with pytest.raises(ClientError, match=r"protected against deletion"):
        db.delete_table(TableName=table)
    db.update_table(TableName=table, DeletionProtectionEnabled=False)
    db.delete_table(TableName=table)


def test_protected_pools_stay(aws: LocalAWS, tmp_path: Path) -> None:
    pool = make_pool(aws, tmp_path, DeletionProtection="ACTIVE")
    idp = aws.client("cognito-idp")
    message = (
        r"InvalidParameterException.*deletion protection is activated\. Deletion protection must be inactivated first"
    )
    with pytest.raises(ClientError, match=message):
        idp.delete_user_pool(UserPoolId=pool.id)
    idp.update_user_pool(UserPoolId=pool.id, DeletionProtection="INACTIVE")
    idp.delete_user_pool(UserPoolId=pool.id)


def test_a_password_policy_requires_only_what_it_says(aws):
    cognito = aws.client("cognito-idp")
    policy = {"MinimumLength": 12, "RequireNumbers": True}
    pool = cognito.create_user_pool(PoolName="policy", Policies={"PasswordPolicy": policy})["UserPool"]
    client = cognito.create_user_pool_client(UserPoolId=pool["Id"], ClientName="app")["UserPoolClient"]["ClientId"]
    cognito.sign_up(ClientId=client, Username="ada", Password="only-lower-1")
    with pytest.raises(cognito.exceptions.InvalidPasswordException):
        cognito.sign_up(ClientId=client, Username="bob", Password="only-lower-letters")
