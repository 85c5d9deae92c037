"""One account per person: claims, refusals, and what a failed sign-up leaves behind."""

import pytest

from cognito_otp.refusals import Refusal

PHONE = "+14155550100"
OTHER_PHONE = "+14155550101"


def refused(token: str):
    return pytest.raises(Refusal, match=f"^{token}$")


@pytest.fixture
def alias_world(make_world):
    return make_world(USERNAME_ATTRIBUTES="", ALIAS_ATTRIBUTES="email,phone_number")


def activate(world, username: str, **attributes: str) -> None:
    session = world.session(username, **attributes)
    world.deliver()
    assert session.answer(world.code())


def test_a_phone_number_is_pending_until_its_code_was_answered_and_then_taken(world):
    world.sign_up("uuid-1", phone_number=PHONE)
    with refused("SIGN_UP_PENDING"):
        world.sign_up("uuid-2", phone_number=PHONE)
    activate(world, "uuid-1", phone_number=PHONE)
    with refused("PHONE_NUMBER_TAKEN"):
        world.sign_up("uuid-2", phone_number=PHONE)


def test_an_email_in_another_case_or_spelling_is_taken(make_world):
    world = make_world(USERNAME_ATTRIBUTES="email", CHANNELS="sms,email")
    world.sign_up("uuid-1", source="AdminCreateUser", email="ada@münchen.example")
    for spelling in (
        "ADA@münchen.example",
        "ada@MÜNCHEN.example",
        "ada@xn--mnchen-3ya.example",
        "\uff41da@münchen.example",
    ):
        with refused("EMAIL_TAKEN"):
            world.sign_up("uuid-2", email=spelling)


def test_a_username_in_another_case_is_taken(alias_world):
    alias_world.sign_up("Ada", phone_number=PHONE)
    with refused("USERNAME_TAKEN"):
        alias_world.sign_up("aDa", phone_number=OTHER_PHONE)


def test_every_identifier_is_claimed_in_an_alias_pool(alias_world):
    alias_world.sign_up("ada", phone_number=PHONE, email="ada@example.com")
    activate(alias_world, "ada", phone_number=PHONE, email="ada@example.com")
    with refused("PHONE_NUMBER_TAKEN"):
        alias_world.sign_up("bob", phone_number=PHONE)
    with refused("EMAIL_TAKEN"):
        alias_world.sign_up("bob", phone_number=OTHER_PHONE, email="ADA@example.com")
    alias_world.sign_up("bob", phone_number=OTHER_PHONE, email="bob@example.com")


def test_a_refused_sign_up_leaves_nothing_behind(alias_world):
    alias_world.sign_up("ada", phone_number=PHONE)
    before = sorted(item["pk"]["S"] for item in alias_world.items("identities"))
    with refused("SIGN_UP_PENDING"):
        alias_world.sign_up("bob", phone_number=PHONE, email="bob@example.com")
    assert sorted(item["pk"]["S"] for item in alias_world.items("identities")) == before
    alias_world.sign_up("bob", phone_number=OTHER_PHONE, email="bob@example.com")


def test_a_deleted_user_who_signs_up_again_proves_everything_anew(alias_world):
    alias_world.sign_up("bob", phone_number=PHONE)
    activate(alias_world, "bob", phone_number=PHONE)
    alias_world.clients["cognito-idp"].admin_delete_user(UserPoolId=alias_world.pool_id, Username="bob")
    alias_world.clock.advance(60)
    alias_world.sign_up("bob", phone_number=PHONE)
    assert alias_world.item("identities", pk="account#bob")["st"]["S"] == "PENDING"
    activate(alias_world, "bob", phone_number=PHONE)
    assert alias_world.user("bob")["phone_number_verified"] == "true"


