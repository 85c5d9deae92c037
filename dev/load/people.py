"""People who sign up and in, mistype, ask for another code, tap twice; and what Cognito does for them.

What a person expects and does not get is a fault of the run.
"""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from dev.load.cloud import Cloud
from dev.load.leaks import LENGTH, NAME_LENGTH, NAME_LETTERS
from dev.load.steps import Step
from dev.person import wrong

VARIANTS = {
    "plain": 56,
    "wrong guesses": 12,
    "resend": 9,
    "other channel": 8,
    "second tap": 4,
    "early wish": 4,
    "locked out": 2,
    "hand_over_lost": 1,
    "refused": 1,
    "answer_lost": 2,
    "not_taken": 1,
}
"""What becomes of a sign-in, by weight; the last four are what may go wrong on a message's way out."""
_FAULTS = ("hand_over_lost", "refused", "answer_lost", "not_taken")

_FIRST, _RETURNING = "first sign-in", "returning sign-in"
_ATTEMPTS, _COOLDOWN, _LONGEST, _OVERDUE = 3, 30, 300, 10

# Area codes of the United States; numbers 555-0100 to 555-0199 are kept free for fiction in each.
_AREA_CODES = [
    *(
        201,
        202,
        203,
        205,
        206,
        207,
        208,
        209,
        210,
        212,
        213,
        214,
        215,
        216,
        217,
        218,
        219,
        224,
        225,
        228,
        229,
        231,
        234,
    ),
    *(
        239,
        240,
        248,
        251,
        252,
        253,
        254,
        256,
        260,
        262,
        267,
        269,
        270,
        276,
        281,
        301,
        302,
        303,
        304,
        305,
        307,
        308,
        309,
    ),
    *(
        310,
        312,
        313,
        314,
        315,
        316,
        317,
        318,
        319,
        320,
        321,
        323,
        325,
        330,
        331,
        334,
        336,
        337,
        339,
        347,
        351,
        352,
        360,
    ),
]
MOST = 100 * len(_AREA_CODES) + 1000
"""How many people there are numbers for."""


def phone_number(person: int) -> str:
    """Return a number that no other person has: of fiction in the United States, then of fiction in Great Britain."""
    area, number = divmod(person, 100)
    if area < len(_AREA_CODES):
        return f"+1{_AREA_CODES[area]}55501{number:02d}"
    # Ofcom keeps 07700 900000 to 900999 free for fiction.
    return f"+447700900{person - 100 * len(_AREA_CODES):03d}"


@dataclass
class Person:
    """One person with a phone, a mailbox, and a client application.

    Attributes:
        cloud: where they sign up and in.
        number: of the person.
        chance: the person's own.
        is_new: has to sign up first; otherwise both attributes were verified long ago.
    """

    cloud: Cloud
    number: int
    chance: random.Random
    is_new: bool
    guesses: set[str] = field(default_factory=set)
    expected: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.username = _letters(self.chance)
        self.phone_number = phone_number(self.number)
        self.email = "".join(self.chance.choices(NAME_LETTERS, k=NAME_LENGTH)) + "@example.com"
        self._attributes = {"sub": self.username, "phone_number": self.phone_number, "email": self.email}
        verified = {"phone_number_verified": "true", "email_verified": "true"}
        self.cloud.users[self.username] = self._attributes | ({} if self.is_new else verified)

    def sign_up(self) -> None:
        """Sign up: PreSignUp, the user, PostConfirmation."""
        step = self.cloud.ledger.step("sign-up")
        attributes = {name: value for name, value in self._attributes.items() if name != "sub"}
        request = {"userAttributes": attributes, "validationData": None}
        if not self.cloud.trigger("PreSignUp_SignUp", self.username, request, step)["autoConfirmUser"]:
            self._complain("a sign-up was not confirmed")
        request = {"userAttributes": {**self._attributes, "cognito:user_status": "CONFIRMED"}}
        self.cloud.trigger("PostConfirmation_ConfirmSignUp", self.username, request, step)

    def sign_in(self, variant: str) -> bool:
        """Sign in, with whatever becomes of it; return whether there were tokens."""
        kind = _RETURNING if "phone_number_verified" in self.cloud.users[self.username] else _FIRST
        fault = variant if variant in _FAULTS else None
        step = self.cloud.ledger.step(kind, fault=fault, typical=variant not in ("other channel", *_FAULTS))
        session = self._begin(step)
        if fault in ("hand_over_lost", "refused"):
            step.wait_until_delivered()
            self.cloud.mine.time += _OVERDUE if fault == "hand_over_lost" else 0
            step = self.cloud.ledger.step("resend", typical=False)
            session.answer("resend", step, action="resend")
        code = self._code(self.phone_number, step)
        match variant:
            case "wrong guesses":
                self._mistype(session, code, self.chance.randint(1, 2))
            case "resend":
                code = self._another(session, self.phone_number)
            case "other channel" if "CreateAuthChallenge" in step.repeated:
                # Cognito's retry looks like a second sign-in, which could be a stranger's: the code stays where it is.
                session.answer("resend", self.cloud.ledger.step("refused channel"), action="resend", channel="email")
                if session.parameters["delivery_medium"] != "SMS":
                    self._complain("a joined sign-in changed its channel")
            case "other channel":
                code = self._another(session, self.email, channel="email")
            case "second tap":
                self.cloud.mine.time += self.chance.randint(0, 5)
                session = self._begin(self.cloud.ledger.step("second tap"))
            case "early wish":
                self.cloud.mine.time += self.chance.randint(0, _COOLDOWN - 1)
                session.answer("resend", self.cloud.ledger.step("wish that comes too early"), action="resend")
            case "locked out":
                step.typical = False
                self._mistype(session, code, _ATTEMPTS)
                if not session.ended:
                    self._complain("a session outlived its guesses")
                self.cloud.mine.time += _LONGEST
                step = self.cloud.ledger.step(_FIRST, typical=False)
                session, code = self._begin(step), self._code(self.phone_number, step)
        self.cloud.mine.time += self.chance.randint(1, 5)
        session.answer(code, step)
        # After the first cooldown the next one of this person's sign-ins is another request.
        self.cloud.mine.time += _LONGEST
        return session.tokens

    def _begin(self, step: Step) -> "Session":
        attributes = {**self.cloud.users[self.username], "cognito:user_status": "CONFIRMED"}
        return Session(self.cloud, self.username, attributes, step)

    def _code(self, address: str, step: Step) -> str:
        """Wait for the code of the next message to an address."""
        self.expected[address] += 1
        code = self.cloud.messages.wait(address, self.expected[address])
        if code is None:
            raise LostError("a message")
        # Its delivery still has to note that it is out, for which it has ten seconds of the person's time.
        step.wait_until_delivered()
        return code

    def _mistype(self, session: "Session", code: str, times: int) -> None:
        for left in range(_ATTEMPTS - 1, _ATTEMPTS - 1 - times, -1):
            guess = wrong(code, by=left + 1)
            self.guesses.add(guess)
            session.answer(guess, self.cloud.ledger.step("wrong guess" if left else "last wrong guess"))
            if session.tokens:
                raise LostError("a wrong guess")
            if left and session.parameters["attempts_left"] != str(left):
                self._complain(f"{session.parameters['attempts_left']} guesses were said to be left, not {left}")

    def _another(self, session: "Session", address: str, **channel: str) -> str:
        self.cloud.mine.time += 1 if channel else int(session.parameters["resend_in"])
        left = int(session.parameters["resends_left"])
        step = self.cloud.ledger.step("another channel" if channel else "resend")
        session.answer("resend", step, action="resend", **channel)
        if session.parameters["resends_left"] != str(left - 1):
            self._complain("a wish for another code was not granted")
        return self._code(address, step)

    def _complain(self, text: str) -> None:
        self.cloud.problems.append(text)


