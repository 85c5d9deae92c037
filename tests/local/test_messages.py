"""What carries messages: End User Messaging, SES with HTML, SNS's account-wide settings, Lambda's failure destinations."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dev.local import LocalAWS
from tests.local.support import make_function, make_role
from tests.local.test_iam import ACCOUNT, REGION, Caller, allow

SMS_VOICE = f"arn:aws:sms-voice:{REGION}:{ACCOUNT}"


def send(aws: LocalAWS, number: str, **parameters: Any) -> Any:
    return aws.client("pinpoint-sms-voice-v2").send_text_message(
        DestinationPhoneNumber=number, MessageBody="493817 is your code.", **parameters
    )


def test_a_text_is_in_the_inbox_with_all_that_was_asked_for(aws: LocalAWS) -> None:
    parameters = {
        "OriginationIdentity": "pool-1",
        "MessageType": "TRANSACTIONAL",
        "ConfigurationSetName": "codes",
        "MaxPrice": "0.25000",
        "TimeToLive": 290,
        "DestinationCountryParameters": {"IN_ENTITY_ID": "e", "IN_TEMPLATE_ID": "t"},
        "ProtectConfigurationId": "protect-1",
        "MessageFeedbackEnabled": True,
    }
    message_id = send(aws, "+14155550161", **parameters)["MessageId"]
    (message,) = aws.sms_messages("+14155550161")
    assert (message["Message"], message["MessageId"]) == ("493817 is your code.", message_id)
    request = {"DestinationPhoneNumber": "+14155550161", "MessageBody": "493817 is your code."}
    assert message["SendTextMessage"] == {**request, **parameters}


@pytest.mark.parametrize(
    "wrong",
    [
        {"MaxPrice": "10"},
        {"MaxPrice": "123.5"},
        {"TimeToLive": 259201},
        {"MessageType": "Transactional"},
        {"OriginationIdentity": "a b"},
        {"DestinationCountryParameters": {"US_ID": "x"}},
    ],
    ids=repr,
)
def test_a_text_of_the_wrong_form_is_refused(aws: LocalAWS, wrong: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as refused:
        send(aws, "+14155550162", **wrong)
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert refused.value.response["Fields"][0]["Name"] == next(iter(wrong))
    assert aws.sms_messages("+14155550162") == []


def test_one_number_has_opted_out(aws: LocalAWS) -> None:
    with pytest.raises(ClientError) as refused:
        send(aws, "+14155550199")
    assert refused.value.response["Error"]["Code"] == "ConflictException"
    assert refused.value.response["Reason"] == "DESTINATION_PHONE_NUMBER_OPTED_OUT"
    assert aws.sms_messages("+14155550199") == []


def test_feedback_is_noted_where_it_was_asked_for(aws: LocalAWS) -> None:
    client = aws.client("pinpoint-sms-voice-v2")
    asked = send(aws, "+14155550163", MessageFeedbackEnabled=True)["MessageId"]
    not_asked = send(aws, "+14155550163")["MessageId"]
    client.put_message_feedback(MessageId=asked, MessageFeedbackStatus="RECEIVED")
    assert [message["Feedback"] for message in aws.sms_messages("+14155550163")] == ["RECEIVED", None]
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        client.put_message_feedback(MessageId=not_asked, MessageFeedbackStatus="RECEIVED")


@pytest.mark.parametrize(
    ("request_of", "needed"),
    [
        ({}, ["*"]),
        ({"OriginationIdentity": "pool-1"}, [f"{SMS_VOICE}:pool/pool-1"]),
        ({"OriginationIdentity": "phone-1"}, [f"{SMS_VOICE}:phone-number/phone-1"]),
        ({"OriginationIdentity": "+12065550100"}, [f"{SMS_VOICE}:phone-number/*"]),
        ({"OriginationIdentity": "SHOP"}, [f"{SMS_VOICE}:sender-id/SHOP/*"]),
        ({"OriginationIdentity": f"{SMS_VOICE}:pool/pool-2"}, [f"{SMS_VOICE}:pool/pool-2"]),
        (
            {"OriginationIdentity": "pool-1", "ConfigurationSetName": "codes", "ProtectConfigurationId": "protect-1"},
            [
                f"{SMS_VOICE}:pool/pool-1",
                f"{SMS_VOICE}:configuration-set/codes",
                f"{SMS_VOICE}:protect-configuration/protect-1",
            ],
        ),
    ],
    ids=repr,
)
def test_a_text_needs_a_right_on_everything_that_it_names(
    aws: LocalAWS, tmp_path: Path, request_of: dict[str, str], needed: list[str]
) -> None:
    text = {"DestinationPhoneNumber": "+14155550164", "MessageBody": "hello", **request_of}
    action = "sms-voice:SendTextMessage"
    call = ("pinpoint-sms-voice-v2", "send_text_message")
    assert "MessageId" in Caller(aws, tmp_path, allow(action, needed)).call(*call, **text)
    for missing in needed:
        others = [arn for arn in needed if arn != missing] or [f"{SMS_VOICE}:pool/another"]
        assert Caller(aws, tmp_path, allow(action, others)).is_denied(action, *call, **text)


def test_feedback_needs_its_own_right(aws: LocalAWS, tmp_path: Path) -> None:
    message_id = send(aws, "+14155550165", MessageFeedbackEnabled=True)["MessageId"]
    told = {"MessageId": message_id, "MessageFeedbackStatus": "RECEIVED"}
    call = ("pinpoint-sms-voice-v2", "put_message_feedback")
    allowed = Caller(aws, tmp_path, allow("sms-voice:PutMessageFeedback", f"{SMS_VOICE}:message/*"))
    allowed.call(*call, **told)
    sender = Caller(aws, tmp_path, allow("sms-voice:SendTextMessage"))
    assert sender.is_denied("sms-voice:PutMessageFeedback", *call, **told)


def test_a_mail_keeps_its_html(aws: LocalAWS) -> None:
    ses = aws.client("sesv2")
    ses.create_email_identity(EmailIdentity="html@example.com")
    body = {"Text": {"Data": "123"}, "Html": {"Data": "<p>123</p>"}}
    ses.send_email(
        FromEmailAddress="html@example.com",
        Destination={"ToAddresses": ["reader@example.net"]},
        Content={"Simple": {"Subject": {"Data": "s"}, "Body": body}},
    )
    (mail,) = aws.emails("reader@example.net")
    assert (mail["BodyText"], mail["BodyHtml"]) == ("123", "<p>123</p>")


def test_the_accounts_sms_settings(aws: LocalAWS) -> None:
    sns = aws.client("sns")
    assert sns.get_sms_attributes()["attributes"] == {"MonthlySpendLimit": "1"}
    sns.set_sms_attributes(attributes={"MonthlySpendLimit": "20", "DefaultSMSType": "Transactional"})
    assert sns.get_sms_attributes()["attributes"] == {"MonthlySpendLimit": "20", "DefaultSMSType": "Transactional"}
    sns.set_sms_attributes(attributes={"DefaultSMSType": ""})
    assert sns.get_sms_attributes()["attributes"] == {"MonthlySpendLimit": "20"}
    for wrong in ({"DefaultSMSType": "transactional"}, {"DeliveryStatusSuccessSamplingRate": "101"}, {"Unknown": "1"}):
        with pytest.raises(ClientError, match="InvalidParameter"):
            sns.set_sms_attributes(attributes=wrong)
    topic = sns.create_topic(Name="still-there")["TopicArn"]
    assert topic in [each["TopicArn"] for each in sns.list_topics()["Topics"]]


def test_the_accounts_sms_settings_need_a_right(aws: LocalAWS, tmp_path: Path) -> None:
    nobody = Caller(aws, tmp_path)
    assert nobody.is_denied("sns:SetSMSAttributes", "sns", "set_sms_attributes", attributes={"DefaultSMSType": ""})
    Caller(aws, tmp_path, allow("sns:GetSMSAttributes")).call("sns", "get_sms_attributes")


def queue_destination(aws: LocalAWS, name: str) -> tuple[str, str, str]:
    """Return where what a failure destination was told can be read, its ARN, and the action that it needs."""
    sqs = aws.client("sqs")
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return queue, arn, "sqs:SendMessage"


def bus_destination(aws: LocalAWS, name: str) -> tuple[str, str, str]:
    """The same by an event bus, whose rule passes on to a queue what was put there."""
    queue, queue_arn, _action = queue_destination(aws, name)
    events = aws.client("events")
    arn = events.create_event_bus(Name=name)["EventBusArn"]
    events.put_rule(Name=name, EventBusName=name, EventPattern=json.dumps({"source": ["lambda"]}))
    target = {"Id": "queue", "Arn": queue_arn, "InputPath": "$.detail"}
    events.put_targets(Rule=name, EventBusName=name, Targets=[target])
    return queue, arn, "events:PutEvents"


@pytest.mark.parametrize("destination", [queue_destination, bus_destination])
@pytest.mark.parametrize("may", [True, False])
def test_lambda_tells_a_failure_destination_with_the_functions_right(
    aws: LocalAWS, tmp_path: Path, destination: Callable[[LocalAWS, str], tuple[str, str, str]], may: bool
) -> None:
    sqs = aws.client("sqs")
    queue, arn, action = destination(aws, f"{destination.__name__}-{may}")
    role, role_arn = make_role(aws, [allow(action, arn)] if may else [])
    function = make_function(aws, tmp_path, "def handler(event, context): raise ValueError", role=role_arn)
    client = aws.client("lambda")
    client.put_function_event_invoke_config(
        FunctionName=function.name,
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": arn}},
    )
    client.invoke(FunctionName=function.name, InvocationType="Event", Payload=json.dumps({"n": 1}))
    until, told, denied = time.monotonic() + 10, [], []
    while time.monotonic() < until and not told and not denied:
        told = sqs.receive_message(QueueUrl=queue).get("Messages", [])
        denied = [denial for denial in aws.denied() if denial.role == role]
        time.sleep(0.05)
    assert [json.loads(message["Body"])["requestPayload"] for message in told] == ([{"n": 1}] if may else [])
    assert [denial.action for denial in denied] == ([] if may else [action])
