"""What people, administrators and schedules have the functions do, each with what comes before and after it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest

from cognito_otp.identities import IN_FLIGHT
from cognito_otp.refusals import Refusal
from tests.hard.faulty import HOOKS, PROVIDER_ARN, Call, FaultyWorld, Person, Provider, refused

NAMES = {
    "USERNAME_ATTRIBUTES": "",
    "ALIAS_ATTRIBUTES": "email,phone_number",
    "CHANNELS": "sms,email",
    "MAINTENANCE_FUNCTION": "maintenance",
    "RECLAIM_AFTER_SECONDS": "600",
}
BY_MAIL = {"USERNAME_ATTRIBUTES": "email", "CHANNELS": "email"}
BOTH = {"CHANNELS": "sms,email"}


@dataclass(frozen=True)
class Flow:
    """Something that people or schedules have the functions do.

    Attributes:
        begin: what comes before, undisturbed; returns the person.
        act: what the fault strikes in.
        heal: what is done naturally afterwards.
        settings: of the functions.
        stored: settings in the auth-state table, which a new environment reads.
        patience: seconds that may have to be waited, if no cooldown of a destination is longer.
    """

    begin: Callable[[FaultyWorld], Person]
    act: Callable[[FaultyWorld, Person], Any]
    heal: Callable[[FaultyWorld, Person], Any]
    settings: dict[str, str] = field(default_factory=dict)
    stored: dict[str, Any] = field(default_factory=dict)
    patience: int = IN_FLIGHT


# What comes before


def nobody_yet(world: FaultyWorld, **how: Any) -> Person:
    return Person(world, **how)


def signed_up(world: FaultyWorld, **how: Any) -> Person:
    person = Person(world, **how)
    person.sign_up()
    return person


def member(world: FaultyWorld, **how: Any) -> Person:
    person = signed_up(world, **how)
    person.sign_in()
    assert person.is_in
    person.is_in = False
    world.clock.advance(3600)
    return person


def with_mail(world: FaultyWorld) -> Person:
    person = member(world)
    address = {"email": "person0@people.test", "email_verified": "true"}
    world.pool.users[person.username]["attributes"].update(address)
    person.attributes["email"] = address["email"]
    return person


def waiting(world: FaultyWorld, begin: Callable[[FaultyWorld], Person] = member, seconds: int = 0) -> Person:
    """Somebody whose code is out."""
    person = begin(world)
    person.start()
    world.run_queued()
    world.clock.advance(seconds)
    return person


def guessed_wrong(world: FaultyWorld) -> Person:
    person = waiting(world)
    person.answer(wrong(person))
    world.clock.advance(5)
    return person


def moved(world: FaultyWorld) -> Person:
    """Somebody who has changed the number, and verified the new one, since the last sign-in."""
    person = member(world)
    person.address = person.attributes["phone_number"] = "+14155550188"
    world.pool.users[person.username]["attributes"]["phone_number"] = person.address
    return person


def stranger_to_the_module(world: FaultyWorld) -> Person:
    """Somebody made behind its back."""
    person = Person(world)
    person.username = "from-elsewhere"
    world.pool.add(person.username, phone_number=person.address, phone_number_verified="true")
    return person


def claimed(world: FaultyWorld, username: str) -> None:
    """Let somebody's sign-up go as far as its claims."""
    world.sign_up_handler(
        world.event("PreSignUp_SignUp", username, {"userAttributes": {"phone_number": Person(world).address}}), None
    )


def after_a_failed_one(world: FaultyWorld) -> Person:
    """Cognito refused a sign-up after its claims, some time ago."""
    claimed(world, "never-made")
    world.clock.advance(60)
    return Person(world)


def kept_out(world: FaultyWorld) -> Person:
    """A stranger signed the number up under a name, and never came back."""
    claimed(world, "mallory")
    world.pool.add("mallory", phone_number=Person(world).address)
    world.clock.advance(600)
    return Person(world)


def reclaiming(world: FaultyWorld) -> Person:
    person = kept_out(world)
    with pytest.raises(Refusal, match="SIGN_UP_RETRY"):
        person.sign_up()
    world.public.clear()
    return person


