"""The `sign_up` function of a pool with Cognito's own one-time passwords."""

import json

import pytest

from cognito_otp.refusals import Refusal
from tests.unit.conftest import EVENTS

PHONE = "+14155550100"
USER = "7c1d2e3f-4a5b-4c6d-8e7f-000000000001"


@pytest.fixture
def native(make_world):
    return make_world(NATIVE_OTP="true")


def pre_sign_up(world, username=USER, source="SignUp", **attributes):
    request = {"userAttributes": attributes, "validationData": None}
    event = world.event(f"PreSignUp_{source}", username, request)
    response = world.sign_up_handler(event, None)["response"]
    world.clients["cognito-idp"].admin_create_user(
        UserPoolId=world.pool_id, Username=username, MessageAction="SUPPRESS"
    )
    return response


def fire(world, source, **attributes):
    request = {"userAttributes": world.attributes(USER, **attributes)}
    return world.sign_up_handler(world.event(source, USER, request), None)


def row(world):
    return world.item("users", id=f"sub-of-{USER}")


def test_a_sign_up_is_claimed_and_left_to_cognito_to_confirm(native):
    assert not pre_sign_up(native, phone_number=PHONE).get("autoConfirmUser")
    account = native.item("identities", pk=f"account#{USER}")
    assert (account["origin"]["S"], account["st"]["S"]) == ("native", "ACTIVE")
    with pytest.raises(Refusal, match=r"^PHONE_NUMBER_TAKEN$"):
        pre_sign_up(native, "another", phone_number=PHONE)


def test_an_administrators_user_is_an_administrators(native):
    pre_sign_up(native, source="AdminCreateUser", phone_number=PHONE)
    assert native.item("identities", pk=f"account#{USER}")["origin"]["S"] == "admin"


def test_a_sign_up_that_no_code_could_reach_is_refused(native):
    with pytest.raises(Refusal, match=r"^PHONE_NUMBER_REQUIRED$"):
        pre_sign_up(native, email="ada@example.com")


@pytest.mark.parametrize("post_confirmation", [True, False], ids=["it fires", "it does not fire"])
def test_the_first_sign_in_leaves_an_active_row(native, post_confirmation):
    pre_sign_up(native, phone_number=PHONE)
    if post_confirmation:
        fire(native, "PostConfirmation_ConfirmSignUp", phone_number=PHONE)
        assert row(native)["status"]["S"] == "PENDING"
    native.counted()
    fire(native, "PostAuthentication_Authentication", phone_number=PHONE, phone_number_verified="true")
    proof = ["get_item", "get_item", "transact_write_items"]  # Cognito's code was right: the claim is proven
    assert native.counted() == ["update_item", *proof]
    fire(native, "PostAuthentication_Authentication", phone_number=PHONE, phone_number_verified="true")
    assert native.counted() == ["update_item", "get_item"]
    assert row(native)["status"]["S"] == "ACTIVE"
    assert row(native)["phone_number"]["S"] == PHONE
    assert row(native)["last_sign_in_at"]["S"] == "2027-01-15T08:00:00Z"


def test_sign_ins_are_tracked_where_asked_for_only(make_world):
    world = make_world(NATIVE_OTP="true", TRACK_SIGN_INS="false")
    fire(world, "PostAuthentication_Authentication", phone_number=PHONE, phone_number_verified="true")
    assert "last_sign_in_at" not in row(world)


def test_a_sign_in_whose_row_cannot_be_written_goes_on(native):
    native.clients["dynamodb"].delete_table(TableName="users")
    event = fire(native, "PostAuthentication_Authentication", phone_number=PHONE, phone_number_verified="true")
    assert event["response"] == {}


def test_a_password_that_was_reset_makes_no_row(native):
    event = json.loads((EVENTS / "PostConfirmation_ConfirmForgotPassword.json").read_text())
    native.sign_up_handler(event, None)
    assert native.items("users") == []


def test_elsewhere_post_authentication_is_not_for_this_function(world):
    fire(world, "PostAuthentication_Authentication", phone_number=PHONE, phone_number_verified="true")
    assert row(world) is None
