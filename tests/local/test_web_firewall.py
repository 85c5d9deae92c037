"""Web ACLs in front of user pools: who is counted, and by what."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dev.local import LocalAWS
from tests.local.support import Pool, make_pool

PHONE = "+14155550170"
METRICS = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "none"}


def header_matches(name: str, expression: str) -> dict[str, Any]:
    transformations = [{"Priority": 0, "Type": "NONE"}]
    field = {"SingleHeader": {"Name": name}}
    return {
        "RegexMatchStatement": {
            "RegexString": expression,
            "FieldToMatch": field,
            "TextTransformations": transformations,
        }
    }


def put_in_front(aws: LocalAWS, pool: Pool, name: str, scope: dict[str, Any]) -> None:
    """A web ACL that lets ten calls through in five minutes, of those that match."""
    rate = {"Limit": 10, "AggregateKeyType": "IP", "ScopeDownStatement": scope}
    rule = {"Name": "rate", "Priority": 0, "Action": {"Block": {}}, "VisibilityConfig": METRICS}
    made = aws.client("wafv2").create_web_acl(
        Name=name,
        Scope="REGIONAL",
        DefaultAction={"Allow": {}},
        VisibilityConfig=METRICS,
        Rules=[{**rule, "Statement": {"RateBasedStatement": rate}}],
    )["Summary"]
    aws.client("wafv2").associate_web_acl(WebACLArn=made["ARN"], ResourceArn=pool.arn)


@pytest.fixture
def pool(aws: LocalAWS, tmp_path: Path) -> Pool:
    made = make_pool(aws, tmp_path)
    made.sign_up(PHONE)
    return made


@pytest.mark.parametrize(
    ("header", "expression"),
    [("x-amz-target", r"\.InitiateAuth$"), ("x-amzn-cognito-operation-name", "^InitiateAuth$")],
)
def test_the_eleventh_call_of_an_operation_is_blocked_and_no_other(
    aws: LocalAWS, pool: Pool, header: str, expression: str
) -> None:
    nothing = header_matches("x-nothing", ".*")
    put_in_front(aws, pool, pool.id, {"OrStatement": {"Statements": [nothing, header_matches(header, expression)]}})
    started = [pool.start(PHONE) for _ in range(10)]
    with pytest.raises(ClientError, match=r"ForbiddenException.*Request not allowed due to WAF block\."):
        pool.start(PHONE)
    assert pool.answer(started[-1], "424242")["AuthenticationResult"]
    admin = aws.client("cognito-idp").admin_initiate_auth
    parameters = {"UserPoolId": pool.id, "ClientId": pool.client_id, "AuthParameters": {"USERNAME": PHONE}}
    assert admin(AuthFlow="CUSTOM_AUTH", **parameters)["ChallengeName"] == "CUSTOM_CHALLENGE"


def test_a_pool_without_one_lets_everybody_in(pool: Pool) -> None:
    for _ in range(12):
        pool.start(PHONE)
