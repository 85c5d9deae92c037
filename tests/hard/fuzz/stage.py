"""The four functions on moto, a person in the middle of a sign-in, and what must hold whatever event comes.

`Stage.play` raises AssertionError where it does not. All of it is put back after each event, so that every one meets
the same code, still alive and with all its guesses.
"""

import contextlib
import copy
import json
import logging
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from moto.cognitoidp.models import cognitoidp_backends
from moto.dynamodb.models import dynamodb_backends

from cognito_otp import refusals
from cognito_otp.refusals import Refusal
from tests.hard.fuzz.events import HIDDEN_CODE, HIDDEN_PHONE
from tests.unit.conftest import EVENTS, Clock, World

# isort: split
from cognito_otp.functions import maintenance  # reads the environment that the line above sets

USERNAME = "7c1d2e3f-4a5b-4c6d-8e7f-000000000001"
PHONE, EMAIL = "+14155550177", "ada.lovelace@mail.example"
UNCLAIMED = "+14155550188"

_ACCOUNT, _REGION = "123456789012", "us-east-1"
_TOKENS = {value for name, value in vars(refusals).items() if name.isupper()}
_TOLD = re.compile(r"([A-Z_]+)(?: retry_after=([0-9]{1,4}))?")
# Words of a person that nobody else's event has. A mask keeps four digits, and a first letter.
_PRIVATE = [
    *(phone[1:-4] for phone in (PHONE, HIDDEN_PHONE)),
    *("ada.lovelace", "zelda.hidden", "unlisted.example", HIDDEN_CODE),
]
_PARAMETERS = {
    "delivery_medium": r"SMS|EMAIL",
    "destination": r"\+\*\*\*|\*\*\*@\*\*\*",
    **dict.fromkeys(("code_length", "expires_in", "resend_in", "resends_left", "attempts_left"), r"[0-9]{1,4}"),
}
_BOOLEANS = (
    "autoConfirmUser",
    "autoVerifyEmail",
    "autoVerifyPhone",
    "issueTokens",
    "failAuthentication",
    "answerCorrect",
)
_ROUTES = {
    "sign_up": ("presignup", "postconfirmation", "custommessage"),
    "sign_in": (
        *("defineauthchallenge", "createauthchallenge", "verifyauthchallengeresponse", "verifyauthchallenge"),
        "postauthentication",
    ),
}
PUBLIC = tuple(_ROUTES)
PRIVATE = ("delivery", "maintenance")


