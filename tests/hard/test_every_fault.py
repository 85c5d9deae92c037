"""Every AWS call of every function goes wrong in every way, and people get in all the same.

A flow is run once as it should go, which tells its calls. Then once for each call and each fault, and its person goes
on by doing the natural thing: the same again, after the seconds that the page shows. A call that is new in a flow
comes under test by itself; a call that no flow makes, although a policy allows it, fails a test.
"""

import contextlib
import copy
import itertools
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from cognito_otp.refusals import Refusal
from dev.package import ROOT
from tests.hard.faulty import (
    ACTIVATED_ARN,
    AWS_TEXT,
    DEATHS,
    ERRORS,
    PROVIDER_ARN,
    Call,
    Fault,
    FaultyWorld,
    Person,
    UnansweredError,
    answer_lost,
    made_again,
    missing,
    refused,
    throttled,
)
from tests.hard.flows import FLOWS, Flow, member, waiting
from tests.unit.conftest import HOOK_ARN, Clock
from tests.unit.test_floods import most_messages

pytestmark = pytest.mark.usefixtures("nobody_waits")

HOUR, DAY = 3600, 86400


@dataclass(frozen=True)
class Outcome:
    """What became of a flow.

    Attributes:
        calls: those that it made in all.
        struck: those that the fault struck.
        broken: the promises that were not kept.
    """

    calls: list[Call]
    struck: list[Call]
    broken: list[str]


class Stage:
    """A flow, begun once; each `run` starts from there.

    Args:
        flow: what is done.
    """

    def __init__(self, flow: Flow, world: FaultyWorld) -> None:
        self.flow, self.world = flow, world
        for name, settings in flow.stored.items():
            world.configure(name, settings)
        self.person = flow.begin(world)
        self._begun = world.snapshot()

    def run(
        self,
        fault: Fault | None = None,
        strikes: Callable[[int, Call], bool] = lambda number, call: False,
        *,
        late: str | None = None,
        repeats: int = 2,
        offsets: Sequence[int] = (0,),
    ) -> Outcome:
        """Run the flow to its end.

        Args:
            fault: what goes wrong.
            strikes: told the number of a call since the flow began, and the call; whether the fault strikes it.
            late: the function that answers too late each time, None for none.
            repeats: how often Cognito invokes a trigger again that died.
            offsets: how wrong the clocks of the environments are, to the end, one invocation after the other.
        """
        world, person = self.world, copy.deepcopy(self.person, {id(self.world): self.world})
        world.restore(self._begun)
        asked, sent, waited = person.asked, len(world.outbox), person.waited
        world.repeats = repeats
        world.faults.strikes = lambda number, call: fault if strikes(number, call) else None
        world.is_answered_late = lambda function: function == late
        clocks = itertools.cycle(offsets)
        world.offset_of = lambda function: next(clocks)
        with world.lines.kept():
            with contextlib.suppress(Refusal, UnansweredError):
                self.flow.act(world, person)
            world.faults.strikes = lambda number, call: None
            world.is_answered_late = lambda function: False
            calls, struck = list(world.faults.met), list(world.faults.struck)
            is_logged = bool(world.lines.of_trouble)
            allowed = max(self.flow.patience, world.cooldown_left()) + max(offsets) - min(offsets)
            holds_a_code, reached = person.holds_a_code(), len(world.outbox)
            self.flow.heal(world, person)
            needed = len(world.outbox) - reached
            world.run_late()
        promises = {
            "the public is told tokens only": not world.leaks,
            "one message a request": max(world.messages_of_a_request().values(), default=0) <= 1,
            "no more messages than requests": len(world.outbox) - sent <= person.asked - asked,
            "gets in": person.is_in,
            "within a cooldown": person.waited - waited <= allowed,
            "a code that is out is good": not (holds_a_code and needed),
            "nothing secret in the log": not _secrets(world, person),
            "an error leaves a line": is_logged
            or fault not in ERRORS
            or not struck
            or _is_made_up_for(fault, struck, calls),
            "whole, and nothing besides": self.is_whole_or_heals(person),
        }
        return Outcome(calls, struck, [name for name, is_kept in promises.items() if not is_kept])

    def is_whole_or_heals(self, person: Person) -> bool:
        """Tell whether somebody who is in has all that belongs to it, or will after the next sign-in and by `reconcile`."""
        if not person.is_whole() and self.world.is_in_line():
            return True
        world, found = self.world, []
        now = world.snapshot()
        for heal in (lambda again: self.flow.heal(world, again), lambda _: world.job(job="reconcile", restart=True)):
            world.restore(now)
            again = copy.deepcopy(person, {id(world): world})
            again.is_in = False
            world.clock.advance(3600)
            heal(again)
            world.run_queued()
            found.append(not again.is_whole() and world.is_in_line())
        return all(found)


