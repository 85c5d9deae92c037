"""The Scheduler and EventBridge invoke functions, if they may, and CloudTrail tells of what happens to users."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dev.local import LocalAWS
from tests.local.support import Function, make_function, make_pool

NOTE = """
import json, os
def handler(event, context):
    with open(os.environ["EVENTS"], "a") as file:
        file.write(json.dumps(event) + "\\n")
"""


def wait_for(what: Callable[[], Any], seconds: float = 10) -> Any:
    until = time.monotonic() + seconds
    while not (found := what()) and time.monotonic() < until:
        time.sleep(0.05)
    return found


def a_role(aws: LocalAWS, name: str, service: str, function: str, **condition: Any) -> str:
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012", **condition}},
    }
    iam = aws.client("iam")
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))["Role"]["Arn"]
    statement = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": function}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName=name, PolicyName="invoke", PolicyDocument=document)
    return str(arn)


def schedule(aws: LocalAWS, name: str, function: Function, role: str) -> None:
    aws.client("scheduler").create_schedule(
        Name=name,
        ScheduleExpression="at(2020-01-01T00:00:00)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": function.arn, "RoleArn": role, "Input": json.dumps({"job": name})},
    )


def test_a_schedule_invokes_its_function_with_its_input(aws: LocalAWS, tmp_path: Path) -> None:
    function = make_function(aws, tmp_path, NOTE)
    group = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/default"
    role = a_role(aws, "fires", "scheduler.amazonaws.com", function.arn, **{"aws:SourceArn": group})
    schedule(aws, "fires", function, role)
    assert wait_for(function.events) == [{"job": "fires"}]


@pytest.mark.parametrize(
    ("name", "service", "allowed", "denied"),
    [
        ("distrusts", "lambda.amazonaws.com", "*", "sts:AssumeRole"),
        ("may-not", "scheduler.amazonaws.com", "arn:aws:lambda:us-east-1:1:function:x", "lambda:InvokeFunction"),
    ],
)
def test_a_schedule_whose_role_does_not_serve_invokes_nothing(
    aws: LocalAWS, tmp_path: Path, name: str, service: str, allowed: str, denied: str
) -> None:
    function = make_function(aws, tmp_path, NOTE)
    before = len(aws.denied())
    schedule(aws, name, function, a_role(aws, name, service, allowed))
    wait_for(lambda: len(aws.denied()) > before)
    assert [denial.action for denial in aws.denied()[before:]] == [denied]
    assert function.events() == []


@pytest.mark.parametrize("permitted", [True, False])
def test_a_rule_invokes_a_function_whose_policy_lets_it(aws: LocalAWS, tmp_path: Path, permitted: bool) -> None:
    function = make_function(aws, tmp_path, NOTE)
    events, name = aws.client("events"), f"rule-{permitted}".lower()
    arn = events.put_rule(Name=name, EventPattern=json.dumps({"source": [name]}))["RuleArn"]
    events.put_targets(Rule=name, Targets=[{"Id": "function", "Arn": function.arn}])
    if permitted:
        aws.client("lambda").add_permission(
            FunctionName=function.name,
            StatementId="events",
            Action="lambda:InvokeFunction",
            Principal="events.amazonaws.com",
            SourceArn=arn,
        )
    before = len(aws.denied())
    events.put_events(Entries=[{"Source": name, "DetailType": "said", "Detail": "{}"}])
    if permitted:
        assert [event["source"] for event in wait_for(function.events)] == [name]
        assert aws.denied()[before:] == []
    else:
        assert wait_for(lambda: aws.denied()[before:])[0].role == "events.amazonaws.com"
        assert function.events() == []


def test_cloudtrail_tells_of_deleted_and_disabled_users_where_there_is_a_trail(aws: LocalAWS, tmp_path: Path) -> None:
    pool = make_pool(aws, tmp_path)
    function = make_function(aws, tmp_path, NOTE)
    events, idp = aws.client("events"), aws.client("cognito-idp")
    pattern = {"source": ["aws.cognito-idp"], "detail-type": ["AWS API Call via CloudTrail"]}
    arn = events.put_rule(Name="trail", EventPattern=json.dumps(pattern))["RuleArn"]
    events.put_targets(Rule="trail", Targets=[{"Id": "function", "Arn": function.arn}])
    aws.client("lambda").add_permission(
        FunctionName=function.name,
        StatementId="events",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=arn,
    )
    pool.sign_up("+14155550931")
    sub = pool.user("+14155550931")["sub"]
    who = {"UserPoolId": pool.id, "Username": "+14155550931"}
    idp.admin_disable_user(**who)  # no trail yet

    aws.client("s3").create_bucket(Bucket="trail")
    trail = aws.client("cloudtrail").create_trail(Name="trail", S3BucketName="trail")["TrailARN"]
    aws.client("cloudtrail").start_logging(Name=trail)
    try:
        idp.admin_enable_user(**who)
        token = pool.answer(pool.start("+14155550931"), "424242")["AuthenticationResult"]["AccessToken"]
        idp.admin_disable_user(**who)
        idp.admin_enable_user(**who)
        token = pool.answer(pool.start("+14155550931"), "424242")["AuthenticationResult"]["AccessToken"]
        pool.public.delete_user(AccessToken=token)
        wait_for(lambda: len(function.events()) == 4)
    finally:
        aws.client("cloudtrail").delete_trail(Name=trail)
    told = [event["detail"] for event in function.events()]
    expected = ["AdminDisableUser", "AdminEnableUser", "AdminEnableUser", "DeleteUser"]
    assert sorted(detail["eventName"] for detail in told) == expected
    assert {detail["additionalEventData"]["sub"] for detail in told} == {sub}
    assert {detail["requestParameters"].get("userPoolId") for detail in told} == {pool.id, None}
    assert "+14155550931" not in json.dumps(told)