def test_a_number_that_was_changed_before_its_first_code_is_held_once_it_is_proven(world):
    world.sign_up("uuid-1", phone_number=PHONE)
    activate(world, "uuid-1", phone_number=OTHER_PHONE)  # an administrator mended a mistyped number
    with refused("PHONE_NUMBER_TAKEN"):
        world.sign_up("uuid-2", phone_number=OTHER_PHONE)
    world.sign_up("uuid-3", phone_number=PHONE)


def test_a_repeated_sign_up_is_in_flight_anew(alias_world):
    """A failed sign-up repeated later must not lose its claims to a rival before Cognito has made the user."""
    alias_world.sign_up("bob", phone_number=PHONE, exists=False)
    alias_world.clock.advance(60)
    alias_world.sign_up("bob", phone_number=PHONE, exists=False)
    with refused("SIGN_UP_RETRY retry_after=20"):
        alias_world.sign_up("mallory", phone_number=PHONE)


def test_the_same_event_again_changes_nothing(world):
    world.sign_up("uuid-1", phone_number=PHONE, exists=False)
    before = world.items("identities")
    world.sign_up("uuid-1", phone_number=PHONE, exists=False)
    assert world.items("identities") == before


def test_a_sign_up_that_failed_after_its_claims_is_free_again_when_none_can_be_in_flight(world):
    world.sign_up("uuid-1", phone_number=PHONE, exists=False)  # e.g. Cognito refused the password
    with refused("SIGN_UP_RETRY retry_after=20"):
        world.sign_up("uuid-2", phone_number=PHONE)
    world.clock.advance(20)
    world.sign_up("uuid-2", phone_number=PHONE)
    assert world.item("identities", pk="account#uuid-1") is None
    activate(world, "uuid-2", phone_number=PHONE)


def test_all_that_a_failed_sign_up_claimed_is_removed_with_it(alias_world):
    alias_world.sign_up("ada", phone_number=PHONE, email="ada@example.com", exists=False)
    alias_world.clock.advance(20)
    alias_world.sign_up("bob", phone_number=PHONE)
    assert len(alias_world.items("identities")) == 2
    alias_world.sign_up("eve", phone_number=OTHER_PHONE, email="ada@example.com")


def test_the_same_username_again_with_other_attributes_after_a_failed_sign_up(alias_world):
    alias_world.sign_up("ada", phone_number=PHONE, email="ada@example.com", exists=False)
    alias_world.clock.advance(20)
    alias_world.sign_up("ada", phone_number=OTHER_PHONE)
    kinds = sorted(item["pk"]["S"].split("#")[0] for item in alias_world.items("identities"))
    assert kinds == ["account", "claim"]


def test_a_claim_whose_holder_no_longer_names_it_counts_for_nothing(alias_world):
    alias_world.sign_up("ada", phone_number=PHONE)
    table = {"TableName": "identities", "Key": {"pk": {"S": "account#ada"}}}
    alias_world.clients["dynamodb"].delete_item(**table)
    alias_world.sign_up("bob", phone_number=PHONE)


def test_an_account_that_is_being_removed_asks_for_a_retry(world):
    world.sign_up("uuid-1", phone_number=PHONE)
    world.clients["dynamodb"].update_item(
        TableName="identities",
        Key={"pk": {"S": "account#uuid-1"}},
        UpdateExpression="SET st = :fenced",
        ExpressionAttributeValues={":fenced": {"S": "FENCED"}},
    )
    with refused("SIGN_UP_RETRY retry_after=2"):
        world.sign_up("uuid-2", phone_number=PHONE)
    session = world.session("uuid-1", phone_number=PHONE)
    assert world.deliver() == 0
    assert not session.answer("000000")


def test_a_right_code_for_an_account_that_was_fenced_meanwhile_counts_as_wrong(world):
    world.sign_up("uuid-1", phone_number=PHONE)
    session = world.session("uuid-1", phone_number=PHONE)
    world.deliver()
    world.clients["dynamodb"].update_item(
        TableName="identities",
        Key={"pk": {"S": "account#uuid-1"}},
        UpdateExpression="SET st = :fenced",
        ExpressionAttributeValues={":fenced": {"S": "FENCED"}},
    )
    assert not session.answer(world.code())
    assert "phone_number_verified" not in world.user("uuid-1")


