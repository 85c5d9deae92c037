"""`reconcile`: what it heals, what it leaves, where it goes on, and what it costs."""

import json
import time
from typing import Any

import pytest
from moto import mock_aws

from cognito_otp import user_list
from cognito_otp.accounts import FEDERATED, SIGN_UP, account_key
from cognito_otp.dynamodb import Table
from cognito_otp.functions import maintenance
from cognito_otp.identities import Activation, Claimant, Identities
from cognito_otp.jobs.checkpoint import LEASE_SECONDS
from cognito_otp.keyed_hash import KeyedHash
from tests.unit.conftest import ENVIRONMENT, Calls, Clock, Died, OwnClient, shared_clients
from tests.unit.listed_pool import PAGE, ListedPool, error

OLD = 3600
PHONE, OTHER_PHONE = "+14155550100", "+14155550101"


class Context:
    """What Lambda tells a function of its invocation."""

    def __init__(self, seconds: float = 900) -> None:
        self._seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self._seconds * 1000)


class Estate:
    """A pool, its tables on moto, and the function."""

    def __init__(self, clock: Clock, **overrides: str) -> None:
        self.clock = clock
        self.calls = Calls()
        self.context = Context()
        self.pool = ListedPool()
        clients = {name: OwnClient(shared_clients()[name], self.calls) for name in ("dynamodb", "kms")}
        self.clients: dict[str, Any] = {**clients, "cognito-idp": OwnClient(self.pool, self.calls)}
        for table, key in (("users", "id"), ("identities", "pk"), ("auth-state", "pk")):
            clients["dynamodb"].create_table(
                TableName=table,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
                KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
            )
        key_id = clients["kms"].create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
        self.environment = {**ENVIRONMENT, "CODE_KEY_ID": key_id, **overrides}
        self.identities = Identities(Table(clients["dynamodb"], "identities"), KeyedHash(clients["kms"], key_id))
        self.start()

    def start(self) -> None:
        """Start a new environment."""
        self.handler = maintenance.assemble(self.environment, self.clients)

    def reconcile(self, **event: Any) -> dict[str, Any]:
        event = {"job": "reconcile", "user_pool_id": "pool", **event}
        return self.handler(json.loads(json.dumps(event)), self.context)

    def recheck(self, username: str) -> str:
        event = {"job": "recheck", "user_pool_id": "pool", "sub": f"sub-of-{username}"}
        return str(self.handler(event, self.context)["outcome"])

    def drift(self, **event: Any) -> dict[str, int]:
        """Walk once, to the end, and return what was found."""
        report = self.reconcile(restart=True, **event)
        assert report["finished"]
        found: dict[str, int] = report["drift"]
        return found

    # How people come

    def member(self, username: str, **attributes: str) -> None:
        """Somebody of an hour ago, with everything in line."""
        attributes.setdefault("phone_number", f"+1415555{len(self.pool.users) + 200:04d}")
        self.signed_up(username, origin=FEDERATED, phone_number_verified="true", **attributes)
        self.row_of(username)
        self.clock.advance(OLD)

    def signed_up(self, username: str, *, origin: str = SIGN_UP, **attributes: str) -> None:
        """A sign-up with its claims and its user, without a row."""
        claimant = Claimant(username, attributes, "client", origin)
        self.identities.claim(claimant, now=self.clock(), user_exists=lambda name: True)
        self.pool.add(username, **attributes)

    def row_of(self, username: str) -> None:
        user = self.pool.users[username]["attributes"]
        self.handler.tables.users.heal(user["sub"], username, user, status="ACTIVE", now=self.clock())

    # What a test looks at, and breaks

    def row(self, username: str) -> dict[str, str] | None:
        item = self.get("users", id=f"sub-of-{username}")
        return item and {name: value["S"] for name, value in item.items()}

    def account(self, username: str) -> dict[str, Any] | None:
        return self.get("identities", pk=account_key(username))

    def claims(self) -> dict[str, str]:
        """Return every claim's holder, by key."""
        items = self.clients["dynamodb"].scan(TableName="identities")["Items"]
        return {item["pk"]["S"]: item["holder"]["S"] for item in items if item["pk"]["S"].startswith("claim#")}

    def get(self, table: str, **key: str) -> dict[str, Any] | None:
        ((name, value),) = key.items()
        return self.clients["dynamodb"].get_item(TableName=table, Key={name: {"S": value}}).get("Item")

    def drop(self, table: str, **key: str) -> None:
        ((name, value),) = key.items()
        self.clients["dynamodb"].delete_item(TableName=table, Key={name: {"S": value}})

    def forget(self, username: str) -> None:
        """Take an account and its claims away: the module does not know the user."""
        key = account_key(username)
        for claim, holder in self.claims().items():
            if holder == key:
                self.drop("identities", pk=claim)
        self.drop("identities", pk=key)

    def set_row(self, username: str, /, **fields: str) -> None:
        self.clients["dynamodb"].update_item(
            TableName="users",
            Key={"id": {"S": f"sub-of-{username}"}},
            UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in fields),
            ExpressionAttributeNames={f"#{name}": name for name in fields},
            ExpressionAttributeValues={f":{name}": {"S": value} for name, value in fields.items()},
        )

    def tables(self) -> dict[str, Any]:
        """Return the identities and the rows, without the walks' marks."""
        left_out = {"walk", "sub"}
        return {
            table: sorted(
                json.dumps({name: value for name, value in item.items() if name not in left_out}, sort_keys=True)
                for item in self.clients["dynamodb"].scan(TableName=table)["Items"]
            )
            for table in ("identities", "users")
        }


