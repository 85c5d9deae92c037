"""`cognito-otp migrate`, on moto: what becomes of whom, what is kept, and a process that dies at every call."""

import csv
import errno
import json
import os
import sys

import pytest

from cognito_otp_cli.errors import CommandError
from cognito_otp_cli.migrate import journal, pace
from tests.cli.migration import Died, Process, World, refusal

CUSTOM = {
    "Name": "team",
    "AttributeDataType": "String",
    "Mutable": True,
    "StringAttributeConstraints": {"MaxLength": "9"},
}


@pytest.fixture
def waits(monkeypatch):
    """Let nobody wait; return how long they would have."""
    waited = []
    monkeypatch.setattr(pace.time, "sleep", lambda seconds: waited.append(seconds) if seconds > 0.9 else None)
    return waited


@pytest.fixture
def make(session, tmp_path, waits):
    return lambda **settings: World(tmp_path, **settings)


@pytest.fixture
def world(make):
    return make()


@pytest.fixture
def phones(make):
    """A new pool whose username is the phone number."""
    return make(USERNAME_ATTRIBUTES="phone_number", ALIAS_ATTRIBUTES="", CHANNELS="sms")


def ada(world, **more):
    return world.user("ada", **{"phone_number": "+14155550101", "phone_number_verified": "true", **more})


def decide(world, **decisions):
    """Fill in the decision file, by old username."""
    path = world.files.decisions
    lines = list(csv.DictReader(path.open()))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, lines[0])
        writer.writeheader()
        writer.writerows({**line, "decision": decisions.get(line["username"], "")} for line in lines)
    return lines


# What becomes of a user


def test_a_user_is_moved_with_all_that_is_its_own_and_nobody_is_told(make):
    world = make(old={"Schema": [CUSTOM]}, new={"Schema": [CUSTOM]})
    sub = ada(
        world,
        email="Ada@mail.example",
        email_verified="false",
        name="Ada",
        **{"custom:team": "red"},
        row={"cart": {"L": [{"N": "3"}]}, "photo": {"B": b"\x00\xff"}, "status": {"S": "ACTIVE"}},
    )
    world.group("old", "staff", "ada")
    world.group("new", "staff")
    process = Process(world)
    assert world.migrate(process)

    (new,) = world.state("new").values()
    assert new["attributes"] == world.state("old")["ada"]["attributes"]
    assert (new["status"], new["enabled"], new["groups"]) == ("CONFIRMED", True, ["staff"])
    (row,) = world.rows().items()
    assert row[0] == new["sub"] != sub
    assert row[1]["cart"] == {"L": [{"N": "3"}]}
    assert row[1]["photo"] == {"B": b"\x00\xff"}
    assert row[1]["migrated_from"] == {"S": sub}
    assert row[1]["username"] == {"S": "ada"}
    assert row[1]["email"] == {"S": "Ada@mail.example"}
    assert list(csv.reader(world.files.mapping.open())) == [
        ["old_sub", "new_sub", "old_username", "new_username"],
        [sub, new["sub"], "ada", "ada"],
    ]
    account = next(
        item for item in world.dynamodb.scan(TableName="identities")["Items"] if item["pk"]["S"] == "account#ada"
    )
    assert account["origin"] == {"S": "migrated"}


def test_nobody_is_sent_anything_and_the_password_is_nobodys(world, monkeypatch):
    ada(world)
    seen = []
    monkeypatch.setattr(
        world,
        "answered",
        lambda name, operation, parameters, own=world.answered: (
            seen.append((name, parameters)),
            own(name, operation, parameters),
        )[1],
    )
    assert world.migrate()
    ((_, create),) = [each for each in seen if each[0].endswith("admin_create_user")]
    ((_, password),) = [each for each in seen if each[0].endswith("admin_set_user_password")]
    assert create["MessageAction"] == "SUPPRESS"
    assert password["Permanent"]
    assert len(password["Password"]) >= 64
    assert password["Password"] not in world.files.journal.read_text()


def test_a_second_run_moves_those_who_came_since_and_nobody_twice(world):
    ada(world)
    assert world.migrate()
    before = world.state("new")["ada"]
    world.user("bob", phone_number="+14155550102", phone_number_verified="true")
    assert world.migrate()
    assert set(world.state("new")) == {"ada", "bob"}
    assert world.state("new")["ada"] == before


