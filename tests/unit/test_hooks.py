"""The caller's hooks: what they are asked and told, and what becomes of their answers and of none."""

import json

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.stub import Stubber

from cognito_otp import aws
from cognito_otp.hooks import ActivatedHook
from cognito_otp.refusals import Refusal
from tests.unit.conftest import HOOK_ARN
from tests.unit.test_faults import failing

PHONE = "+14155550100"
USER = "7c1d2e3f-4a5b-4c6d-8e7f-000000000001"
TOKEN = "0.captcha-token"


def refused(token: str):
    return pytest.raises(Refusal, match=f"^{token}$")


@pytest.fixture
def world(make_world):
    return make_world(PRE_SIGN_UP_HOOK=HOOK_ARN)


def event_of(world, username=USER, **request):
    attributes = request.pop("attributes", {"phone_number": PHONE})
    return world.event("PreSignUp_SignUp", username, {"userAttributes": attributes, "validationData": None, **request})


def test_it_is_asked_with_all_that_a_client_sent(world):
    world.sign_up_handler(event_of(world, clientMetadata={"captcha": TOKEN}, validationData={"a": "b"}), None)
    (asked,) = world.hook.asked
    assert asked.pop("request_id")
    assert asked == {
        "version": 1,
        "trigger": "PreSignUp_SignUp",
        "user_pool_id": world.pool_id,
        "client_id": "client",
        "username": USER,
        "attributes": {"phone_number": PHONE},
        "client_metadata": {"captcha": TOKEN},
        "validation_data": {"a": "b"},
    }


def test_what_a_client_left_out_is_empty(world):
    world.sign_up_handler(event_of(world), None)
    (asked,) = world.hook.asked
    assert (asked["client_metadata"], asked["validation_data"]) == ({}, {})


def test_a_request_that_cognito_repeats_has_the_same_id_and_any_other_another(world):
    for event in (
        event_of(world, clientMetadata={"captcha": TOKEN}),
        event_of(world, clientMetadata={"captcha": TOKEN}),
        event_of(world, clientMetadata={"captcha": "another"}),
        event_of(world, username="another", clientMetadata={"captcha": TOKEN}),
        event_of(world, attributes={"phone_number": PHONE, "name": "Ada"}, clientMetadata={"captcha": TOKEN}),
        event_of(world, validationData={"captcha": TOKEN}),
    ):
        try:
            world.sign_up_handler(event, None)
        except Refusal as refusal:
            assert refusal.token in {"SIGN_UP_RETRY", "USERNAME_TAKEN", "SIGN_UP_PENDING"}
    ids = [asked["request_id"] for asked in world.hook.asked]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 5


def test_the_id_tells_nobody_whose_it_is(make_world):
    """It goes on to whoever checks the captcha: without the module's key no phone number can be tried on it."""
    ids = set()
    for _ in range(2):
        world = make_world(PRE_SIGN_UP_HOOK=HOOK_ARN)
        event = event_of(world) | {"userPoolId": "us-east-1_same"}
        world.sign_up_handler(event, None)
        ids.add(world.hook.asked[0]["request_id"])
        for table in ("users", "identities", "auth-state"):
            world.clients["dynamodb"].delete_table(TableName=table)
    assert len(ids) == 2


def test_a_veto_is_one_word_and_claims_nothing(world, logged):
    world.hook.answer = json.dumps({"allow": False, "reason": f"{PHONE} failed"}).encode()
    with refused("SIGN_UP_REFUSED"):
        world.sign_up(USER, phone_number=PHONE)
    assert world.items("identities") == []
    world.hook.answer = b'{"allow": true}'
    assert world.sign_up(USER, phone_number=PHONE)["autoConfirmUser"] is True
    assert PHONE not in logged()
    assert '"reason": "SIGN_UP_REFUSED"' in logged()


@pytest.mark.parametrize(
    "answer",
    [
        b"null",
        b"true",
        b"{}",
        b'{"allow": "true"}',
        b'{"allow": 1}',
        b'{"allow": null}',
        b'[{"allow": true}]',
        b"",
        b"\xff",
        b"allow",
    ],
)
def test_any_other_answer_lets_nobody_pass(world, answer):
    world.hook.answer = answer
    with refused("SERVICE_UNAVAILABLE"):
        world.sign_up(USER, phone_number=PHONE)
    assert world.items("identities") == []


