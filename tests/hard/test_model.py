"""A challenge's whole life against the model: any requests, in any order, by several sign-ins of several people.

Hypothesis makes the stories: codes asked for, asked for again and elsewhere, delivered late, twice, or never, guessed
and guessed wrong, with Cognito and Lambda repeating themselves, and any time in between. After each step the client is
told what the model says, messages go out when it says, and tokens come for what it says is the code.
"""

import itertools
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from cognito_otp.challenges import Challenges
from cognito_otp.refusals import Refusal
from tests.hard.challenge_model import REFUSED, SENDING, SENT, Challenge, Model, Throttled
from tests.hard.faulty import FaultyWorld, answer_lost, died_before, refused
from tests.unit.conftest import Clock, Session

pytestmark = pytest.mark.usefixtures("nobody_waits")

MEMBERS = {
    "ada": {"phone_number": "+14155550101", "email": "person1@people.test"},
    "ben": {"phone_number": "+14155550102"},
}
REACHABLE = {"ada": ("sms", "email"), "ben": ("sms",), "nobody": ()}
# What a provider does, and how the delivery stands then.
OUTCOMES = {
    "sent": (None, SENT),
    "refused": (refused, REFUSED),
    "lost": (answer_lost, SENDING),
    "dead": (died_before, SENDING),
}
SECONDS = st.sampled_from([1, 3, 9, 10, 11, 20, 29, 30, 31, 60, 90, 120, 240, 299, 300, 301, 1800, 3600, 4000])
WHICH = st.integers(0, 5)
TIMES = st.sampled_from([1, 1, 1, 1, 1, 2])


@dataclass
class SignIn:
    """One sign-in under way, and its challenge in the model."""

    session: Session
    challenge: Challenge
    answers: int = 0


