"""AWS calls that fail, answers that are lost, invocations that repeat: nothing doubled, nothing leaked, nothing lost."""

import http.server
import socket
import threading
import time

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError

from cognito_otp import aws, deliver, dynamodb
from cognito_otp.functions import delivery, sign_in, sign_up
from cognito_otp.refusals import Refusal
from tests.unit.conftest import HOOK_ARN

PHONE = "+14155550100"
USER = "7c1d2e3f-4a5b-4c6d-8e7f-000000000001"
SECRET_TEXT = "arn:aws:dynamodb:us-east-1:123456789012:table/identities +14155550100"


def contention():
    reasons = [{"Code": "TransactionConflict"}, {"Code": "None"}]
    response = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
    return ClientError(response, "TransactWriteItems")


def failing(client, operation, error=None, *, after=False, times=1):
    """Make a client's next calls of an operation fail; `after`: they are carried out and their answer is lost."""
    original, left = getattr(client, operation), [times]
    error = error or ClientError({"Error": {"Code": "InternalServerError", "Message": SECRET_TEXT}}, operation)

    def call(**parameters):
        if left[0] == 0:
            return original(**parameters)
        left[0] -= 1
        if after:
            original(**parameters)
        raise error

    setattr(client, operation, call)


def lost_then_retried(client, operation, times=1):
    """Carry a write out, lose the answer, and send it again, as botocore's retry does."""
    original, left = getattr(client, operation), [times]

    def call(**parameters):
        if left[0]:
            left[0] -= 1
            original(**parameters)
        return original(**parameters)

    setattr(client, operation, call)


@pytest.mark.parametrize("operation", ["transact_write_items", "generate_mac"])
def test_a_sign_up_that_meets_an_aws_error_says_nothing_of_it_and_can_be_repeated(world, logged, operation):
    client = world.clients["kms" if operation == "generate_mac" else "dynamodb"]
    failing(client, operation)
    with pytest.raises(Refusal, match=r"^SERVICE_UNAVAILABLE$") as raised:
        world.sign_up(USER, phone_number=PHONE)
    assert raised.value.__suppress_context__
    world.sign_up(USER, phone_number=PHONE)
    assert SECRET_TEXT not in logged()
    assert "InternalServerError" in logged()


def test_a_sign_up_whose_claim_was_written_and_its_answer_lost_is_repeated_by_cognito(world):
    failing(world.clients["dynamodb"], "transact_write_items", after=True)
    with pytest.raises(Refusal):
        world.sign_up(USER, phone_number=PHONE, exists=False)
    world.sign_up(USER, phone_number=PHONE)
    assert world.session(USER, phone_number=PHONE)
    assert world.deliver() == 1


def test_a_row_that_cannot_be_written_fails_neither_sign_up_nor_sign_in(world, logged):
    world.clients["dynamodb"].delete_table(TableName="users")
    world.sign_up(USER, phone_number=PHONE)
    session = world.session(USER, phone_number=PHONE)
    world.deliver()
    assert session.answer(world.code())
    assert logged().count('"aws_error": "ResourceNotFoundException"') == 2


@pytest.mark.parametrize("operation", ["update_item", "put_item", "get_item"])
def test_a_start_that_meets_an_aws_error_can_be_repeated_at_once(world, operation):
    world.sign_up(USER, phone_number=PHONE)
    failing(world.clients["dynamodb"], operation, after=True)
    with pytest.raises(Refusal, match=r"^SERVICE_UNAVAILABLE$"):
        world.session(USER, phone_number=PHONE)
    session = world.session(USER, phone_number=PHONE)
    assert world.deliver() == 1
    assert session.answer(world.code())


def test_a_hand_over_that_failed_is_made_up_by_the_next_start(world):
    world.sign_up(USER, phone_number=PHONE)
    failing(world.clients["lambda"], "invoke")
    with pytest.raises(Refusal, match=r"^SERVICE_UNAVAILABLE$"):
        world.session(USER, phone_number=PHONE)
    session = world.session(USER, phone_number=PHONE)
    assert world.deliver() == 1
    assert session.answer(world.code())


@pytest.mark.parametrize("operation", ["update_item", "put_item"])
def test_lost_answers_of_a_start_cost_nothing(world, operation):
    world.sign_up(USER, phone_number=PHONE)
    lost_then_retried(world.clients["dynamodb"], operation)
    session = world.session(USER, phone_number=PHONE)
    assert session.parameters["resend_in"] == "30"
    assert world.deliver() == 1
    assert session.answer(world.code())


