"""Each provider: what it is asked for, to the letter, and what is made of each answer."""

import io
import json
import re

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError
from botocore.stub import ANY, Stubber

from cognito_otp import aws
from cognito_otp.functions import delivery
from cognito_otp.messages import Message
from cognito_otp.senders import choice, end_user_messaging, outcome, own_function, ses, sns
from cognito_otp.senders.outgoing import Outgoing
from dev import package
from tests.unit.conftest import ENVIRONMENT, NOW

PHONE = "+14155550100"
ADDRESS = "ada@example.com"
CODE = "493817"
MESSAGE = Message(subject="Your Example code", text=f"{CODE} is your Example code.")
TEXT = Outgoing(PHONE, MESSAGE, CODE, "sms", None, NOW + 290)
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:provider:live"
SMS = {"SMS_MESSAGE_TYPE": "Transactional"}


def mail(html=None, locale=None):
    return Outgoing(ADDRESS, Message(MESSAGE.subject, MESSAGE.text, html), CODE, "email", locale, NOW + 290)


@pytest.fixture
def stubbed(simulated_clock):
    """Give a client of a service and its stub, which must be used up at the end."""
    stubs = []

    def make(service):
        client = aws.clients(service)[service]
        stubs.append(Stubber(client))
        stubs[-1].activate()
        return client, stubs[-1]

    yield make
    for stub in stubs:
        stub.assert_no_pending_responses()


# SNS


def test_sns_publishes_with_every_setting(stubbed):
    client, stub = stubbed("sns")
    settings = {
        **SMS,
        "SMS_SENDER_ID": "SHOP",
        "SMS_ORIGINATION_NUMBER": "+12065550100",
        "SMS_MAX_PRICE_USD": "0.25",
        "SMS_ENTITY_ID": "e",
        "SMS_TEMPLATE_ID": "t",
    }
    attributes = {
        "AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"},
        "AWS.SNS.SMS.SenderID": {"DataType": "String", "StringValue": "SHOP"},
        "AWS.SNS.SMS.MaxPrice": {"DataType": "Number", "StringValue": "0.25"},
        "AWS.MM.SMS.OriginationNumber": {"DataType": "String", "StringValue": "+12065550100"},
        "AWS.MM.SMS.EntityId": {"DataType": "String", "StringValue": "e"},
        "AWS.MM.SMS.TemplateId": {"DataType": "String", "StringValue": "t"},
    }
    expected = {"PhoneNumber": PHONE, "Message": MESSAGE.text, "MessageAttributes": attributes}
    stub.add_response("publish", {"MessageId": "m-1"}, expected)
    assert sns.Sender(client, settings).send(TEXT) == "m-1"


# SES

EMAIL = {
    "EMAIL_FROM": "login@example.com",
    "EMAIL_IDENTITY_ARN": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
}


@pytest.mark.parametrize("html", [None, f"<p>{CODE}</p>"])
def test_ses_sends_text_and_html_if_there_is_any(stubbed, html):
    client, stub = stubbed("sesv2")
    body = {"Text": {"Data": MESSAGE.text, "Charset": "UTF-8"}}
    if html:
        body["Html"] = {"Data": html, "Charset": "UTF-8"}
    expected = {
        "FromEmailAddress": "login@example.com",
        "FromEmailAddressIdentityArn": EMAIL["EMAIL_IDENTITY_ARN"],
        "ReplyToAddresses": ["help@example.com"],
        "ConfigurationSetName": "codes",
        "Destination": {"ToAddresses": [ADDRESS]},
        "Content": {"Simple": {"Subject": {"Data": MESSAGE.subject, "Charset": "UTF-8"}, "Body": body}},
    }
    stub.add_response("send_email", {"MessageId": "m-2"}, expected)
    settings = {**EMAIL, "EMAIL_REPLY_TO": "help@example.com", "EMAIL_CONFIGURATION_SET": "codes"}
    assert ses.Sender(client, settings).send(mail(html)) == "m-2"


# End User Messaging


def test_end_user_messaging_sends_with_what_little_is_set(stubbed):
    client, stub = stubbed("pinpoint-sms-voice-v2")
    expected = {
        "DestinationPhoneNumber": PHONE,
        "MessageBody": MESSAGE.text,
        "MessageType": "TRANSACTIONAL",
        "TimeToLive": 290,
    }
    stub.add_response("send_text_message", {"MessageId": "m-3"}, expected)
    settings = {**SMS, "SMS_FEEDBACK": "false"}
    assert end_user_messaging.Sender(client, settings).send(TEXT) == "m-3"