class Lines(logging.Handler):
    """Keeps what the package logs, as Lambda would write it."""

    _OWN = frozenset(vars(logging.makeLogRecord({})))

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line: the message, and the fields that are not of `logging` itself."""
        fields = {name: value for name, value in vars(record).items() if name not in self._OWN}
        self.lines.append({"message": record.getMessage(), **fields})


class Context:
    """What Lambda tells a function of its invocation."""

    def get_remaining_time_in_millis(self) -> int:
        """Leave a slice 0.2 seconds, beside the minute that it keeps."""
        return 60_200


class Stage:
    """The functions and the person.

    Attributes:
        seen: what came of the events, by function and outcome, so that a run can show that it was no idle one.
        code: the code that was sent and is alive.
    """

    def __init__(self, clock: Clock) -> None:
        self.world = World(clock)
        self.seen: Counter[str] = Counter()
        self.lines = Lines()
        self.world.sign_up(USERNAME, phone_number=PHONE, email=EMAIL)
        self._session = self.world.session(USERNAME, phone_number=PHONE, email=EMAIL, sub=USERNAME)
        self._handed_over = list(self.world.queue.payloads)
        # Of another person, whose message is still to be sent.
        self.world.sign_up("waiting", phone_number=UNCLAIMED)
        self.world.session("waiting", phone_number=UNCLAIMED)
        self.world.sign_up_handler(
            self.world.event("PreSignUp_SignUp", "limbo", {"userAttributes": {"phone_number": "+14155550166"}}), None
        )
        waiting = self.world.queue.payloads[len(self._handed_over) :]
        self.world.queue.payloads[:] = self._handed_over
        self.world.deliver()
        self._handed_over = waiting
        self.code = self.world.code()
        self._maintenance = maintenance.assemble(self.world.environment, self.world.clients)
        self._kept = self._state()
        self.world.counted()

    # What there is to mutate

    def events(self, function: str) -> list[dict[str, Any]]:
        """Return a function's events: the samples and the person's own, or what is handed over and asked for."""
        if function == "delivery":
            return [*copy.deepcopy(self._handed_over), {"received": self._challenge_id}]
        if function == "maintenance":
            pool = {"user_pool_id": self.world.pool_id}
            return [
                {"job": "reconcile", **pool, "dry_run": True, "seconds": 0.2},
                {"job": "reconcile", **pool, "restart": True, "seconds": 0.2},
                {"job": "recheck", **pool, "sub": USERNAME},
                {"job": "reap", **pool, "seconds": 0.2},
                {"job": "reclaim", **pool, "account": "account#limbo", "attempt": "x"},
            ]
        samples = [json.loads(path.read_text()) for path in sorted(EVENTS.glob("*.json"))]
        events = [{**sample, "userPoolId": self.world.pool_id} for sample in samples] + self._own_events()
        # Those that the function answers more often than those that it passes through.
        return events + 4 * [event for event in events if _trigger(event) in _ROUTES[function]]

    @property
    def _challenge_id(self) -> str:
        return self._session._rounds[-1]["challengeMetadata"]

    def _own_events(self) -> list[dict[str, Any]]:
        request = copy.deepcopy(self._session._request)
        private = dict(self._session._private)
        spelt = f"{self.code[:3]} {self.code[3:]}"
        wrong = f"{(int(self.code) + 1) % 10**6:06d}"
        own = {"challengeName": "CUSTOM_CHALLENGE", "challengeMetadata": self._challenge_id}
        asked = [
            *(
                ("VerifyAuthChallengeResponse", {"privateChallengeParameters": private, "challengeAnswer": answer})
                for answer in (self.code, spelt, wrong, self.code[:5], "resend")
            ),
            (
                "VerifyAuthChallengeResponse",
                {"privateChallengeParameters": private, "challengeAnswer": "-", "clientMetadata": {"action": "resend"}},
            ),
            *(
                (trigger, {"session": [{**own, "challengeResult": result}]})
                for trigger in ("DefineAuthChallenge", "CreateAuthChallenge")
                for result in (False, True)
            ),
            ("DefineAuthChallenge", {"session": []}),
            ("CreateAuthChallenge", {"session": []}),
            ("PostAuthentication", {"newDeviceUsed": False}),
        ]
        events = [
            self.world.event(f"{trigger}_Authentication", USERNAME, {**copy.deepcopy(request), **copy.deepcopy(more)})
            for trigger, more in asked
        ]
        new = {"phone_number": "+14155550155", "email": "grace@mail.example", "locale": "de-AT"}
        for source in (
            "PreSignUp_SignUp",
            "PreSignUp_AdminCreateUser",
            "CustomMessage_SignUp",
            "PreSignUp_ExternalProvider",
        ):
            told = {
                "userAttributes": dict(new),
                "validationData": None,
                "codeParameter": "{####}",
                "clientMetadata": {},
            }
            events.append(self.world.event(source, "grace", told))
        return events

    # What must hold

    def play(self, function: str, event: Any) -> None:
        """Give a function an event, check all that leaves it, and put everything back.

        Raises:
            AssertionError: something is wrong.
        """
        self.lines.lines.clear()
        try:
            with self._listening():
                if function in PUBLIC:
                    self._public(function, event)
                else:
                    self._private(function, event)
            self._check_lines(event)
        finally:
            self._put_back()

    def _public(self, function: str, event: Any) -> None:
        before = copy.deepcopy(event)
        try:
            answer = getattr(self.world, f"{function}_handler")(event, None)
        except Refusal as refusal:
            told = _TOLD.fullmatch(str(refusal))
            assert (told[1] if told else None) in _TOKENS, f"the public reads {refusal!s}"
            assert (told[2] is not None) <= (told[1].endswith(("THROTTLED", "RETRY")) or "PENDING" in told[1])
            self.seen[f"{function} {told[1]}"] += 1
            return
        except Exception as error:
            raise AssertionError(f"the public reads {type(error).__name__}: {error!s:.200}") from error
        json.dumps(answer, allow_nan=False)
        if not isinstance(before, dict):
            assert answer == before
            return
        trigger = _trigger(before)
        if trigger not in _ROUTES[function]:
            assert answer == before, "an event that is not ours was touched"
            self.seen[f"{function} passed through"] += 1
            return
        rest = {name: value for name, value in answer.items() if name != "response"}
        assert rest == {name: value for name, value in before.items() if name != "response"}, (
            "more than the response changed"
        )
        self._check_response(trigger, before, answer)
        self.seen[f"{function} {trigger}"] += 1

    def _check_response(self, trigger: str, before: dict[str, Any], answer: dict[str, Any]) -> None:
        came = before.get("response") if isinstance(before.get("response"), dict) else {}
        response = answer.get("response", {})
        if not trigger.startswith(("verify", "define", "create")) and response == before.get("response", {}):
            return  # nothing was written
        assert isinstance(response, dict), "the response is no object"
        written = {name: value for name, value in response.items() if name not in came or came[name] != value}
        for name in written.keys() & set(_BOOLEANS):
            assert isinstance(written[name], bool), f"{name} is {written[name]!r}"
        assert not {"autoVerifyEmail", "autoVerifyPhone"} & written.keys()
        if trigger.startswith("verify"):
            assert response["answerCorrect"] is False or self._is_right(before), "a wrong code was accepted"
            self.seen["right codes"] += response["answerCorrect"]
        if trigger == "defineauthchallenge":
            assert response["issueTokens"] is False or _has_answered(before), "tokens for nothing"
            assert response["issueTokens"] is False or response["failAuthentication"] is False
            assert response["challengeName"] in (None, "CUSTOM_CHALLENGE")
            self.seen["tokens"] += response["issueTokens"]
        if written.get("autoConfirmUser"):
            assert before["triggerSource"] == "PreSignUp_SignUp"
            assert self.world.counted().count("transact_write_items") == 1, "confirmed without a claim"
        if trigger == "createauthchallenge":
            public, private = response["publicChallengeParameters"], response["privateChallengeParameters"]
            assert public.keys() == _PARAMETERS.keys()
            for name, value in public.items():
                assert isinstance(value, str), f"{name} is {value!r}"
                assert re.fullmatch(_PARAMETERS[name], value), f"{name} is {value!r}"
            assert private.keys() == {"challenge_id", "round"}
            assert all(isinstance(value, str) for value in (*private.values(), response["challengeMetadata"]))
        if trigger == "custommessage":
            assert written.keys() <= {"smsMessage", "emailSubject", "emailMessage"}
        self._check_text("the answer", json.dumps(written), _told(before))

    def _is_right(self, event: dict[str, Any]) -> bool:
        """Tell, in other words than the package's, whether an event carries the code that was sent to the person."""
        request = event["request"]
        typed = [each for each in request["challengeAnswer"] if each != "-" and not each.isspace()]
        return (
            event["userName"] == USERNAME
            and request["privateChallengeParameters"]["challenge_id"] == self._challenge_id
            and "".join(str(unicodedata.decimal(each, "?")) for each in typed) == self.code
            and not request.get("userNotFound")
        )

    def _private(self, function: str, event: Any) -> None:
        handler = self._maintenance if function == "maintenance" else self.world.delivery_handler
        try:
            answer = handler(event, Context())
        except Exception as error:
            self.seen[f"{function} {type(error).__name__}"] += 1
            self._check_text("the error", str(error))
            if function == "maintenance" and isinstance(event, dict):
                assert isinstance(error, maintenance.JobFailedError), repr(error)
                assert re.fullmatch(r"there is no such job|[a-z]+ failed: \w+( of \w+)?; see the log", str(error)), (
                    f"the error says {error!s:.200}"
                )
        else:
            json.dumps(answer, allow_nan=False)
            self._check_text("the answer", json.dumps(answer))
            self.seen[f"{function} done"] += 1

    def _check_lines(self, event: Any) -> None:
        identities = _identities(event)
        for line in self.lines.lines:
            # Cognito's and our own ids: no client writes them, and a line has them by their name.
            shown = {name: value for name, value in line.items() if value not in identities}
            assert all(isinstance(value, str | int) for value in line.values()), f"a field is no text or number: {line}"
            self._check_text(f"the line {line['message']}", json.dumps(shown))

    def _check_text(self, place: str, text: str, known: str = "") -> None:
        for secret in (*_PRIVATE, self.code):
            # A code is six digits, which a time or a number of a line may have by chance.
            if secret.isdigit() and len(secret) == 6:
                found = re.search(rf"(?<![0-9A-Za-z]){secret}(?![0-9A-Za-z])", text) is not None
            else:
                found = secret in text
            assert not found or secret in known, f"{place} shows {secret}: {text:.300}"

    # Putting everything back

    @contextlib.contextmanager
    def _listening(self) -> Iterator[None]:
        logger = logging.getLogger("cognito_otp")
        logger.addHandler(self.lines)
        try:
            yield
        finally:
            logger.removeHandler(self.lines)

    def _state(self) -> tuple[dict[str, Any], dict[str, Any]]:
        tables = dynamodb_backends[_ACCOUNT][_REGION].tables
        pool = cognitoidp_backends[_ACCOUNT][_REGION].user_pools[self.world.pool_id]
        return {name: copy.deepcopy(dict(table.items)) for name, table in tables.items()}, copy.deepcopy(
            dict(pool.users)
        )

    def _put_back(self) -> None:
        made = self.world.counted()
        self.world.queue.payloads.clear()
        if not any(name.startswith(("update", "put", "transact", "admin_")) for name in made):
            return
        items, users = self._kept
        for name, table in dynamodb_backends[_ACCOUNT][_REGION].tables.items():
            table.items.clear()
            table.items.update(copy.deepcopy(items[name]))
        pool = cognitoidp_backends[_ACCOUNT][_REGION].user_pools[self.world.pool_id]
        pool.users.clear()
        pool.users.update(copy.deepcopy(users))


