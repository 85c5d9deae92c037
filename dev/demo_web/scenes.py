"""What people wonder about, played on the local AWS: each scene says what it tries, does it, and counts what comes."""

import functools
import itertools
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from dev.demo_web.timeline import Timeline, Tone, Words
from dev.demo_web.watcher import Watcher
from dev.local import LocalAWS
from dev.person import Person, wrong

_SIGN_INS = 20
_REQUESTS_EACH = 3
_AT_ONCE = 4
_AREAS = (415, 212, 312, 206, 617, 702)
_READING_SECONDS = 1.5  # for what a scene says
_RETRY_AFTER = re.compile(r"retry_after=(\d+)")


class ClosedError(Exception):
    """The demonstration ends, and the scene with it."""


class BusyError(Exception):
    """Another scene is being played."""


@dataclass
class Visitor(Person):
    """A person whose calls go through the demonstration's own door, so that they stand in the timeline."""

    door: Any = field(default=None, repr=False)

    @property
    def _cognito(self) -> Any:
        return self.door


class Stage:
    """Where scenes are played, one at a time.

    Args:
        aws: the local AWS with its inbox.
        config: the page's: `userPoolClientId`, `identifiers`.
        url: the demonstration's, without a slash at the end.
        timeline: where scenes say what they do.
        watcher: knows who has signed up already.
    """

    def __init__(
        self, aws: LocalAWS, config: Mapping[str, Any], url: str, timeline: Timeline, watcher: Watcher
    ) -> None:
        # A phone shows best what happens.
        self.identifiers: Sequence[str] = sorted(config["identifiers"], reverse=True)
        self._aws = aws
        self._client_id = config["userPoolClientId"]
        self._url = url
        self._timeline = timeline
        self._watcher = watcher
        self._numbers = _fictional_numbers()
        self._playing = threading.Lock()
        self._closed = threading.Event()

    def play(self, name: str) -> None:
        """Begin a scene; it goes on in a thread of its own.

        Raises:
            KeyError: there is no such scene.
            BusyError: another one is being played.
        """
        scene = SCENES[name]
        if self._closed.is_set() or not self._playing.acquire(blocking=False):
            raise BusyError
        threading.Thread(target=self._run, args=(name, scene), daemon=True, name=f"scene-{name}").start()

    def close(self) -> None:
        """End a scene that is being played, at its next wait at the latest; no other begins."""
        self._closed.set()

    def say(self, title: str, detail: str = "") -> None:
        """Say what is tried next, and why, and leave people the time to read it.

        Raises:
            ClosedError: the demonstration ends.
        """
        self._timeline.note("scene", Words(title, detail), state="goes on")
        if self._closed.wait(_READING_SECONDS):
            raise ClosedError

    def wait(self, seconds: float, title: str, why: str) -> None:
        """Let so much time pass.

        Raises:
            ClosedError: the demonstration ends.
        """
        self._timeline.note("scene", Words(title, why), state="waits", until=time.time() + seconds)
        if self._closed.wait(seconds):
            raise ClosedError

    def newcomer(self, actor: str = "person", identifier: str = "phone_number") -> Visitor:
        """Return somebody with a number or an address that nobody has signed up with."""
        if identifier == "email":
            return self.visitor(actor, f"grace.{secrets.token_hex(2)}@example.com")
        taken = {row.get("phone_number") for row in self._watcher.rows()}
        return self.visitor(actor, next(number for number in self._numbers if number not in taken))

    def asking(self) -> Visitor:
        """Return a newcomer who has signed up and asked for a code."""
        person = self.newcomer(identifier=self.identifiers[0])
        person.sign_up()
        person.start_sign_in()
        return person

    def visitor(self, actor: str, username: str) -> Visitor:
        """Return a client application in the hands of `actor`, one of `dev.demo_web.door.ACTORS`."""
        config = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1}, proxies={}, read_timeout=120)
        door = boto3.session.Session().client(
            "cognito-idp", region_name="us-east-1", endpoint_url=f"{self._url}/cognito/{actor}/", config=config
        )
        return Visitor(self._aws, self._client_id, username, door=door)

    def _run(self, name: str, scene: "Scene") -> None:
        try:
            self._timeline.note("scene", Words(scene.title, scene.description), state="begins", name=name)
            words = scene.play(self)
            self._watcher.look()
            self._timeline.note("scene", words, state="ends", name=name)
        except ClosedError:
            pass
        except Exception as error:  # whatever it is: the console must not wait for an end that never comes
            words = Words("The scene could not be played to its end", str(error), type(error).__name__, "bad")
            self._timeline.note("scene", words, state="ends", name=name)
        finally:
            self._playing.release()