def test_who_was_disabled_stays_so_and_is_before_a_code_could_let_them_in(world):
    ada(world, row={})
    world.cognito.admin_disable_user(UserPoolId=world.old, Username="ada")
    process = Process(world)
    assert world.migrate(process)
    assert world.state("new")["ada"]["enabled"] is False
    (row,) = world.rows().values()
    assert row["status"] == {"S": "DISABLED"}
    changes = [call for call in process.calls if ".admin_" in call]
    assert changes.index("cognito-idp.admin_disable_user") == changes.index("cognito-idp.admin_create_user") + 1


def test_phone_numbers_become_usernames(phones):
    sub = ada(phones, email="ada@mail.example")
    assert phones.plan()["ada"]["new_username"] == "+14155550101"
    assert phones.migrate()
    assert list(phones.state("new")) == ["+14155550101"]
    (line,) = csv.DictReader(phones.files.mapping.open())
    assert (line["old_sub"], line["old_username"], line["new_username"]) == (sub, "ada", line["new_sub"])


def test_a_username_that_looks_like_an_alias_becomes_the_old_id(world):
    sub = world.user("ada@mail.example", phone_number="+14155550101", phone_number_verified="true")
    assert world.plan()["ada@mail.example"]["new_username"] == sub
    assert world.migrate()


def test_usernames_can_come_from_an_attribute(world):
    ada(world, preferred_username="countess")
    assert world.plan(username_from="preferred_username")["ada"]["new_username"] == "countess"
    assert "no nickname" in str(world.plan(username_from="nickname")["ada"]["reasons"])


def test_usernames_that_nobody_has_cannot_come_from_an_attribute(phones):
    with pytest.raises(CommandError, match=r"--username-from is of no use: people sign in to .* by phone_number"):
        phones.plan(username_from="preferred_username")


def test_an_unverified_second_address_is_left_where_it_would_be_a_sign_in_name(make):
    world = make(USERNAME_ATTRIBUTES="phone_number,email", ALIAS_ATTRIBUTES="", CHANNELS="sms,email")
    ada(world, email="somebody.elses@mail.example")
    assert "unverified e-mail address is left out" in str(world.plan()["ada"]["notes"])
    assert world.migrate()
    assert "email" not in world.state("new")["+14155550101"]["attributes"]


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ({"email": "ada@mail.example", "email_verified": "true"}, "no phone number, with which the new pool signs in"),
        ({"phone_number": "+14155550101"}, "no code could reach the person"),
        ({"phone_number": "+99955550101", "phone_number_verified": "true"}, "COUNTRY_NOT_ALLOWED"),
        ({"phone_number": "+14155550101", "phone_number_verified": "true", "email": "a@b"}, "EMAIL_INVALID"),
    ],
)
def test_who_could_not_sign_in_is_left_in_words(phones, attributes, words):
    phones.user("ada", **attributes)
    planned = phones.plan()["ada"]
    assert planned["outcome"] == "leave"
    assert words in str(planned["reasons"])
    assert not phones.migrate()
    assert phones.state("new") == {}


def test_what_the_schema_cannot_hold_is_said_and_can_be_left_out(make):
    world = make(
        old={"Schema": [CUSTOM, {**CUSTOM, "Name": "shoe"}]},
        new={"Schema": [{**CUSTOM, "StringAttributeConstraints": {"MaxLength": "4"}}]},
    )
    ada(world, **{"custom:team": "yellow", "custom:shoe": "42"})
    words = str(world.plan()["ada"]["reasons"])
    assert "custom:shoe is not in the new pool's schema" in words
    assert "custom:team is too long (up to 4)" in words
    assert world.migrate(leave_out=frozenset({"custom:team", "custom:shoe"}))
    assert "custom:team" not in world.state("new")["ada"]["attributes"]


def test_who_is_no_account_yet_is_left_and_makes_no_duplicate(world):
    client = world.cognito.create_user_pool_client(UserPoolId=world.old, ClientName="c")["UserPoolClient"]["ClientId"]
    ada(world, email="ada@mail.example", email_verified="true")
    world.cognito.sign_up(
        ClientId=client,
        Username="limbo",
        Password="Password-1",
        UserAttributes=[{"Name": "email", "Value": "ada@mail.example"}],
    )
    planned = world.plan()
    assert "never confirmed" in str(planned["limbo"]["reasons"])
    assert planned["ada"]["outcome"] == "move"


