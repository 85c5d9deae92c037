"""Accounts that never answered a code: who may be removed, by whom, and what happens when it is cut short."""

import io
import json

import pytest
from botocore.exceptions import ClientError

from cognito_otp.aws import BudgetSpentError
from cognito_otp.dynamodb import Table
from cognito_otp.identities import Identities
from cognito_otp.jobs.reap import CodesOut, Reap
from cognito_otp.keyed_hash import KeyedHash
from cognito_otp.limbo import Limbo
from cognito_otp.refusals import Refusal
from cognito_otp.settings import Channels
from cognito_otp.user_pool import UserPool
from cognito_otp.users import RowShape, Users

PHONE, OTHER_PHONE = "+14155550100", "+14155550101"
EMAIL = "ada@example.com"
WEEK = 7 * 86400


def refused(token: str):
    return pytest.raises(Refusal, match=f"^{token}$")


def reap_of(world) -> Reap:
    keyed_hash = KeyedHash(world.clients["kms"], world.environment["CODE_KEY_ID"])
    auth_state = Table(world.clients["dynamodb"], "auth-state")
    channels = Channels.from_environment(world.environment)
    return Reap(
        Limbo(Table(world.clients["dynamodb"], "identities"), keyed_hash),
        Users(Table(world.clients["dynamodb"], "users", "id"), RowShape.from_settings(None)),
        CodesOut(auth_state, keyed_hash, channels, ttl=300),
        UserPool(world.clients["cognito-idp"], world.pool_id),
        abandon_after=WEEK,
        pause=0,
    )


def run(world) -> dict[str, int]:
    outcomes, after = reap_of(world).run(lambda: False)
    assert after is None
    return dict(outcomes)


def usernames(world) -> set[str]:
    users = world.clients["cognito-idp"].list_users(UserPoolId=world.pool_id)["Users"]
    return {user["Username"] for user in users}


@pytest.fixture
def alias_world(make_world):
    """A pool in which the owner of a number cannot sign in without the name that a stranger chose."""
    return make_world(
        USERNAME_ATTRIBUTES="",
        ALIAS_ATTRIBUTES="email,phone_number",
        CHANNELS="sms,email",
        MAINTENANCE_FUNCTION="maintenance",
        RECLAIM_AFTER_SECONDS="600",
    )


@pytest.fixture
def asked(alias_world, monkeypatch):
    """Give what `maintenance` was asked for."""
    asked = []

    def invoke(*, FunctionName, InvocationType, Payload):  # noqa: N803
        if FunctionName == "maintenance":
            assert InvocationType == "Event"
            asked.append(json.loads(Payload))
            return {"Payload": io.BytesIO()}
        return alias_world.queue.invoke(FunctionName=FunctionName, InvocationType=InvocationType, Payload=Payload)

    monkeypatch.setattr(alias_world.clients["lambda"], "invoke", invoke, raising=False)
    return asked


def sign_up(world, username: str, **attributes: str) -> None:
    world.sign_up(username, **attributes)
    # moto has no SignUp that PreSignUp confirms: an invited user is FORCE_CHANGE_PASSWORD there.
    world.clients["cognito-idp"].admin_set_user_password(
        UserPoolId=world.pool_id, Username=username, Password="Long-enough-1!", Permanent=True
    )


def sign_in(world, username: str, **attributes: str) -> bool:
    session = world.session(username, **attributes)
    world.deliver()
    return session.answer(world.code())


# Reclaiming


def test_the_owner_gets_a_strangers_stale_sign_up_out_of_the_way(alias_world, asked):
    sign_up(alias_world, "mallory", phone_number=PHONE, email=EMAIL)
    with refused("SIGN_UP_PENDING"):
        alias_world.sign_up("ada", phone_number=PHONE)
    assert asked == []
    alias_world.clock.advance(600)
    with refused("SIGN_UP_RETRY retry_after=2"):
        alias_world.sign_up("ada", phone_number=PHONE)
    (request,) = asked
    assert request["job"] == "reclaim"
    assert request["user_pool_id"] == alias_world.pool_id
    assert reap_of(alias_world).reclaim(request["account"], request["attempt"]) == "removed"
    assert usernames(alias_world) == set()
    assert alias_world.items("identities") == []
    sign_up(alias_world, "ada", phone_number=PHONE)
    assert sign_in(alias_world, "ada", phone_number=PHONE)
    # Asked twice, and late: the new account is another attempt.
    assert reap_of(alias_world).reclaim(request["account"], request["attempt"]) is None
    assert usernames(alias_world) == {"ada"}