def test_a_hook_that_raised_lets_nobody_pass_whatever_it_seems_to_say(world, logged):
    world.hook.raised = True
    with refused("SERVICE_UNAVAILABLE"):
        world.sign_up(USER, phone_number=PHONE)
    assert world.items("identities") == []
    assert "HookFailedError" in logged()


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "TooManyRequestsException"}}, "Invoke"),
        ClientError({"Error": {"Code": "AccessDeniedException"}}, "Invoke"),
        ReadTimeoutError(endpoint_url="https://lambda"),
    ],
)
def test_a_hook_that_cannot_be_asked_lets_nobody_pass(world, error):
    failing(world.clients[aws.HOOK], "invoke", error)
    with refused("SERVICE_UNAVAILABLE"):
        world.sign_up(USER, phone_number=PHONE)
    assert world.items("identities") == []
    world.sign_up(USER, phone_number=PHONE)


@pytest.mark.parametrize("source", ["AdminCreateUser", "ExternalProvider"])
def test_nobody_but_people_who_sign_up_themselves_is_asked_about(world, source):
    world.hook.answer = b'{"allow": false}'
    world.sign_up(USER, source=source, phone_number=PHONE)
    assert world.hook.asked == []


def test_what_is_refused_anyway_is_not_asked_about(make_world):
    world = make_world(PRE_SIGN_UP_HOOK=HOOK_ARN, MAX_SIGN_UPS_PER_HOUR="1")
    with refused("PHONE_NUMBER_INVALID"):
        world.sign_up(USER, phone_number="+1415555")
    with refused("PHONE_NUMBER_REQUIRED"):
        world.sign_up(USER)
    world.sign_up(USER, phone_number=PHONE)
    with pytest.raises(Refusal, match=r"^SIGN_UP_THROTTLED"):
        world.sign_up("another", phone_number="+14155550101")
    assert len(world.hook.asked) == 1


@pytest.mark.parametrize("answer", [b'{"allow": false}', b"nonsense"])
def test_a_sign_up_that_did_not_pass_takes_nothing_from_the_budget(make_world, answer):
    world = make_world(PRE_SIGN_UP_HOOK=HOOK_ARN, MAX_SIGN_UPS_PER_HOUR="1")
    world.hook.answer = answer
    for _ in range(3):
        with pytest.raises(Refusal, match=r"^(SIGN_UP_REFUSED|SERVICE_UNAVAILABLE)$"):
            world.sign_up(USER, phone_number=PHONE)
    world.hook.answer = b'{"allow": true}'
    world.sign_up(USER, phone_number=PHONE)


def test_a_budget_that_cannot_be_given_back_hides_no_veto(make_world, logged):
    world = make_world(PRE_SIGN_UP_HOOK=HOOK_ARN, MAX_SIGN_UPS_PER_HOUR="5")
    world.hook.answer = b'{"allow": false}'
    ask = world.hook.invoke

    def then_fail(**parameters):
        failing(world.clients["dynamodb"], "update_item")
        return ask(**parameters)

    world.hook.invoke = then_fail
    with refused("SIGN_UP_REFUSED"):
        world.sign_up(USER, phone_number=PHONE)
    assert '"msg": "sign_up_budget"' in logged()


def test_a_pool_with_cognitos_own_codes_asks_too(make_world):
    world = make_world(PRE_SIGN_UP_HOOK=HOOK_ARN, NATIVE_OTP="true")
    world.hook.answer = b'{"allow": false}'
    with refused("SIGN_UP_REFUSED"):
        world.sign_up(USER, phone_number=PHONE)


def test_without_a_hook_nobody_is_asked(make_world):
    world = make_world()
    world.hook.answer = b'{"allow": false}'
    world.sign_up(USER, phone_number=PHONE)
    assert world.hook.asked == []


def test_nothing_of_question_and_answer_is_logged(world, logged):
    world.hook.answer = json.dumps({"allow": True, "note": "secret-note"}).encode()
    world.sign_up_handler(event_of(world, clientMetadata={"captcha": TOKEN}), None)
    for text in (TOKEN, "secret-note", PHONE, world.hook.asked[0]["request_id"]):
        assert text not in logged()


# hooks.activated


@pytest.fixture
def told():
    client = aws.clients("lambda")["lambda"]
    with Stubber(client) as stub:
        yield ActivatedHook(client, HOOK_ARN), stub


NEWS = {"user_pool_id": "us-east-1_x", "sub": "s", "username": USER, "attribute": "phone_number"}


def test_the_news_is_queued_with_all_that_the_page_says(told):
    hook, stub = told
    parameters = {
        "FunctionName": HOOK_ARN,
        "InvocationType": "Event",
        "Payload": json.dumps({"version": 1, **NEWS}).encode(),
    }
    body = type("Body", (), {"read": lambda self: b""})()
    stub.add_response("invoke", {"StatusCode": 202, "Payload": body}, parameters)
    hook.tell(**NEWS)
    stub.assert_no_pending_responses()


def test_news_that_could_not_be_queued_is_the_callers_to_repeat(told):
    hook, stub = told
    stub.add_client_error("invoke", "TooManyRequestsException")
    with pytest.raises(ClientError):
        hook.tell(**NEWS)
