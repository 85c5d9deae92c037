"""A process that dies at any line, an invocation that comes twice, late or out of order: at most one message a request.

Every AWS call of CreateAuthChallenge, of delivery and of a resend is a step. The process dies before it (nothing of it
happened) or after it (its answer was lost); then come Cognito's or Lambda's retry, and the person's next wish.
"""

import random
import threading

import pytest

from cognito_otp.functions import delivery, sign_in

PHONE = "+14155550100"
USER = "7c1d2e3f-4a5b-4c6d-8e7f-000000000001"
VERIFIED = {"phone_number": PHONE, "phone_number_verified": "true"}

START = ["get_item", "update_item", "put_item", "invoke"]
DELIVERY = ["update_item", "update_item", "publish", "update_item"]
RESEND = ["get_item", "get_item", "transact_write_items", "invoke"]
MOMENTS = ("before", "after")


def steps(calls):
    return [(number, moment) for number in range(len(calls)) for moment in MOMENTS]


def test_the_steps_are_all_that_there_are(world):
    world.warm_up()
    world.sign_up(USER, phone_number=PHONE)
    world.counted()
    world.session(USER, phone_number=PHONE)
    assert world.counted() == START
    world.deliver()
    assert world.counted() == DELIVERY
    world.clock.advance(30)
    session = world.session(USER, **VERIFIED)
    world.deliver()
    world.clock.advance(60)
    world.counted()
    session.resend()
    assert world.counted()[: len(RESEND)] == RESEND


@pytest.mark.parametrize(("number", "moment"), steps(START))
def test_a_start_that_died_is_repeated_by_cognito_and_sends_one_message(world, number, moment):
    world.warm_up()
    world.sign_up(USER, phone_number=PHONE)
    sent = len(world.texts())
    with world.calls.dying(number, moment):
        world.session(USER, phone_number=PHONE)
    session = world.session(USER, phone_number=PHONE)
    assert world.deliver() == sent + 1
    assert session.answer(world.code())


@pytest.mark.parametrize(("number", "moment"), steps(START))
def test_a_start_that_died_and_is_never_repeated_keeps_nobody_out(world, number, moment):
    """Cognito gave up; the person tries again later, when a cooldown may have begun without a message."""
    world.warm_up()
    world.sign_up(USER, phone_number=PHONE)
    sent = len(world.texts())
    with world.calls.dying(number, moment):
        world.session(USER, phone_number=PHONE)
    world.clock.advance(12)
    session = world.session(USER, phone_number=PHONE)
    assert world.deliver() == sent + 1
    assert session.answer(world.code())


@pytest.mark.parametrize(("number", "moment"), steps(DELIVERY))
def test_a_delivery_that_died_is_repeated_by_lambda_and_sends_at_most_one_message(world, number, moment):
    world.warm_up()
    session = world.session(USER, **VERIFIED)
    (payload,) = world.queue.payloads
    sent = len(world.texts())
    with world.calls.dying(number, moment):
        world.delivery_handler(payload, None)
    for _ in range(2):
        world.delivery_handler(payload, None)
    out = len(world.texts()) - sent
    published = DELIVERY.index("publish")
    nothing_happened = (number, moment) == (0, "before")
    is_out = (number, moment) == (published, "after") or number > published
    assert out == (1 if nothing_happened or is_out else 0)
    if out:
        assert session.answer(world.code())
        return
    # Nothing can be expected any more, so the next round may resend at once, long before the cooldown ends.
    world.clock.advance(10)
    assert not session.answer("no code")
    assert session.parameters["resend_in"] == "0"
    session.resend()
    assert world.deliver() == sent + 1
    assert session.answer(world.code())


@pytest.mark.parametrize(("number", "moment"), steps(RESEND))
def test_a_resend_that_died_is_repeated_by_cognito_and_sends_one_message(world, number, moment):
    world.warm_up()
    session = world.session(USER, **VERIFIED)
    sent = world.deliver()
    world.clock.advance(30)
    with world.calls.dying(number, moment):
        session.resend()
    assert session.resend()["resends_left"] == "2"
    assert world.deliver() == sent + 1
    assert session.answer(world.code())


