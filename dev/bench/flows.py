"""What people do, carried out as Cognito does it, and what each invocation of a function cost."""

import contextlib
import gc
import itertools
import json
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import botocore.session

from cognito_otp import clock
from cognito_otp.refusals import Refusal
from dev.bench.systems import CLEANUP, DELIVERY, System, systems
from dev.bench.wire import Wire, stubbed
from dev.load.people import Session, phone_number
from dev.load.steps import START, OfThisThread
from dev.load.units import Units
from dev.person import wrong

SIGN_UP, FIRST, RETURNING, WRONG_GUESS = "sign-up", "first sign-in", "returning sign-in", "wrong guess"
ACTS = (SIGN_UP, FIRST, RETURNING, WRONG_GUESS)
REFUSED = "sign-up with a number that is taken"

_LATER = 3600  # seconds until the same person signs in again
_PASSWORD = "Thrown-away-1"  # SignUp wants one


@dataclass(frozen=True)
class Run:
    """One invocation of a function.

    Attributes:
        function: its name.
        trigger: of Cognito, or the function's name if it is no trigger.
        api: the client's call that waited for it; empty if none did.
        calls: AWS calls, as service and operation.
        write_units: of DynamoDB.
        read_units: of DynamoDB.
        milliseconds: of the processor, without what is behind the wire.
        until_answered: how many calls were made when VerifyAuthChallengeResponse gave its answer.
    """

    function: str
    trigger: str
    api: str
    calls: tuple[tuple[str, str], ...]
    write_units: float
    read_units: float
    milliseconds: float
    until_answered: int = 0


@dataclass
class Act:
    """What a person does, e.g. a sign-in from InitiateAuth to the tokens, with everything that comes of it.

    Attributes:
        kind: in a few words, see `ACTS`.
        apis: the client's calls of Cognito.
        runs: of all functions.
        messages: that went out.
    """

    kind: str
    apis: list[str] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    messages: int = 0

    @property
    def calls(self) -> int:
        """AWS calls of all functions."""
        return sum(len(run.calls) for run in self.runs)

    @property
    def write_units(self) -> float:
        """DynamoDB's write units."""
        return sum(run.write_units for run in self.runs)

    @property
    def read_units(self) -> float:
        """DynamoDB's read units."""
        return sum(run.read_units for run in self.runs)

    @property
    def milliseconds(self) -> float:
        """Processor time of all functions."""
        return sum(run.milliseconds for run in self.runs)

    @property
    def before_challenge(self) -> int:
        """AWS calls that are made before the client is shown the challenge."""
        return sum(len(run.calls) for run in self.runs if run.api == "InitiateAuth")

    @property
    def until_answered(self) -> int:
        """The most AWS calls that an answer took to be judged."""
        return max((run.until_answered for run in self.runs), default=0)

    def of(self, *triggers: str) -> "Act":
        """Return the part of it that some triggers or functions had."""
        return Act(self.kind, runs=[run for run in self.runs if run.trigger in triggers])

    def __add__(self, other: "Act") -> "Act":
        """Return both as one."""
        return Act(
            f"{self.kind} and {other.kind}",
            self.apis + other.apis,
            self.runs + other.runs,
            self.messages + other.messages,
        )


