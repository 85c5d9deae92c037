"""Lambda beside its triggers: limits, logs, asynchronous invocation."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dev.local import LocalAWS
from tests.local.support import make_function, make_role


def messages(aws: LocalAWS, name: str) -> list[str]:
    found = aws.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    return [event["message"] for event in found]


def wait_for(check: Any, seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.05)


def test_environments_over_4_kb_are_refused(aws: LocalAWS, tmp_path: Path) -> None:
    code = "def handler(event, context): return {}"
    function = make_function(aws, tmp_path, code)
    full = {"A": "x" * 4088}  # with {"A":""} around it
    functions = aws.client("lambda")
    functions.update_function_configuration(FunctionName=function.name, Environment={"Variables": full})
    with pytest.raises(ClientError, match=r"InvalidParameterValueException.*exceeded the 4KB limit"):
        functions.update_function_configuration(
            FunctionName=function.name, Environment={"Variables": {"A": "x" * 4089}}
        )
    with pytest.raises(ClientError, match=r"InvalidParameterValueException.*exceeded the 4KB limit"):
        make_function(aws, tmp_path, code, variables={"A": "é" * 2048})


def test_prints_and_logging_reach_the_log(aws: LocalAWS, tmp_path: Path) -> None:
    code = """
    import logging
    def handler(event, context):
        print("printed")
        logging.getLogger("own").info("told", extra={"field": 7})
        logging.getLogger("own").debug("not told")
        return context.get_remaining_time_in_millis() > 0
    """
    function = make_function(aws, tmp_path, code, LoggingConfig={"LogFormat": "JSON"})
    assert function.invoke() is True
    log = messages(aws, function.name)
    assert "printed" in log
    (line,) = [json.loads(message) for message in log if "told" in message]
    assert (line["level"], line["message"], line["logger"], line["field"]) == ("INFO", "told", "own", 7)
    assert line["requestId"]


def test_plain_text_logs_hold_warnings(aws: LocalAWS, tmp_path: Path) -> None:
    code = """
    import logging
    def handler(event, context):
        logging.info("not told")
        logging.warning("told")
    """
    function = make_function(aws, tmp_path, code)
    function.invoke()
    log = messages(aws, function.name)
    assert any(message.startswith("[WARNING]\t") and message.endswith("\ttold") for message in log)
    assert not any("not told" in message for message in log)


def test_every_line_of_every_invocation_is_kept(aws: LocalAWS, tmp_path: Path) -> None:
    code = """
    def handler(event, context):
        for number in range(50):
            print(f"line {event['call']} {number}")
    """
    function = make_function(aws, tmp_path, code)
    for call in range(3):
        function.invoke({"call": call})
    wanted = {f"line {call} {number}" for call in range(3) for number in range(50)}
    assert wanted <= set(messages(aws, function.name))


def test_asynchronous_invocations_are_retried(aws: LocalAWS, tmp_path: Path) -> None:
    code = """
    import json, os
    def handler(event, context):
        with open(os.environ["EVENTS"], "a") as file:
            file.write(json.dumps(event) + "\\n")
        raise Exception("no")
    """
    function = make_function(aws, tmp_path, code)
    functions = aws.client("lambda")
    functions.put_function_event_invoke_config(
        FunctionName=function.name, MaximumRetryAttempts=1, MaximumEventAgeInSeconds=60
    )
    answer = functions.invoke(FunctionName=function.name, InvocationType="Event", Payload=b'{"n": 1}')
    assert answer["StatusCode"] == 202
    wait_for(lambda: len(function.events()) == 2)
    functions.put_function_event_invoke_config(
        FunctionName=function.name, MaximumRetryAttempts=0, MaximumEventAgeInSeconds=60
    )
    functions.invoke(FunctionName=function.name, InvocationType="Event", Payload=b'{"n": 2}')
    wait_for(lambda: len(function.events()) == 3)
    time.sleep(1.5)
    assert [event["n"] for event in function.events()] == [1, 1, 2]


def test_an_alias_has_asynchronous_settings_of_its_own(aws: LocalAWS, tmp_path: Path) -> None:
    code = """
    import os
    def handler(event, context):
        with open(os.environ["EVENTS"], "a") as file:
            file.write("{}\\n")
        raise Exception("no")
    """
    function = make_function(aws, tmp_path, code)
    functions = aws.client("lambda")
    version = functions.publish_version(FunctionName=function.name)["Version"]
    functions.create_alias(FunctionName=function.name, Name="live", FunctionVersion=version)
    functions.put_function_event_invoke_config(FunctionName=function.name, Qualifier="live", MaximumRetryAttempts=0)
    functions.invoke(FunctionName=f"{function.name}:live", InvocationType="Event", Payload=b"{}")
    functions.invoke(FunctionName=function.name, InvocationType="Event", Payload=b"{}")
    wait_for(lambda: len(function.events()) == 3)  # the alias once, the function a second time, a second later
    assert len(function.events()) == 3


def test_a_version_with_a_snapshot_says_how_it_was_initialised(aws: LocalAWS, tmp_path: Path) -> None:
    code = """
    import os
    KIND = os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"]
    def handler(event, context):
        return KIND
    """
    function = make_function(aws, tmp_path, code, SnapStart={"ApplyOn": "PublishedVersions"})
    functions = aws.client("lambda")
    version = functions.publish_version(FunctionName=function.name)["Version"]
    functions.get_waiter("published_version_active").wait(FunctionName=function.name, Qualifier=version)
    answer = functions.invoke(FunctionName=function.name, Qualifier=version)
    assert answer["Payload"].read() == b'"snap-start"'
    assert function.invoke() == "on-demand"


def test_a_patient_function_waits_longer_and_does_not_feel_it(aws: LocalAWS, tmp_path: Path) -> None:
    code = """
    import socket, time
    def handler(event, context):
        here, there = socket.socketpair()
        here.settimeout(0.1)
        begun, felt = time.perf_counter(), time.monotonic()
        try:
            here.recv(1)
        except TimeoutError:
            return [time.perf_counter() - begun, time.monotonic() - felt]
    """
    waited, felt = make_function(aws, tmp_path, code, variables={"LOCAL_AWS_PATIENCE": "4"}).invoke()
    assert waited >= 0.39
    assert felt == pytest.approx(waited / 4, rel=0.2)
    waited, felt = make_function(aws, tmp_path, code).invoke()
    assert felt == pytest.approx(waited, rel=0.2)


@pytest.mark.parametrize("missing", [None, "CreateNetworkInterface", "DescribeSubnets", "UnassignPrivateIpAddresses"])
def test_a_vpc_needs_a_role_that_makes_network_interfaces(aws: LocalAWS, tmp_path: Path, missing: str | None) -> None:
    actions = [
        "CreateNetworkInterface",
        "DescribeNetworkInterfaces",
        "DescribeSubnets",
        "DeleteNetworkInterface",
        "AssignPrivateIpAddresses",
        "UnassignPrivateIpAddresses",
    ]
    allowed = [f"ec2:{action}" for action in actions if action != missing]
    _, role = make_role(aws, [{"Effect": "Allow", "Action": allowed, "Resource": "*"}])
    code = "def handler(event, context): return {}"
    network = {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
    if missing is None:
        assert make_function(aws, tmp_path, code, role=role, VpcConfig=network).invoke() == {}
        return
    with pytest.raises(ClientError, match=f"does not have permissions to call {missing} on EC2"):
        make_function(aws, tmp_path, code, role=role, VpcConfig=network)
    function = make_function(aws, tmp_path, code, role=role)
    with pytest.raises(ClientError, match=f"does not have permissions to call {missing} on EC2"):
        aws.client("lambda").update_function_configuration(FunctionName=function.name, VpcConfig=network)
