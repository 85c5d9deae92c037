"""What a sign-up and a sign-in cost in AWS calls, as the README and the docstrings say."""

from dev.person import wrong

PHONE = "+14155550100"
USER = "7c1d2e3f-4a5b-4c6d-8e7f-000000000001"


def warm(world) -> None:
    """Have the keys derived, as in any environment that has run before."""
    world.sign_up("warm", phone_number="+14155550199")
    session = world.session("warm", phone_number="+14155550199")
    world.deliver()
    session.answer(world.code())
    world.clock.advance(30)
    world.counted()


def test_calls_of_a_sign_up(world):
    warm(world)
    world.sign_up(USER, phone_number=PHONE)
    assert world.counted() == [
        "transact_write_items",
        "admin_create_user",
        "update_item",
    ]  # the second is the test's own


def test_calls_of_a_returning_users_sign_in(world):
    warm(world)
    attributes = {"phone_number": "+14155550199", "phone_number_verified": "true"}
    session = world.session("warm", **attributes)
    assert world.counted() == ["update_item", "put_item", "invoke"]
    world.deliver()
    assert world.counted() == ["update_item", "publish", "update_item"]
    assert session.answer(world.code())
    assert world.counted() == ["update_item", "update_item", "update_item"]  # guess, cooldown, row


def test_calls_of_an_accounts_first_sign_in(world):
    warm(world)
    world.sign_up(USER, phone_number=PHONE)
    world.counted()
    session = world.session(USER, phone_number=PHONE)
    assert world.counted() == ["get_item", "update_item", "put_item", "invoke"]
    world.deliver()
    world.counted()
    assert session.answer(world.code())
    activation = ["transact_write_items", "admin_update_user_attributes", "update_item"]
    row = ["update_item", "get_item"]  # the event's attributes may be older than the activation
    assert world.counted() == ["update_item", *activation, "update_item", *row]


def test_an_unknown_user_costs_the_same_calls(world):
    warm(world)
    world.session("warm", phone_number="+14155550199", phone_number_verified="true")
    known = world.counted()
    world.session("nobody", known=False)
    assert world.counted() == known


def test_a_wrong_guess_is_one_write_and_two_reads(world):
    warm(world)
    session = world.session("warm", phone_number="+14155550199", phone_number_verified="true")
    world.deliver()
    world.counted()
    session.answer(wrong(world.code()))
    assert world.counted() == ["update_item", "get_item", "get_item"]  # guess, what is left, the next round