def test_end_user_messaging_sends_with_every_setting(stubbed):
    client, stub = stubbed("pinpoint-sms-voice-v2")
    expected = {
        "DestinationPhoneNumber": PHONE,
        "OriginationIdentity": "pool-1",
        "MessageBody": MESSAGE.text,
        "MessageType": "PROMOTIONAL",
        "ConfigurationSetName": "codes",
        "MaxPrice": "0.25000",
        "TimeToLive": 290,
        "DestinationCountryParameters": {"IN_ENTITY_ID": "e", "IN_TEMPLATE_ID": "t"},
        "ProtectConfigurationId": "protect-1",
        "MessageFeedbackEnabled": True,
    }
    stub.add_response("send_text_message", {"MessageId": "m-4"}, expected)
    settings = {
        "SMS_MESSAGE_TYPE": "Promotional",
        "SMS_ORIGINATION_IDENTITY": "pool-1",
        "SMS_CONFIGURATION_SET": "codes",
        "SMS_PROTECT_CONFIGURATION_ID": "protect-1",
        "SMS_MAX_PRICE_USD": "0.25",
        "SMS_ENTITY_ID": "e",
        "SMS_TEMPLATE_ID": "t",
        "SMS_FEEDBACK": "true",
    }
    assert end_user_messaging.Sender(client, settings).send(TEXT) == "m-4"


@pytest.mark.parametrize(
    ("price", "sent"), [("1", "1.00000"), ("10", "10.00000"), ("0.1", "0.10000"), ("1e-02", "0.01000")]
)
def test_a_price_is_written_as_the_api_wants_it(stubbed, price, sent):
    client, stub = stubbed("pinpoint-sms-voice-v2")
    price_only = {
        "DestinationPhoneNumber": ANY,
        "MessageBody": ANY,
        "MessageType": ANY,
        "TimeToLive": ANY,
        "MaxPrice": sent,
    }
    stub.add_response("send_text_message", {"MessageId": "m"}, price_only)
    end_user_messaging.Sender(client, {**SMS, "SMS_MAX_PRICE_USD": price}).send(TEXT)


@pytest.mark.parametrize(("seconds", "time_to_live"), [(300, 295), (10, 5), (6, 5), (1, 5)])
def test_a_text_lives_as_long_as_its_code_and_at_least_the_five_seconds_of_the_api(
    stubbed, simulated_clock, seconds, time_to_live
):
    client, stub = stubbed("pinpoint-sms-voice-v2")
    simulated_clock.advance(5)
    expected = {"DestinationPhoneNumber": ANY, "MessageBody": ANY, "MessageType": ANY, "TimeToLive": time_to_live}
    stub.add_response("send_text_message", {"MessageId": "m"}, expected)
    outgoing = Outgoing(PHONE, MESSAGE, CODE, "sms", None, NOW + seconds)
    end_user_messaging.Sender(client, SMS).send(outgoing)


def test_feedback_says_that_a_message_was_received(stubbed):
    client, stub = stubbed("pinpoint-sms-voice-v2")
    expected = {"MessageId": "m-5", "MessageFeedbackStatus": "RECEIVED"}
    stub.add_response("put_message_feedback", expected, expected)
    end_user_messaging.Feedback(client).received("m-5")


@pytest.mark.parametrize(
    ("code", "status", "fields", "raised", "reason"),
    [
        (
            "ConflictException",
            400,
            {"Reason": "DESTINATION_PHONE_NUMBER_OPTED_OUT"},
            outcome.RefusedError,
            "DESTINATION_PHONE_NUMBER_OPTED_OUT",
        ),
        ("ValidationException", 400, {"Reason": "PRICE_OVER_THRESHOLD"}, outcome.RefusedError, "PRICE_OVER_THRESHOLD"),
        (
            "ServiceQuotaExceededException",
            402,
            {"Reason": "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"},
            outcome.RefusedError,
            "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT",
        ),
        ("AccessDeniedException", 400, {}, outcome.RefusedError, "AccessDeniedException"),
        ("ResourceNotFoundException", 400, {}, outcome.RefusedError, "ResourceNotFoundException"),
        ("ThrottlingException", 400, {}, outcome.NotTakenError, None),
        ("ThrottlingException", 429, {}, outcome.NotTakenError, None),
        ("InternalServerException", 500, {}, ClientError, None),
    ],
)
def test_what_end_user_messaging_refuses_is_definite_and_what_fails_is_unknown(
    stubbed, code, status, fields, raised, reason
):
    client, stub = stubbed("pinpoint-sms-voice-v2")
    stub.add_client_error(
        "send_text_message", code, f"no {PHONE}", http_status_code=status, modeled_fields={"Message": "", **fields}
    )
    with pytest.raises(raised) as failed:
        end_user_messaging.Sender(client, SMS).send(TEXT)
    assert getattr(failed.value, "reason", None) == reason
    assert failed.value.__suppress_context__