@pytest.mark.parametrize(
    ("attributes", "token"),
    [
        ({"phone_number": "4155550100"}, "PHONE_NUMBER_INVALID"),
        ({"phone_number": "+1415555"}, "PHONE_NUMBER_INVALID"),
        ({"phone_number": "+440791112345"}, "PHONE_NUMBER_INVALID"),
        ({"phone_number": "+390612345678"}, None),
        ({"phone_number": "+1 415 555 0100"}, "PHONE_NUMBER_INVALID"),
        ({"phone_number": "+0145550100"}, "PHONE_NUMBER_INVALID"),
        ({"phone_number": "+14155550100\n"}, "PHONE_NUMBER_INVALID"),
        ({"phone_number": "+1415555010012345"}, "PHONE_NUMBER_INVALID"),
        ({"phone_number": "+99912345678"}, "COUNTRY_NOT_ALLOWED"),
        ({"phone_number": "+881612345678"}, "COUNTRY_NOT_ALLOWED"),
        ({}, "PHONE_NUMBER_REQUIRED"),
        ({"phone_number": PHONE, "email": "no-address"}, "EMAIL_INVALID"),
        ({"phone_number": PHONE, "email": "a<victim@example.com>"}, "EMAIL_INVALID"),
        ({"phone_number": PHONE, "email": "x,victim@example.com"}, "EMAIL_INVALID"),
        ({"phone_number": PHONE, "email": '"a b"@example.com'}, "EMAIL_INVALID"),
        ({"phone_number": PHONE, "email": "a@localhost"}, "EMAIL_INVALID"),
        ({"phone_number": PHONE, "email": "ä@example.com"}, "EMAIL_INVALID"),
        ({"phone_number": PHONE, "email": "a@straße.example"}, "EMAIL_INVALID"),
        ({"phone_number": PHONE, "email": "o'neil+x@mail.example.com"}, None),
        ({"phone_number": PHONE, "email": "ada@münchen.example"}, None),
    ],
)
def test_what_cannot_be_is_refused_in_words(world, attributes, token):
    if token is None:
        world.sign_up("uuid-1", **attributes)
    else:
        with refused(token):
            world.sign_up("uuid-1", **attributes)
        assert world.items("identities") == []


def test_an_email_pool_asks_for_the_email(make_world):
    with refused("EMAIL_REQUIRED"):
        make_world(USERNAME_ATTRIBUTES="", ALIAS_ATTRIBUTES="email", CHANNELS="email").sign_up("ada")


def test_a_pool_of_plain_usernames_sends_to_the_first_channel(make_world):
    world = make_world(USERNAME_ATTRIBUTES="", CHANNELS="email,sms")
    with refused("EMAIL_REQUIRED"):
        world.sign_up("ada", phone_number=PHONE)
    world.sign_up("ada", email="ada@example.com")


@pytest.mark.parametrize("source", ["AdminCreateUser", "ExternalProvider"])
def test_users_made_by_others_are_active_at_once_and_hold_their_claims(world, source):
    assert world.sign_up("uuid-1", source=source, phone_number=PHONE, phone_number_verified="true") == {}
    assert world.item("identities", pk="account#uuid-1")["st"]["S"] == "ACTIVE"
    with refused("PHONE_NUMBER_TAKEN"):
        world.sign_up("uuid-2", phone_number=PHONE)


@pytest.mark.parametrize("usernames", ["phone_number", ""])
def test_a_number_that_a_provider_has_not_verified_is_whose_code_proves_it(make_world, usernames):
    world = make_world(USERNAME_ATTRIBUTES=usernames)
    world.sign_up("work_1", source="ExternalProvider", phone_number=PHONE, phone_number_verified="false")
    world.sign_up("uuid-2", phone_number=PHONE)
    activate(world, "uuid-2", phone_number=PHONE)
    for source in ("SignUp", "ExternalProvider"):
        with refused("PHONE_NUMBER_TAKEN"):
            world.sign_up("uuid-3", source=source, phone_number=PHONE)