def test_a_stale_username_is_free_again_too(alias_world, asked):
    sign_up(alias_world, "ada", phone_number=PHONE)
    with refused("USERNAME_TAKEN"):
        alias_world.sign_up("Ada", phone_number=OTHER_PHONE)
    alias_world.clock.advance(600)
    with refused("SIGN_UP_RETRY retry_after=2"):
        alias_world.sign_up("Ada", phone_number=OTHER_PHONE)
    assert len(asked) == 1


def test_nobody_is_removed_for_a_sign_up_that_another_account_refuses_anyway(alias_world, asked):
    sign_up(alias_world, "mallory", phone_number=PHONE)
    sign_up(alias_world, "eve", phone_number=OTHER_PHONE)
    assert sign_in(alias_world, "eve", phone_number=OTHER_PHONE)
    alias_world.clock.advance(600)
    with refused("USERNAME_TAKEN"):
        alias_world.sign_up("eve", phone_number=PHONE)
    assert asked == []


def test_where_the_number_is_the_username_its_owner_is_told_to_sign_in(world):
    world.sign_up("uuid-1", phone_number=PHONE)
    world.clock.advance(WEEK)
    with refused("SIGN_UP_PENDING"):
        world.sign_up("uuid-2", phone_number=PHONE)


def test_an_unproven_number_of_an_active_account_keeps_its_owner_from_nothing(alias_world):
    """Mallory proves her e-mail... and names a number that is not hers."""
    world = alias_world
    world.environment["CHANNELS"] = "email,sms"
    world.assemble()
    sign_up(world, "mallory", phone_number=PHONE, email="mallory@example.com")
    session = world.session("mallory", phone_number=PHONE, email="mallory@example.com")
    world.deliver()
    assert session.answer(world.code_by_email())
    world.environment["CHANNELS"] = "sms,email"
    world.assemble()
    sign_up(world, "ada", phone_number=PHONE)
    sign_up(world, "ann", phone_number=PHONE)  # whoever proves it first has it
    claim = next(i for i in world.items("identities") if i["pk"]["S"].startswith("claim#phone"))
    assert claim["holder"]["S"] == "account#mallory"
    assert sign_in(world, "ada", phone_number=PHONE)
    claim = next(i for i in world.items("identities") if i["pk"]["S"].startswith("claim#phone"))
    assert (claim["holder"]["S"], claim["proven"]["BOOL"]) == ("account#ada", True)
    world.clock.advance(300)
    assert not sign_in(world, "ann", phone_number=PHONE)
    with refused("PHONE_NUMBER_TAKEN"):
        world.sign_up("bob", phone_number=PHONE)


def test_an_invited_users_unverified_number_is_not_up_for_grabs(alias_world):
    alias_world.sign_up("invited", source="AdminCreateUser", phone_number=PHONE)
    with refused("PHONE_NUMBER_TAKEN"):
        alias_world.sign_up("ada", phone_number=PHONE)


# Who may be removed


def abandoned(world, username: str = "uuid-1", **attributes: str) -> None:
    sign_up(world, username, **{"phone_number": PHONE, **attributes})
    world.clock.advance(WEEK + 1)


def abandoned_with_a_row(world) -> str:
    abandoned(world, email=EMAIL)
    sub = world.user("uuid-1")["sub"]
    row = {"id": {"S": sub}, "status": {"S": "PENDING"}, "theme": {"S": "dark"}}
    world.clients["dynamodb"].put_item(TableName="users", Item=row)
    return sub