@contextlib.contextmanager
def staged(name: str) -> Iterator[Stage]:
    flow = FLOWS[name]
    with played(**flow.settings) as world:
        yield Stage(flow, world)


@contextlib.contextmanager
def played(**settings: str) -> Iterator[FaultyWorld]:
    world, numbers = FaultyWorld(Clock(), **settings), itertools.count(500_000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cognito_otp.clock.now", world.now)
        patch.setattr("cognito_otp.codes.generate", lambda length: str(next(numbers)))
        yield world


def _is_made_up_for(fault: Fault, struck: Sequence[Call], calls: Sequence[Call]) -> bool:
    """Tell whether the function itself puts right what went wrong once, so that nobody has to know.

    A throttled provider and a throttled list are asked again; after a guess whose answer was lost its item is read.
    """
    first = struck[0]
    if len(struck) > 1:
        return False
    if fault is throttled:
        return (
            first.operation in ("publish", "send_email", "send_text_message", "list_users")
            or _PROVIDES & first.permissions
        )
    following = calls[next(number for number, call in enumerate(calls) if call is first) + 1]
    return fault is answer_lost and (first.operation, following.operation) == ("update_item", "get_item")


_PROVIDES = {("lambda:InvokeFunction", PROVIDER_ARN)}


def _secrets(world: FaultyWorld, person: Person) -> list[str]:
    codes = {message.code for message in world.outbox}
    addresses = {person.address, *person.attributes.values()} - {"true"}
    return [each for each in (*codes, *addresses, AWS_TEXT) if each in world.lines.text]


def describe(call: Call) -> str:
    return f"{call.function} {call.operation} {sorted(call.permissions)}"


Ways = Iterator[tuple[str, Outcome]]


def one_call_fails(stage: Stage, faults: Sequence[Fault] = (*ERRORS, made_again, *DEATHS)) -> Ways:
    for number, call in enumerate(stage.run().calls):
        for fault in faults:
            outcome = stage.run(fault, lambda at, _call, number=number: at == number)
            assert outcome.struck == [call]
            yield f"{fault.__name__}: {number} {describe(call)}", outcome


def one_process_is_gone_for_good(stage: Stage) -> Ways:
    """Cognito does not invoke again, and the client hears its own words for that."""
    for number, call in enumerate(stage.run().calls):
        for fault in DEATHS:
            outcome = stage.run(fault, lambda at, _call, number=number: at == number, repeats=0)
            yield f"{fault.__name__}: {number} {describe(call)}", outcome


def one_function_answers_too_late(stage: Stage) -> Ways:
    """Every invocation of it is made again although the one before was carried out."""
    for function in sorted({call.function for call in stage.run().calls}):
        yield function, stage.run(late=function)


def two_calls_fail(stage: Stage) -> Ways:
    """A choice of pairs, always the same."""
    chosen = random.Random(1)
    calls = stage.run().calls
    for _ in range(30):
        numbers, fault = chosen.choices(range(len(calls)), k=2), chosen.choice((*ERRORS, made_again, *DEATHS))
        outcome = stage.run(fault, lambda at, _call, numbers=numbers: at in numbers)
        yield f"{fault.__name__}: {numbers}", outcome


def one_permission_is_away(stage: Stage) -> Ways:
    """All calls of one kind fail until the person has given up for now."""
    needed = sorted({(call.function, permission) for call in stage.run().calls for permission in call.permissions})
    for function, permission in needed:
        for fault in (refused, answer_lost):
            outcome = stage.run(
                fault,
                lambda _, call, lacks=(function, permission): (
                    lacks[0] == call.function and lacks[1] in call.permissions
                ),
            )
            yield f"{fault.__name__}: {function} {permission}", outcome


def one_thing_is_missing(stage: Stage) -> Ways:
    """A table, the key, the pool, a function or a provider is not there, for anybody."""
    things = {_thing(permission) for call in stage.run().calls for permission in call.permissions}
    for thing in sorted(things):
        outcome = stage.run(missing, lambda _, call, thing=thing: thing in {_thing(each) for each in call.permissions})
        yield thing, outcome


def _thing(permission: tuple[str, str]) -> str:
    action, resource = permission
    return resource or action.partition(":")[0]


def broken(name: str, ways: Callable[[Stage], Ways]) -> dict[str, list[str]]:
    """Return by way in which something went wrong the promises that were not kept."""
    with staged(name) as stage:
        assert stage.run().broken == []
        return {way: outcome.broken for way, outcome in ways(stage) if outcome.broken}


@pytest.mark.parametrize("name", FLOWS)
@pytest.mark.parametrize(
    "ways",
    [
        one_call_fails,
        two_calls_fail,
        one_process_is_gone_for_good,
        one_function_answers_too_late,
        one_permission_is_away,
        one_thing_is_missing,
    ],
    ids=lambda ways: ways.__name__,
)
def test_whatever_goes_wrong_people_get_in_and_nothing_is_doubled_or_told(name, ways):
    assert broken(name, ways) == {}


def test_what_a_flow_does_is_the_same_each_time():
    with staged("first sign-in") as stage:
        assert stage.run().calls == stage.run().calls
        assert len(stage.run().calls) > 20


# Every permission


def allowed_by_terraform() -> set[tuple[str, str, str]]:
    """Read from iam.tf what the functions may do, whatever the inputs: function, action, and what it is allowed on."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "iam.tf").read_text(), flags=re.MULTILINE)
    definitions = dict(re.findall(r"^  (\w+) = (.*?)(?=^  \w+ = |^}|^  \w+ = \{)", text, re.MULTILINE | re.DOTALL))

    def expanded(body: str) -> str:
        spliced = ("update_user_row", "tell_activated", "publish_to_phones", "sign_up_auth_state_actions")
        return re.sub(rf"local\.({'|'.join(spliced)})\b", lambda found: definitions[found[1]], body)

    allowed = set()
    bodies = re.findall(
        r"^    (\w+)\s*= concat\((.*?)(?=^    \w+\s*= concat|\Z)", definitions["runtime_statements"], re.M | re.S
    )
    for function, body in bodies:
        statements = re.findall(r'"Allow"\s*Action\s*= (.*?)\n\s*Resource\s*= (.*?)\n', expanded(body), re.DOTALL)
        for actions, resource in statements:
            # There Lambda itself writes.
            if "failure_destination" not in resource:
                allowed |= {(function, action, _named(resource)) for action in _actions(actions)}
        allowed.add((function, "kms:GenerateMac", ""))
    for function, actions in re.findall(
        r"^    (\w+)\s*= (.*?\])(?=\n    \w|\n    #|\n  \}|\)\n)", definitions["pool_actions"], re.M | re.S
    ):
        allowed |= {(function, action, "") for action in _actions(actions)}
    return allowed


def _actions(text: str) -> list[str]:
    return re.findall(r'"([a-z-]+:[A-Z]\w+)"', text)


def _named(resource: str) -> str:
    """Return what `Call.permissions` calls a resource of iam.tf; nothing for what calls do not name."""
    names = {
        "local.identities_arn": "identities",
        "local.auth_state_arn": "auth-state",
        "local.user_table_arn": "users",
        'local.invocable["maintenance"]': "maintenance",
        '"delivery"': "delivery",
        "var.hooks.pre_sign_up": HOOK_ARN,
        "var.hooks.activated": ACTIVATED_ARN,
        "var.delivery.function_arn": PROVIDER_ARN,
    }
    return next((name for part, name in names.items() if part in resource), "")


def test_the_flows_need_every_permission_and_no_other():
    needed = set()
    for name in FLOWS:
        with staged(name) as stage:
            needed |= {(call.function, *permission) for call in stage.run().calls for permission in call.permissions}
    assert needed == allowed_by_terraform()


# Clocks

DIFFERENCE = 60  # seconds between two environments' clocks, which is far more than AWS's are apart


@pytest.mark.parametrize("name", FLOWS)
def test_clocks_that_differ_keep_nobody_out_for_longer_than_they_differ(name):
    with staged(name) as stage:
        orders = [(0, DIFFERENCE), (DIFFERENCE, 0), (-DIFFERENCE // 2, DIFFERENCE // 2, 0)]
        orders += [random.Random(seed).choices(range(DIFFERENCE + 1), k=50) for seed in range(10)]
        assert [found for offsets in orders if (found := stage.run(offsets=offsets).broken)] == []


@pytest.mark.parametrize(("asked", "answered"), [(0, 0), (DIFFERENCE, 0), (0, -DIFFERENCE), (-DIFFERENCE, 0)])
@pytest.mark.parametrize("late_by", [-1, 0])
def test_a_code_lives_as_long_as_documented_and_as_the_clocks_differ(asked, answered, late_by):
    with played() as world:
        person = member(world)
        world.offset_of = lambda function: asked
        person.start()
        world.run_queued()
        world.clock.advance(300 + asked - answered + late_by)
        world.offset_of = lambda function: answered
        assert person.answer(str(person.newest_code())) == (late_by < 0)


@pytest.mark.parametrize("seed", range(5))
def test_clocks_that_differ_lift_no_limit(seed):
    order = random.Random(seed)
    with played(FRAUD_MODE="off") as world:
        owner = member(world)
        world.offset_of = lambda function: order.randint(0, DIFFERENCE)
        before = len(world.outbox)
        for _ in range(HOUR // 5):
            with contextlib.suppress(Refusal):
                owner.start()
            world.run_queued()
            world.clock.advance(5)
        assert len(world.outbox) - before <= most_messages(30, 300, HOUR + DIFFERENCE)
        owner.session, owner.waited = None, 0
        owner.gets_in()
        assert owner.is_in
        assert owner.waited <= 300 + DIFFERENCE


def test_a_clock_that_jumps_back_between_two_triggers_costs_no_more_than_the_jump():
    with played() as world:
        person = waiting(world)
        world.clock.advance(-600)
        assert person.answer(str(person.newest_code()))
        person.is_in = False
        person.gets_in()
        assert person.is_in
        assert person.waited <= 600 + 30


# What should not be there any more, and what should and is not


def next_visit(world: FaultyWorld, person: Person) -> list[Any]:
    """Return all that somebody sees who comes again, by an old page that is still open and then by a new one."""
    seen: list[Any] = []
    world.public.clear()
    if person.session is not None:
        with contextlib.suppress(Refusal, UnansweredError):
            seen += [person.answer(str(person.newest_code())), person.session is None]
    asked, sent, waited = person.asked, len(world.outbox), person.waited
    person.session = None
    person.is_in = False
    with contextlib.suppress(Refusal, UnansweredError):
        person.start()
        seen.append(dict(person.session.parameters) if person.session else None)
        world.run_queued()
    person.gets_in()
    return [*seen, person.is_in, person.asked - asked, len(world.outbox) - sent, person.waited - waited, *world.public]


SIGN_INS = [name for name in FLOWS if "sign-in" in name or "code" in name or name in ("second tap", "wrong guess")]


def left_and_swept(name: str, after: int, sabotage: Callable[[FaultyWorld], None] = lambda world: None) -> list[Any]:
    """Return what somebody sees who comes again after so many seconds, with what is past its time there and gone."""
    seen = []
    for is_swept in (False, True):
        with staged(name) as stage:
            world, person = stage.world, stage.person
            sabotage(world)
            with contextlib.suppress(Refusal):
                stage.flow.act(world, person)
            world.clock.advance(after)
            if is_swept:
                world.tables.sweep(world.clock.time)
            seen.append(next_visit(world, person))
    return seen


@pytest.mark.parametrize("after", [301, HOUR - 1, HOUR, 3 * HOUR, 2 * DAY, 17 * DAY])
@pytest.mark.parametrize("name", [name for name in SIGN_INS if not name.startswith("sign-up")])
def test_an_item_past_its_time_is_as_good_as_gone_however_late_it_is_swept(name, after):
    left, swept = left_and_swept(name, after)
    assert left == swept


@pytest.mark.parametrize(
    ("check", "after"), [(" AND expires_at > :now AND size", 301), ("expires_at <= :begun OR", 3 * HOUR)]
)
def test_control_a_time_that_is_not_looked_at_is_seen(check, after):
    left, swept = left_and_swept(
        "second tap", after, lambda world: world.tables.rewrite(check, " AND size" if "size" in check else "")
    )
    assert left != swept


@pytest.mark.parametrize("table", ["users", "identities", "auth-state"])
@pytest.mark.parametrize("name", ["sign-in", "another code", "wrong guess", "second tap", "sign-in by mail"])
def test_whoever_is_known_to_the_pool_gets_in_after_a_table_was_lost(name, table):
    with staged(name) as stage:
        world, person = stage.world, stage.person
        world.tables.empty(table)
        person.session = None
        person.gets_in()
        assert person.is_in
        assert stage.is_whole_or_heals(person)


# Each of these must be found by the tests above


def every_request_goes_out_again(world: FaultyWorld, _patch: pytest.MonkeyPatch) -> None:
    world.tables.rewrite("st = :requested AND ", "")


def a_guess_is_not_taken_back(_world: FaultyWorld, patch: pytest.MonkeyPatch) -> None:
    patch.setattr("cognito_otp.challenges.Challenges.take_back", lambda *_: None)


def errors_leave_as_they_are(_world: FaultyWorld, patch: pytest.MonkeyPatch) -> None:
    patch.setattr("cognito_otp.triggers.dispatch._answer", lambda route, trigger: route.handle(trigger))


def failed_sign_ups_hold_what_they_claimed(_world: FaultyWorld, patch: pytest.MonkeyPatch) -> None:
    patch.setattr("cognito_otp.identities.IN_FLIGHT", DAY)


def whatever_is_claimed_is_taken(_world: FaultyWorld, patch: pytest.MonkeyPatch) -> None:
    def taken(*_: Any) -> None:
        raise Refusal("PHONE_NUMBER_TAKEN")

    patch.setattr("cognito_otp.identities.Identities._resolved", taken)


def errors_are_logged_in_full(_world: FaultyWorld, patch: pytest.MonkeyPatch) -> None:
    patch.setattr("cognito_otp.event_log._place", str)


def errors_are_not_logged(_world: FaultyWorld, patch: pytest.MonkeyPatch) -> None:
    patch.setattr("cognito_otp.event_log.failure", lambda *_, **__: None)


def proofs_are_announced_once(_world: FaultyWorld, patch: pytest.MonkeyPatch) -> None:
    patch.setattr("cognito_otp.activation.Activations.announce_again", lambda *_: None)


def stale_items_are_left(_world: FaultyWorld, patch: pytest.MonkeyPatch) -> None:
    patch.setattr("cognito_otp.identities.Identities._removals", lambda *_: [])


@pytest.mark.parametrize(
    ("sabotage", "name", "promise"),
    [
        (every_request_goes_out_again, "sign-in", "one message a request"),
        (every_request_goes_out_again, "sign-in", "no more messages than requests"),
        (a_guess_is_not_taken_back, "first sign-in", "a code that is out is good"),
        (errors_leave_as_they_are, "sign-up", "the public is told tokens only"),
        (whatever_is_claimed_is_taken, "sign-up", "gets in"),
        (failed_sign_ups_hold_what_they_claimed, "sign-up", "within a cooldown"),
        (errors_are_logged_in_full, "sign-up", "nothing secret in the log"),
        (errors_are_not_logged, "sign-up", "an error leaves a line"),
        (proofs_are_announced_once, "first sign-in", "whole, and nothing besides"),
        (stale_items_are_left, "sign-up", "whole, and nothing besides"),
    ],
    ids=lambda each: each.__name__ if callable(each) else None,
)
def test_control_a_broken_promise_is_seen(sabotage, name, promise, monkeypatch):
    with staged(name) as stage:
        sabotage(stage.world, monkeypatch)
        assert any(promise in outcome.broken for _, outcome in one_call_fails(stage))
