"""Messages that may not go out: blocked, over a threshold or a budget, to test numbers. The client sees no difference."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.unit.conftest import NOW
from tests.unit.test_faults import failing

BERLIN = "+493012345678"
FICTITIOUS = "+447700900123"


def person(number: int) -> tuple[str, dict[str, str]]:
    return f"user-{number}", {"phone_number": f"+1415555{number:04d}", "phone_number_verified": "true"}


def start(world, number: int):
    username, attributes = person(number)
    return world.session(username, **attributes)


def counted(world, key: str, name: str) -> int:
    item = world.item("auth-state", pk=key) or {}
    return int(item.get(name, {"N": "0"})["N"])


def test_a_number_of_a_blocked_country_gets_nothing_in_any_mode(make_world):
    world = make_world(FRAUD_MODE="off")
    world.configure("countries", {"blocked": ["DE"], "overrides": {}})
    session = world.session("ada", phone_number=BERLIN, phone_number_verified="true")
    assert world.deliver() == 0
    assert session.parameters["attempts_left"] == "3"
    assert not session.answer("000000")
    assert session.parameters["attempts_left"] == "2"


def test_a_country_over_its_threshold_is_recorded_or_denied(make_world, logged):
    world = make_world(FRAUD_MODE="deny")
    for number in range(5):
        start(world, number)
        world.deliver()
    assert len(world.texts()) == 3
    assert counted(world, "fraud#US#2027-01-15", "sent_08") == 3
    world.configure("countries", {"overrides": {"US": {"mode": "record_only"}}})
    start(world, 5)
    assert world.deliver() == 4
    assert logged().count('"suspected"') == 1
    assert logged().count('"reason": "pumping"') == 2


def test_what_is_answered_makes_room(make_world):
    world = make_world(FRAUD_MODE="deny", FRAUD_HOURLY_FLOOR="1", FRAUD_DAILY_FLOOR="1")
    for number in range(5):
        session = start(world, number)
        assert world.deliver() == number + 1
        assert session.answer(world.code())


def test_beyond_the_budget_nothing_is_sent_and_in_the_next_hour_it_is(make_world):
    world = make_world(FRAUD_MODE="off", MAX_MESSAGES_PER_HOUR="2")
    parameters = []
    for number in range(3):
        parameters.append(start(world, number).parameters)
        world.deliver()
    assert len(world.texts()) == 2
    assert parameters[0] == parameters[1] == parameters[2]
    world.clock.advance(3600)
    start(world, 4)
    assert world.deliver() == 3


def test_a_message_that_the_provider_refuses_counts_nowhere(make_world):
    world = make_world(MAX_MESSAGES_PER_HOUR="5")
    refused = ClientError({"Error": {"Code": "OptedOut"}, "ResponseMetadata": {"HTTPStatusCode": 400}}, "Publish")
    failing(world.clients["sns"], "publish", refused)
    start(world, 0)
    world.deliver()
    assert counted(world, "budget#messages#2027-01-15T08", "n") == 0
    assert counted(world, "fraud#US#2027-01-15", "sent_08") == 0


@pytest.mark.parametrize("what", ["the guard's count", "the guard's history", "the budget"])
def test_a_message_passes_when_it_cannot_be_asked_whether_it_may(make_world, logged, what):
    """The stated choice: people must get in, and the cooldown of their destination holds without this."""
    world = make_world(FRAUD_MODE="off" if what == "the budget" else "deny", MAX_MESSAGES_PER_HOUR="5")
    start(world, 0)
    if what == "the guard's history":
        failing(world.clients["dynamodb"], "batch_get_item")
    else:
        original, calls = world.clients["dynamodb"].update_item, []

        def second_fails(**parameters):
            calls.append(parameters)
            if len(calls) == 2:  # the first takes the delivery
                raise ClientError({"Error": {"Code": "InternalServerError"}}, "UpdateItem")
            return original(**parameters)

        world.clients["dynamodb"].update_item = second_fails
    assert world.deliver() == 1
    assert '"admission"' in logged()


@pytest.fixture
def tested(make_world):
    world = make_world()
    world.configure("test_numbers", {"codes": {FICTITIOUS: "493817"}, "until": "2027-01-15T09:00:00Z"})
    assert NOW == 1_800_000_000  # 2027-01-15T08:00:00Z
    return world


TESTER = {"phone_number": FICTITIOUS, "phone_number_verified": "true"}


def test_a_test_number_has_its_code_and_is_never_sent_to(tested, caplog):
    session = tested.session("tester", **TESTER)
    assert tested.deliver() == 0
    assert "WARNING" in {record.levelname for record in caplog.records}
    assert session.answer("493817")
    settings = "config#test_numbers"
    assert "493817" not in json.dumps([item for item in tested.items("auth-state") if item["pk"]["S"] != settings])


def test_a_test_number_ends_with_its_date_and_even_then_nothing_is_sent(tested):
    tested.clock.advance(3600)
    session = tested.session("tester", **TESTER)
    assert tested.deliver() == 0
    assert not session.answer("493817")


def test_other_numbers_know_nothing_of_the_fixed_code(tested):
    session = start(tested, 0)
    assert tested.deliver() == 1
    assert tested.code() != "493817" or pytest.skip("drawn, one in a million")
    assert not session.answer("493817")


def test_without_the_setting_a_fictitious_number_is_a_number(world):
    session = world.session("tester", **TESTER)
    assert world.deliver() == 1
    assert session.answer(world.code())
