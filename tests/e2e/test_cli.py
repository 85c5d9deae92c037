"""`cognito-otp` against an applied example: with exactly the permissions that its page names, and what it finds."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from click.testing import CliRunner

from cognito_otp_cli.main import main
from dev.local import LocalAWS
from dev.package import ROOT
from dev.person import wrong
from tests.e2e.conftest import Applied, stands_in

EXAMPLE = "phone-username"

NAME = "otp-phone-username"
POLICIES = dict(
    re.findall(
        r"<!-- policy: (\w+) -->\n```json\n(.*?)\n```", (ROOT / "docs" / "command-line.md").read_text(), re.DOTALL
    )
)
# What the local AWS has no answer for.
UNANSWERED = {"sms-sandbox", "protect-configuration", "quotas"}

Cli = Callable[..., dict[str, Any]]


@contextlib.contextmanager
def somebody(aws: LocalAWS, policy: str) -> Iterator[dict[str, str]]:
    """Give the credentials of a user who may do what a policy of docs/command-line.md says."""
    iam = aws.client("iam")
    document = policy.replace("REGION", "us-east-1").replace("ACCOUNT", "123456789012").replace("NAME", NAME)
    iam.create_user(UserName="operator")
    iam.put_user_policy(UserName="operator", PolicyName="p", PolicyDocument=document)
    key = iam.create_access_key(UserName="operator")["AccessKey"]
    try:
        yield {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    finally:
        iam.delete_access_key(UserName="operator", AccessKeyId=key["AccessKeyId"])
        iam.delete_user_policy(UserName="operator", PolicyName="p")
        iam.delete_user(UserName="operator")


def run(*arguments: str, **variables: str) -> Any:
    result = CliRunner().invoke(main, list(arguments), env=variables)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def examined(example: Applied, **variables: str) -> dict[str, list[dict[str, str]]]:
    """Return what the doctor has against the pool, by verdict."""
    result = run("doctor", "--user-pool-id", example.outputs["user_pool_id"], "--json", **variables)
    report = json.loads(result.stdout)
    by_verdict: dict[str, list[dict[str, str]]] = {}
    for finding in report["findings"]:
        by_verdict.setdefault(finding["verdict"], []).append(finding)
    assert result.exit_code == report["exit_code"]
    return by_verdict


def checks(findings: list[dict[str, str]]) -> set[str]:
    return {finding["check"] for finding in findings}


def test_a_fresh_example_has_no_problem_and_the_named_permissions_suffice(example):
    before = len(example.aws.denied())
    with somebody(example.aws, POLICIES["doctor"]) as credentials:
        found = examined(example, **credentials)
    assert "problem" not in found
    # The example may be destroyed, the account is a new one, and nothing ran yet.
    assert checks(found["warning"]) == {"pool-protection", "tables", "sms-spend", "sms-delivery-log", "reconcile"}
    assert checks(found["unknown"]) == UNANSWERED
    assert {"triggers", "trigger-permissions", "client-flows", "recovery", "sms-role", "expiry", "code-key"} <= checks(
        found["ok"]
    )
    assert example.aws.denied()[before:] == []


def test_a_permission_that_is_missing_is_named(example):
    lacking = POLICIES["doctor"].replace('"dynamodb:DescribeTimeToLive",', "")
    with somebody(example.aws, lacking) as credentials:
        found = examined(example, **credentials)
    expiry = [finding for finding in found["unknown"] if finding["check"] == "expiry"]
    assert [finding["advice"] for finding in expiry] == ["Allow dynamodb:DescribeTimeToLive to whoever runs this."]
    assert checks(found["unknown"]) == UNANSWERED | {"expiry"}


@contextlib.contextmanager
def permission_removed(example: Applied) -> Iterator[None]:
    client = example.aws.client("lambda")
    [statement] = json.loads(client.get_policy(FunctionName=f"{NAME}-sign-in")["Policy"])["Statement"]
    client.remove_permission(FunctionName=f"{NAME}-sign-in", StatementId=statement["Sid"])
    yield
    client.add_permission(
        FunctionName=f"{NAME}-sign-in",
        StatementId=statement["Sid"],
        Action="lambda:InvokeFunction",
        Principal="cognito-idp.amazonaws.com",
        SourceArn=statement["Condition"]["ArnLike"]["AWS:SourceArn"],
        SourceAccount="123456789012",
    )


@contextlib.contextmanager
def password_flow_added(example: Applied) -> Iterator[None]:
    client = example.aws.client("cognito-idp")
    named = {"UserPoolId": example.outputs["user_pool_id"], "ClientId": example.client_id}
    flows = ["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    client.update_user_pool_client(**named, ExplicitAuthFlows=[*flows, "ALLOW_USER_PASSWORD_AUTH"])
    yield
    client.update_user_pool_client(**named, ExplicitAuthFlows=flows)


@contextlib.contextmanager
def ttl_off(example: Applied) -> Iterator[None]:
    def switch(on: bool) -> None:
        example.aws.client("dynamodb").update_time_to_live(
            TableName=f"{NAME}-auth-state",
            TimeToLiveSpecification={"Enabled": on, "AttributeName": "expires_at"},
        )

    switch(False)
    yield
    switch(True)


@contextlib.contextmanager
def trigger_taken_off(example: Applied) -> Iterator[None]:
    client, pool_id = example.aws.client("cognito-idp"), example.outputs["user_pool_id"]
    triggers = client.describe_user_pool(UserPoolId=pool_id)["UserPool"]["LambdaConfig"]
    left = {name: arn for name, arn in triggers.items() if name != "PostAuthentication"}
    client.update_user_pool(UserPoolId=pool_id, LambdaConfig=left)
    yield
    client.update_user_pool(UserPoolId=pool_id, LambdaConfig=triggers)


@contextlib.contextmanager
def key_disabled(example: Applied) -> Iterator[None]:
    function = example.aws.client("lambda").get_function_configuration(FunctionName=f"{NAME}-sign-in")
    key = function["Environment"]["Variables"]["CODE_KEY_ID"]
    example.aws.client("kms").disable_key(KeyId=key)
    yield
    example.aws.client("kms").enable_key(KeyId=key)


@contextlib.contextmanager
def external_id_changed(example: Applied) -> Iterator[None]:
    iam, name = example.aws.client("iam"), f"{NAME}-sms-us-east-1"
    trust = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    changed = json.dumps(trust).replace(f'"sts:ExternalId": "{NAME}"', '"sts:ExternalId": "other"')
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=changed)
    yield
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))


@contextlib.contextmanager
def sms_policy_removed(example: Applied) -> Iterator[None]:
    iam, name = example.aws.client("iam"), f"{NAME}-sms-us-east-1"
    policy = iam.get_role_policy(RoleName=name, PolicyName="publish")["PolicyDocument"]
    iam.delete_role_policy(RoleName=name, PolicyName="publish")
    yield
    iam.put_role_policy(RoleName=name, PolicyName="publish", PolicyDocument=json.dumps(policy))


@contextlib.contextmanager
def spend_limit_reached(example: Applied) -> Iterator[None]:
    example.aws.client("cloudwatch").put_metric_data(
        Namespace="AWS/SNS", MetricData=[{"MetricName": "SMSMonthToDateSpentUSD", "Value": 20.0}]
    )
    yield
    example.aws.client("sns").set_sms_attributes(attributes={"MonthlySpendLimit": "1000"})


@pytest.mark.parametrize(
    ("breaks", "check", "fact"),
    [
        (permission_removed, "trigger-permissions", f"Cognito may not invoke {NAME}-sign-in"),
        (password_flow_added, "client-flows", "Client app allows ALLOW_USER_PASSWORD_AUTH"),
        (ttl_off, "expiry", f"The time to live of {NAME}-auth-state is DISABLED"),
        (trigger_taken_off, "triggers", f"PostAuthentication has no function; it should be {NAME}-sign-in."),
        (key_disabled, "code-key", "The code key is Disabled"),
        (external_id_changed, "sms-role", "demands sts:ExternalId = other"),
        (sms_policy_removed, "sms-role", "may not send texts"),
        (spend_limit_reached, "sms-spend", "20.00 of 1 USD"),
    ],
)
def test_what_somebody_broke_is_found_and_nothing_else(example, breaks, check, fact):
    with breaks(example):
        found = examined(example)
    assert [(each["check"], fact in each["fact"]) for each in found["problem"]] == [(check, True)]
    assert "problem" not in examined(example)


def test_a_failure_that_a_function_logged_is_found(example, person):
    dynamodb = example.aws.client("dynamodb")
    assert checks(examined(example).get("warning", [])) & {"failures"} == set()
    dynamodb.delete_table(TableName=f"{NAME}-users")
    try:
        person.sign_up()
        found = examined(example)
    finally:
        dynamodb.create_table(
            TableName=f"{NAME}-users",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
    assert [each["fact"] for each in found["problem"]] == [f"The table {NAME}-users is not there."]
    [failures] = [each for each in found["warning"] if each["check"] == "failures"]
    assert (
        f"{NAME}-sign-up has failed 1 times in the last day: 1 x user_row ResourceNotFoundException" in failures["fact"]
    )


def test_tail_follows_a_person_from_sign_up_to_tokens(example, person):
    # What runs in the background of a shell ignores Ctrl-C, and so does what it starts.
    heeds = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    command = heeds + "from cognito_otp_cli.main import main; main()"
    options = ["tail", "--json", "--since", "5m", "--user-pool-id", example.outputs["user_pool_id"]]
    lines: list[dict[str, Any]] = []
    with (
        somebody(example.aws, POLICIES["tail"]) as credentials,
        subprocess.Popen(
            [sys.executable, "-c", command, *options],
            cwd=ROOT,
            env={**os.environ, **credentials, "PYTHONPATH": "lambda_src:cli"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as tail,
    ):
        too_late = threading.Timer(60, tail.kill)
        too_late.start()
        try:
            person.sign_up()
            person.start_sign_in()
            code = person.wait_for_code()
            person.answer(wrong(code))
            person.answer(code)
            assert tail.stdout is not None
            for line in map(json.loads, tail.stdout):
                if line.get("destination", "").endswith(person.username[-4:]):
                    lines.append(line)
                if line["stage"] == "verified":
                    break
            tail.send_signal(signal.SIGINT)
            rest, errors = tail.communicate()
        finally:
            too_late.cancel()
            tail.kill()
    assert [line["stage"] for line in lines] == ["signed_up", "requested", "sent", "refused", "verified"]
    assert {line["country"] for line in lines} == {"US"}
    assert lines[3]["outcome"] == "wrong"
    assert len({line["correlation_id"] for line in lines[1:]}) == 1
    assert (tail.returncode, rest, errors) == (0, "", "")
    assert not stands_in(code, json.dumps(lines))


def reconciled(example: Applied, *options: str, **credentials: str) -> tuple[int, dict[str, int]]:
    pool = ("--user-pool-id", example.outputs["user_pool_id"])
    result = run("reconcile", *pool, "--json", *options, **credentials)
    assert result.stderr == ""
    return result.exit_code, json.loads(result.stdout)["drift"]


def test_reconcile_reports_then_heals(example, person):
    reconciled(example)
    sub = person.sign_up()["UserSub"]
    example.aws.client("dynamodb").delete_item(TableName=f"{NAME}-users", Key={"id": {"S": sub}})
    with somebody(example.aws, POLICIES["reconcile"]) as credentials:
        assert reconciled(example, "--dry-run", **credentials) == (1, {"row_missing": 1})
        assert example.row(sub) == {}
        assert reconciled(example, **credentials) == (0, {"row_missing": 1})
        assert example.row(sub)["phone_number"] == person.username
        assert reconciled(example, "--dry-run", **credentials) == (0, {})
    [last] = [each for each in examined(example)["ok"] if each["check"] == "reconcile"]
    assert "1 row_missing" in last["fact"]


def test_reap_removes_who_never_answered(example, person):
    sub = person.sign_up()["UserSub"]
    example.aws.client("dynamodb").update_item(
        TableName=f"{NAME}-identities",
        Key={"pk": {"S": f"account#{sub}"}},
        UpdateExpression="SET created_at = :then",
        ExpressionAttributeValues={":then": {"N": "1700000000"}},
    )
    with somebody(example.aws, POLICIES["reap"]) as credentials:
        result = run("reap", "--user-pool-id", example.outputs["user_pool_id"], "--json", **credentials)
    assert (result.exit_code, json.loads(result.stdout)["outcomes"]) == (0, {"removed": 1})
    assert sub not in {user["sub"] for user in example.users()}


def test_duplicates_of_a_pool_that_the_module_did_not_make(aws, example):
    cognito = aws.client("cognito-idp")
    pool_id = cognito.create_user_pool(PoolName="old", UsernameConfiguration={"CaseSensitive": True})["UserPool"]["Id"]
    for number in range(65):
        cognito.admin_create_user(UserPoolId=pool_id, Username=f"user{number}", MessageAction="SUPPRESS")
    for username, email in (("Ada", "ada@example.com"), ("ada", "other@example.com"), ("last", "ADA@example.com")):
        cognito.admin_create_user(
            UserPoolId=pool_id,
            Username=username,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": "email", "Value": email}],
        )
    with somebody(aws, POLICIES["duplicates"]) as credentials:
        result = run(
            *("duplicates", "--user-pool-id", pool_id, "--json", "--list-users-per-second", "30"), **credentials
        )
    report = json.loads(result.stdout)
    assert (result.exit_code, report["users"], len(report["people"])) == (1, 68, 1)
    assert {account["username"] for account in report["people"][0]["accounts"]} == {"Ada", "ada", "last"}
    assert {each["value"] for each in report["people"][0]["shared"]} == {"ada", "ada@example.com"}
    cognito.delete_user_pool(UserPoolId=pool_id)


def test_who_may_nothing_is_told_so_in_one_line(example):
    nothing = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]})
    with somebody(example.aws, nothing) as credentials:
        for command in ("doctor", "duplicates", "reconcile", "reap", "tail"):
            result = run(command, "--user-pool-id", example.outputs["user_pool_id"], **credentials)
            assert result.exit_code == 2
            assert result.stderr.startswith("Error: Permission missing: cognito-idp:DescribeUserPool.")
            assert result.stderr.count("\n") == 1