def test_an_abandoned_account_is_removed_with_its_claims_and_its_row_is_told(world):
    sub = abandoned_with_a_row(world)
    assert run(world) == {"removed": 1}
    row = world.item("users", id=sub)
    assert (row["status"]["S"], row["theme"]["S"]) == ("DELETED", "dark")
    assert usernames(world) == set()
    assert world.items("identities") == []
    assert run(world) == {}


def test_an_account_is_given_its_days(world):
    sign_up(world, "uuid-1", phone_number=PHONE)
    world.clock.advance(WEEK)
    assert run(world) == {}
    world.clock.advance(1)
    assert run(world) == {"removed": 1}


def test_whoever_signed_in_once_is_never_looked_at(world):
    sign_up(world, "uuid-1", phone_number=PHONE)
    assert sign_in(world, "uuid-1", phone_number=PHONE)
    world.clock.advance(WEEK + 1)
    assert run(world) == {}
    assert usernames(world) == {"uuid-1"}


@pytest.mark.parametrize("source", ["AdminCreateUser", "ExternalProvider"])
def test_invited_and_federated_users_are_never_touched(world, source):
    world.sign_up("uuid-1", source=source, phone_number=PHONE)
    world.clock.advance(WEEK + 1)
    assert run(world) == {}
    assert reap_of(world).reclaim("account#uuid-1", world.items("identities")[0]["att"]["S"]) is not None
    assert usernames(world) == {"uuid-1"}


def test_migrated_users_are_never_touched(world):
    event = world.event("PreSignUp_AdminCreateUser", "uuid-1", {"userAttributes": {"phone_number": PHONE}})
    event["request"]["clientMetadata"] = {"origin": "migrated"}
    world.sign_up_handler(event, None)
    item = world.item("identities", pk="account#uuid-1")
    assert (item["origin"]["S"], item["st"]["S"]) == ("migrated", "ACTIVE")


def test_a_persons_own_sign_up_cannot_call_itself_migrated(world):
    request = {"userAttributes": {"phone_number": PHONE}, "clientMetadata": {"origin": "migrated"}}
    world.sign_up_handler(world.event("PreSignUp_SignUp", "uuid-1", request), None)
    assert world.item("identities", pk="account#uuid-1")["origin"]["S"] == "sign_up"


def test_an_adopted_user_is_never_touched(world):
    world.clients["cognito-idp"].admin_create_user(
        UserPoolId=world.pool_id, Username="old", MessageAction="SUPPRESS", UserAttributes=[]
    )
    assert sign_in(world, "old", phone_number=PHONE, phone_number_verified="true")
    world.clock.advance(WEEK + 1)
    assert run(world) == {}


def test_who_waits_for_a_code_is_given_its_life(world):
    abandoned(world)
    session = world.session("uuid-1", phone_number=PHONE)
    world.deliver()
    assert run(world) == {"code_alive": 1}
    assert session.answer(world.code())
    assert usernames(world) == {"uuid-1"}


def test_a_code_that_died_protects_nobody(world):
    abandoned(world)
    world.session("uuid-1", phone_number=PHONE)
    world.clock.advance(300)
    assert run(world) == {"removed": 1}


@pytest.mark.parametrize("flag", ["phone_number_verified", "email_verified"])
def test_what_an_operator_verified_stays(world, flag):
    abandoned(world, email=EMAIL)
    world.clients["cognito-idp"].admin_update_user_attributes(
        UserPoolId=world.pool_id, Username="uuid-1", UserAttributes=[{"Name": flag, "Value": "true"}]
    )
    assert run(world) == {"verified": 1}
    assert world.item("identities", pk="account#uuid-1")["st"]["S"] == "PENDING"


def test_a_disabled_user_stays(world):
    abandoned(world)
    world.clients["cognito-idp"].admin_disable_user(UserPoolId=world.pool_id, Username="uuid-1")
    assert run(world) == {"disabled": 1}