def test_an_identifier_of_somebody_in_the_new_pool_is_a_conflict_and_nobody_is_adopted(world):
    ada(world, row={"cart": {"S": "full"}})
    stranger = world.user("ADA", pool="new", email="stranger@mail.example", email_verified="true")
    assert f"taken by {stranger} of the new pool" in str(world.plan()["ada"]["reasons"])
    before = world.outcome()
    assert not world.migrate()
    assert world.outcome() == before


def test_a_stranger_who_comes_between_plan_and_move_is_not_adopted(world, monkeypatch):
    ada(world, row={"cart": {"S": "full"}})
    own, quick = world.answered, []

    def answered(name, operation, parameters):
        if name.endswith("admin_create_user") and not quick:
            quick.append(True)
            world.user("ada", pool="new", phone_number="+14155550101", name="Somebody else")
        return own(name, operation, parameters)

    monkeypatch.setattr(world, "answered", answered)
    assert not world.migrate()
    assert list(world.rows().values()) == [{"cart": {"S": "full"}}]
    assert "PHONE_NUMBER_TAKEN" in world.files.report.read_text()
    assert world.rollback()
    assert "ada" in world.state("new")


def test_a_group_that_the_new_pool_lacks_is_said(world):
    ada(world)
    world.group("old", "staff", "ada")
    assert world.plan()["ada"]["notes"] == ["leaves groups that the new pool lacks: staff"]
    assert world.migrate()


# Duplicates


@pytest.fixture
def twice(world):
    """The same e-mail address twice, and a name in two cases."""
    world.subs = {
        "Username": world.user(
            "Username",
            phone_number="+14155550101",
            phone_number_verified="true",
            row={"n": {"S": "1"}, "updatedAt": {"S": "2026-01-01T00:00:00Z"}},
        ),
        "username": world.user(
            "username",
            phone_number="+14155550102",
            phone_number_verified="true",
            row={"n": {"S": "2"}, "updatedAt": {"S": "2026-02-01T00:00:00Z"}},
        ),
        "eve": world.user(
            "eve",
            email="e@mail.example",
            email_verified="false",
            phone_number="+14155550103",
            phone_number_verified="true",
        ),
        "eve2": world.user(
            "eve2",
            email="E@mail.example",
            email_verified="true",
            phone_number="+14155550104",
            phone_number_verified="true",
        ),
        "bob": world.user("bob", phone_number="+14155550105", phone_number_verified="true"),
    }
    return world


def test_without_decisions_nothing_is_done(twice):
    before = twice.outcome()
    with pytest.raises(CommandError, match="4 accounts are duplicates without a decision, and nothing was changed"):
        twice.migrate()
    assert twice.outcome() == before
    lines = list(csv.DictReader(twice.files.decisions.open()))
    suggested = {line["username"]: line["suggestion"] for line in lines}
    # By the row that was used last; by the verified address.
    assert suggested == {"username": "keep", "Username": "merge", "eve2": "keep", "eve": "merge"}
    assert {line["shared"] for line in lines} == {"username username", "email e@mail.example"}
    assert lines[0]["phone_number"].startswith("'+")  # no formula for a spreadsheet


def test_merged_duplicates_are_in_the_mapping_and_their_rows_stay(twice):
    twice.plan()
    decide(twice, Username="merge", username="keep", eve="skip", eve2="keep")
    assert not twice.migrate()  # eve is left
    assert set(twice.state("new")) == {"username", "eve2", "bob"}
    mapping = {line["old_sub"]: line for line in csv.DictReader(twice.files.mapping.open())}
    subs = twice.subs
    assert mapping[subs["Username"]]["new_sub"] == mapping[subs["username"]]["new_sub"]
    assert subs["eve"] not in mapping
    assert twice.rows()[subs["Username"]]["n"] == {"S": "1"}
    assert subs["username"] not in twice.rows()
    # Decisions that were made stand when the file is written anew.
    assert (
        next(line for line in csv.DictReader(twice.files.decisions.open()) if line["username"] == "eve")["decision"]
        == "skip"
    )