@pytest.fixture
def make_estate(simulated_clock: Clock):
    with mock_aws():
        yield lambda **overrides: Estate(simulated_clock, **overrides)


@pytest.fixture
def estate(make_estate) -> Estate:
    return make_estate()


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Do not wait; note for how long it would have been."""
    pauses: list[float] = []
    monkeypatch.setattr(user_list.time, "sleep", pauses.append)
    return pauses


# In line


def test_a_pool_in_line_is_left_as_it_is(estate):
    for name in "abcdefg":
        estate.member(name)
    before = estate.tables()
    report = estate.reconcile()
    assert report == {
        "job": "reconcile",
        "outcome": "finished",
        "finished": True,
        "dry_run": False,
        "started_at": estate.clock(),
        "phase": "rows",
        "users": 7,
        "accounts": 14,  # each with a claim
        "rows": 7,
        "drift": {},
    }
    assert estate.tables() == before
    assert estate.account("a")["walk"]["N"] == str(estate.clock())
    assert estate.account("a")["sub"]["S"] == "sub-of-a"


def test_an_empty_pool_is_walked_through(estate):
    assert estate.reconcile()["finished"]


# From the pool to the tables


@pytest.mark.parametrize(
    ("fields", "kinds"),
    [
        ({"phone_number": "+14155559999"}, {"row_fields": 1}),
        ({"status": "PENDING"}, {"row_status": 1}),
        ({"status": "DISABLED", "username": "somebody"}, {"row_fields": 1, "row_status": 1}),
    ],
)
def test_a_wrong_row_is_put_right_and_what_is_the_applications_stays(estate, fields, kinds):
    estate.member("ada")
    estate.set_row("ada", nickname="countess", **fields)
    assert estate.drift() == kinds
    row = estate.row("ada")
    assert (row["status"], row["username"], row["phone_number"]) == ("ACTIVE", "ada", "+14155550200")
    assert row["nickname"] == "countess"
    assert estate.drift() == {}


def test_a_missing_row_is_written(estate):
    estate.member("ada")
    estate.drop("users", id="sub-of-ada")
    assert estate.drift() == {"row_missing": 1}
    assert estate.row("ada")["status"] == "ACTIVE"


def test_a_user_that_the_module_does_not_know_is_adopted(estate):
    estate.pool.add("ada", phone_number=PHONE, phone_number_verified="true", email="ada@example.com")
    assert estate.drift() == {"account_missing": 1, "row_missing": 1}
    account = estate.account("ada")
    assert (account["origin"]["S"], account["st"]["S"]) == ("adopted", "ACTIVE")
    assert account["proven"]["M"].keys() == {"phone_number"}
    assert set(estate.claims().values()) == {"account#ada"}
    assert len(estate.claims()) == 2
    assert estate.row("ada")["email"] == "ada@example.com"
    assert estate.drift() == {}


def test_an_adopted_user_who_is_not_confirmed_waits(estate):
    estate.pool.add("ada", status="UNCONFIRMED", phone_number=PHONE)
    estate.drift()
    assert estate.row("ada")["status"] == "PENDING"
    assert estate.drift() == {}


@pytest.mark.parametrize("create_row_on", ["sign_up", "activation"])
def test_an_account_that_waits_for_its_first_code_goes_on_waiting(make_estate, create_row_on):
    estate = make_estate(CREATE_ROW_ON=create_row_on)
    estate.signed_up("ada", phone_number=PHONE)
    at_sign_up = create_row_on == "sign_up"
    assert estate.drift() == ({"row_missing": 1} if at_sign_up else {})
    assert estate.account("ada")["st"]["S"] == "PENDING"
    assert (estate.row("ada") or {}).get("status") == ("PENDING" if at_sign_up else None)


def test_disabled_users_have_disabled_rows_until_they_are_enabled(estate):
    estate.member("ada")
    estate.pool.users["ada"]["enabled"] = False
    assert estate.drift() == {"row_status": 1}
    assert estate.row("ada")["status"] == "DISABLED"
    assert estate.drift() == {}
    estate.pool.users["ada"]["enabled"] = True
    assert estate.drift() == {"row_status": 1}
    assert estate.row("ada")["status"] == "ACTIVE"


def test_a_changed_number_moves_its_claim(estate):
    estate.member("ada", phone_number=PHONE)
    estate.pool.users["ada"]["attributes"]["phone_number"] = OTHER_PHONE
    assert estate.drift() == {"claims": 1, "row_fields": 1}
    assert list(estate.claims()) == [estate.identities.claim_key("phone_number", OTHER_PHONE)]
    assert estate.row("ada")["phone_number"] == OTHER_PHONE
    assert estate.drift() == {}


def test_what_an_administrator_verified_is_proven(estate):
    estate.member("ada", email="ada@example.com")
    estate.pool.users["ada"]["attributes"]["email_verified"] = "true"
    assert estate.drift() == {"claims": 1}
    assert estate.account("ada")["proven"]["M"].keys() == {"email", "phone_number"}


def test_two_who_have_verified_the_same_address_are_reported_each_time_and_left(estate, logged):
    for name in ("ada", "bob"):
        estate.pool.add(name, phone_number=PHONE, phone_number_verified="true")
    assert estate.drift() == {"account_missing": 1, "conflict": 1, "row_missing": 2}
    assert list(estate.claims().values()) == ["account#ada"]
    assert estate.drift() == {"conflict": 1}
    assert "sub-of-bob" in logged()
    assert PHONE not in logged()


def test_the_row_of_a_user_who_is_back_is_reported_and_stays_deleted(estate):
    """The application may have acted on DELETED: nobody but a person can say what that is worth now."""
    estate.member("ada")
    estate.set_row("ada", status="DELETED")
    assert estate.drift() == {"row_status": 1}
    assert estate.row("ada")["status"] == "DELETED"


def test_a_proof_that_was_not_announced_is_announced(estate):
    estate.signed_up("ada", phone_number=PHONE)
    account = estate.identities.account("ada", {})
    claim = account.claims["phone_number"]
    assert estate.identities.activate(Activation(account.key, account.attempt, "phone_number", claim), estate.clock())
    estate.row_of("ada")
    assert estate.drift() == {"untold": 1}
    assert estate.pool.told == [("ada", {"phone_number": PHONE, "phone_number_verified": "true"})]
    assert estate.drift() == {}


def test_a_proof_of_an_address_that_has_changed_since_is_announced_to_nobody(estate):
    estate.signed_up("ada", phone_number=PHONE)
    account = estate.identities.account("ada", {})
    claim = account.claims["phone_number"]
    assert estate.identities.activate(Activation(account.key, account.attempt, "phone_number", claim), estate.clock())
    estate.row_of("ada")
    estate.pool.users["ada"]["attributes"]["phone_number"] = OTHER_PHONE
    assert estate.drift() == {"claims": 1, "row_fields": 1}
    assert estate.pool.told == []
    assert estate.drift() == {}


def test_a_throttled_announcement_is_left_to_the_next_walk(estate, monkeypatch):
    estate.signed_up("ada", phone_number=PHONE)
    account = estate.identities.account("ada", {})
    claim = account.claims["phone_number"]
    assert estate.identities.activate(Activation(account.key, account.attempt, "phone_number", claim), estate.clock())
    estate.row_of("ada")

    def throttled(**request: Any) -> Any:
        raise error("TooManyRequestsException", "AdminUpdateUserAttributes")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(estate.pool, "admin_update_user_attributes", throttled)
        assert estate.drift() == {"untold": 1}
    assert estate.drift() == {"untold": 1}
    assert estate.drift() == {}


def test_a_checkpoint_of_another_version_is_understood(estate):
    estate.member("ada")
    estate.reconcile(seconds=0)
    item = estate.get("auth-state", pk="job#reconcile")
    item["walk"]["M"]["unheard_of"] = {"S": "x"}
    estate.clients["dynamodb"].put_item(TableName="auth-state", Item=item)
    assert go_on(estate)["users"] == 1


# From the tables to the pool


def test_what_a_deleted_user_leaves_is_removed(estate):
    estate.member("ada")
    estate.member("bob")
    del estate.pool.users["ada"]
    assert estate.drift() == {"account_orphaned": 1, "row_orphaned": 1}
    assert estate.account("ada") is None
    assert list(estate.claims().values()) == ["account#bob"]
    assert estate.row("ada")["status"] == "DELETED"
    assert estate.row("bob")["status"] == "ACTIVE"
    assert estate.drift() == {}


def test_one_who_was_deleted_before_anything_was_walked_is_found_too(estate):
    estate.member("ada")
    estate.drop("users", id="sub-of-ada")
    estate.pool.add("gone-without-account")
    estate.row_of("gone-without-account")
    estate.pool.users.clear()
    assert estate.drift() == {"account_orphaned": 1, "row_orphaned": 1}
    assert estate.account("ada") is None
    assert estate.row("gone-without-account")["status"] == "DELETED"


def test_the_row_of_a_name_that_was_taken_again_is_the_old_users(estate):
    estate.member("ada")
    estate.drift()
    estate.forget("ada")
    estate.pool.add("ada", sub="another-sub", phone_number=OTHER_PHONE, phone_number_verified="true")
    assert estate.drift() == {"account_missing": 1, "row_missing": 1, "row_orphaned": 1}
    assert estate.row("ada")["status"] == "DELETED"
    assert estate.get("users", id="another-sub")["status"]["S"] == "ACTIVE"
    assert estate.drift() == {}


def test_a_user_whom_the_list_does_not_show_yet_stays(estate):
    """ListUsers lags behind: of a young account it says nothing."""
    estate.signed_up("ada", origin=FEDERATED, phone_number=PHONE)
    estate.row_of("ada")
    estate.pool.hidden.add("sub-of-ada")
    assert estate.drift() == {}
    assert estate.account("ada")
    assert estate.row("ada")["status"] == "ACTIVE"


def test_a_user_whom_only_the_pages_left_out_stays(estate, monkeypatch):
    estate.member("ada")
    shown = estate.pool.list_users

    def without_pages(**request: Any) -> dict[str, Any]:
        return shown(**request) if "Filter" in request else {"Users": []}

    monkeypatch.setattr(estate.pool, "list_users", without_pages)
    assert estate.drift() == {}
    assert estate.account("ada")


@pytest.mark.parametrize("username", ['a"da', "a\\da", "Ada", "ada@example.com"])
def test_a_user_is_asked_for_by_every_name_it_may_have(make_estate, monkeypatch, username):
    """As PreSignUp saw it, as the pool folds it, and as the attribute that it may have been."""
    estate = make_estate(USERNAME_ATTRIBUTES="email" if "@" in username else "")
    estate.member(username, email="ada@example.com")
    user = estate.pool.users.pop(username)
    estate.pool.users[username.casefold() if "@" not in username else "7c1d2e3f"] = user
    shown = estate.pool.list_users
    no_pages = {"Users": []}
    monkeypatch.setattr(estate.pool, "list_users", lambda **asked: shown(**asked) if "Filter" in asked else no_pages)
    estate.drift()
    assert estate.account(username)


def test_a_sign_up_that_cognito_refused_after_its_claims_is_no_drift(estate):
    estate.signed_up("ada", phone_number=PHONE)
    del estate.pool.users["ada"]
    estate.clock.advance(OLD)
    assert estate.drift() == {}
    assert estate.account("ada")["st"]["S"] == "PENDING"


def test_one_who_never_typed_a_code_and_was_deleted_leaves_nothing(estate):
    estate.signed_up("ada", phone_number=PHONE)
    estate.drift()
    del estate.pool.users["ada"]
    estate.clock.advance(OLD)
    assert estate.drift() == {"account_orphaned": 1, "row_orphaned": 1}
    assert estate.account("ada") is None
    assert estate.claims() == {}
    assert estate.row("ada")["status"] == "DELETED"


def test_claims_of_nobody_are_removed(estate):
    estate.member("ada", phone_number=PHONE)
    estate.drop("identities", pk="account#ada")
    estate.pool.users.clear()
    assert estate.drift() == {"claim_orphaned": 1, "row_orphaned": 1}
    assert estate.claims() == {}


def test_an_account_that_is_being_removed_is_let_alone(estate):
    estate.signed_up("ada", phone_number=PHONE)
    account = estate.identities.account("ada", {})
    estate.handler.tables.limbo.fence(account, estate.clock())
    estate.clock.advance(OLD)
    before = estate.tables()
    assert estate.drift() == {}
    assert estate.tables() == before
    del estate.pool.users["ada"]
    assert estate.drift() == {}
    assert estate.tables() == before


# Dry run


def test_a_dry_run_reports_and_writes_nothing(estate):
    for name in ("in-line", "row-gone", "deleted", "changed"):
        estate.member(name)
    estate.pool.add("unknown", phone_number=PHONE)
    estate.drop("users", id="sub-of-row-gone")
    del estate.pool.users["deleted"]
    estate.pool.users["changed"]["attributes"]["phone_number"] = OTHER_PHONE
    before = estate.tables()
    found = estate.drift(dry_run=True)
    expected = {
        "account_missing": 1,
        "account_orphaned": 1,
        "claims": 1,
        "row_fields": 1,
        "row_missing": 2,
        "row_orphaned": 1,
    }
    assert found == expected
    assert estate.tables() == before
    assert estate.pool.told == []
    assert estate.drift() == expected
    assert estate.drift() == {}


def test_a_dry_run_does_not_disturb_the_walk_that_heals(estate):
    for name in "abcdefg":
        estate.member(name)
    del estate.pool.users["b"]
    estate.reconcile(seconds=0)
    estate.clock.advance(1)
    assert estate.drift(dry_run=True) == {"account_orphaned": 1, "row_orphaned": 1}
    report = go_on(estate)
    assert report["drift"] == {"account_orphaned": 1, "row_orphaned": 1}
    assert estate.account("g")


# Slices


def go_on(estate: Estate, **event: Any) -> dict[str, Any]:
    """Invoke until the walk is finished."""
    for _ in range(100):
        report = estate.reconcile(seconds=0, **event)
        if report["finished"]:
            return report
        assert report["outcome"] == "paused"
    raise AssertionError("it does not come to an end")


def test_slices_add_up_to_a_walk(estate):
    for name in "abcdefghij":
        estate.member(name)
        estate.drop("users", id=f"sub-of-{name}")
    first = estate.reconcile(seconds=0)
    assert (first["outcome"], first["phase"], first["users"]) == ("paused", "users", PAGE)
    estate.start()
    report = go_on(estate)
    assert (report["users"], report["drift"]) == (10, {"row_missing": 10})
    pages = [asked for asked in estate.pool.asked if "Filter" not in asked]
    assert len(pages) == -(-10 // PAGE)


def test_a_finished_walk_rests_until_the_next_is_due(estate):
    estate.member("ada")
    began = estate.reconcile()["started_at"]
    estate.set_row("ada", status="PENDING")
    estate.clock.advance(24 * 3600 - 1)
    report = estate.reconcile()
    assert (report["outcome"], report["finished"], report["started_at"]) == ("resting", True, began)
    assert estate.row("ada")["status"] == "PENDING"
    estate.clock.advance(1)
    assert estate.reconcile()["drift"] == {"row_status": 1}


def test_of_two_slices_at_once_one_leaves(estate, monkeypatch):
    for name in "abcdefg":
        estate.member(name)
    other = maintenance.assemble(estate.environment, estate.clients)
    reports = []
    shown = estate.pool.list_users

    def meanwhile(**request: Any) -> dict[str, Any]:
        reports.append(other({"job": "reconcile", "user_pool_id": "pool", "restart": True}, Context()))
        return shown(**request)

    monkeypatch.setattr(estate.pool, "list_users", meanwhile)
    assert estate.reconcile()["finished"]
    assert {report["outcome"] for report in reports} == {"busy"}
    assert not any(report["finished"] for report in reports)


def test_one_that_stood_still_for_longer_than_its_lease_writes_nothing_more(estate, monkeypatch):
    for name in "abcdefg":
        estate.member(name)
    other = maintenance.assemble(estate.environment, estate.clients)
    shown = estate.pool.list_users

    def late(**request: Any) -> dict[str, Any]:
        monkeypatch.setattr(estate.pool, "list_users", shown)
        estate.clock.advance(LEASE_SECONDS)
        assert other({"job": "reconcile", "user_pool_id": "pool", "seconds": 0}, Context())["outcome"] == "paused"
        return shown(**request)

    monkeypatch.setattr(estate.pool, "list_users", late)
    slow = estate.reconcile()
    # The other one gave its lease back, so the slow one cannot have it any more either.
    assert slow["outcome"] == "busy"
    assert go_on(estate)["users"] == 7


def calls_of_a_walk(make_estate) -> int:
    estate = troubled(make_estate())
    estate.calls.made.clear()
    estate.reconcile()
    return len(estate.calls.made)


def troubled(estate: Estate) -> Estate:
    """One of everything."""
    for name in ("deleted", "fine", "row-gone", "changed"):
        estate.member(name)
    estate.pool.add("unknown", phone_number=PHONE, phone_number_verified="true")
    estate.drop("users", id="sub-of-row-gone")
    del estate.pool.users["deleted"]
    estate.pool.users["changed"]["attributes"]["phone_number"] = OTHER_PHONE
    return estate


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_at_any_call_the_next_slice_goes_on(simulated_clock, moment):
    with mock_aws():
        calls = calls_of_a_walk(lambda: Estate(simulated_clock))
    assert calls > 30
    for number in range(calls):
        with mock_aws():
            estate = troubled(Estate(simulated_clock))
            dead = False

            def die(at: int, when: str, number: int = number, estate: Estate = estate) -> None:
                # Dead is dead: nothing that comes after it reaches AWS, not even the return of the lease.
                nonlocal dead
                dead = dead or (at, when) == (number, moment)
                if dead:
                    raise Died

            estate.calls.made.clear()
            estate.calls.around = die
            with pytest.raises(Died):
                estate.reconcile()
            estate.calls.around = lambda at, when: None
            estate.clock.advance(LEASE_SECONDS)
            estate.start()
            assert estate.reconcile()["finished"], number
            assert estate.drift() == {}, number
            assert {name: estate.row(name)["status"] for name in ("row-gone", "changed", "unknown", "deleted")} == {
                "row-gone": "ACTIVE",
                "changed": "ACTIVE",
                "unknown": "ACTIVE",
                "deleted": "DELETED",
            }, number
            assert len(estate.claims()) == 4, number


def test_a_token_that_has_expired_begins_the_pages_anew(estate, logged):
    for name in "abcdefg":
        estate.member(name)
    estate.drop("users", id="sub-of-a")
    estate.reconcile(seconds=0)
    item = estate.get("auth-state", pk="job#reconcile")
    item["walk"]["M"]["token"] = {"S": "expired"}
    estate.clients["dynamodb"].put_item(TableName="auth-state", Item=item)
    report = go_on(estate)
    assert (report["users"], report["drift"]) == (7, {"row_missing": 1})
    assert "token_expired" in logged()


# The pool's quota


def test_calls_keep_their_pace(make_estate, slept, monkeypatch):
    estate = make_estate(LIST_USERS_PER_SECOND="5")
    for name in "abcdefghij":
        estate.member(name)
    monkeypatch.setattr(time, "monotonic", lambda: 0.0)  # whatever else takes time
    estate.reconcile()
    assert slept == pytest.approx([0.2, 0.4, 0.6])


def test_a_throttled_list_is_asked_again_later_and_later(estate, slept):
    estate.member("ada")
    estate.pool.failing = [error("TooManyRequestsException") for _ in range(7)]
    assert estate.reconcile()["finished"]
    assert [pause for pause in slept if pause >= 1] == [1, 2, 4, 8, 16, 30, 30]


def test_a_slice_that_is_throttled_to_its_end_pauses(estate, slept):
    estate.member("ada")
    estate.pool.failing = [error("TooManyRequestsException") for _ in range(9)]
    assert estate.reconcile(seconds=0)["outcome"] == "paused"
    estate.pool.failing.clear()
    assert estate.reconcile()["finished"]


# Errors


def test_an_error_of_one_user_keeps_no_other_from_being_healed(estate, logged):
    for name in "abc":
        estate.member(name)
        estate.drop("users", id=f"sub-of-{name}")
    update = estate.clients["dynamodb"].update_item

    def failing(**request: Any) -> Any:
        if request["Key"].get("id") == {"S": "sub-of-b"}:
            raise error("ItemCollectionSizeLimitExceededException", "UpdateItem")
        return update(**request)

    estate.clients["dynamodb"].update_item = failing
    assert estate.drift() == {"failed": 1, "row_missing": 2}
    assert estate.row("c")["status"] == "ACTIVE"
    assert '"sub": "sub-of-b"' in logged()
    assert PHONE not in logged()


@pytest.mark.parametrize("operation", ["update_item", "scan", "batch_get_item"])
def test_a_missing_permission_ends_the_job_in_words_that_quote_nothing(estate, logged, operation):
    estate.member("ada")

    def denied(**request: Any) -> Any:
        raise error("AccessDeniedException", operation)

    setattr(estate.clients["dynamodb"], operation, denied)
    with pytest.raises(maintenance.JobFailedError, match=f"reconcile failed: AccessDeniedException of {operation}"):
        estate.reconcile()
    delattr(estate.clients["dynamodb"], operation)
    assert PHONE not in logged()
    assert estate.reconcile()["outcome"] == "finished" or operation == "update_item"


def test_a_job_that_there_is_not_is_an_error(estate):
    with pytest.raises(maintenance.JobFailedError, match="no such job"):
        estate.handler({"job": "unheard of"}, Context())


# What it costs


def test_calls_of_a_walk_in_which_nothing_differs(estate):
    for name in "abcdef":
        estate.member(name)
    estate.reconcile()
    estate.clock.advance(24 * 3600)
    estate.calls.made.clear()
    estate.reconcile()
    made = estate.calls.made
    # A page of users: ListUsers, the accounts, the rows, a mark each, and the checkpoint.
    page = ["list_users", "batch_get_item", "batch_get_item", *["update_item"] * PAGE, "update_item"]
    assert made == [
        "update_item",  # the lease
        "get_item",
        *page,
        *page,
        *["scan", "batch_get_item", "update_item", "update_item"],  # accounts and claims; twelve items are one group
        *["scan", "batch_get_item", "update_item", "update_item"],  # rows
        "update_item",  # the lease, back
    ]


# One user


def test_a_user_who_was_deleted_is_gone_at_once(estate):
    estate.member("ada")
    del estate.pool.users["ada"]
    assert estate.recheck("ada") == "gone"
    assert estate.account("ada") is None
    assert estate.claims() == {}
    assert estate.row("ada")["status"] == "DELETED"
    assert estate.recheck("ada") == "gone"


def test_a_user_who_was_disabled_is_disabled_at_once(estate):
    estate.member("ada")
    estate.pool.users["ada"]["enabled"] = False
    assert estate.recheck("ada") == "compared"
    assert estate.row("ada")["status"] == "DISABLED"


def test_what_happened_in_another_pool_costs_two_reads(estate):
    estate.calls.made.clear()
    assert estate.recheck("stranger") == "unknown"
    assert estate.calls.made == ["batch_get_item", "batch_get_item"]


def test_of_a_young_account_the_list_says_nothing(estate):
    estate.signed_up("ada", origin=FEDERATED, phone_number=PHONE)
    estate.row_of("ada")
    estate.pool.hidden.add("sub-of-ada")
    assert estate.recheck("ada") == "young"
    assert estate.account("ada")
    assert estate.row("ada")["status"] == "ACTIVE"


def test_who_took_the_name_of_a_deleted_user_keeps_the_account(estate):
    estate.member("ada")
    estate.drift()
    estate.forget("ada")
    estate.pool.add("ada", sub="another-sub", phone_number=OTHER_PHONE)
    estate.drift()
    assert estate.account("ada")["sub"]["S"] == "another-sub"
    estate.clock.advance(OLD)
    assert estate.recheck("ada") == "gone"
    assert estate.account("ada")


def test_a_user_of_before_is_adopted_although_somebody_signed_up_by_the_same_name(estate):
    """The claims of a sign-up that Cognito refused are not that user's: left there, `reap` would meet them."""
    estate.pool.add("old", phone_number=PHONE)
    estate.clock.advance(OLD)
    claimant = Claimant("old", {"phone_number": OTHER_PHONE}, "client", SIGN_UP)
    estate.identities.claim(claimant, now=estate.clock(), user_exists=lambda name: False)
    estate.clock.advance(OLD)
    assert estate.drift()["account_missing"] == 1
    account = estate.identities.account("old", {})
    assert (account.origin, account.state) == ("adopted", "ACTIVE")
    assert list(account.claims.values()) == [estate.identities.claim_key("phone_number", PHONE)]
    assert estate.drift() == {}