def abandoned(world: FaultyWorld) -> Person:
    person = signed_up(world)
    world.clock.advance(8 * 86400)
    return person


def in_disorder(world: FaultyWorld) -> Person:
    """Something of everything that `reconcile` heals."""
    person = member(world)
    gone, rowless, unknown, changed, leftover = (Person(world, number) for number in range(1, 6))
    for each in (gone, rowless, changed):
        each.sign_up()
        each.sign_in()
        assert each.is_in
    dynamodb = world.clients["dynamodb"]
    world.job(job="reconcile", restart=True)
    del world.pool.users[gone.username]
    dynamodb.delete_item(TableName="users", Key={"id": {"S": f"sub-of-{rowless.username}"}})
    world.pool.add("unknown", phone_number=unknown.address, phone_number_verified="true")
    world.pool.users[changed.username]["attributes"]["phone_number"] = "+14155550177"
    untold = f"account#{person.username}"
    claim = next(item["pk"] for item in world.items("identities") if item.get("holder") == {"S": untold})
    dynamodb.update_item(
        TableName="identities",
        Key={"pk": {"S": untold}},
        UpdateExpression="SET unsynced = :claim",
        ExpressionAttributeValues={":claim": claim},
    )
    world.pool.users[person.username]["attributes"].pop("phone_number_verified")
    leftover.sign_up()
    del world.pool.users[leftover.username]
    dynamodb.delete_item(TableName="identities", Key={"pk": {"S": f"account#{leftover.username}"}})
    world.clock.advance(86400)
    return person


# What the fault strikes in


def signs_up(_world: FaultyWorld, person: Person, **how: Any) -> None:
    person.sign_up(**how)


def signs_in(_world: FaultyWorld, person: Person) -> None:
    person.sign_in()


def wrong(person: Person) -> str:
    return "111111" if person.newest_code() == "000000" else "000000"


def guesses_wrong(world: FaultyWorld, person: Person) -> None:
    person.answer(wrong(person))
    world.run_queued()


def answers(world: FaultyWorld, person: Person, what: str) -> None:
    person.answer(what)
    world.run_queued()


def asks_again(world: FaultyWorld, person: Person, channel: str | None = None) -> None:
    person.resend(channel)
    world.run_queued()
    person.answer(str(person.newest_code()))
    world.run_queued()


def starts(world: FaultyWorld, person: Person) -> None:
    person.start()
    world.run_queued()


def is_rejected_by_the_provider(world: FaultyWorld, person: Person) -> None:
    """The provider takes no text at this moment."""
    call = Call("delivery", "publish", frozenset({("sns:Publish", "")}), is_tried_once=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Provider, "publish", lambda *_, **__: refused(call, lambda: None))
        starts(world, person)


def reconciles(world: FaultyWorld, _person: Person) -> None:
    world.job(job="reconcile", restart=True)
    world.run_queued()


def reaps(world: FaultyWorld, _person: Person) -> None:
    world.job(job="reap")


def rechecks(world: FaultyWorld, person: Person) -> None:
    world.job(job="recheck", sub=f"sub-of-{person.username}")


def runs_the_queue(world: FaultyWorld, _person: Person) -> None:
    world.run_queued()


def native_sign_in(world: FaultyWorld, person: Person) -> None:
    """Cognito's own one-time password was right, and proves the number."""
    user = world.pool.users[person.username]["attributes"]
    user["phone_number_verified"] = "true"
    event = world.event("PostAuthentication_Authentication", person.username, {"userAttributes": dict(user)})
    world.sign_up_handler(event, None)
    person.is_in = True


# What comes after


def in_after_all(_world: FaultyWorld, person: Person) -> None:
    person.gets_in()


def signed_up_and_in(world: FaultyWorld, person: Person, **how: Any) -> None:
    if person.username not in world.pool.users:
        person.signs_up(**how)
    person.gets_in()


def made_again_by_the_administrator(world: FaultyWorld, person: Person, **how: Any) -> None:
    signed_up_and_in(world, person, source="AdminCreateUser", **how)


def native_after_all(world: FaultyWorld, person: Person) -> None:
    if person.username not in world.pool.users:
        person.signs_up()
    native_sign_in(world, person)