def test_two_of_a_group_may_be_kept_only_if_they_do_not_collide(phones):
    for name, number in (("Username", "+14155550101"), ("username", "+14155550102")):
        phones.user(name, phone_number=number, phone_number_verified="true", email="same@mail.example")
    phones.plan()
    decide(phones, Username="keep", username="keep")
    planned = phones.plan()
    assert {planned["Username"]["outcome"], planned["username"]["outcome"]} == {"move", "leave"}
    for name in ("Username", "username"):
        phones.cognito.admin_delete_user_attributes(UserPoolId=phones.old, Username=name, UserAttributeNames=["email"])
    planned = phones.plan()
    assert {planned["Username"]["outcome"], planned["username"]["outcome"]} == {"move"}


@pytest.mark.parametrize(
    ("decisions", "words"),
    [
        ({"eve": "merge", "eve2": "merge"}, "Group 1: merge needs exactly one keep beside it (there are 0)"),
        ({"eve": "maybe"}, "'maybe' is none of"),
    ],
)
def test_decisions_that_make_no_sense_are_refused(twice, decisions, words):
    twice.plan()
    decide(twice, Username="merge", username="keep", **decisions)
    if "maybe" in decisions.values():
        with pytest.raises(CommandError, match=words):
            twice.plan()
    else:
        assert words in str(twice.plan()["eve"]["reasons"])
        with pytest.raises(CommandError, match="merge needs exactly one keep beside it"):
            twice.migrate()


# Rows


def test_rows_move_from_another_table_with_another_key(world):
    sub = ada(world, row={"owner_name": {"S": "Ada"}}, table="application")
    with world.run(old_table="application") as run:
        assert run.migrate(lambda question: None)
    (row,) = world.rows().values()
    assert row["owner_name"] == {"S": "Ada"}
    assert "owner_id" not in row
    assert world.rows("application") == {}
    # The journal knows the table.
    assert world.rollback()
    assert world.rows() == {}
    assert world.rows("application") == {sub: {"owner_name": {"S": "Ada"}}}
    with pytest.raises(CommandError, match="--old-table application"):
        world.migrate(old_table="users")


def test_a_row_that_changes_while_it_is_moved_loses_nothing(world, monkeypatch):
    sub = ada(world, row={"cart": {"S": "old"}})
    own, changed = world.answered, []

    def answered(name, operation, parameters):
        if name == "dynamodb.transact_write_items" and not changed:
            changed.append(True)
            world.put("users", sub, cart={"S": "new"})
        return own(name, operation, parameters)

    monkeypatch.setattr(world, "answered", answered)
    assert world.migrate()
    (row,) = world.rows().values()
    assert row["cart"] == {"S": "new"}
    assert world.rollback()
    assert world.rows() == {sub: {"cart": {"S": "new"}}}


def test_a_row_that_the_module_was_quicker_to_make_is_merged(world, monkeypatch):
    sub = ada(world, row={"cart": {"S": "old"}, "created_at": {"S": "2020-01-01T00:00:00Z"}})
    own, made = world.answered, []

    def answered(name, operation, parameters):
        if name == "dynamodb.transact_write_items" and not made:
            made.append(world.state("new")["ada"]["sub"])
            world.put(
                "users",
                made[0],
                status={"S": "ACTIVE"},
                last_sign_in_at={"S": "2026-01-01T00:00:00Z"},
                created_at={"S": "2026"},
            )
        return own(name, operation, parameters)

    monkeypatch.setattr(world, "answered", answered)
    assert world.migrate()
    ((new, row),) = world.rows().items()
    assert new == made[0]
    assert row["cart"] == {"S": "old"}
    assert row["last_sign_in_at"] == {"S": "2026-01-01T00:00:00Z"}
    assert row["created_at"] == {"S": "2020-01-01T00:00:00Z"}
    assert row["migrated_from"] == {"S": sub}


