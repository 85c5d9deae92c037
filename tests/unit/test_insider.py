"""Whoever can write to the tables, and to nothing else: what it does not give them."""

PHONE, OWN_PHONE = "+14155550100", "+14155550101"
VERIFIED = {"phone_number_verified": "true"}


def of(world, table, start):
    (item,) = [item for item in world.items(table) if item.get("pk", item.get("id"))["S"].startswith(start)]
    return item


def test_the_code_of_ones_own_phone_cannot_be_made_another_persons(world):
    """The insider's own challenge becomes the one that the victim's sign-in joins."""
    dynamodb = world.clients["dynamodb"]
    world.session("insider", phone_number=OWN_PHONE, **VERIFIED)
    world.deliver()
    own_code, own_challenge, own_cooldown = (
        world.code(),
        of(world, "auth-state", "challenge#"),
        of(world, "auth-state", "limits#"),
    )
    world.session("victim", phone_number=PHONE, **VERIFIED)
    (cooldown,) = [
        item
        for item in world.items("auth-state")
        if item["pk"]["S"].startswith("limits#") and item["pk"] != own_cooldown["pk"]
    ]
    theirs = {"username": {"S": "victim"}, "limits_key": cooldown["pk"], "tries": {"M": {}}}
    dynamodb.put_item(TableName="auth-state", Item=own_challenge | theirs)
    dynamodb.put_item(
        TableName="auth-state", Item=cooldown | {"cid": {"S": own_challenge["pk"]["S"].removeprefix("challenge#")}}
    )
    session = world.session("victim", phone_number=PHONE, **VERIFIED)
    assert session._private["challenge_id"] == own_challenge["pk"]["S"].removeprefix("challenge#"), "it was not joined"
    assert not session.answer(own_code)
    assert session.parameters["attempts_left"] == "2", "the answer was not even compared"


def test_a_code_that_is_asked_for_cannot_be_made_another_persons_before_it_is_sent(world):
    world.session("insider", phone_number=OWN_PHONE, **VERIFIED)
    asked = of(world, "auth-state", "challenge#")
    world.clients["dynamodb"].put_item(TableName="auth-state", Item=asked | {"username": {"S": "victim"}})
    assert world.deliver() == 0


def test_a_row_of_the_user_table_opens_nothing(world):
    """A row that says ACTIVE, for a user of whom nothing is proven, or that names another number."""
    world.sign_up("victim", phone_number=PHONE)
    row = of(world, "users", "sub-of-victim")
    changed = row | {"status": {"S": "ACTIVE"}, "phone_number": {"S": OWN_PHONE}, "username": {"S": "insider"}}
    world.clients["dynamodb"].put_item(TableName="users", Item=changed)
    world.session("victim", phone_number=PHONE)
    assert [payload["address"] for payload in world.queue.payloads] == [PHONE]
    assert of(world, "identities", "account#")["st"]["S"] == "PENDING"