def nobody_is_left(world: FaultyWorld, person: Person) -> None:
    """The schedule comes again, and then somebody else with that number signs up."""
    world.clock.advance(86400)
    world.job(job="reap")
    assert person.username not in world.pool.users
    assert world.items("identities") == []
    person.signs_up()
    person.gets_in()


def reconciled(world: FaultyWorld, person: Person) -> None:
    world.clock.advance(3600)
    reconciles(world, person)
    person.gets_in()


FLOWS = {
    "sign-up": Flow(nobody_yet, signs_up, signed_up_and_in),
    "sign-up with everything": Flow(
        nobody_yet,
        signs_up,
        signed_up_and_in,
        {**HOOKS, "MAX_SIGN_UPS_PER_HOUR": "100"},
        {"countries": {"blocked": ["DE"]}, "messages": {"de": {"sms": "{code}"}}, "user_row": {}},
    ),
    "sign-up after one that failed": Flow(after_a_failed_one, signs_up, signed_up_and_in),
    "sign-up by Cognito's code": Flow(
        nobody_yet,
        partial(signs_up, confirmed_by_code=True),
        partial(signed_up_and_in, confirmed_by_code=True),
        {"CONFIRMATION": "code", **HOOKS},
    ),
    "sign-up while a stranger has the number": Flow(kept_out, signs_up, signed_up_and_in, NAMES),
    "invitation": Flow(
        partial(nobody_yet, phone_number_verified="true"),
        partial(signs_up, source="AdminCreateUser"),
        made_again_by_the_administrator,
    ),
    "sign-up and in with Cognito's own codes": Flow(
        nobody_yet,
        lambda world, person: (signs_up(world, person), native_sign_in(world, person)),
        native_after_all,
        {"NATIVE_OTP": "true", **HOOKS},
    ),
    "first sign-in": Flow(signed_up, signs_in, in_after_all, HOOKS),
    "sign-in": Flow(member, signs_in, in_after_all),
    "sign-in with everything": Flow(
        member,
        signs_in,
        in_after_all,
        {"MAX_MESSAGES_PER_HOUR": "100", "FRAUD_MODE": "deny"},
        {"countries": {"blocked": ["DE"]}, "messages": {"de": {"sms": "{code}"}}, "user_row": {}, "test_numbers": {}},
    ),
    "sign-in by mail": Flow(partial(member, by="email"), signs_in, in_after_all, BY_MAIL),
    "first sign-in by mail": Flow(partial(signed_up, by="email"), signs_in, in_after_all, BY_MAIL),
    "sign-in by End User Messaging": Flow(
        member, signs_in, in_after_all, {"SMS_PROVIDER": "end_user_messaging", "SMS_FEEDBACK": "true"}
    ),
    "sign-in by a function of one's own": Flow(member, signs_in, in_after_all, {"PROVIDER_FUNCTION": PROVIDER_ARN}),
    "sign-in that the provider refuses": Flow(
        member, is_rejected_by_the_provider, in_after_all, {"MAX_MESSAGES_PER_HOUR": "100"}
    ),
    "sign-in with a changed number": Flow(moved, signs_in, in_after_all),
    "sign-in of a user made elsewhere": Flow(stranger_to_the_module, signs_in, in_after_all),
    "sign-in after one that was given up": Flow(partial(waiting, seconds=120), signs_in, in_after_all),
    "second tap": Flow(waiting, starts, in_after_all),
    "start too early": Flow(guessed_wrong, starts, in_after_all),
    "wrong guess": Flow(waiting, guesses_wrong, in_after_all),
    "no code at all": Flow(waiting, partial(answers, what="hello"), in_after_all),
    "another code": Flow(partial(waiting, seconds=30), asks_again, in_after_all),
    "another channel": Flow(
        partial(waiting, begin=with_mail, seconds=5), partial(asks_again, channel="email"), in_after_all, BOTH
    ),
    # A fence whose run died may be taken over after a minute.
    "removal for the owner": Flow(reclaiming, runs_the_queue, signed_up_and_in, NAMES, patience=62),
    "reap": Flow(abandoned, reaps, nobody_is_left),
    "reconcile": Flow(in_disorder, reconciles, reconciled, HOOKS),
    "recheck": Flow(moved, rechecks, reconciled),
}