def test_what_botocore_itself_refuses_never_left():
    client = aws.clients("pinpoint-sms-voice-v2")["pinpoint-sms-voice-v2"]
    with pytest.raises(outcome.RefusedError, match=r"^ParamValidationError$"):
        end_user_messaging.Sender(client, SMS).send(Outgoing("", MESSAGE, CODE, "sms", None, NOW + 290))


# The user's own function


def answering(client, answer, *, failed=None):
    """Make a client's invocations end in this answer; return what they were asked for."""
    asked = []

    def invoke(**parameters):
        asked.append(parameters)
        answered = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        return {"Payload": io.BytesIO(answered), **({"FunctionError": failed} if failed else {})}

    client.invoke = invoke
    return asked


class Client:
    """Stands for a client; a test gives it the one operation that it needs."""


def test_the_function_is_told_what_the_contract_says():
    client = Client()
    asked = answering(client, {"status": "sent"})
    sender = own_function.Sender(client, FUNCTION)
    sender.send(TEXT)
    sender.send(mail("<p>hello</p>", "de-AT"))
    sender.send(mail())
    assert {(call["FunctionName"], call["InvocationType"]) for call in asked} == {(FUNCTION, "RequestResponse")}
    text, with_html, without = (json.loads(call["Payload"]) for call in asked)
    assert text == {
        "to": PHONE,
        "message": MESSAGE.text,
        "code": CODE,
        "channel": "sms",
        "locale": None,
        "expires_at": NOW + 290,
    }
    assert with_html == {
        "to": ADDRESS,
        "message": MESSAGE.text,
        "subject": MESSAGE.subject,
        "html": "<p>hello</p>",
        "code": CODE,
        "channel": "email",
        "locale": "de-AT",
        "expires_at": NOW + 290,
    }
    assert without == {**with_html, "html": None, "locale": None}


@pytest.mark.parametrize(
    ("answer", "message_id"),
    [
        ({"status": "sent"}, None),
        ({"status": "sent", "message_id": "p-1"}, "p-1"),
        ({"status": "sent", "message_id": 7}, None),
        ({"status": "sent", "reason": "none", "more": {}}, None),
    ],
)
def test_a_function_that_sent(answer, message_id):
    client = Client()
    answering(client, answer)
    assert own_function.Sender(client, FUNCTION).send(TEXT) == message_id


@pytest.mark.parametrize(
    ("reason", "logged"),
    [
        ("landline", "landline"),
        ("SPEND_LIMIT", "SPEND_LIMIT"),
        # What could hold a number, a code or an address is not passed on.
        (PHONE, "unnamed"),
        (CODE, "unnamed"),
        (f"code{CODE}", "unnamed"),
        (f"no mailbox {ADDRESS}", "unnamed"),
        ("x" * 65, "unnamed"),
        ("", "unnamed"),
        ("landline\n", "unnamed"),
        (["landline"], "unnamed"),
        (None, "unnamed"),
    ],
)
def test_a_function_that_refused(reason, logged):
    client = Client()
    answering(client, {"status": "refused", "reason": reason})
    with pytest.raises(outcome.RefusedError) as refused:
        own_function.Sender(client, FUNCTION).send(TEXT)
    assert refused.value.reason == logged


@pytest.mark.parametrize(
    "answer",
    [None, [], "sent", {}, {"status": "SENT"}, {"status": ["sent"]}, {"statusCode": 200}, b"", b"{", b"\xff\xfe\x00"],
    ids=repr,
)
def test_any_other_answer_leaves_open_whether_the_message_went_out(answer):
    client = Client()
    answering(client, answer)
    with pytest.raises(own_function.AnswerNotUnderstoodError) as unknown:
        own_function.Sender(client, FUNCTION).send(TEXT)
    assert str(unknown.value) == ""
    assert unknown.value.__cause__ is None