@pytest.mark.parametrize(("number", "moment"), steps(RESEND))
def test_a_resend_that_died_for_good_leaves_the_next_round_a_way(world, number, moment):
    world.warm_up()
    session = world.session(USER, **VERIFIED)
    sent = world.deliver()
    world.clock.advance(30)
    with world.calls.dying(number, moment):
        session.resend()
    session._private["round"] = "another round"
    world.clock.advance(10)
    session.resend()
    assert world.deliver() == sent + 1
    assert session.answer(world.code())


def test_a_late_delivery_of_a_replaced_code_sends_nothing(world):
    session = world.session(USER, **VERIFIED)
    late = world.queue.payloads.pop()
    world.clock.advance(10)
    session.resend()  # the same code, handed over again
    assert world.deliver() == 1
    world.clock.advance(30)
    session.resend()
    newest = world.queue.payloads.pop()
    for payload in (late, newest, late, newest):  # out of order and twice
        world.delivery_handler(payload, None)
    assert len(world.texts()) == 2
    assert session.answer(world.code())


class Interleaved:
    """Runs the same event several times at once, one AWS call at a time, in an order drawn from a seed."""

    def __init__(self, world, seed):
        self._world = world
        self._order = random.Random(seed)
        self._waiting = {}
        self._done = set()
        self._lock = threading.Condition()

    def run(self, actions):
        self._world.calls.around = self._wait
        threads = [threading.Thread(target=self._act, args=(action,), daemon=True) for action in actions]
        for thread in threads:
            thread.start()
        with self._lock:
            while not self._done.issuperset(threads):
                # Everybody who is left stands before a call, however long the last one took; one of them goes on.
                assert self._lock.wait_for(lambda: self._waiting.keys() | self._done >= set(threads), timeout=20)
                if self._waiting:
                    chosen = self._order.choice(sorted(self._waiting, key=lambda thread: thread.name))
                    self._waiting.pop(chosen).set()
        self._world.calls.around = lambda number, moment: None

    def _act(self, action):
        try:
            action()
        finally:
            with self._lock:
                self._done.add(threading.current_thread())
                self._lock.notify_all()

    def _wait(self, number, moment):
        if moment == "after":
            return
        mine = threading.Event()
        with self._lock:
            self._waiting[threading.current_thread()] = mine
            self._lock.notify_all()
        assert mine.wait(timeout=20)


@pytest.mark.parametrize("seed", range(12))
def test_the_same_start_three_times_overlapping_is_one_challenge_and_one_message(world, seed):
    """Cognito does not cancel an invocation whose answer is late, and invokes again, up to three times."""
    world.warm_up()
    sent = len(world.texts())
    events = []
    request = {"userAttributes": world.attributes(USER, **VERIFIED), "session": [], "challengeName": "CUSTOM_CHALLENGE"}

    def create():
        # An environment handles one event at a time: three at once are three environments.
        handler = sign_in.assemble(world.environment, world.clients)
        events.append(handler(world.event("CreateAuthChallenge_Authentication", USER, dict(request)), None))

    Interleaved(world, seed).run([create] * 3)
    assert len({event["response"]["challengeMetadata"] for event in events}) == 1
    payloads = list(world.queue.payloads)
    world.queue.payloads.clear()
    deliveries = [
        lambda payload=payload: delivery.assemble(world.environment, world.clients)(payload, None)
        for payload in payloads
    ]
    Interleaved(world, seed).run(deliveries)
    assert len(world.texts()) == sent + 1


@pytest.mark.parametrize("seed", range(12))
def test_the_same_wish_three_times_overlapping_is_one_resend(world, seed):
    world.warm_up()
    session = world.session(USER, **VERIFIED)
    sent = world.deliver()
    world.clock.advance(30)
    request = {
        **session._request,
        "privateChallengeParameters": session._private,
        "challengeAnswer": "resend",
        "clientMetadata": {"action": "resend"},
    }

    def verify():
        handler = sign_in.assemble(world.environment, world.clients)
        handler(world.event("VerifyAuthChallengeResponse_Authentication", USER, dict(request)), None)

    Interleaved(world, seed).run([verify] * 3)
    assert world.deliver() == sent + 1
    assert not session.answer("000000" if world.code() != "000000" else "111111")
    assert session.parameters["resends_left"] == "2"
    assert session.answer(world.code())