def test_a_lost_answer_does_not_burn_a_right_code(world):
    world.sign_up(USER, phone_number=PHONE)
    session = world.session(USER, phone_number=PHONE)
    world.deliver()
    lost_then_retried(world.clients["dynamodb"], "update_item")
    assert session.answer(world.code())


def test_a_delivery_whose_taking_was_answered_late_is_still_sent_once(world):
    world.sign_up(USER, phone_number=PHONE)
    session = world.session(USER, phone_number=PHONE)
    lost_then_retried(world.clients["dynamodb"], "update_item")
    assert world.deliver() == 1
    assert session.answer(world.code())


def test_a_delivery_that_is_invoked_again_and_again_sends_once(world):
    world.sign_up(USER, phone_number=PHONE)
    session = world.session(USER, phone_number=PHONE)
    world.queue.payloads *= 4
    assert world.deliver() == 1
    assert session.answer(world.code())


def test_a_delivery_that_failed_before_it_was_taken_is_left_to_lambdas_retry(world):
    world.sign_up(USER, phone_number=PHONE)
    world.session(USER, phone_number=PHONE)
    payload = world.queue.payloads[0]
    failing(world.clients["dynamodb"], "update_item")
    with pytest.raises(ClientError):
        world.deliver()
    world.delivery_handler(payload, None)
    assert len(world.texts()) == 1


def test_a_delivery_that_comes_after_the_codes_life_sends_nothing(world):
    world.sign_up(USER, phone_number=PHONE)
    world.session(USER, phone_number=PHONE)
    world.clock.advance(300)
    assert world.deliver() == 0


def challenge_of(world):
    return next(item for item in world.items("auth-state") if item["pk"]["S"].startswith("challenge#"))


def test_a_provider_that_throttles_is_tried_again_within_the_delivery(world, monkeypatch):
    pauses = []
    monkeypatch.setattr(deliver.time, "sleep", pauses.append)
    world.sign_up(USER, phone_number=PHONE)
    world.session(USER, phone_number=PHONE)
    throttled = ClientError({"Error": {"Code": "Throttling"}, "ResponseMetadata": {"HTTPStatusCode": 400}}, "Publish")
    failing(world.clients["sns"], "publish", throttled, times=2)
    assert world.deliver() == 1
    assert pauses == [0.5, 1.0]
    assert challenge_of(world)["st"]["S"] == "SENT"