def test_the_rows_shape_is_the_deployments(make):
    world = make(USER_ROW_HASH="x")
    settings = {
        "attribute_map": {"status": None, "email": "mail", "owner": "owner"},
        "constant_attributes": {"__typename": "User"},
    }
    world.dynamodb.put_item(
        TableName="auth-state", Item={"pk": {"S": "config#user_row"}, "settings": {"S": json.dumps(settings)}}
    )
    sub = ada(
        world, email="ada@mail.example", row={"status": {"S": "the application's own"}, "owner": {"S": "old::ada"}}
    )
    assert world.migrate()
    ((new, row),) = world.rows().items()
    assert row["status"] == {"S": "the application's own"}
    assert row["mail"] == {"S": "ada@mail.example"}
    assert row["owner"] == {"S": f"{new}::ada"}
    assert row["__typename"] == {"S": "User"}
    assert world.rollback()
    assert world.rows() == {sub: {"status": {"S": "the application's own"}, "owner": {"S": "old::ada"}}}


# Quotas


def test_a_throttled_call_is_made_again_later(world, waits):
    ada(world)
    world.refusals = [refusal("TooManyRequestsException"), refusal("TooManyRequestsException")]
    assert world.migrate()
    assert any(seconds > 0.9 for seconds in waits)


def test_a_claim_that_is_being_decided_on_is_waited_for(world, waits):
    ada(world)
    world.refusals = [
        refusal("UserLambdaValidationException", "PreSignUp failed with error SIGN_UP_RETRY retry_after=17.")
    ]
    assert world.migrate()
    assert 18 in waits


