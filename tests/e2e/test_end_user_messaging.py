"""Codes by End User Messaging, end to end, with a failure destination that is made in the same run."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from dev import terraform
from dev.local import LocalAWS
from dev.person import Person
from dev.terraform import Terraform

NAME = "by-eum"
POOL = "pool-0123456789abcdef0123456789abcdef"
OPTED_OUT = "+14155550199"

ROOT = {
    "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws"}}},
    "resource": {"aws_cloudwatch_event_bus": {"undelivered": {"name": "undelivered"}}},
    "module": {
        "otp": {
            "source": str(terraform.ROOT),
            "name": NAME,
            "deletion_protection": "INACTIVE",
            "delivery": {
                "sms_provider": "end_user_messaging",
                "failure_destination_arn": "${aws_cloudwatch_event_bus.undelivered.arn}",
            },
            "sms": {
                "origination_identity": POOL,
                "configuration_set": "codes",
                "protect_configuration_id": "protect-1",
                "max_price_usd": 1,
                "feedback": True,
            },
        }
    },
    "output": {"client_id": {"value": '${module.otp.client_ids["app"]}'}},
}


class World:
    def __init__(self, aws: LocalAWS, root: Terraform, client_id: str) -> None:
        self.aws, self.root, self.client_id = aws, root, client_id

    def person(self, number: str) -> Person:
        return Person(self.aws, self.client_id, number)

    def challenges(self) -> list[str]:
        items = self.aws.client("dynamodb").scan(TableName=f"{NAME}-auth-state")["Items"]
        return [item["st"]["S"] for item in items if item["pk"]["S"].startswith("challenge#")]

    def wait_for(self, state: str) -> None:
        until = time.monotonic() + 15
        while state not in self.challenges():
            assert time.monotonic() < until, self.challenges()
            time.sleep(0.05)

    def policy(self) -> tuple[dict[str, str], dict[str, Any]]:
        iam = self.aws.client("iam")
        place = {"RoleName": f"{NAME}-delivery-us-east-1", "PolicyName": "runtime"}
        return place, iam.get_role_policy(**place)["PolicyDocument"]


@pytest.fixture(scope="module")
def world(aws: LocalAWS, tmp_path_factory: pytest.TempPathFactory) -> World:
    folder: Path = tmp_path_factory.mktemp("end-user-messaging")
    (folder / "main.tf.json").write_text(json.dumps(ROOT))
    (folder / "work").mkdir()
    root = Terraform(folder, folder / "work", aws.environment())
    root.init()
    return World(aws, root, root.apply()["client_id"])


def test_a_text_is_sent_as_it_was_configured_and_nothing_else_is_needed(world):
    ada = world.person("+14155550171")
    ada.sign_up()
    ada.start_sign_in()
    code = ada.wait_for_code()
    assert "AuthenticationResult" in ada.answer(code)
    (message,) = world.aws.sms_messages("+14155550171")
    request = message["SendTextMessage"]
    assert 290 <= request.pop("TimeToLive") <= 300
    assert request.pop("MessageBody").startswith(code)
    assert request == {
        "DestinationPhoneNumber": "+14155550171",
        "OriginationIdentity": POOL,
        "MessageType": "TRANSACTIONAL",
        "ConfigurationSetName": "codes",
        "ProtectConfigurationId": "protect-1",
        "MaxPrice": "1.00000",
        "MessageFeedbackEnabled": True,
    }
    assert world.aws.denied() == []


def test_a_number_that_opted_out_is_refused_at_once_and_said_so_in_the_log(world):
    eve = world.person(OPTED_OUT)
    eve.sign_up()
    sent = world.challenges().count("SENT")
    eve.start_sign_in()
    until = time.monotonic() + 15
    while (
        world.challenges().count("SENT") == sent and time.monotonic() < until
    ):  # a refusal for one number does not show
        time.sleep(0.1)
    assert eve.texts() == []
    events = world.aws.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{NAME}-delivery")["events"]
    lines = "\n".join(event["message"] for event in events)
    assert "DESTINATION_PHONE_NUMBER_OPTED_OUT" in lines
    assert OPTED_OUT not in lines


def test_a_second_plan_is_empty(world):
    assert world.root.plan() == ""


def test_a_destination_made_in_the_same_run_is_set_and_allowed(world):
    config = world.aws.client("lambda").get_function_event_invoke_config(FunctionName=f"{NAME}-delivery")
    bus = "arn:aws:events:us-east-1:123456789012:event-bus/undelivered"
    assert config["DestinationConfig"]["OnFailure"]["Destination"] == bus
    _place, document = world.policy()
    assert next(each for each in document["Statement"] if each["Action"] == ["events:PutEvents"])["Resource"] == [bus]


def test_without_the_right_to_send_nothing_goes_out(world):
    place, document = world.policy()
    iam = world.aws.client("iam")
    kept = [statement for statement in document["Statement"] if statement["Sid"] != "SendTexts"]
    iam.put_role_policy(**place, PolicyDocument=json.dumps({**document, "Statement": kept}))
    try:
        bob = world.person("+14155550172")
        bob.sign_up()
        before = world.challenges().count("REFUSED")
        bob.start_sign_in()
        until = time.monotonic() + 15
        while world.challenges().count("REFUSED") == before:
            assert time.monotonic() < until
            time.sleep(0.05)
    finally:
        iam.put_role_policy(**place, PolicyDocument=json.dumps(document))
    assert bob.texts() == []
    assert {denied.action for denied in world.aws.denied()} == {"sms-voice:SendTextMessage"}