class Life(RuleBasedStateMachine):
    """Does to the functions and to the model the same."""

    def __init__(self) -> None:
        super().__init__()
        self.world = FaultyWorld(Clock(), CHANNELS="sms,email", FRAUD_MODE="off")
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr("cognito_otp.clock.now", self.world.now)
        numbers = itertools.count(500_000)
        self.patch.setattr("cognito_otp.codes.generate", lambda length: str(next(numbers)))
        for name, addresses in MEMBERS.items():
            self.world.pool.add(name, **addresses, **{f"{kind}_verified": "true" for kind in addresses})
        self.model = Model(REACHABLE)
        self.sign_ins: list[SignIn] = []
        self.by_id: dict[str, Challenge] = {}
        self.handed_over: list[dict[str, Any]] = []
        self.wrong = itertools.count()
        self.typed: list[str] = ["000000"]

    def teardown(self) -> None:
        self.patch.undo()

    @property
    def now(self) -> int:
        return self.world.clock.time

    @rule(seconds=SECONDS)
    def time_passes(self, seconds: int) -> None:
        self.world.clock.advance(seconds)

    @rule(who=st.sampled_from(sorted(REACHABLE)), times=TIMES)
    def somebody_starts(self, who: str, times: int) -> None:
        """`times`: Cognito invokes Create again, and the client hears of the last answer."""
        for again in range(times):
            expected = self.model.start(who, self.now)
            user = self.world.pool.users.get(who, {"attributes": {}})["attributes"]
            known = {name: value for name, value in user.items() if name != "sub"}
            try:
                session = self.world.session(who, known=bool(known), **known)
            except Refusal as refusal:
                assert isinstance(expected, Throttled)
                assert str(refusal) == f"OTP_THROTTLED retry_after={expected.retry_after}"
                continue
            assert isinstance(expected, Challenge)
            challenge = self.by_id.setdefault(session._private["challenge_id"], expected)
            assert challenge is expected
            self.check(session, expected)
            if again == times - 1:
                self.sign_ins.append(SignIn(session, expected))
        self.collect()

    @rule(who=st.sampled_from(sorted(MEMBERS)))
    def somebody_signs_in(self, who: str) -> None:
        self.somebody_starts(who, 1)
        mine = [each for each in self.sign_ins if each.challenge.who == who]
        if mine:
            self.a_code_arrives()
            self.type(mine[-1], "right", 1)

    @precondition(lambda self: self.handed_over)
    @rule()
    def a_code_arrives(self) -> None:
        self.deliver(self.handed_over[-1], "sent")

    @precondition(lambda self: self.handed_over)
    @rule(which=WHICH, outcome=st.sampled_from(sorted(OUTCOMES)))
    def a_delivery_is_invoked(self, which: int, outcome: str) -> None:
        """The newest, or one of those before: again, late, out of order."""
        self.deliver(self.handed_over[-1 - which % len(self.handed_over)], outcome)

    def deliver(self, event: dict[str, Any], outcome: str) -> None:
        challenge = self.by_id[event["challenge_id"]]
        fault, state = OUTCOMES[outcome]
        is_taken = self.model.deliver(challenge, event["generation"], self.now)
        before = len(self.world.outbox)
        self.world.faults.strikes = lambda _, call: fault if call.operation in ("publish", "send_email") else None
        self.world.run_event("delivery", event)
        self.world.faults.strikes = lambda _, call: None
        is_out = is_taken and challenge.is_real and outcome in ("sent", "lost")
        assert len(self.world.outbox) - before == is_out
        if is_taken and challenge.is_real:
            challenge.state = state
        if is_out:
            message = self.world.outbox[-1]
            kind = {"sms": "phone_number", "email": "email"}[challenge.channel]
            assert message.to == MEMBERS[challenge.who][kind]
            challenge.code = message.code

    @precondition(lambda self: self.sign_ins)
    @rule(which=WHICH, what=st.sampled_from(["right", "right", "wrong", "wrong", "wrong again", "older"]), times=TIMES)
    def somebody_guesses(self, which: int, what: str, times: int) -> None:
        self.type(self.chosen(which), what, times)

    @precondition(lambda self: self.sign_ins)
    @rule(which=WHICH)
    def somebody_guesses_on_and_on(self, which: int) -> None:
        """And whoever shares the code knows it."""
        sign_in = self.chosen(which)
        while sign_in in self.sign_ins:
            self.type(sign_in, "wrong", 1)
        sharing = [each for each in self.sign_ins if each.challenge is sign_in.challenge]
        if sharing:
            self.type(sharing[0], "right", 1)

    def type(self, sign_in: SignIn, what: str, times: int) -> None:
        guess = self.guess(sign_in.challenge, what)
        self.typed.append(guess)
        is_right = self.model.guess(sign_in.challenge, guess, self.now, times)
        self.answered(sign_in, sign_in.session.answer(guess, repeated=times), is_right)

    @precondition(lambda self: self.sign_ins)
    @rule(which=WHICH, answer=st.sampled_from(["hello", "12345", "-", "1234567"]))
    def somebody_types_no_code(self, which: int, answer: str) -> None:
        sign_in = self.chosen(which)
        self.answered(sign_in, sign_in.session.answer(answer), False)

    @precondition(lambda self: self.sign_ins)
    @rule(which=WHICH, channel=st.sampled_from([None, None, "sms", "email", "pigeon"]), times=TIMES)
    def somebody_wishes_for_another_code(self, which: int, channel: str | None, times: int) -> None:
        sign_in = self.chosen(which)
        self.model.resend(sign_in.challenge, channel, self.now)
        sign_in.session.resend(channel, repeated=times)
        self.answered(sign_in, False, False)
        self.collect()

    def chosen(self, which: int) -> SignIn:
        return self.sign_ins[-1 - which % len(self.sign_ins)]

    def guess(self, challenge: Challenge, what: str) -> str:
        if what == "right" and challenge.code:
            return challenge.code
        if what == "wrong again":
            return self.typed[-1]
        if what == "older" and self.world.outbox:
            return self.world.outbox[len(self.world.outbox) // 2].code
        return f"{next(self.wrong):06d}"

    def answered(self, sign_in: SignIn, tokens: bool, expected: bool) -> None:
        sign_in.answers += 1
        assert tokens == expected
        goes_on = not expected and self.model.goes_on(sign_in.challenge, sign_in.answers, self.now)
        assert sign_in.session.ended == (not expected and not goes_on)
        if goes_on:
            self.check(sign_in.session, sign_in.challenge)
        else:
            self.sign_ins.remove(sign_in)

    def check(self, session: Session, challenge: Challenge) -> None:
        told = challenge.told(self.now)
        assert {name: session.parameters[name] for name in told} == told

    def collect(self) -> None:
        self.handed_over += [event for _, event in self.world.lambda_queue.waiting]
        self.world.lambda_queue.waiting.clear()


PROFILE = settings(
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    max_examples=600,
    stateful_step_count=50,
)


def test_the_functions_do_what_the_model_says():
    run_state_machine_as_test(Life, settings=PROFILE)


# What the functions ask DynamoDB for, and what it would be without the protection.
PROTECTIONS = {
    "a guess is counted": ("SET tries.#guess = :round", "SET nothing = :round"),
    "guesses have a limit": (" AND size(tries) < :max", ""),
    "a code expires": (" AND expires_at > :now AND size", " AND size"),
    "a right code is good once": (" AND attribute_not_exists(tries.#guess)", ""),
    "nothing is sent twice": ("st = :requested AND gen = :gen", "gen = :gen"),
    "a replaced code is not sent": ("st = :requested AND gen = :gen", "st = :requested"),
    "a cooldown holds": ("OR expires_at <= :begun", "OR begun <= :begun"),
    "a wrong guess lengthens it": ("SET failures = failures + :one", "SET nothing = :one"),
    "a right answer leaves the first one": ("SET next_at = begun + :first", "SET next_at = begun"),
    "who joins is noted": ("SET joined = :true", "SET nothing = :true"),
}


def without(protection: str) -> type[Life]:
    old, new = PROTECTIONS[protection]

    class Unprotected(Life):
        def __init__(self) -> None:
            super().__init__()
            self.world.tables.rewrite(old, new)

    return Unprotected


@pytest.mark.parametrize("protection", PROTECTIONS)
def test_control_a_protection_that_is_gone_is_missed(protection):
    with pytest.raises(AssertionError):
        run_state_machine_as_test(without(protection), settings=settings(PROFILE, phases=[Phase.generate]))


def test_control_a_code_that_a_resend_does_not_replace_is_found(monkeypatch):
    deliver = Challenges.deliver
    first: dict[str, str] = {}

    def with_the_first_code(
        self: Challenges, challenge_id: str, generation: int, username: str, code: str, *rest: Any, **named: Any
    ) -> Any:
        return deliver(self, challenge_id, generation, username, first.setdefault(challenge_id, code), *rest, **named)

    monkeypatch.setattr(Challenges, "deliver", with_the_first_code)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Life, settings=settings(PROFILE, phases=[Phase.generate]))