class LostError(Exception):
    """Somebody did not get what was theirs; the text says what."""


def ask_as_nobody(cloud: Cloud, chance: random.Random) -> None:
    """Ask for a code for a user that does not exist, and guess."""
    session = Session(cloud, _letters(chance), None, cloud.ledger.step("unknown user's request"))
    session.answer(f"{chance.randrange(10**LENGTH):0{LENGTH}d}", cloud.ledger.step("unknown user's guess"))
    if session.tokens:
        cloud.problems.append("tokens for an unknown user")


class Triggers(Protocol):
    """Where triggers are invoked."""

    def trigger(self, source: str, username: str, request: Mapping[str, Any], step: Step) -> dict[str, Any]:
        """Invoke one, and return its response."""


class Session:
    """One sign-in, from InitiateAuth on, with the triggers in Cognito's order.

    Args:
        cloud: where the triggers are.
        username: as the user pool gives it.
        attributes: as they are at the beginning; None for an unknown user.
        step: what the triggers work for.
    """

    def __init__(self, cloud: Triggers, username: str, attributes: dict[str, str] | None, step: Step) -> None:
        self._cloud = cloud
        self._username = username
        self._request = {"userAttributes": attributes or {}, "userNotFound": attributes is None}
        self._rounds: list[dict[str, object]] = []
        self._private: dict[str, str] = {}
        self.tokens = self.ended = False
        self.parameters: dict[str, str] = {}
        self._next(step)

    def answer(self, answer: str, step: Step, **metadata: str) -> None:
        """Answer the challenge, with clientMetadata."""
        request = {**self._request, "privateChallengeParameters": self._private, "challengeAnswer": answer}
        if metadata:
            request["clientMetadata"] = metadata
        self._rounds[-1]["challengeResult"] = self._call("VerifyAuthChallengeResponse", request, step)["answerCorrect"]
        self._next(step)

    def _next(self, step: Step) -> None:
        defined = self._call("DefineAuthChallenge", {**self._request, "session": self._rounds}, step)
        self.tokens, self.ended = defined["issueTokens"], defined["failAuthentication"]
        if self.tokens:
            request = {"userAttributes": self._request["userAttributes"], "newDeviceUsed": False}
            self._call("PostAuthentication", request, step)
        elif not self.ended:
            request = {**self._request, "session": self._rounds, "challengeName": "CUSTOM_CHALLENGE"}
            created = self._call("CreateAuthChallenge", request, step)
            self.parameters = created["publicChallengeParameters"]
            self._private = created["privateChallengeParameters"]
            metadata = created["challengeMetadata"]
            self._rounds.append(
                {"challengeName": "CUSTOM_CHALLENGE", "challengeResult": None, "challengeMetadata": metadata}
            )

    def _call(self, trigger: str, request: dict[str, object], step: Step) -> dict[str, Any]:
        return self._cloud.trigger(f"{trigger}_Authentication", self._username, request, step)


def _letters(chance: random.Random) -> str:
    """Return a UUID without digits."""
    return "-".join("".join(chance.choices("abcdef", k=length)) for length in (8, 4, 4, 4, 12))