def test_whom_an_administrator_gave_a_temporary_password_stays(world):
    abandoned(world)
    world.clients["cognito-idp"].admin_set_user_password(
        UserPoolId=world.pool_id, Username="uuid-1", Password="Long-enough-1!", Permanent=False
    )
    assert run(world) == {"confirmed": 1}


def test_with_cognitos_own_codes_a_confirmed_user_stays_and_an_unconfirmed_one_goes(make_world):
    world = make_world(CONFIRMATION="code")
    abandoned(world)  # CONFIRMED, and not by PreSignUp: an administrator did it
    assert run(world) == {"confirmed": 1}
    cognito = world.clients["cognito-idp"]
    client = cognito.create_user_pool_client(UserPoolId=world.pool_id, ClientName="app")["UserPoolClient"]["ClientId"]
    world.sign_up("uuid-2", phone_number=OTHER_PHONE, exists=False)
    cognito.sign_up(ClientId=client, Username="uuid-2", Password="Long-enough-1!")
    world.clock.advance(WEEK + 1)
    assert run(world) == {"confirmed": 1, "removed": 1}
    assert usernames(world) == {"uuid-1"}


def test_a_claim_without_a_user_is_removed_too(world):
    world.sign_up("uuid-1", phone_number=PHONE, exists=False)
    world.clock.advance(WEEK + 1)
    assert run(world) == {"removed": 1}
    assert world.items("identities") == []


def test_another_user_under_the_same_alias_is_not_taken_for_the_account(world, monkeypatch):
    """AdminGetUser finds by alias: the account `bob` is gone, and somebody's preferred_username is `bob` by now."""
    world.sign_up("bob", phone_number=PHONE, exists=False)
    sign_up(world, "other", phone_number=OTHER_PHONE)
    get_user = world.clients["cognito-idp"].admin_get_user
    monkeypatch.setattr(
        world.clients["cognito-idp"],
        "admin_get_user",
        lambda UserPoolId, Username: get_user(UserPoolId=UserPoolId, Username="other"),  # noqa: N803
        raising=False,
    )
    assert not UserPool(world.clients["cognito-idp"], world.pool_id).has("bob")
    reap = reap_of(world)
    world.clock.advance(WEEK + 1)
    assert reap.remove(reap.limbo.read("account#bob")) == "removed"
    assert usernames(world) == {"other"}


def test_a_user_of_before_is_not_removed_for_a_sign_up_by_the_same_name(alias_world, asked):
    """A stranger signs up as `old`, whom the module does not know yet: the claim succeeds, and Cognito refuses."""
    world = alias_world
    world.clients["cognito-idp"].admin_create_user(
        UserPoolId=world.pool_id,
        Username="old",
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": "phone_number", "Value": OTHER_PHONE}],
    )
    world.clients["cognito-idp"].admin_set_user_password(
        UserPoolId=world.pool_id, Username="old", Password="Long-enough-1!", Permanent=True
    )
    world.clock.advance(WEEK)
    world.sign_up("old", phone_number=PHONE, exists=False)
    world.clock.advance(600)
    with refused("SIGN_UP_RETRY retry_after=2"):
        world.sign_up("Old", phone_number=PHONE, email=EMAIL, exists=False)
    (request,) = asked
    assert reap_of(world).reclaim(request["account"], request["attempt"]) == "anothers"
    world.clock.advance(WEEK + 1)
    assert run(world) == {"anothers": 1}
    assert usernames(world) == {"old"}


# Cut short


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_removal_that_died_at_any_call_is_finished_by_a_later_run(world, moment):
    for _ in range(2):  # the first derives the keys too
        abandoned_with_a_row(world)
        reap = reap_of(world)
        world.counted()
        reap.run(lambda: False)
        calls = len(world.counted())
    for number in range(calls):
        abandoned_with_a_row(world)
        reap = reap_of(world)
        with world.calls.dying(number, moment):
            reap.run(lambda: False)
        world.counted()
        # Until the lease is over nobody else takes it; then the next run does.
        reap.run(lambda: False)
        world.clock.advance(60)
        reap.run(lambda: False)
        assert usernames(world) == set(), number
        assert world.items("identities") == [], number