def _trigger(event: Mapping[str, Any]) -> str:
    return str(event.get("triggerSource") or "").partition("_")[0].lower()


def _has_answered(event: dict[str, Any]) -> bool:
    last = event["request"]["session"][-1]
    answered = last["challengeName"] == "CUSTOM_CHALLENGE" and last["challengeResult"] is True
    return answered and not event["request"].get("userNotFound")


def _told(event: dict[str, Any]) -> str:
    """Return what an answer repeats: the placeholder of a message, and the challenge's id, which nobody sees."""
    request = event.get("request")
    if not isinstance(request, dict):
        return ""
    return str([request.get("codeParameter"), request.get("session")])


def _identities(event: Any) -> list[Any]:
    """Return an event's own ids of account and challenge, wherever Cognito has them."""
    if not isinstance(event, Mapping):
        return []
    request = event.get("request") if isinstance(event.get("request"), Mapping) else {}
    session = request.get("session") if isinstance(request.get("session"), list) else []
    attributes, private = request.get("userAttributes"), request.get("privateChallengeParameters")
    return [
        *(each.get("sub") for each in (event, attributes) if isinstance(each, Mapping)),
        *(each.get("challengeMetadata") for each in session if isinstance(each, Mapping)),
        private.get("challenge_id") if isinstance(private, Mapping) else None,
        event.get("challenge_id"),
        event.get("received"),
    ]
