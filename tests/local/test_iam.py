"""What a function's role does not allow, the function cannot do."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dev.local import LocalAWS
from tests.local.support import make_function, make_pool, make_role

REGION, ACCOUNT = "us-east-1", "123456789012"

# Makes the call that its event names, with the function's own role.
CALLER = """
import boto3

def handler(event, context):
    answer = getattr(boto3.client(event["service"]), event["call"])(**event["with"])
    return sorted(answer)
"""


class Caller:
    def __init__(self, aws: LocalAWS, folder: Path, *statements: dict[str, Any]) -> None:
        self.aws = aws
        self.role, arn = make_role(aws, list(statements))
        self.function = make_function(aws, folder, CALLER, role=arn, timeout=20)

    def call(self, service: str, call: str, **parameters: Any) -> Any:
        return self.function.invoke({"service": service, "call": call, "with": parameters})

    def is_denied(self, action: str, service: str, call: str, **parameters: Any) -> bool:
        try:
            self.call(service, call, **parameters)
        except RuntimeError as error:
            assert "AccessDenied" in str(error) or "AuthorizationError" in str(error), error
            last = self.aws.denied()[-1]
            assert (last.action, last.role) == (action, self.role)
            return True
        return False


def allow(action: str | list[str], resource: str | list[str] = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


@pytest.fixture
def table(aws: LocalAWS, request: pytest.FixtureRequest) -> str:
    name = f"table-{abs(hash(request.node.name))}"
    aws.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


def table_arn(table: str) -> str:
    return f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}"


def test_single_items(aws: LocalAWS, tmp_path: Path, table: str) -> None:
    caller = Caller(aws, tmp_path, allow("dynamodb:PutItem", table_arn(table)))
    item = {"pk": {"S": "a"}}
    caller.call("dynamodb", "put_item", TableName=table, Item=item)
    assert caller.is_denied("dynamodb:GetItem", "dynamodb", "get_item", TableName=table, Key=item)
    assert aws.denied()[-1].resource == table_arn(table)
    assert caller.is_denied("dynamodb:PutItem", "dynamodb", "put_item", TableName="other", Item=item)


def test_a_table_under_a_key_needs_the_key_too(aws: LocalAWS, tmp_path: Path, table: str) -> None:
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    use_table = allow("dynamodb:*", table_arn(table))
    caller = Caller(aws, tmp_path, use_table)
    item = {"pk": {"S": "a"}}
    aws.client("dynamodb").update_table(TableName=table, SSESpecification={"Enabled": True, "SSEType": "KMS"})
    caller.call("dynamodb", "put_item", TableName=table, Item=item)
    aws.client("dynamodb").update_table(
        TableName=table, SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
    )
    assert caller.is_denied("kms:Decrypt", "dynamodb", "put_item", TableName=table, Item=item)
    assert aws.denied()[-1].resource == key
    put = [{"Put": {"TableName": table, "Item": item}}]
    assert caller.is_denied("kms:Decrypt", "dynamodb", "transact_write_items", TransactItems=put)
    caller.call("dynamodb", "describe_table", TableName=table)

    def through(service: str) -> dict[str, Any]:
        return {**allow("kms:Decrypt", key), "Condition": {"StringLike": {"kms:ViaService": f"{service}.us-east-1.*"}}}

    caller = Caller(aws, tmp_path, use_table, through("lambda"))
    assert caller.is_denied("kms:Decrypt", "dynamodb", "get_item", TableName=table, Key=item)
    caller = Caller(aws, tmp_path, use_table, through("dynamodb"))
    caller.call("dynamodb", "put_item", TableName=table, Item=item)
    caller.call("dynamodb", "batch_get_item", RequestItems={table: {"Keys": [item]}})


@pytest.mark.parametrize("missing", ["PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"])
def test_transactions_need_a_right_for_each_item(aws: LocalAWS, tmp_path: Path, table: str, missing: str) -> None:
    names = ["PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"]
    actions = [f"dynamodb:{name}" for name in names if name != missing]
    caller = Caller(aws, tmp_path, allow(actions, table_arn(table)))

    def key(name: str) -> dict[str, Any]:
        return {"TableName": table, "Key": {"pk": {"S": name}}}

    items = [
        {"Put": {"TableName": table, "Item": {"pk": {"S": "a"}}}},
        {"Update": {**key("b"), "UpdateExpression": "SET n = :n", "ExpressionAttributeValues": {":n": {"N": "1"}}}},
        {"Delete": key("c")},
        {"ConditionCheck": {**key("d"), "ConditionExpression": "attribute_not_exists(pk)"}},
    ]
    assert caller.is_denied(f"dynamodb:{missing}", "dynamodb", "transact_write_items", TransactItems=items)
    whole = Caller(aws, tmp_path, allow([f"dynamodb:{name}" for name in names], table_arn(table)))
    whole.call("dynamodb", "transact_write_items", TransactItems=items)


def test_sms_to_phones_but_not_to_topics(aws: LocalAWS, tmp_path: Path) -> None:
    deny = {"Effect": "Deny", "Action": "sns:Publish", "Resource": "arn:aws:sns:*:*:*"}
    caller = Caller(aws, tmp_path, allow("sns:Publish"), deny)
    caller.call("sns", "publish", PhoneNumber="+14155550177", Message="hello")
    assert [message["Message"] for message in aws.sms_messages("+14155550177")] == ["hello"]
    topic = aws.client("sns").create_topic(Name="topic")["TopicArn"]
    assert caller.is_denied("sns:Publish", "sns", "publish", TopicArn=topic, Message="hello")
    assert aws.denied()[-1].explicit
    nobody = Caller(aws, tmp_path)
    assert nobody.is_denied("sns:Publish", "sns", "publish", PhoneNumber="+14155550177", Message="hello")
    assert len(aws.sms_messages("+14155550177")) == 1


def test_mac_keys(aws: LocalAWS, tmp_path: Path) -> None:
    kms = aws.client("kms")
    key = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["Arn"]
    other = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["Arn"]
    caller = Caller(aws, tmp_path, allow("kms:GenerateMac", key))
    mac = {"Message": "label", "MacAlgorithm": "HMAC_SHA_256"}
    assert "Mac" in caller.call("kms", "generate_mac", KeyId=key, **mac)
    assert caller.is_denied("kms:GenerateMac", "kms", "generate_mac", KeyId=other, **mac)


def test_invoking_another_function(aws: LocalAWS, tmp_path: Path) -> None:
    target = make_function(aws, tmp_path, "def handler(event, context): return {}")
    caller = Caller(aws, tmp_path, allow("lambda:InvokeFunction", target.arn))
    caller.call("lambda", "invoke", FunctionName=target.name, InvocationType="Event")
    nobody = Caller(aws, tmp_path)
    assert nobody.is_denied("lambda:InvokeFunction", "lambda", "invoke", FunctionName=target.name)


def test_pools(aws: LocalAWS, tmp_path: Path) -> None:
    pool, other = make_pool(aws, tmp_path), make_pool(aws, tmp_path)
    pool.sign_up("+14155550100")
    who = {"UserPoolId": pool.id, "Username": "+14155550100"}
    caller = Caller(aws, tmp_path, allow("cognito-idp:AdminGetUser", pool.arn))
    assert "UserStatus" in caller.call("cognito-idp", "admin_get_user", **who)
    verified = [{"Name": "phone_number_verified", "Value": "true"}]
    action = "cognito-idp:AdminUpdateUserAttributes"
    assert caller.is_denied(action, "cognito-idp", "admin_update_user_attributes", **who, UserAttributes=verified)
    elsewhere = {**who, "UserPoolId": other.id}
    assert caller.is_denied("cognito-idp:AdminGetUser", "cognito-idp", "admin_get_user", **elsewhere)


def test_email_needs_a_right_on_the_identity_and_the_configuration_set(aws: LocalAWS, tmp_path: Path) -> None:
    ses = aws.client("sesv2")
    ses.create_email_identity(EmailIdentity="example.com")
    ses.create_configuration_set(ConfigurationSetName="codes")
    prefix = f"arn:aws:ses:{REGION}:{ACCOUNT}"
    message = {
        "FromEmailAddress": "Codes <no-reply@example.com>",
        "Destination": {"ToAddresses": ["user@example.net"]},
        "Content": {"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "123"}}}},
    }
    caller = Caller(aws, tmp_path, allow("ses:SendEmail", f"{prefix}:identity/example.com"))
    caller.call("sesv2", "send_email", **message)
    sent = aws.emails("user@example.net")
    assert [(mail["Subject"], mail["BodyText"]) for mail in sent] == [("s", "123")]
    with_set = {**message, "ConfigurationSetName": "codes"}
    assert caller.is_denied("ses:SendEmail", "sesv2", "send_email", **with_set)
    assert aws.denied()[-1].resource == f"{prefix}:configuration-set/codes"
    elsewhere = {**message, "FromEmailAddress": "no-reply@example.org"}
    assert caller.is_denied("ses:SendEmail", "sesv2", "send_email", **elsewhere)
    assert aws.denied()[-1].resource == f"{prefix}:identity/no-reply@example.org"
    both = [f"{prefix}:identity/example.com", f"{prefix}:configuration-set/codes"]
    Caller(aws, tmp_path, allow("ses:SendEmail", both)).call("sesv2", "send_email", **with_set)


def test_logs_need_rights_below_the_group(aws: LocalAWS, tmp_path: Path) -> None:
    logs = aws.client("logs")
    code = "def handler(event, context): print('seen')"
    for actions, suffix, expected in (
        (["logs:CreateLogStream", "logs:PutLogEvents"], ":*", True),
        (["logs:CreateLogStream"], ":*", False),
        (["logs:CreateLogStream", "logs:PutLogEvents"], "", False),
    ):
        _role, role_arn = make_role(aws, logs=False)
        function = make_function(aws, tmp_path, code, role=role_arn)
        group = f"/aws/lambda/{function.name}"
        logs.create_log_group(logGroupName=group)
        arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}{suffix}"
        document = json.dumps({"Version": "2012-10-17", "Statement": [allow(actions, arn)]})
        aws.client("iam").put_role_policy(RoleName=_role, PolicyName="logs", PolicyDocument=document)
        function.invoke()
        found = logs.filter_log_events(logGroupName=group)["events"]
        assert any(event["message"] == "seen" for event in found) is expected
        if not expected:
            assert aws.denied()[-1].action == "logs:PutLogEvents"


def test_public_calls_need_no_signature_and_others_do(aws: LocalAWS, tmp_path: Path) -> None:
    pool = make_pool(aws, tmp_path)
    with pytest.raises(ClientError, match=r"MissingAuthenticationToken|AccessDenied"):
        pool.public.admin_get_user(UserPoolId=pool.id, Username="x")


def sms_role(aws: LocalAWS, name: str, trust: dict[str, Any], *, may_publish: bool) -> str:
    iam = aws.client("iam")
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    if may_publish:
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allow("sns:Publish")]})
        iam.put_role_policy(RoleName=name, PolicyName="publish", PolicyDocument=policy)
    return str(arn)


def test_a_pool_needs_an_sms_role_that_it_can_use(aws: LocalAWS) -> None:
    trust = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": "cognito-idp.amazonaws.com"},
        "Condition": {
            "StringEquals": {"sts:ExternalId": "id", "aws:SourceAccount": ACCOUNT},
            "ArnLike": {"aws:SourceArn": f"arn:aws:cognito-idp:{REGION}:{ACCOUNT}:userpool/*"},
        },
    }
    lambda_trust = {**trust, "Principal": {"Service": "lambda.amazonaws.com"}}
    idp = aws.client("cognito-idp")

    def create(role: str, external_id: str = "id") -> None:
        sms = {"SnsCallerArn": role, "ExternalId": external_id}
        idp.delete_user_pool(UserPoolId=idp.create_user_pool(PoolName="p", SmsConfiguration=sms)["UserPool"]["Id"])

    good = sms_role(aws, "sms-good", trust, may_publish=True)
    create(good)
    with pytest.raises(ClientError, match="InvalidSmsRoleTrustRelationshipException"):
        create(good, external_id="other")
    with pytest.raises(ClientError, match="InvalidSmsRoleTrustRelationshipException"):
        create(sms_role(aws, "sms-lambda", lambda_trust, may_publish=True))
    with pytest.raises(ClientError, match="InvalidSmsRoleAccessPolicyException"):
        create(sms_role(aws, "sms-silent", trust, may_publish=False))


def test_a_function_needs_a_role_that_lambda_can_assume(aws: LocalAWS, tmp_path: Path) -> None:
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "cognito-idp.amazonaws.com"}}
    role = sms_role(aws, "not-for-lambda", trust, may_publish=False)
    with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
        make_function(aws, tmp_path, "def handler(event, context): return {}", role=role)
