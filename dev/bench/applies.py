"""Applies the module and the functions made by hand to a local AWS, in turns, and signs people in to both.

Terraform and its provider are the real ones. The local AWS runs functions as processes of this computer and answers in
no time, so only what one takes beside the other says something. What takes longest is the provider's own: it makes
functions from a file one after the other, and waits five seconds for each.

The deployments are gone with the local AWS, whatever happens: it is a process of this run's own.
"""

import contextlib
import itertools
import json
import re
import tempfile
import time
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dev.bench.measure import Spread, ratio
from dev.bench.report import Bar, Result, Table
from dev.local import PATIENT, LocalAWS
from dev.package import PACKAGE
from dev.person import Person
from dev.terraform import ROOT, Terraform

HANDMADE = Path(__file__).parent / "handmade"

OURS, THEIRS = "the module", "one function per trigger"
_EXAMPLE = ROOT / "examples" / "phone-username"
_ROUNDS = 2
_PEOPLE = 10
_COOLDOWN = 31  # seconds until the module sends another code to who has just got one
_CODE = re.compile(r"\b\d{6}\b")

FROM_S3 = "apply, the package in S3"
SIGN_INS = _NEW, _FIRST, _RETURNING = "the first of all, functions new", "a person's first", "a returning person"

Seconds = Mapping[str, Mapping[str, list[float]]]
"""What was done, to who did it, to how long it took in each round (a sign-in: in each of all)."""


class MiscountError(Exception):
    """What Terraform says of a deployment is not what was made."""


def _sign_up(person: Person) -> None:
    person.sign_up()


def _sign_up_by_hand(person: Person) -> None:
    person.sign_up()
    person.aws.client("cognito-idp").confirm_sign_up(
        ClientId=person.client_id, Username=person.username, ConfirmationCode=_code(person.wait_for_text())
    )


@dataclass
class Deployment:
    """One of those that are compared, on a local AWS.

    Attributes:
        name: of those who are compared.
        root: its Terraform files.
        inputs: their variables.
        sign_up: what a client does until a person can sign in.
        client_id: the app client, once it is applied.
        people: who has signed in.
        resources: addresses of what was made.
    """

    name: str
    root: Terraform
    inputs: Mapping[str, str] = field(default_factory=dict)
    sign_up: Callable[[Person], None] = _sign_up
    client_id: str = ""
    people: list[Person] = field(default_factory=list)
    resources: Sequence[str] = ()

    def apply(self) -> None:
        """Make it."""
        self.client_id = self.root.apply(**self.inputs)["client_id"]
        self.people = []

    def count(self) -> None:
        """Note what was made."""
        self.resources = [address for address in self.root.resources() if ".data." not in f".{address}"]

    def plan_again(self) -> None:
        """Plan, which must find nothing to change.

        Raises:
            MiscountError: it does.
        """
        if changes := self.root.plan(**self.inputs):
            raise MiscountError(f"{self.name} is not what was applied:\n{changes}")

    def destroy(self) -> None:
        """Destroy it.

        Raises:
            MiscountError: other than all of it was destroyed.
        """
        said = self.root.destroy(**self.inputs)
        if f"Resources: {len(self.resources)} destroyed" not in said:
            raise MiscountError(f"{self.name} had {len(self.resources)} resources:\n{said}")


def run(progress: Callable[[str], None]) -> Result:
    """Apply, sign in, plan again and destroy, in turns.

    Args:
        progress: is told what is under way.

    Raises:
        TerraformError: Terraform is missing or failed.
        MiscountError: something was not made, or not destroyed.
    """
    seconds: Seconds = defaultdict(lambda: defaultdict(list))
    with contextlib.ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        aws = stack.enter_context(LocalAWS(environment=PATIENT))
        deployments = [stack.enter_context(each) for each in _deployments(aws, work)]
        for turn in range(_ROUNDS):
            progress(f"round {turn + 1} of {_ROUNDS}: apply, sign in, plan, destroy")
            compared = deployments[:2] if turn % 2 == 0 else deployments[1::-1]
            take_turn(aws, compared, deployments[2], seconds)
    return report(seconds, {each.name: each.resources for each in deployments[:2]})


def take_turn(aws: LocalAWS, compared: Sequence[Deployment], from_s3: Deployment, seconds: Seconds) -> None:
    """Do everything once with each, in the order in which they are given."""
    for each in compared:
        _timed(seconds, "apply", each.name, each.apply)
        each.count()
        _first_sign_ins(aws, each, seconds)
    again_at = time.monotonic() + _COOLDOWN
    for each in compared:
        _timed(seconds, "second plan, empty", each.name, each.plan_again)
    # The time until people may be sent another code is used.
    _timed(seconds, FROM_S3, from_s3.name, from_s3.apply)
    from_s3.count()
    from_s3.destroy()
    time.sleep(max(0.0, again_at - time.monotonic()))
    for number in range(_PEOPLE):
        for each in compared:
            _sign_in(each, each.people[number], _RETURNING, seconds)
    for each in compared:
        _timed(seconds, "destroy", each.name, each.destroy)


def _timed(seconds: Seconds, what: str, who: str, work: Callable[[], object]) -> None:
    begun = time.perf_counter()
    work()
    seconds[what][who].append(time.perf_counter() - begun)


_numbers = itertools.count()