@pytest.mark.parametrize("kind", ["Unhandled", "Handled"])
def test_a_function_that_raised_or_timed_out_may_have_sent(kind):
    client = Client()
    answering(client, {"errorMessage": f"Task timed out after 3.00 seconds for {PHONE}"}, failed=kind)
    with pytest.raises(own_function.FunctionFailedError) as unknown:
        own_function.Sender(client, FUNCTION).send(TEXT)
    assert isinstance(unknown.value, outcome.UnknownError)
    assert str(unknown.value) == ""


@pytest.mark.parametrize(
    ("code", "status", "raised"),
    [
        ("TooManyRequestsException", 429, outcome.NotTakenError),
        ("ResourceNotFoundException", 404, outcome.RefusedError),
        ("AccessDeniedException", 403, outcome.RefusedError),
        ("ServiceException", 500, ClientError),
        ("EC2ThrottledException", 502, ClientError),
    ],
)
def test_an_invocation_that_lambda_refuses(stubbed, code, status, raised):
    client, stub = stubbed(aws.OWN_FUNCTION)
    stub.add_client_error("invoke", code, f"no {PHONE}", http_status_code=status)
    with pytest.raises(raised):
        own_function.Sender(client, FUNCTION).send(TEXT)


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (ConnectTimeoutError(endpoint_url="https://x"), outcome.NotTakenError),
        (EndpointConnectionError(endpoint_url="https://x"), outcome.NotTakenError),
        (ReadTimeoutError(endpoint_url="https://x"), ReadTimeoutError),
    ],
)
@pytest.mark.parametrize("operation", ["publish", "send_email", "send_text_message", "invoke"])
def test_what_was_not_reached_did_not_send_and_what_did_not_answer_may_have(operation, error, raised):
    client = Client()

    def fail(**_):
        raise error

    setattr(client, operation, fail)
    sender = {
        "publish": lambda: sns.Sender(client, SMS),
        "send_email": lambda: ses.Sender(client, EMAIL),
        "send_text_message": lambda: end_user_messaging.Sender(client, SMS),
        "invoke": lambda: own_function.Sender(client, FUNCTION),
    }[operation]()
    with pytest.raises(raised):
        sender.send(TEXT)


# Which of them, with which client

BOTH = {**ENVIRONMENT, "CHANNELS": "sms,email"}


@pytest.mark.parametrize(
    ("environment", "clients", "kinds"),
    [
        ({"CHANNELS": "sms"}, ["sns"], {"sms": sns.Sender}),
        ({"CHANNELS": "email"}, ["sesv2"], {"email": ses.Sender}),
        ({}, ["sns", "sesv2"], {"sms": sns.Sender, "email": ses.Sender}),
        (
            {"SMS_PROVIDER": "end_user_messaging"},
            ["pinpoint-sms-voice-v2", "sesv2"],
            {"sms": end_user_messaging.Sender, "email": ses.Sender},
        ),
        (
            {"PROVIDER_FUNCTION": FUNCTION},
            [aws.OWN_FUNCTION],
            {"sms": own_function.Sender, "email": own_function.Sender},
        ),
    ],
)
def test_each_channel_gets_its_providers_sender_and_no_client_but_its_own(environment, clients, kinds):
    settings = {**BOTH, **environment}
    assert delivery.services(settings) == ["dynamodb", "kms", *clients]
    made = choice.senders(settings, {client: Client() for client in clients})
    assert {channel: type(sender) for channel, sender in made.items()} == kinds


def test_a_function_of_ones_own_needs_no_setting_of_another_provider():
    settings = {"CHANNELS": "email,sms", "PROVIDER_FUNCTION": FUNCTION}
    assert set(choice.senders(settings, {aws.OWN_FUNCTION: Client()})) == {"sms", "email"}


def test_a_provider_that_does_not_exist_stops_the_function_at_once():
    with pytest.raises(KeyError, match="carrier-pigeon"):
        choice.clients({**BOTH, "SMS_PROVIDER": "carrier-pigeon"})


