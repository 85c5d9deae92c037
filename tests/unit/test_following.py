"""Accounts and claims follow the pool: at each sign-in, and whenever `reconcile` meets a user."""

import pytest

from cognito_otp.accounts import ACTIVE, ADOPTED, PENDING
from cognito_otp.dynamodb import ContentionError, Table
from cognito_otp.following import Following
from cognito_otp.keyed_hash import KeyedHash
from cognito_otp.refusals import Refusal

PHONE, OTHER_PHONE = "+14155550100", "+14155550101"
EMAIL, OTHER_EMAIL = "ada@example.com", "ada@new.example.com"


def verified(**attributes: str) -> dict[str, str]:
    return attributes | {f"{kind}_verified": "true" for kind in attributes}


@pytest.fixture
def alias_world(make_world):
    return make_world(USERNAME_ATTRIBUTES="", ALIAS_ATTRIBUTES="email,phone_number", CHANNELS="sms,email")


@pytest.fixture
def identities(alias_world) -> Following:
    keyed_hash = KeyedHash(alias_world.clients["kms"], alias_world.environment["CODE_KEY_ID"])
    return Following(Table(alias_world.clients["dynamodb"], "identities"), keyed_hash)


@pytest.fixture
def follow(alias_world, identities):
    def follow(username: str, **attributes: str) -> str:
        account = identities.account(username, {})
        outcome = identities.follow(account, username, attributes, alias_world.clock())
        after = identities.account(username, {})
        # Whatever was done is done, unless somebody else's proven claim is in the way.
        assert outcome == "conflict" or identities.is_in_line(after, attributes)
        return outcome

    return follow


def claims(world) -> dict[str, dict]:
    return {item["pk"]["S"]: item for item in world.items("identities") if item["pk"]["S"].startswith("claim#")}


def sign_in(world, username: str, **attributes: str) -> None:
    session = world.session(username, **attributes)
    world.deliver()
    assert session.answer(world.code())
    world.clock.advance(30)


def refused(token: str):
    return pytest.raises(Refusal, match=f"^{token}$")


def test_a_changed_email_moves_its_claim_at_the_next_sign_in(alias_world):
    alias_world.sign_up("ada", phone_number=PHONE, email=EMAIL)
    sign_in(alias_world, "ada", phone_number=PHONE, email=EMAIL)
    sign_in(alias_world, "ada", **verified(phone_number=PHONE, email=OTHER_EMAIL))
    with refused("EMAIL_TAKEN"):
        alias_world.sign_up("bob", phone_number=OTHER_PHONE, email=OTHER_EMAIL.upper())
    alias_world.sign_up("bob", phone_number=OTHER_PHONE, email=EMAIL)
    assert len(claims(alias_world)) == 4


def test_a_returning_users_account_is_read_and_left_alone(alias_world):
    alias_world.sign_up("ada", phone_number=PHONE)
    sign_in(alias_world, "ada", phone_number=PHONE)
    before = alias_world.items("identities")
    sign_in(alias_world, "ada", **verified(phone_number=PHONE))
    assert alias_world.items("identities") == before


def test_a_user_of_before_is_adopted_at_the_first_sign_in(alias_world, identities):
    sign_in(alias_world, "Old", **verified(phone_number=PHONE), email=EMAIL)
    account = identities.account("old", {})
    assert (account.origin, account.state, account.username) == (ADOPTED, ACTIVE, "Old")
    assert set(account.claims) == {"phone_number", "email"}
    assert account.proven == {"phone_number"}
    with refused("PHONE_NUMBER_TAKEN"):
        alias_world.clients["cognito-idp"].admin_create_user(
            UserPoolId=alias_world.pool_id, Username="Old", MessageAction="SUPPRESS"
        )
        alias_world.sign_up("new", phone_number=PHONE)


def test_what_an_operator_verified_makes_a_pending_account_active(alias_world, follow, identities):
    alias_world.sign_up("ada", phone_number=PHONE, email=EMAIL)
    assert follow("ada", **verified(phone_number=PHONE), email=EMAIL) == "moved"
    account = identities.account("ada", {})
    assert (account.state, account.proven) == (ACTIVE, {"phone_number"})


def test_a_number_mended_before_the_first_code_moves_unproven(alias_world, follow, identities):
    alias_world.sign_up("ada", phone_number=PHONE)
    assert follow("ada", phone_number=OTHER_PHONE) == "moved"
    account = identities.account("ada", {})
    assert (account.state, account.proven) == (PENDING, frozenset())
    assert list(claims(alias_world)) == [identities.claim_key("phone_number", OTHER_PHONE)]


def test_a_removed_attribute_frees_its_claim(alias_world, follow):
    alias_world.sign_up("ada", phone_number=PHONE, email=EMAIL)
    assert follow("ada", **verified(phone_number=PHONE)) == "moved"
    alias_world.sign_up("bob", phone_number=OTHER_PHONE, email=EMAIL)