def test_a_list_that_still_shows_a_namesake_changes_nothing_of_who_came_since(estate):
    estate.pool.add("bob", phone_number=PHONE, phone_number_verified="true")
    estate.clock.advance(OLD)
    claimant = Claimant("bob", {"phone_number": OTHER_PHONE}, "client", SIGN_UP)
    estate.identities.claim(claimant, now=estate.clock(), user_exists=lambda name: False)
    before = estate.identities.account("bob", {})
    estate.reconcile(restart=True)
    after = estate.identities.account("bob", {})
    assert (after.state, after.claims, after.attempt) == ("PENDING", before.claims, before.attempt)


@pytest.mark.parametrize("name", ["\\" * 128, "\ufb03" * 100])
def test_a_name_that_cannot_be_asked_for_stops_no_walk(estate, name):
    estate.signed_up(name, origin=FEDERATED, phone_number=PHONE)
    del estate.pool.users[name]
    estate.member("somebody")
    assert estate.drift()["failed"] == 1
    assert estate.identities.account(name, {}) is not None


def test_a_row_whose_username_the_application_blanked_stops_no_walk(estate):
    row = {"id": {"S": "gone"}, "status": {"S": "ACTIVE"}, "username": {"NULL": True}}
    estate.clients["dynamodb"].put_item(TableName="users", Item=row)
    assert estate.drift() == {"row_orphaned": 1}


def test_a_user_by_whose_name_nobody_could_be_filed_has_a_row_all_the_same(estate):
    estate.pool.add("\u00a8x", phone_number=PHONE, phone_number_verified="true")
    found = estate.drift()
    assert found["failed"] > 0
    assert found["row_missing"] == 1