@dataclass(frozen=True)
class Scene:
    """Something to try.

    Attributes:
        title: what the button says.
        description: one sentence of what will be tried.
        play: plays it and returns what came of it, counted.
    """

    title: str
    description: str
    play: Callable[[Stage], Words]


def _wrong_code(stage: Stage) -> Words:
    person = stage.asking()
    code = person.wait_for_code()
    refused = 0
    for by in (1, 2):
        refused += not _is_in(person.answer(wrong(code, by)))
        left = person.parameters.get("attempts_left", "0")
        stage.say(
            f"A wrong code costs one attempt: {left} left", "The sign-in goes on, and no second message goes out."
        )
    is_in = _is_in(person.answer(code))
    return Words(
        f"{refused} wrong codes refused, then the right one: {_in(is_in)}, with {_messages(person)}",
        "Wrong codes lock nobody out. Each code has three attempts.",
        "",
        _tone(is_in),
    )


def _guessing(stage: Stage) -> Words:
    person = stage.asking()
    code = person.wait_for_code()
    stage.say("Somebody guesses until no attempt is left", "Of a million possible codes.")
    for guesses in itertools.count(1):
        if _answers(functools.partial(person.answer, wrong(code, guesses))) is None:
            break
    stage.say("And now the right code", "It came too late: it died with the last attempt.")
    is_in = bool(_answers(lambda: person.answer(code)))
    stage.say("So they begin a new sign-in", "")
    seconds = _throttled(person)
    pause = (
        f"the next code can be asked for in {seconds} seconds" if seconds else "another code can be asked for at once"
    )
    return Words(
        f"{guesses} guesses ended the sign-in. The right code afterwards: {_in(is_in)}; {pause}",
        f"{_messages(person).capitalize()} went out. The account is not locked: the pause ends by itself.",
        "",
        _tone(not is_in),
    )


def _resend(stage: Stage) -> Words:
    person = stage.asking()
    first = person.wait_for_code()
    stage.say("The person is impatient and asks for another code at once")
    person.resend()
    early = len(person.texts())
    seconds = int(person.parameters["resend_in"]) + 1
    stage.wait(
        seconds, f"Too early. Now {seconds} seconds pass", "So long is the pause after the first code, in real time."
    )
    person.resend()
    second = person.wait_for_code(2)
    stage.say("Two codes are on the phone. First the old one is typed, then the new one")
    old_works = _is_in(person.answer(first))
    new_works = _is_in(person.answer(second))
    return Words(
        f"Asked for a code 3 times: {early} went out at once, {len(person.texts()) - early} after the pause. "
        f"The old code: {_in(old_works)}. The new one: {_in(new_works)}",
        "Only the newest code counts. Each further one takes a longer pause.",
        "",
        _tone(new_works and not old_works),
    )


def _sign_up_twice(stage: Stage) -> Words:
    asked = made = 0
    for identifier in stage.identifiers:
        person = stage.newcomer(identifier=identifier)
        spellings = [person.username, person.username]
        if identifier == "email":
            spellings.append(person.username.title().replace(".Com", ".COM"))
        stage.say(
            f"{person.username} signs up {len(spellings)} times",
            "Once in capital letters: still the same mailbox." if identifier == "email" else "",
        )
        for spelling in spellings:
            asked += 1
            made += bool(_answers(stage.visitor("person", spelling).sign_up))
    accounts = "1 account" if made == 1 else f"{made} accounts"
    return Words(
        f"{asked} sign-ups of {len(stage.identifiers)} people: {accounts}",
        "One person, one account, however it is spelled. Who has one already is told to sign in.",
        "",
        _tone(made == len(stage.identifiers)),
    )