def test_what_fails_is_left_for_the_next_run_and_the_others_go_on(world, monkeypatch):
    for number in range(3):
        sign_up(world, f"uuid-{number}", phone_number=f"+1415555010{number}")
    world.clock.advance(WEEK + 1)
    delete = world.clients["cognito-idp"].admin_delete_user
    failures = iter([True])

    def flaky(**parameters):
        if next(failures, False):
            raise ClientError({"Error": {"Code": "TooManyRequestsException"}}, "AdminDeleteUser")
        return delete(**parameters)

    monkeypatch.setattr(world.clients["cognito-idp"], "admin_delete_user", flaky, raising=False)
    assert run(world) == {"failed": 1, "removed": 2}
    world.clock.advance(60)
    assert run(world) == {"removed": 1}


def test_a_run_whose_time_is_up_goes_on_where_it_stopped(world):
    for number in range(3):
        sign_up(world, f"uuid-{number}", phone_number=f"+1415555010{number}")
    world.clock.advance(WEEK + 1)
    reap, after, runs = reap_of(world), None, 0
    while True:
        _outcomes, after = reap.run(lambda: True, after)
        runs += 1
        if not usernames(world):
            break
        assert runs < 5
    assert runs == 3


def test_an_owner_who_meets_a_removal_that_died_asks_for_it_again(alias_world, asked):
    sign_up(alias_world, "mallory", phone_number=PHONE)
    alias_world.clock.advance(600)
    limbo = reap_of(alias_world).limbo
    limbo.fence(limbo.read("account#mallory"), alias_world.clock())
    with refused("SIGN_UP_RETRY retry_after=2"):
        alias_world.sign_up("ada", phone_number=PHONE)
    assert asked == []
    alias_world.clock.advance(60)
    with refused("SIGN_UP_RETRY retry_after=2"):
        alias_world.sign_up("ada", phone_number=PHONE)
    assert len(asked) == 1


@pytest.mark.parametrize("meanwhile", ["verified", "disabled"])
def test_a_fence_that_a_dead_run_left_is_taken_down_when_the_account_is_to_stay(world, meanwhile):
    abandoned(world)
    limbo = reap_of(world).limbo
    limbo.fence(limbo.read("account#uuid-1"), world.clock())
    cognito = world.clients["cognito-idp"]
    if meanwhile == "verified":
        flag = {"Name": "phone_number_verified", "Value": "true"}
        cognito.admin_update_user_attributes(UserPoolId=world.pool_id, Username="uuid-1", UserAttributes=[flag])
    else:
        cognito.admin_disable_user(UserPoolId=world.pool_id, Username="uuid-1")
    assert run(world) == {"changed": 1}  # the other run may still be at it
    world.clock.advance(60)
    assert run(world) == {meanwhile: 1}
    assert limbo.read("account#uuid-1").state == "PENDING"


def test_a_user_whose_deletion_is_throttled_can_sign_in_until_the_next_run(world, monkeypatch):
    abandoned(world)

    def throttled(**_):
        raise ClientError({"Error": {"Code": "TooManyRequestsException"}}, "AdminDeleteUser")

    with monkeypatch.context() as patched:
        patched.setattr(world.clients["cognito-idp"], "admin_delete_user", throttled, raising=False)
        assert run(world) == {"failed": 1}
    assert sign_in(world, "uuid-1", phone_number=PHONE)


def test_a_user_who_is_filed_under_an_address_is_found_by_it(make_world, monkeypatch):
    """PreSignUp is said to have seen the typed address as the username at times; the pool's is another."""
    world = make_world(USERNAME_ATTRIBUTES="email", CHANNELS="email")
    world.sign_up("ada@example.com", email=EMAIL, exists=False)
    cognito = world.clients["cognito-idp"]
    attributes = [{"Name": "email", "Value": EMAIL}]
    cognito.admin_create_user(
        UserPoolId=world.pool_id, Username="uuid-1", MessageAction="SUPPRESS", UserAttributes=attributes
    )
    by_alias = cognito.admin_get_user
    monkeypatch.setattr(
        cognito,
        "admin_get_user",
        lambda UserPoolId, Username: by_alias(UserPoolId=UserPoolId, Username="uuid-1"),  # noqa: N803
        raising=False,
    )
    assert UserPool(cognito, world.pool_id).has(EMAIL)
    assert not UserPool(cognito, world.pool_id).has("somebody-else")