def test_a_verified_address_takes_over_a_claim_that_nobody_proved(alias_world, follow, identities):
    alias_world.sign_up("mallory", phone_number=OTHER_PHONE, email=EMAIL)
    sign_in(alias_world, "mallory", phone_number=OTHER_PHONE, email=EMAIL)
    assert follow("ada", **verified(phone_number=PHONE, email=EMAIL)) == "adopted"
    assert claims(alias_world)[identities.claim_key("email", EMAIL)]["holder"]["S"] == "account#ada"
    # The loser keeps its account; it is told of the conflict only should it claim to have verified the address too.
    assert follow("mallory", **verified(phone_number=OTHER_PHONE), email=EMAIL) == "unchanged"
    assert follow("mallory", **verified(phone_number=OTHER_PHONE, email=EMAIL)) == "conflict"
    assert claims(alias_world)[identities.claim_key("email", EMAIL)]["holder"]["S"] == "account#ada"


def test_two_users_of_before_with_one_verified_email_are_a_conflict_and_the_first_keeps_it(follow, identities):
    assert follow("one", **verified(phone_number=PHONE, email=EMAIL)) == "adopted"
    for _ in range(2):
        assert follow("two", **verified(phone_number=OTHER_PHONE, email=EMAIL)) == "conflict"
    assert identities.account("one", {}).claims.keys() == {"phone_number", "email"}
    assert identities.account("two", {}).claims.keys() == {"phone_number"}


def test_an_unverified_address_takes_nobodys_claim(follow, identities):
    follow("one", phone_number=PHONE, email=EMAIL)
    assert follow("two", phone_number=OTHER_PHONE, email=EMAIL) == "adopted"
    assert identities.account("two", {}).claims.keys() == {"phone_number"}
    assert follow("two", phone_number=OTHER_PHONE, email=EMAIL) == "unchanged"


def test_a_claim_that_counts_for_nobody_is_taken(alias_world, follow, identities):
    follow("one", **verified(phone_number=PHONE))
    alias_world.clients["dynamodb"].delete_item(TableName="identities", Key={"pk": {"S": "account#one"}})
    assert follow("two", phone_number=PHONE) == "adopted"
    assert identities.account("two", {}).claims.keys() == {"phone_number"}


def test_an_account_that_is_being_removed_is_left_to_that(alias_world, follow):
    alias_world.sign_up("ada", phone_number=PHONE)
    alias_world.clients["dynamodb"].update_item(
        TableName="identities",
        Key={"pk": {"S": "account#ada"}},
        UpdateExpression="SET st = :fenced",
        ExpressionAttributeValues={":fenced": {"S": "FENCED"}},
    )
    before = alias_world.items("identities")
    assert follow("ada", **verified(phone_number=PHONE)) == "unchanged"
    assert alias_world.items("identities") == before


def test_what_is_no_number_is_no_claim(follow, identities):
    assert follow("ada", phone_number="0190 call me", email=EMAIL) == "adopted"
    assert identities.account("ada", {}).claims.keys() == {"email"}


def test_an_activation_in_between_is_seen(alias_world, identities):
    """The account was read, then activated; what was read must not be written over."""
    alias_world.sign_up("ada", phone_number=PHONE)
    read = identities.account("ada", {})
    sign_in(alias_world, "ada", phone_number=PHONE)
    assert identities.follow(read, "ada", {"phone_number": PHONE, "email": EMAIL} | verified(phone_number=PHONE), 1)
    account = identities.account("ada", {})
    assert (account.state, account.proven) == (ACTIVE, {"phone_number"})


def test_who_never_finds_the_items_at_rest_says_so(alias_world, identities, monkeypatch):
    alias_world.sign_up("ada", phone_number=PHONE)
    read = identities.account("ada", {})
    sign_in(alias_world, "ada", phone_number=PHONE)
    monkeypatch.setattr(identities, "read", lambda key: read)
    with pytest.raises(ContentionError):
        identities.follow(read, "ada", {"phone_number": OTHER_PHONE}, 1)


def test_a_failing_row_does_not_keep_the_claims_from_following(alias_world, identities):
    alias_world.sign_up("ada", phone_number=PHONE)
    sign_in(alias_world, "ada", phone_number=PHONE)
    alias_world.clients["dynamodb"].delete_table(TableName="users")
    sign_in(alias_world, "ada", **verified(phone_number=OTHER_PHONE))
    assert identities.account("ada", {}).claims["phone_number"] == identities.claim_key("phone_number", OTHER_PHONE)


def test_a_failing_identities_table_does_not_keep_the_row_from_being_written(alias_world):
    alias_world.clients["dynamodb"].delete_table(TableName="identities")
    sign_in(alias_world, "ada", **verified(phone_number=PHONE))
    assert alias_world.item("users", id="sub-of-ada")["status"]["S"] == "ACTIVE"


def test_where_people_choose_names_a_name_like_an_address_is_nobody_elses_account(alias_world, identities):
    alias_world.sign_up("ada@example.com", phone_number=PHONE, email=EMAIL)
    sign_in(alias_world, "alice", **verified(phone_number=OTHER_PHONE, email=EMAIL))
    assert identities.account("alice", {}).origin == ADOPTED
    assert identities.account("ada@example.com", {}).state == PENDING


def test_whom_others_bring_in_with_a_number_of_no_country_is_brought_in_without_its_claim(alias_world, identities):
    alias_world.sign_up("invited", source="AdminCreateUser", phone_number="+8835100123456", email=EMAIL)
    assert identities.account("invited", {}).claims.keys() == {"email"}
    with refused("COUNTRY_NOT_ALLOWED"):
        alias_world.sign_up("ada", phone_number="+8835100123456")