def _flood(stage: Stage) -> Words:
    owner = stage.newcomer("owner")
    owner.sign_up()
    stage.say(
        f"An attacker asks for codes to {owner.username}: {_SIGN_INS * _REQUESTS_EACH} times, in {_SIGN_INS} sign-ins",
        "Each text costs money, and the owner's phone should not ring all night.",
    )

    def attack(_number: int) -> int:
        attacker = stage.visitor("attacker", owner.username)
        for _ in range(_REQUESTS_EACH):
            # Whoever is refused a sign-in has none to go on with.
            _answers(attacker.resend if attacker.session else attacker.start_sign_in)
        return _REQUESTS_EACH

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        requests = sum(pool.map(attack, range(_SIGN_INS)))
    owner.wait_for_text()
    stage.say("Meanwhile the owner wants in", "The code on the phone is theirs: the attacker never sees it.")
    is_in = _get_in(stage, owner)
    stage.say("The attacker goes on")
    seconds = _throttled(stage.visitor("attacker", owner.username))
    then = f"The next request was refused, for {seconds} seconds." if seconds else "The next request was taken."
    return Words(
        f"{requests} requests from {_SIGN_INS} sign-ins: {_messages(owner)} went out. The owner: {_in(is_in)}",
        f"{then} A number gets one text per pause, however many ask. Pauses grow to five minutes, then end.",
        "",
        _tone(is_in),
    )


def _at_once(stage: Stage) -> Words:
    first = stage.asking()
    second = stage.visitor("second", first.username)
    stage.say("A second device begins a sign-in too", "Within 30 seconds it shares the code that is on its way.")
    second.start_sign_in()
    code = first.wait_for_code()
    stage.say("Both hand in the right code at the same instant")
    together = threading.Barrier(2)

    def answer(person: Person) -> bool:
        together.wait()
        answers = _answers(lambda: person.answer(code))
        return answers is not None and _is_in(answers)

    with ThreadPoolExecutor(2) as pool:
        signed_in = sum(pool.map(answer, (first, second)))
    return Words(
        f"The right code, handed in twice at once: {signed_in} signed in, with {_messages(first)}",
        "A code counts once. Which of two is first is decided in one place, by the database.",
        "",
        _tone(signed_in == 1),
    )


SCENES = {
    "wrong-code": Scene("Type a wrong code", "Somebody mistypes the code twice, then gets it right.", _wrong_code),
    "guessing": Scene("Guess the code", "Somebody guesses until no attempt is left.", _guessing),
    "resend": Scene("Ask for another code", "Too early, then after the pause. Takes half a minute.", _resend),
    "sign-up-twice": Scene("Sign up twice", "The same number, the same mailbox in capitals.", _sign_up_twice),
    "flood": Scene("Flood a number", "An attacker asks for 60 codes; then the owner wants in.", _flood),
    "at-once": Scene("Use a code twice", "Two devices hand in the same right code at one instant.", _at_once),
}


def _get_in(stage: Stage, person: Visitor) -> bool:
    """Sign a person in with the newest code, after the pause if one runs."""
    had = len(person.texts())
    seconds = _throttled(person)
    if seconds:
        stage.wait(seconds + 1, f"Refused: {seconds} seconds have to pass", "In real time.")
        person.start_sign_in()
        had += 1
    return _is_in(person.answer(person.wait_for_code(had)))


def _throttled(person: Visitor) -> int:
    """Begin a sign-in; return the seconds for which it is refused, 0 if it is not."""
    try:
        person.start_sign_in()
    except ClientError as refusal:
        found = _RETRY_AFTER.search(str(refusal))
        if found is None:
            raise
        return int(found.group(1))
    return 0


def _answers(call: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
    """Return what a call answers, None if it is refused."""
    try:
        return call()
    except ClientError:
        return None


def _is_in(answer: Mapping[str, Any]) -> bool:
    return "AuthenticationResult" in answer


def _in(is_in: bool) -> str:
    return "signed in" if is_in else "not signed in"


def _messages(person: Person) -> str:
    """Count what really arrived."""
    count = len(person.texts())
    noun = "mail" if "@" in person.username else "text"
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _tone(as_it_should_be: bool) -> Tone:
    return "good" if as_it_should_be else "bad"


def _fictional_numbers() -> Iterator[str]:
    """Yield numbers that are kept free for fiction: 555-0100 to 555-0199 in every area of North America."""
    return (f"+1{area}555{line:04d}" for area in _AREAS for line in range(150, 199))