def test_no_category_gets_more_than_its_share(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(pace.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(pace.time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))

    class Client:
        def admin_set_user_password(self):
            pass

        admin_create_user = admin_set_user_password

    cognito = pace.PacedCognito(Client(), 0.1)
    for _ in range(31):
        cognito.admin_set_user_password()
    assert now[0] == pytest.approx(10)  # 3 of 30 a second
    cognito.admin_create_user()
    assert now[0] == pytest.approx(10)  # another category


def test_a_denied_call_ends_the_run_and_the_next_goes_on(world):
    ada(world)
    world.user("bob", phone_number="+14155550102", phone_number_verified="true")
    world.refusals = [refusal("AccessDeniedException", "not authorized to perform: cognito-idp:AdminCreateUser")]
    with pytest.raises(Exception, match="AdminCreateUser"):
        world.migrate()
    assert world.migrate()


# Death


@pytest.fixture
def three(make):
    world = make(old={"Schema": [CUSTOM]}, new={"Schema": [CUSTOM]})
    ada(
        world,
        email="ada@mail.example",
        email_verified="true",
        row={"cart": {"S": "full"}, "photos": {"BS": [b"\x00\xff"]}},
        **{"custom:team": "red"},
    )
    world.user("bob", phone_number="+14155550102", phone_number_verified="true")
    world.user("carl", phone_number="+14155550103", phone_number_verified="true", row={"cart": {"S": "empty"}})
    world.cognito.admin_disable_user(UserPoolId=world.old, Username="carl")
    world.group("old", "staff", "ada")
    world.group("new", "staff")
    return world


def deaths(world, run):
    """Let one process after the other die a call later than the one before, until one lives to the end."""
    number, moment = 0, "before"
    while True:
        process = Process(world, (number, moment))
        try:
            assert run(process)
        except Died:
            yield process
            number, moment = (number, "after") if moment == "before" else (number + 1, "before")
        else:
            return


@pytest.mark.slow
def test_a_migration_that_dies_at_every_call_ends_as_one_that_does_not(three):
    assert three.migrate()
    whole = three.outcome()
    assert three.rollback()
    changing = 0
    number, moment = 0, "before"
    while True:
        process = Process(three, (number, moment))
        try:
            assert three.migrate(process)
        except Died:
            changing += process.calls[-1].split(".")[1].startswith(("admin_", "transact"))
            assert three.migrate()
            assert three.outcome() == whole, (number, moment, process.calls[-1])
            assert len(list(csv.reader(three.files.mapping.open()))) == 4
            assert three.rollback()
            number, moment = (number, "after") if moment == "before" else (number + 1, "before")
        else:
            break
    assert changing > 20  # three to make, to give passwords, to move rows; one to disable, one to add to a group


def test_a_migration_whose_every_run_dies_one_call_later_gets_there(three):
    start = three.outcome()
    for _ in deaths(three, three.migrate):
        pass
    reached = three.outcome()
    assert set(reached["new"]) == {"ada", "bob", "carl"}
    for _ in deaths(three, three.rollback):
        pass
    assert three.outcome() == start
    assert three.migrate()
    assert three.outcome() == reached


@pytest.mark.slow
def test_a_rollback_that_dies_at_every_call_ends_as_one_that_does_not(three):
    start = three.outcome()
    number, moment = 0, "before"
    while True:
        assert three.migrate()
        process = Process(three, (number, moment))
        try:
            assert three.rollback(process)
        except Died:
            assert three.rollback()
            assert three.outcome() == start, (number, moment, process.calls[-1])
            number, moment = (number, "after") if moment == "before" else (number + 1, "before")
        else:
            break
    assert number > 10


@pytest.mark.parametrize("dies", ["after", "before"])
def test_a_half_made_migration_is_taken_back(three, dies):
    start = three.outcome()
    create = 0
    probe = Process(three)
    assert three.migrate(probe)
    assert three.rollback()
    create = probe.calls.index("cognito-idp.admin_create_user")
    with pytest.raises(Died):
        three.migrate(Process(three, (create, dies)))
    assert three.rollback()
    assert three.outcome()["new"] == start["new"]
    assert three.outcome()["rows"] == start["rows"]


def test_a_rollback_leaves_who_was_there_before_and_who_took_the_name_since(world):
    ada(world)
    world.user("bob", pool="new", phone_number="+14155550102", phone_number_verified="true")
    assert world.migrate()
    world.cognito.admin_delete_user(UserPoolId=world.new, Username="ada")
    other = world.cognito.admin_create_user(UserPoolId=world.new, Username="ada", MessageAction="SUPPRESS")["User"]
    assert world.rollback()
    assert set(world.state("new")) == {"ada", "bob"}
    assert other["Username"] == "ada"


def test_what_the_application_wrote_since_survives_a_rollback(world):
    sub = ada(world, row={"cart": {"S": "old"}, "status": {"S": "of the application"}})
    assert world.migrate()
    ((new, row),) = world.rows().items()
    world.put("users", new, **{**row, "cart": {"S": "new"}, "wish": {"S": "more"}})
    assert world.rollback()
    assert world.rows() == {sub: {"cart": {"S": "new"}, "wish": {"S": "more"}, "status": {"S": "of the application"}}}


# The journal and the report


def test_a_line_that_was_not_written_to_its_end_counts_for_nothing(world):
    ada(world)
    assert world.migrate()
    with world.files.journal.open("a") as file:
        file.write('{"at": 1, "user": "x", "step": "cre')
    assert world.migrate()
    assert all(json.loads(line) for line in world.files.journal.read_text().splitlines())


def test_rows_of_any_size_stay_in_the_journals_file_and_come_back_from_it(world):
    row = {"notes": {"S": "long \n" * 9_000}, "photo": {"B": bytes(range(256)) * 99}}
    sub = ada(world, row=row)
    for _ in range(2):
        assert world.migrate()
        with world.run() as run:
            assert run.journal.row(sub) == {"id": {"S": sub}, **row}
            assert "row" not in run.journal.steps(sub)["row"].facts
    assert world.rollback()
    assert world.rows() == {sub: row}
    with world.run() as run:
        assert run.journal.row(sub) is None


@pytest.mark.parametrize("fault", ["half of it", "not on disk"])
def test_a_line_that_could_not_be_written_leaves_a_journal_that_can_be_gone_on_with(tmp_path, monkeypatch, fault):
    path = tmp_path / "journal"
    written = journal.Journal(path, "old", "new", None)
    written.begun("ada", "row", row={"id": "ada"})
    write = os.write

    def failing(*_):
        raise OSError(errno.EIO, "no")

    with monkeypatch.context() as broken:
        if fault == "half of it":
            broken.setattr(os, "write", lambda file, content: write(file, content[:10]))
        else:
            broken.setattr(os, "fsync", failing)
        with pytest.raises((CommandError, OSError)):
            written.begun("ben", "row", row={"id": "ben"})
    written.begun("eve", "row", row={"id": "eve"})
    assert written.row("eve") == {"id": "eve"}
    written.close()
    again = journal.Journal(path, "old", "new", None)
    assert [again.row(each) for each in ("ada", "ben", "eve")] == [{"id": "ada"}, None, {"id": "eve"}]


def test_a_journal_is_one_migrations_and_one_processs(world):
    ada(world)
    assert world.migrate()
    assert world.files.journal.stat().st_mode & 0o777 == 0o600
    with world.run(), pytest.raises(CommandError, match="in use"), world.run():
        pass
    world.old, old = world.cognito.create_user_pool(PoolName="other")["UserPool"]["Id"], world.old
    with pytest.raises(CommandError, match="another migration"), world.run():
        pass
    world.files.journal.write_text("no journal\n")
    world.old = old
    with pytest.raises(CommandError, match="is not a journal"), world.run():
        pass


def test_a_file_that_is_no_journal_stays_as_it_is(world):
    for content in ("no journal\n", "my notes", '["a"]\n', '{"a": 1}\n{"b'):
        world.files.journal.write_text(content)
        with pytest.raises(CommandError, match="journal is not a journal: name another file by --journal"), world.run():
            pass
        assert world.files.journal.read_text() == content
    other = json.dumps({"journal": 1, "from": "a", "to": "b", "old_table": None}) + '\n{"not whole'
    world.files.journal.write_text(other)
    with pytest.raises(CommandError, match="another migration"), world.run():
        pass
    assert world.files.journal.read_text() == other


def test_a_plan_leaves_no_journal_and_two_migrations_do_not_share_one(world):
    sub = ada(world)
    world.plan()
    assert not world.files.journal.exists()
    with world.run() as first, world.run() as second:
        first.journal.begun(sub, "create")
        with pytest.raises(CommandError, match="made by another migration meanwhile"):
            second.journal.begun(sub, "create")
    assert world.files.journal.stat().st_mode & 0o777 == 0o600


def test_the_report_finds_what_is_not_as_planned(world):
    sub = ada(world, name="Ada", row={"cart": {"S": "full"}})
    assert world.migrate()
    ((new, row),) = world.rows().items()
    world.put("users", new, **{**row, "cart": {"S": "lost"}})
    world.put("users", sub, cart={"S": "again"})
    world.cognito.admin_update_user_attributes(
        UserPoolId=world.new, Username="ada", UserAttributes=[{"Name": "name", "Value": "Eve"}]
    )
    world.cognito.admin_disable_user(UserPoolId=world.new, Username="ada")
    assert not world.migrate()
    found = json.loads(world.files.report.read_text())["compared"]
    assert found["differences"] == {
        sub: ["attribute: name", "user: is disabled", "row: cart", "row: there is one under the old id too"]
    }
    assert (found["users"], found["rows"]) == (1, 1)


@pytest.mark.parametrize(
    ("recovery", "email", "words"),
    [
        (
            "verified_email",
            {"email": "ada@mail.example", "email_verified": "true"},
            'sets a password first, by "forgot',
        ),
        ("verified_email", {}, 'AdminSetUserPassword): "forgot password" takes a verified e-mail address'),
        ("admin_only", {"email": "ada@mail.example", "email_verified": "true"}, "where codes go by e-mail, nobody can"),
    ],
)
def test_with_a_required_password_people_are_told_to_set_one(make, recovery, email, words):
    settings = {"RecoveryMechanisms": [{"Name": recovery, "Priority": 1}]}
    world = make(new={"AccountRecoverySetting": settings})
    world.environment["PASSWORD_REQUIRED"] = "true"
    own = world._configuration

    def configuration(FunctionName):  # noqa: N803
        if FunctionName.endswith("sign-in"):
            return {"FunctionName": FunctionName, "Handler": "x", "Environment": {"Variables": world.environment}}
        return own(FunctionName)

    world.functions.get_function_configuration = configuration
    ada(world, **email)
    assert words in str(world.plan()["ada"]["notes"])


# The command line


@pytest.fixture
def migrate(run, world, monkeypatch):
    """The command in the world's folder, from its old pool to its new one."""
    monkeypatch.chdir(world.folder)
    monkeypatch.setattr("cognito_otp_cli.session._session", lambda place: Process(world))
    return lambda *options: run("migrate", "--from", world.old, "--to", world.new, *options)


def refused(result, words):
    assert result.exit_code == 2
    assert words in result.stderr
    return True


def test_the_command_asks_before_it_changes_anything(run, world, migrate):
    ada(world, row={})
    planned = migrate("--dry-run")
    assert planned.exit_code == 0
    assert "are moved" in planned.stdout  # results there, the question on the other one
    assert world.state("new") == {}
    result = migrate()
    assert "Move 1 users" in result.stderr
    assert "Move 1 users" not in result.stdout
    assert refused(result, "Nothing was changed (without a terminal: --yes).")
    assert world.state("new") == {}
    assert migrate("--yes").exit_code == 0
    assert "ada" in world.state("new")
    assert refused(migrate("--rollback", "--dry-run", "--yes"), "--rollback and --dry-run exclude each other")
    assert "ada" in world.state("new")
    assert migrate("--rollback", "--yes").exit_code == 0
    assert world.state("new") == {}
    assert run("migrate", "--from", world.old, "--to", world.old).exit_code == 2


def test_a_rollback_elsewhere_is_no_success(world, migrate):
    words = f"There is no journal migrate-{world.old}-{world.new}.journal here, or nothing in it"
    assert refused(migrate("--rollback", "--yes"), words)
    assert list(world.folder.iterdir()) == []


def test_what_cannot_be_opened_is_named(run, world, migrate):
    assert refused(run("migrate", "--from", "x/y", "--to", world.new), "migrate-x/y-")
    words = "cannot be opened: No such file or directory."
    assert refused(migrate("--journal", "gone/journal"), f"gone/journal {words}")
    assert refused(migrate("--decisions", "gone/decisions.csv"), f"gone/decisions.csv {words}")


def test_on_windows_one_line_says_that_it_cannot(migrate, monkeypatch):
    monkeypatch.setitem(sys.modules, "fcntl", None)
    monkeypatch.delitem(sys.modules, "cognito_otp_cli.migrate.journal")
    assert refused(migrate(), "migrate needs Linux or macOS (on Windows: WSL).")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"old_sub;decision\r\n1;keep\r\n", 'line 1: no columns old_sub and decision, separated by commas (this file has ";")'),
        (b"name,decision\r\n1,keep\r\n", "line 1: no columns old_sub and decision, separated by commas."),
        (b"old_sub,decision\r\nnobody,keep\r\n", 'line 2: nobody in the old pool has the id "nobody".'),
        (b"old_sub,username,decision\r\n1,J\xfcrgen,keep\r\n", 'is not UTF-8: save it as "CSV UTF-8".'),
    ],
)  # fmt: skip
def test_a_decision_file_that_cannot_be_meant_stops_and_stays(twice, migrate, content, words):
    path = twice.folder / "decisions.csv"
    path.write_bytes(content)
    assert refused(migrate("--decisions", str(path), "--dry-run"), words)
    assert path.read_bytes() == content