def test_a_fence_that_was_taken_over_removes_nothing(world):
    abandoned(world)
    limbo = reap_of(world).limbo
    account = limbo.read("account#uuid-1")
    first = limbo.fence(account, world.clock())
    assert limbo.fence(account, world.clock()) is None
    world.clock.advance(60)
    second = limbo.fence(account, world.clock())
    limbo.unfence(account, first)
    assert not limbo.remove(account, first)
    limbo.unfence(account, second)
    assert limbo.read("account#uuid-1").state == "PENDING"


# Cognito's own code


def test_a_sign_up_by_cognitos_code_is_not_confirmed_here(make_world):
    world = make_world(CONFIRMATION="code")
    assert world.sign_up("uuid-1", phone_number=PHONE) == {"autoConfirmUser": False}


def confirmed(world, username: str, **attributes: str) -> None:
    request = {"userAttributes": world.attributes(username, **attributes)}
    world.sign_up_handler(world.event("PostConfirmation_ConfirmSignUp", username, request), None)


def test_cognitos_code_activates_the_account_and_the_row(make_world):
    world = make_world(CONFIRMATION="code", CREATE_ROW_ON="activation")
    world.sign_up("uuid-1", phone_number=PHONE, email=EMAIL, source="SignUp", exists=False)
    confirmed(world, "uuid-1", phone_number=PHONE, phone_number_verified="true", email=EMAIL)
    item = world.item("identities", pk="account#uuid-1")
    assert (item["st"]["S"], list(item["proven"]["M"])) == ("ACTIVE", ["phone_number"])
    assert "unsynced" not in item
    assert world.item("users", id="sub-of-uuid-1")["status"]["S"] == "ACTIVE"
    assert "admin_update_user_attributes" not in world.counted()
    with refused("SIGN_UP_RETRY retry_after=20"):  # the user is not there in this test, so the sign-up is in flight
        world.sign_up("uuid-2", phone_number=PHONE)


def test_a_confirmation_without_a_code_proves_nothing(make_world):
    """AdminConfirmSignUp: the account still waits for its first code, and gets it."""
    world = make_world(CONFIRMATION="code")
    sign_up(world, "uuid-1", phone_number=PHONE)
    assert world.item("identities", pk="account#uuid-1")["st"]["S"] == "PENDING"
    assert world.item("users", id="sub-of-uuid-1")["status"]["S"] == "PENDING"
    assert sign_in(world, "uuid-1", phone_number=PHONE)
    assert world.item("identities", pk="account#uuid-1")["st"]["S"] == "ACTIVE"


def test_a_confirmation_whose_account_could_not_be_written_is_healed_by_the_first_sign_in(make_world, monkeypatch):
    world = make_world(CONFIRMATION="code")
    sign_up(world, "uuid-1", phone_number=PHONE)

    def spent(*_: object) -> bool:
        raise BudgetSpentError

    with monkeypatch.context() as patched:
        patched.setattr(Identities, "activate", spent)
        confirmed(world, "uuid-1", phone_number=PHONE, phone_number_verified="true")
    assert world.item("identities", pk="account#uuid-1")["st"]["S"] == "PENDING"
    assert sign_in(world, "uuid-1", phone_number=PHONE, phone_number_verified="true")
    item = world.item("identities", pk="account#uuid-1")
    assert item["st"]["S"] == "ACTIVE"
    assert item["unsynced"] == item["claims"]["M"]["phone_number"]  # the `activated` hook is told at the next one
    world.clock.advance(30)
    assert sign_in(world, "uuid-1", phone_number=PHONE, phone_number_verified="true")
    assert "unsynced" not in world.item("identities", pk="account#uuid-1")