@pytest.mark.parametrize(("code", "times"), [("InvalidParameter", 1), ("Throttling", 4), ("SlowDown", 4)])
def test_a_provider_that_refuses_leaves_the_challenge_refused(world, monkeypatch, logged, code, times):
    monkeypatch.setattr(deliver.time, "sleep", lambda _: None)
    world.sign_up(USER, phone_number=PHONE)
    world.session(USER, phone_number=PHONE)
    refusal = {"Error": {"Code": code, "Message": SECRET_TEXT}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    failing(world.clients["sns"], "publish", ClientError(refusal, "Publish"), times=times)
    assert world.deliver() == 0
    assert challenge_of(world)["st"]["S"] == "REFUSED"
    assert SECRET_TEXT not in logged()


@pytest.mark.parametrize(
    "error",
    [
        ReadTimeoutError(endpoint_url="https://sns"),
        ClientError({"Error": {"Code": "InternalError"}, "ResponseMetadata": {"HTTPStatusCode": 500}}, "Publish"),
    ],
)
def test_a_message_that_may_be_out_is_never_sent_again_and_its_code_works(world, error):
    world.sign_up(USER, phone_number=PHONE)
    session = world.session(USER, phone_number=PHONE)
    payload = world.queue.payloads[0]
    failing(world.clients["sns"], "publish", error, after=True)
    assert world.deliver() == 1
    world.delivery_handler(payload, None)
    assert len(world.texts()) == 1
    assert challenge_of(world)["st"]["S"] == "SENDING"
    assert session.answer(world.code())


@pytest.mark.parametrize("after", [False, True])
def test_an_activation_that_failed_does_not_burn_the_right_code(world, after):
    world.sign_up(USER, phone_number=PHONE)
    session = world.session(USER, phone_number=PHONE)
    world.deliver()
    failing(world.clients["dynamodb"], "transact_write_items", after=after)
    assert not session.answer(world.code())
    assert session.answer(world.code())
    assert world.user(USER)["phone_number_verified"] == "true"


def test_an_activation_in_contention_does_not_burn_the_right_code(world, monkeypatch):
    monkeypatch.setattr(dynamodb.time, "sleep", lambda _: None)
    world.sign_up(USER, phone_number=PHONE)
    session = world.session(USER, phone_number=PHONE)
    world.deliver()
    failing(world.clients["dynamodb"], "transact_write_items", contention(), times=4)
    assert not session.answer(world.code())
    assert session.answer(world.code())


def test_a_sign_up_in_contention_asks_for_a_retry(world, monkeypatch):
    monkeypatch.setattr(dynamodb.time, "sleep", lambda _: None)
    failing(world.clients["dynamodb"], "transact_write_items", contention(), times=4)
    with pytest.raises(Refusal, match=r"^SIGN_UP_RETRY retry_after=2$"):
        world.sign_up(USER, phone_number=PHONE)


def test_a_guess_whose_answers_were_all_lost_still_counts_as_what_it_was(world):
    world.sign_up(USER, phone_number=PHONE)
    session = world.session(USER, phone_number=PHONE)
    world.deliver()
    failing(world.clients["dynamodb"], "update_item", ReadTimeoutError(endpoint_url="https://dynamodb"), after=True)
    assert session.answer(world.code())


def test_a_later_round_that_cannot_be_read_is_reported_from_the_session(world):
    world.sign_up(USER, phone_number=PHONE)
    session = world.session(USER, phone_number=PHONE)
    world.deliver()
    failing(world.clients["dynamodb"], "get_item", times=2)  # Define's read and Create's
    assert not session.answer("000000" if world.code() != "000000" else "111111")
    assert session.parameters["attempts_left"] == "2"
    assert session.answer(world.code())


@pytest.mark.parametrize("kind", [ConnectTimeoutError, EndpointConnectionError])
def test_a_provider_that_could_not_be_reached_is_tried_again(world, monkeypatch, kind):
    monkeypatch.setattr(deliver.time, "sleep", lambda _: None)
    world.sign_up(USER, phone_number=PHONE)
    world.session(USER, phone_number=PHONE)
    failing(world.clients["sns"], "publish", kind(endpoint_url="https://sns"))
    assert world.deliver() == 1
    assert challenge_of(world)["st"]["S"] == "SENT"


def test_a_providers_connection_is_not_kept_over_a_freeze(monkeypatch):
    """A provider gets one attempt, which must not be spent on a connection that died while Lambda slept."""
    asked_to_close = []

    class Provider(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            # Read to its end: a connection closed with bytes unread is reset, and the answer may be lost with it.
            self.rfile.read(int(self.headers["Content-Length"]))
            asked_to_close.append(self.headers["Connection"] == "close")
            body = b"<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>"
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with http.server.HTTPServer(("127.0.0.1", 0), Provider) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        sns = aws.clients("sns")["sns"]
        for _ in range(2):
            sns.publish(PhoneNumber=PHONE, Message="x")
        server.shutdown()
    assert asked_to_close == [True, True]


def test_verify_answers_wrong_rather_than_burn_the_session(world):
    world.sign_up(USER, phone_number=PHONE)
    session = world.session(USER, phone_number=PHONE)
    world.deliver()
    failing(world.clients["dynamodb"], "update_item")
    assert not session.answer(world.code())
    assert not session.ended
    assert session.answer(world.code())


def test_a_guess_that_could_not_be_counted_is_logged_as_an_error(world, caplog):
    world.sign_up(USER, phone_number=PHONE)
    session = world.session(USER, phone_number=PHONE)
    world.deliver()
    failing(world.clients["dynamodb"], "update_item")
    caplog.clear()
    assert not session.answer(world.code())
    (failure,) = [record for record in caplog.records if record.outcome == "failed"]
    assert (failure.msg, failure.aws_error) == ("guess", "InternalServerError")


def test_settings_that_cannot_be_read_keep_a_function_from_starting_and_nothing_is_said_of_why(world, logged):
    world.configure("countries", {"blocked": ["DE"]})
    failing(world.clients["dynamodb"], "get_item")
    with pytest.raises(Refusal, match=r"^SERVICE_UNAVAILABLE$") as raised:
        world.assemble()
    assert raised.value.__suppress_context__
    assert SECRET_TEXT not in logged()
    assert "InternalServerError" in logged()
    world.assemble()


def test_define_goes_on_when_it_cannot_read(world):
    world.sign_up(USER, phone_number=PHONE)
    session = world.session(USER, phone_number=PHONE)
    world.deliver()
    failing(world.clients["dynamodb"], "get_item")
    assert not session.answer("no code")
    assert not session.ended
    assert session.answer(world.code())


def test_an_activation_that_the_pool_was_not_told_of_is_told_at_the_same_sign_in(world):
    world.sign_up(USER, phone_number=PHONE)
    session = world.session(USER, phone_number=PHONE)
    world.deliver()
    throttled = ClientError({"Error": {"Code": "TooManyRequestsException"}}, "AdminUpdateUserAttributes")
    failing(world.clients["cognito-idp"], "admin_update_user_attributes", throttled)
    assert session.answer(world.code())  # told at PostAuthentication
    assert world.user(USER)["phone_number_verified"] == "true"


def test_an_activation_that_the_pool_was_never_told_of_does_not_shut_the_person_out(world):
    world.sign_up(USER, phone_number=PHONE)
    session = world.session(USER, phone_number=PHONE)
    world.deliver()
    throttled = ClientError({"Error": {"Code": "TooManyRequestsException"}}, "AdminUpdateUserAttributes")
    failing(world.clients["cognito-idp"], "admin_update_user_attributes", throttled, times=2)
    assert session.answer(world.code())
    assert "phone_number_verified" not in world.user(USER)
    world.clock.advance(30)
    again = world.session(USER, phone_number=PHONE)
    world.deliver()
    assert again.answer(world.code())
    assert world.user(USER)["phone_number_verified"] == "true"


def test_a_wrong_setting_stops_the_function_before_anybody_is_concerned(world):
    needed = {sign_up: "IDENTITIES_TABLE", sign_in: "DELIVERY_FUNCTION", delivery: "AUTH_STATE_TABLE"}
    for function, setting in needed.items():
        environment = {name: value for name, value in world.environment.items() if name != setting}
        with pytest.raises(KeyError, match=setting):
            function.assemble(environment, world.clients)


@pytest.fixture
def silent_endpoint():
    """Give the address of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = []
        threading.Thread(target=lambda: [taken.append(server.accept()) for _ in range(100)], daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize(
    "source", ["PreSignUp_SignUp", "CreateAuthChallenge_Authentication", "VerifyAuthChallengeResponse_Authentication"]
)
def test_a_trigger_answers_within_five_seconds_when_aws_does_not(silent_endpoint, monkeypatch, source):
    monkeypatch.setenv("AWS_ENDPOINT_URL", silent_endpoint)
    clients = aws.clients("dynamodb", "kms", "lambda", "cognito-idp")
    function = sign_up if source.startswith("PreSignUp") else sign_in
    from tests.unit.conftest import ENVIRONMENT

    handler = function.assemble({**ENVIRONMENT, "CODE_KEY_ID": "key"}, clients)
    event = {
        "triggerSource": source,
        "userPoolId": "us-east-1_x",
        "userName": USER,
        "request": {
            "userAttributes": {"sub": "s", "phone_number": PHONE},
            "challengeAnswer": "123456",
            "privateChallengeParameters": {"challenge_id": "c"},
        },
        "response": {},
    }
    begun = time.monotonic()
    try:
        handler(event, None)
    except Refusal as refusal:
        assert str(refusal) == "SERVICE_UNAVAILABLE"
    assert time.monotonic() - begun < 4.5


@pytest.mark.parametrize("begins_after", [0.0, 1.9], ids=["at once", "at the last moment"])
def test_a_sign_up_whose_hook_is_silent_is_refused_within_five_seconds(
    make_world, silent_endpoint, monkeypatch, begins_after
):
    world = make_world(PRE_SIGN_UP_HOOK=HOOK_ARN, MAX_SIGN_UPS_PER_HOUR="1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", silent_endpoint)
    world.clients[aws.HOOK] = aws.clients(aws.HOOK)[aws.HOOK]
    take, waits = world.clients["dynamodb"].update_item, [begins_after]

    def slow(**parameters):
        time.sleep(waits.pop() if waits else 0)
        return take(**parameters)

    world.clients["dynamodb"].update_item = slow
    world.assemble()
    begun = time.monotonic()
    with pytest.raises(Refusal, match=r"^SERVICE_UNAVAILABLE$"):
        world.sign_up(USER, phone_number=PHONE)
    assert 1.5 < time.monotonic() - begun - begins_after < 2.5
    assert world.items("identities") == []


def test_a_guess_whose_answer_came_after_the_triggers_time_still_counts_as_what_it_was(world):
    world.sign_up(USER, phone_number=PHONE)
    session = world.session(USER, phone_number=PHONE)
    world.deliver()
    failing(world.clients["dynamodb"], "update_item", aws.BudgetSpentError(), after=True)
    assert session.answer(world.code())


def test_an_event_without_a_username_is_answered_as_any_other(world):
    event = world.event("CreateAuthChallenge_Authentication", "", {"userNotFound": True, "session": []})
    del event["userName"]
    assert world.sign_in_handler(event, None)["response"]["publicChallengeParameters"]["resend_in"] == "30"