def _first_sign_ins(aws: LocalAWS, deployment: Deployment, seconds: Seconds) -> None:
    for number in range(_PEOPLE):
        person = Person(aws, deployment.client_id, f"+1415555{next(_numbers):04d}")
        deployment.sign_up(person)
        # Nobody has signed in before the first one: the functions start for it.
        what = _FIRST if number else _NEW
        _sign_in(deployment, person, what, seconds)
        deployment.people.append(person)


def _sign_in(deployment: Deployment, person: Person, what: str, seconds: Seconds) -> None:
    had = len(person.texts())

    def sign_in() -> None:
        person.start_sign_in()
        answer = person.answer(_code(person.wait_for_text(had + 1)))
        if "AuthenticationResult" not in answer:
            raise AssertionError(f"{deployment.name} did not take its own code")

    _timed(seconds, what, deployment.name, sign_in)


def _code(text: str) -> str:
    found = _CODE.search(text)
    assert found is not None, text
    return found[0]


def _deployments(aws: LocalAWS, work: Path) -> Iterator[contextlib.AbstractContextManager[Deployment]]:
    """Give the module's example, what is made by hand, and the module with its package in S3."""
    yield _initialised(OURS, _EXAMPLE, aws, work / "ours")
    inputs = {"packages": str(packages(work / "packages"))}
    yield _initialised(THEIRS, HANDMADE, aws, work / "theirs", inputs=inputs, sign_up=_sign_up_by_hand)
    yield _initialised(OURS, _from_s3(aws, work / "root"), aws, work / "s3")


def packages(folder: Path) -> Path:
    """Write a zip of each function that is made by hand into a new folder, and return it."""
    folder.mkdir()
    for source in HANDMADE.glob("*.py"):
        if source.stem != "__init__":
            with zipfile.ZipFile(folder / f"{source.stem}.zip", "w") as archive:
                archive.write(source, source.name)
    return folder


@contextlib.contextmanager
def _initialised(name: str, files: Path, aws: LocalAWS, work: Path, **rest: Any) -> Iterator[Deployment]:
    work.mkdir()
    root = Terraform(files, work, aws.environment())
    with contextlib.closing(root):
        root.init()
        yield Deployment(name, root, **rest)


def _from_s3(aws: LocalAWS, folder: Path) -> Path:
    """Write the example's lines with the package in a bucket: then functions are made beside each other."""
    package = {"s3_bucket": "packages", "s3_key": PACKAGE.name}
    aws.client("s3").create_bucket(Bucket=package["s3_bucket"])
    aws.client("s3").put_object(Bucket=package["s3_bucket"], Key=package["s3_key"], Body=PACKAGE.read_bytes())
    module = {
        "source": str(ROOT),
        "name": "otp-from-s3",
        "deletion_protection": "INACTIVE",
        "lambda_package": {**package, "source_code_hash": "of-this-version"},
    }
    files = {
        "provider": {"aws": {}},
        "module": {"sign_in": module},
        "output": {"client_id": {"value": '${module.sign_in.client_ids["app"]}'}},
    }
    folder.mkdir()
    (folder / "main.tf.json").write_text(json.dumps(files), encoding="utf-8")
    return folder


def report(seconds: Seconds, resources: Mapping[str, Sequence[str]]) -> Result:
    """Put the tables together.

    Args:
        seconds: what was measured.
        resources: addresses of what each has made, by name.
    """
    made = {name: len(addresses) for name, addresses in resources.items()}
    functions = {
        name: sum("aws_lambda_function." in address for address in addresses) for name, addresses in resources.items()
    }
    counted = [
        [what, str(count[OURS]), str(count[THEIRS]), f"{count[OURS] / count[THEIRS]:.2f}"]
        for what, count in (("functions", functions), ("resources", made))
    ]
    columns = ["", OURS, THEIRS, "ratio"]
    steps = [
        *(_row(f"{what}, s", seconds[what], 1) for what in ("apply", "second plan, empty", "destroy")),
        _row(f"{FROM_S3}, s", {OURS: seconds[FROM_S3][OURS], THEIRS: seconds["apply"][THEIRS]}, 1),
    ]
    sign_ins = [
        _row(f"{what}, ms", {name: _ms(taken) for name, taken in seconds[what].items()}, 0) for what in SIGN_INS
    ]
    return Result(
        tables=[
            Table(
                "Terraform on the local AWS",
                columns,
                [*counted, *steps],
                "`examples/phone-username` and `dev/bench/handmade`, applied in turns. The provider makes functions "
                "from a file one after the other, in five seconds each; from S3 beside each other (`lambda_package`; "
                "it would do so for those made by hand too).",
            ),
            Table(
                "Sign-in on the local AWS, from InitiateAuth to the tokens, with the text read in between",
                columns,
                sign_ins,
                "Functions are processes of one computer, and every call is answered in no time: these are no times "
                "of AWS, and only the ratio says something. The module does more: another function makes the code and "
                "sends it, it is kept as a hash, guesses and texts are counted in tables, and the row is kept true.",
            ),
        ],
        bars=[
            Bar("terraform apply", THEIRS, ratio(seconds["apply"][OURS], seconds["apply"][THEIRS]).median),
            Bar("terraform destroy", THEIRS, ratio(seconds["destroy"][OURS], seconds["destroy"][THEIRS]).median),
        ],
    )


def _row(what: str, taken: Mapping[str, Sequence[float]], digits: int) -> list[str]:
    ours, theirs = taken[OURS], taken[THEIRS]
    return [what, *(Spread.of(each).shown(digits) for each in (ours, theirs)), ratio(ours, theirs).shown(2)]


def _ms(seconds: Sequence[float]) -> list[float]:
    return [1000 * each for each in seconds]
