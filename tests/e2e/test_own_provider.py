"""examples/own-provider, end to end: the code goes out by a function of the user's."""

import json
import time

import pytest
from pytest_terraform import terraform

from dev.person import wrong
from tests.e2e.conftest import stands_in

terraform("own-provider", scope="module", name="applied")

NAME = "otp-own-provider"


def logged(example, function: str) -> str:
    logs = example.aws.client("logs")
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{NAME}-{function}")
    return "\n".join(event["message"] for page in pages for event in page["events"])


def delivery_policy(example) -> dict[str, str]:
    role = next(
        role["RoleName"]
        for role in example.aws.client("iam").list_roles()["Roles"]
        if role["RoleName"].startswith(f"{NAME}-delivery")
    )
    return {"RoleName": role, "PolicyName": "runtime"}


def invoke_provider(example, **event: object) -> dict[str, str]:
    answer = example.aws.client("lambda").invoke(FunctionName=f"{NAME}-provider", Payload=json.dumps(event))
    assert "FunctionError" not in answer
    return json.loads(answer["Payload"].read())


@pytest.mark.usefixtures("nothing_denied")
def test_sign_up_and_sign_in_with_one_text(example, person):
    sub = person.sign_up()["UserSub"]
    assert person.start_sign_in()["ChallengeParameters"]["delivery_medium"] == "SMS"
    code = person.wait_for_code()
    assert "AuthenticationResult" not in person.answer(wrong(code))
    assert "AuthenticationResult" in person.answer(code)
    assert len(person.texts()) == 1
    assert example.row(sub)["status"] == "ACTIVE"
    for function in ("provider", "delivery", "sign-in"):
        lines = logged(example, function)
        assert lines
        assert not stands_in(code, lines)
        assert person.username not in lines


def test_the_function_answers_what_the_contract_says(example, phone_number):
    event = {"to": phone_number, "message": "hello", "code": "493817", "locale": None, "expires_at": 1}
    sent = invoke_provider(example, channel="sms", **event)
    assert sent["status"] == "sent"
    assert sent["message_id"] == example.aws.sms_messages(phone_number)[0]["MessageId"]
    assert invoke_provider(example, channel="email", **event) == {"status": "refused", "reason": "channel"}


def test_delivery_may_invoke_the_function_and_send_nothing_itself(example, person):
    iam, place = example.aws.client("iam"), delivery_policy(example)
    document = iam.get_role_policy(**place)["PolicyDocument"]
    actions = {action for statement in document["Statement"] for action in statement["Action"]}
    assert not {action for action in actions if action.startswith(("sns:", "ses:", "sms-voice:"))}

    person.sign_up()
    kept = [statement for statement in document["Statement"] if statement["Sid"] != "InvokeProvider"]
    before = len(example.aws.denied())
    iam.put_role_policy(**place, PolicyDocument=json.dumps({**document, "Statement": kept}))
    try:
        person.start_sign_in()
        until = time.monotonic() + 15
        while "AccessDenied" not in logged(example, "delivery"):
            assert time.monotonic() < until
            time.sleep(0.05)
    finally:
        iam.put_role_policy(**place, PolicyDocument=json.dumps(document))
    (denied,) = example.aws.denied()[before:]
    assert (denied.action, denied.role) == ("lambda:InvokeFunction", place["RoleName"])
    assert person.texts() == []