def test_a_decision_file_that_is_not_there_is_said(twice, migrate):
    assert "typo.csv is new: no decisions were read." in migrate("--decisions", "typo.csv", "--dry-run").stdout
    assert "is new" not in migrate("--decisions", "typo.csv", "--dry-run").stdout
    assert "is new" not in migrate("--dry-run").stdout


def test_a_decision_about_somebody_who_was_moved_and_is_gone_stands(twice, migrate):
    twice.plan()
    decide(twice, Username="skip", username="keep", eve="skip", eve2="keep")
    assert not twice.migrate()
    twice.cognito.admin_delete_user(UserPoolId=twice.old, Username="eve2")
    assert not twice.migrate()


def test_an_old_table_without_any_row_is_asked_about(world, migrate):
    sub = ada(world, row={})
    words = "No row of application has an old id as its owner_id: is this the table, and is its key the user's sub?"
    options = ("--old-table", "application")
    assert words in migrate(*options, "--dry-run").stdout
    result = migrate(*options)
    assert words in result.stdout
    assert "without any row, and leave 0?" in result.stderr
    assert refused(migrate(*options, "--yes"), words)
    assert world.state("new") == {}
    world.put("application", sub)
    assert migrate(*options, "--yes").exit_code == 0
    again = migrate(*options, "--yes")  # they are moved: nothing to be asked about
    assert again.exit_code == 0
    assert words not in again.stdout


def test_a_pool_that_is_not_of_this_module_is_no_place_to_go(run, world, monkeypatch):
    monkeypatch.setattr("cognito_otp_cli.session._session", lambda place: Process(world))
    monkeypatch.chdir(world.folder)
    result = run("migrate", "--from", world.new, "--to", world.old)
    assert result.exit_code == 2
    assert "not a pool of this module" in result.output
