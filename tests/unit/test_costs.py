"""What a sign-up and a sign-in cost in AWS calls, as the README and the docstrings say."""

import pytest

from dev import costs
from dev.person import wrong

PHONE = "+14155550100"
USER = "7c1d2e3f-4a5b-4c6d-8e7f-000000000001"


def test_calls_of_a_sign_up(world):
    world.warm_up()
    world.sign_up(USER, phone_number=PHONE)
    assert world.counted() == [
        "transact_write_items",
        "admin_create_user",
        "update_item",
    ]  # the second is the test's own


def test_calls_of_a_returning_users_sign_in(world):
    world.warm_up()
    attributes = {"phone_number": "+14155550199", "phone_number_verified": "true"}
    session = world.session("warm", **attributes)
    assert world.counted() == ["update_item", "put_item", "invoke"]
    world.deliver()
    assert world.counted() == ["update_item", "update_item", "publish", "update_item"]
    assert session.answer(world.code())
    # Guess, cooldown, the country's verified codes, row; the account, to see whether it is still what the pool says.
    assert world.counted() == [*["update_item"] * 4, "get_item"]


def test_calls_of_an_accounts_first_sign_in(world):
    world.warm_up()
    world.sign_up(USER, phone_number=PHONE)
    world.counted()
    session = world.session(USER, phone_number=PHONE)
    assert world.counted() == ["get_item", "update_item", "put_item", "invoke"]
    world.deliver()
    world.counted()
    assert session.answer(world.code())
    activation = ["transact_write_items", "admin_update_user_attributes", "update_item"]
    row = ["update_item", "get_item"]  # the event's attributes may be older than the activation
    assert world.counted() == ["update_item", *activation, "update_item", "update_item", *row]


def test_a_returning_users_sign_in_stays_below_ten_writes(make_world):
    world = make_world(MAX_MESSAGES_PER_HOUR="100")
    world.warm_up()
    session = world.session("warm", phone_number="+14155550199", phone_number_verified="true")
    world.deliver()
    assert session.answer(world.code())
    calls = world.counted()
    assert calls.count("update_item") + calls.count("put_item") == 10
    assert calls.count("get_item") == 1


def test_a_sign_in_by_email_counts_against_no_country(make_world):
    world = make_world(CHANNELS="email", USERNAME_ATTRIBUTES="email")
    attributes = {"email": "ada@example.com", "email_verified": "true"}
    for _ in range(2):
        session = world.session("ada", **attributes)
        world.deliver()
        assert session.answer(world.code_by_email())
        calls = world.counted()
        world.clock.advance(30)
    assert calls.count("update_item") + calls.count("put_item") == 7
    assert "batch_get_item" not in calls


def test_a_wrong_guess_is_two_writes_and_two_reads(world):
    world.warm_up()
    session = world.session("warm", phone_number="+14155550199", phone_number_verified="true")
    world.deliver()
    world.counted()
    session.answer(wrong(world.code()))
    # The guess, the cooldown that grows by it, what is left, the next round.
    assert world.counted() == ["update_item", "update_item", "get_item", "get_item"]


def test_a_resend_is_two_reads_and_a_transaction_and_one_that_is_throttled_two_reads(world):
    world.warm_up()
    session = world.session("warm", phone_number="+14155550199", phone_number_verified="true")
    world.deliver()
    world.counted()
    next_round = ["get_item", "get_item"]
    session.resend()
    assert world.counted() == ["get_item", "get_item", *next_round]
    world.clock.advance(30)
    session.resend()
    assert world.counted() == ["get_item", "get_item", "transact_write_items", "invoke", *next_round]


@pytest.mark.parametrize("table", [costs.per_thousand, costs.besides, costs.monitoring])
def test_the_page_has_the_dollars_that_are_computed(table):
    assert f"\n\n{table()}\n\n" in costs.PAGE.read_text()


def test_the_page_says_of_when_its_prices_are():
    assert f"{costs.PRICES['date']:%d %B %Y}" in costs.PAGE.read_text()


def test_the_runs_that_dollars_are_computed_from(world):
    runs = []
    for function in ("sign_up", "sign_in", "delivery"):
        handler = getattr(world, f"{function}_handler")

        def counting(*arguments, handler=handler):
            runs.append(handler)
            return handler(*arguments)

        setattr(world, f"{function}_handler", counting)

    def counted() -> int:
        count = len(runs)
        runs.clear()
        return count

    world.sign_up(USER, phone_number=PHONE)
    assert counted() == costs.RUNS["sign-up"]
    for sign_in in ("first sign-in", "returning sign-in"):
        session = world.session(USER, phone_number=PHONE, phone_number_verified="true")
        world.deliver()
        assert session.answer(world.code())
        assert counted() == costs.RUNS[sign_in]
        world.clock.advance(30)
    session = world.session(USER, phone_number=PHONE, phone_number_verified="true")
    world.deliver()
    counted()
    session.answer(wrong(world.code()))
    assert counted() == costs.RUNS["wrong guess"]
    world.clock.advance(60)
    session.resend()
    world.deliver()
    assert counted() == costs.RUNS["resend"]
    world.session("nobody", known=False)
    world.deliver()
    assert counted() == costs.RUNS["unknown user's request"]