def test_a_provider_that_verifies_outdoes_one_that_does_not(world):
    world.sign_up("work_1", source="ExternalProvider", email="ada@example.com", email_verified="false")
    world.sign_up("google_1", source="ExternalProvider", email="ada@example.com", email_verified="true")
    with refused("EMAIL_TAKEN"):
        world.sign_up("work_2", source="ExternalProvider", email="ada@example.com", email_verified="true")


def test_the_row_keeps_what_the_application_wrote_and_never_goes_back(world):
    key = {"id": {"S": "sub-of-uuid-1"}}
    world.clients["dynamodb"].put_item(TableName="users", Item={**key, "theme": {"S": "dark"}})
    world.sign_up("uuid-1", phone_number=PHONE)
    activate(world, "uuid-1", phone_number=PHONE)
    request = {"userAttributes": world.attributes("uuid-1", phone_number=PHONE)}
    world.sign_up_handler(world.event("PostConfirmation_ConfirmSignUp", "uuid-1", request), None)
    row = world.item("users", id="sub-of-uuid-1")
    assert row["status"]["S"] == "ACTIVE"
    assert row["theme"]["S"] == "dark"


def test_a_missing_row_is_healed_by_the_next_sign_in(world):
    world.sign_up("uuid-1", phone_number=PHONE)
    world.clients["dynamodb"].delete_item(TableName="users", Key={"id": {"S": "sub-of-uuid-1"}})
    activate(world, "uuid-1", phone_number=PHONE)
    row = world.item("users", id="sub-of-uuid-1")
    assert row["status"]["S"] == "ACTIVE"
    assert row["created_at"]["S"] == "2027-01-15T08:00:00Z"


def test_a_disabled_row_is_left_as_it_is(world):
    world.sign_up("uuid-1", phone_number=PHONE)
    row = {"id": {"S": "sub-of-uuid-1"}, "status": {"S": "DISABLED"}}
    world.clients["dynamodb"].put_item(TableName="users", Item=row)
    activate(world, "uuid-1", phone_number=PHONE)
    assert world.item("users", id="sub-of-uuid-1") == row


def test_a_changed_email_reaches_the_row_and_a_removed_one_leaves_it(world):
    world.sign_up("uuid-1", phone_number=PHONE, email="old@example.com")
    activate(world, "uuid-1", phone_number=PHONE, email="new@example.com")
    world.clock.advance(30)
    assert world.item("users", id="sub-of-uuid-1")["email"]["S"] == "new@example.com"
    activate(world, "uuid-1", phone_number=PHONE, phone_number_verified="true")
    assert "email" not in world.item("users", id="sub-of-uuid-1")


def test_rows_can_wait_for_the_activation(make_world):
    world = make_world(CREATE_ROW_ON="activation")
    world.sign_up("uuid-1", phone_number=PHONE)
    assert world.items("users") == []
    activate(world, "uuid-1", phone_number=PHONE)
    assert world.item("users", id="sub-of-uuid-1")["status"]["S"] == "ACTIVE"


def test_a_password_reset_is_no_new_user(world):
    request = {"userAttributes": world.attributes("uuid-1", phone_number=PHONE)}
    world.sign_up_handler(world.event("PostConfirmation_ConfirmForgotPassword", "uuid-1", request), None)
    assert world.items("users") == []


def test_the_row_of_a_federated_user_is_active_at_once(world):
    attributes = {"sub": "s", "cognito:user_status": "EXTERNAL_PROVIDER", "email": "ada@example.com"}
    event = world.event("PostConfirmation_ConfirmSignUp", "Google_1", {"userAttributes": attributes})
    world.sign_up_handler(event, None)
    assert world.item("users", id="s")["status"]["S"] == "ACTIVE"