class _Answer(dict[str, Any]):
    """A trigger's response, which notes how many calls had been made when `answerCorrect` was set last."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire
        self.until_answered = 0

    def __setitem__(self, name: str, value: Any) -> None:
        if name == "answerCorrect":
            self.until_answered = len(self._wire.calls)
        super().__setitem__(name, value)


class Stage:
    """One system at work, with Cognito played around it.

    Args:
        system: the functions and their pool.
        wire: what they send to.
        clock: the package's.
        people: numbers for people, each of which is given once.
    """

    def __init__(self, system: System, wire: Wire, clock: OfThisThread, people: Iterator[int]) -> None:
        self.system = system
        session = botocore.session.get_session()
        self.cognito = session.create_client("cognito-idp")
        self._units = Units(session.create_client("dynamodb"))
        self._wire = wire
        self.clock = clock
        self.people = people

    def trigger(self, source: str, username: str, request: Mapping[str, Any], act: Act) -> dict[str, Any]:
        """Invoke the function of a trigger as Cognito does, if there is one, and return its response."""
        trigger = source.partition("_")[0]
        function = self.system.triggers.get(trigger)
        if function is None:
            return {}
        event = {
            "version": "1",
            "region": "us-east-1",
            "userPoolId": self.system.pool_id,
            "userName": username,
            "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": self.system.client_id},
            "triggerSource": source,
            "request": json.loads(json.dumps(request)),
        }
        answer: dict[str, Any] = json.loads(json.dumps(self.invoke(function, trigger, event, act)))
        return dict(answer["response"])

    def invoke(self, function: str, trigger: str, event: dict[str, Any], act: Act) -> Any:
        """Invoke a function for a trigger, or for itself, and add what it cost to the act."""
        response = event["response"] = _Answer(self._wire)
        texts = len(self._wire.codes)
        self._wire.take()
        away, begun = self._wire.seconds, time.thread_time()
        try:
            return self.system.functions[function](event, None)
        finally:
            seconds = time.thread_time() - begun - (self._wire.seconds - away)
            calls = self._wire.take()
            units = [self._units.of(call.operation, call.request, call.answer) for call in calls if call.request]
            act.messages += len(self._wire.codes) - texts
            act.runs.append(
                Run(
                    function,
                    trigger,
                    act.apis[-1] if trigger in self.system.triggers else "",
                    tuple((call.service, call.operation) for call in calls),
                    sum(write for write, _ in units),
                    sum(read for _, read in units),
                    1000 * seconds,
                    response.until_answered,
                )
            )

    def deliver(self, act: Act) -> None:
        """Run what was handed over, as Lambda does: nobody waits for it."""
        while self._wire.invoked:
            self.invoke(DELIVERY, DELIVERY, self._wire.invoked.pop(0), act)

    def newest_code(self) -> str:
        """Return the code of the newest text."""
        return self._wire.codes[-1]


class Person:
    """Somebody with a phone and a client application.

    Args:
        stage: where they sign up and in.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        number = next(stage.people)
        self._username = str(uuid.uuid4())
        self._typed = {"phone_number": phone_number(number), "email": f"person-{number}@example.com"}
        stage.clock.time = START

    def sign_up(self) -> Act:
        """Sign up, up to an account that may sign in."""
        act = Act(SIGN_UP)
        self._sign_up(act)
        return act

    def sign_up_again(self) -> Act:
        """Sign up once more, with the same number and address.

        Raises:
            RuntimeError: nobody minded.
        """
        act = Act(REFUSED)
        self._username = str(uuid.uuid4())
        try:
            self._sign_up(act)
        except (Refusal, ValueError):
            return act
        raise RuntimeError(f"{self._stage.system.name}: a number can be signed up with twice")

    def _sign_up(self, act: Act) -> None:
        stage = self._stage
        system, cognito = stage.system, stage.cognito
        if CLEANUP in system.functions:
            stage.invoke(CLEANUP, CLEANUP, {"phone_number": self._typed["phone_number"]}, act)
        act.apis.append("SignUp")
        request = {"userAttributes": self._typed, "validationData": None}
        response = stage.trigger("PreSignUp_SignUp", self._username, request, act)
        attributes = [{"Name": name, "Value": value} for name, value in self._typed.items()]
        cognito.sign_up(
            ClientId=system.client_id, Username=self._username, Password=_PASSWORD, UserAttributes=attributes
        )
        is_proven = not response.get("autoConfirmUser")
        if is_proven:
            act.messages += 1  # Cognito's own, which does not pass the wire
            act.apis.append("ConfirmSignUp")
        cognito.admin_confirm_sign_up(UserPoolId=system.pool_id, Username=self._username)
        if is_proven:
            cognito.admin_update_user_attributes(
                UserPoolId=system.pool_id,
                Username=self._username,
                UserAttributes=[{"Name": "phone_number_verified", "Value": "true"}],
            )
        stage.trigger("PostConfirmation_ConfirmSignUp", self._username, {"userAttributes": self._attributes()}, act)

    def sign_in(self, kind: str) -> Act:
        """Sign in with the code of the text that comes."""
        return self._signed_in(kind, guesses_wrong=False)[0]

    def guess_wrong(self) -> Act:
        """Type a wrong code in the midst of a sign-in; return what that alone cost."""
        return self._signed_in("the sign-in around it", guesses_wrong=True)[1]

    def _signed_in(self, kind: str, *, guesses_wrong: bool) -> tuple[Act, Act]:
        stage, act, wrong_guess = self._stage, Act(kind), Act(WRONG_GUESS)
        act.apis.append("InitiateAuth")
        session = Session(stage, self._username, self._attributes(), act)  # type: ignore[arg-type]
        stage.deliver(act)
        code = stage.newest_code()
        if guesses_wrong:
            self._answer(session, wrong(code), wrong_guess)
        self._answer(session, code, act)
        if not session.tokens:
            raise RuntimeError(f"a {kind} of {stage.system.name} ended without tokens")
        stage.clock.time += _LATER
        return act, wrong_guess

    def _answer(self, session: Session, answer: str, act: Act) -> None:
        act.apis.append("RespondToAuthChallenge")
        session.answer(answer, act)  # type: ignore[arg-type]
        self._stage.deliver(act)

    def _attributes(self) -> dict[str, str]:
        user = self._stage.cognito.admin_get_user(UserPoolId=self._stage.system.pool_id, Username=self._username)
        attributes = {each["Name"]: each["Value"] for each in user["UserAttributes"]}
        # Where the username is an attribute, Cognito makes the name, and it is the `sub`.
        return {**attributes, "sub": self._username, "cognito:user_status": user["UserStatus"]}


@contextlib.contextmanager
def stages() -> Iterator[dict[str, Stage]]:
    """Give a stage for each system by its name, warm: somebody has signed up and in on it."""
    moment, people = OfThisThread(), itertools.count()
    with stubbed() as wire, systems() as started, patch.object(clock, "now", moment):
        made = {system.name: Stage(system, wire, moment, people) for system in started}
        for stage in made.values():
            live(stage)
        # What stays for good (moto, botocore's models) would be looked through in the time of whatever runs just then.
        gc.collect()
        gc.freeze()
        try:
            yield made
        finally:
            gc.unfreeze()


def live(stage: Stage) -> dict[str, Act]:
    """Let a new person sign up, sign in twice, and mistype once; return the four acts by their kind."""
    person = Person(stage)
    acts = [person.sign_up(), person.sign_in(FIRST), person.sign_in(RETURNING), person.guess_wrong()]
    return {act.kind: act for act in acts}