@pytest.mark.parametrize(
    ("service", "read_timeout", "attempts"),
    [
        ("sns", 8, 1),
        ("sesv2", 8, 1),
        ("pinpoint-sms-voice-v2", 8, 1),
        (aws.OWN_FUNCTION, 15, 1),
        (aws.HOOK, 1.8, 1),
        ("lambda", 0.8, 2),
    ],
)
def test_a_provider_gets_one_attempt_and_more_time_than_a_trigger_has(service, read_timeout, attempts):
    config = aws.clients(service)[service].meta.config
    assert config.read_timeout == read_timeout
    assert config.retries["total_max_attempts"] == attempts


def test_the_triggers_and_the_provider_functions_lambda_clients_are_two():
    made = aws.clients("lambda", aws.OWN_FUNCTION)
    assert made["lambda"] is not made[aws.OWN_FUNCTION]
    assert {client.meta.service_model.service_name for client in made.values()} == {"lambda"}


# The whole delivery, with a function of the user's

USER = "7c1d2e3f-4a5b-4c6d-8e7f-000000000001"


@pytest.fixture
def own_world(world):
    """Give a world whose messages go by a function, and what makes that function answer."""
    client = Client()
    world.clients[aws.OWN_FUNCTION] = client
    world.environment["PROVIDER_FUNCTION"] = FUNCTION
    world.assemble()
    world.sign_up(USER, phone_number=PHONE)
    return world, lambda answer, **failed: answering(client, answer, **failed)


def state_of(world):
    (challenge,) = (item for item in world.items("auth-state") if item["pk"]["S"].startswith("challenge#"))
    return challenge["st"]["S"]


def test_a_code_goes_out_by_the_function_and_nowhere_else(own_world, logged):
    world, answer = own_world
    asked = answer({"status": "sent"})
    session = world.session(USER, phone_number=PHONE)
    world.clock.advance(40)
    assert world.deliver() == 0
    (call,) = asked
    payload = json.loads(call["Payload"])
    assert payload["to"] == PHONE
    assert payload["expires_at"] == NOW + 300
    assert payload["message"].startswith(payload["code"])
    assert state_of(world) == "SENT"
    assert session.answer(payload["code"])
    assert payload["code"] not in logged()
    assert PHONE not in logged()


def test_a_function_that_failed_is_not_invoked_again_and_its_code_works(own_world, logged):
    world, answer = own_world
    asked = answer({"errorMessage": f"{PHONE} timed out"}, failed="Unhandled")
    session = world.session(USER, phone_number=PHONE)
    hand_over = world.queue.payloads[0]
    world.deliver()
    world.delivery_handler(hand_over, None)
    assert len(asked) == 1
    assert state_of(world) == "SENDING"
    assert "FunctionFailedError" in logged()
    assert PHONE not in logged()
    assert session.answer(json.loads(asked[0]["Payload"])["code"])


def test_a_function_that_answers_something_else_is_named_in_the_log_by_kind_only(own_world, logged):
    world, answer = own_world
    answer({"ok": PHONE})
    world.session(USER, phone_number=PHONE)
    world.deliver()
    assert state_of(world) == "SENDING"
    assert "AnswerNotUnderstoodError" in logged()
    assert PHONE not in logged()


def test_a_refusal_of_the_function_frees_the_person_to_ask_again(own_world, logged):
    world, answer = own_world
    asked = answer({"status": "refused", "reason": "landline"})
    world.session(USER, phone_number=PHONE)
    world.deliver()
    assert len(asked) == 1
    assert state_of(world) == "REFUSED"
    assert "landline" in logged()


def test_the_documented_contract_is_the_one_that_is_kept():
    page = (package.ROOT / "docs" / "delivery.md").read_text()
    text, email, *answers = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", page, re.DOTALL)]
    client = Client()
    for example, outgoing in ((text, TEXT), (email, mail("<p>hello</p>"))):
        (call,) = answering_once(client, outgoing)
        assert list(json.loads(call["Payload"])) == list(example)
    assert [answer["status"] for answer in answers] == ["sent", "refused"]
    assert own_function._message_id(json.dumps(answers[0]).encode()) == answers[0]["message_id"]
    with pytest.raises(outcome.RefusedError, match=f"^{answers[1]['reason']}$"):
        own_function._message_id(json.dumps(answers[1]).encode())


def answering_once(client, outgoing):
    asked = answering(client, {"status": "sent"})
    own_function.Sender(client, FUNCTION).send(outgoing)
    return asked
