"""Simultaneous calls on AWS's DynamoDB Local, and beside them the naive ways, which must lose."""

import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cognito_otp import challenges, clock, codes
from cognito_otp.challenges import Challenge, Challenges
from cognito_otp.code_requests import CodeRequests, Recipient
from cognito_otp.dynamodb import Table
from cognito_otp.handover import HandOver
from cognito_otp.identities import Activation, Identities
from cognito_otp.keyed_hash import KeyedHash
from cognito_otp.limits import Limits
from cognito_otp.refusals import Refusal
from cognito_otp.settings import Channels, Codes, Cooldown
from tests.races.conftest import THREADS

NOW = 1_800_000_000
PHONE = "+14155550100"


class Kms:
    def generate_mac(self, *, KeyId, Message, MacAlgorithm):  # noqa: N803
        return {"Mac": hashlib.sha256(Message).digest()}


KEYED_HASH = KeyedHash(Kms(), "key")


def at_once(action: Callable[[int], Any], threads: int = THREADS) -> list[Any]:
    """Run an action in as many threads, all let go at the same moment; return the answers, errors among them."""
    gate = threading.Barrier(threads)

    def run(number: int) -> Any:
        gate.wait()
        try:
            return action(number)
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, range(threads)))


@pytest.fixture
def auth_state(dynamodb):
    return Table(dynamodb, "auth-state")


@pytest.fixture
def all_challenges(auth_state):
    return Challenges(auth_state, KEYED_HASH)


@pytest.fixture
def sent(all_challenges):
    """Give a challenge whose code is out, and the code."""
    challenge = requested()
    all_challenges.put(challenge)
    code = codes.generate(6)
    taken = all_challenges.deliver(challenge.challenge_id, 1, code, NOW)
    all_challenges.delivered(challenge.challenge_id, taken.sender, challenges.SENT)
    return challenge.challenge_id, code


def requested() -> Challenge:
    return Challenge(challenges.new_id(), "user", "sms", "limits#sms#x", NOW, NOW + 300, NOW + 30)


def test_of_200_right_answers_one_is_accepted(all_challenges, sent):
    challenge_id, code = sent
    answers = at_once(lambda number: all_challenges.guess(challenge_id, "user", code, 3, NOW, f"round-{number}"))
    assert sum(answer is not None and answer.is_right for answer in answers) == 1


def test_one_right_answer_that_cognito_asks_about_200_times_is_right_each_time(all_challenges, sent):
    challenge_id, code = sent
    answers = at_once(lambda _: all_challenges.guess(challenge_id, "user", code, 3, NOW, "the same round"))
    assert all(answer is not None and answer.is_right for answer in answers)


def test_of_200_different_wrong_answers_exactly_the_allowed_are_counted(all_challenges, auth_state, sent):
    challenge_id, code = sent
    wrong = [f"{(int(code) + 1 + number) % 10**6:06d}" for number in range(THREADS)]
    answers = at_once(
        lambda number: all_challenges.guess(challenge_id, "user", wrong[number], 3, NOW, f"round-{number}")
    )
    assert [answer.is_right for answer in answers if answer is not None] == [False] * 3
    assert len(auth_state.get(f"challenge#{challenge_id}")["tries"]) == 3
    assert all_challenges.guess(challenge_id, "user", code, 3, NOW, "last") is None


def test_control_of_200_right_answers_a_naive_check_accepts_many(dynamodb, auth_state, sent):
    """Read, compare, write: what the published samples do."""
    challenge_id, code = sent

    def naive(_: int) -> bool:
        item = auth_state.get(f"challenge#{challenge_id}")
        if "used" in item or item["code_hash"] != codes.digest(KEYED_HASH, challenge_id, 1, code):
            return False
        auth_state.update(f"challenge#{challenge_id}", "SET used = :true", condition=None, values={":true": True})
        return True

    assert sum(at_once(naive)) > 1


def test_of_200_deliveries_of_one_request_one_may_send(all_challenges):
    challenge = requested()
    all_challenges.put(challenge)
    made = [f"{number:06d}" for number in range(THREADS)]
    taken = at_once(lambda number: all_challenges.deliver(challenge.challenge_id, 1, made[number], NOW))
    (winner,) = [number for number, each in enumerate(taken) if each is not None]
    assert all_challenges.guess(challenge.challenge_id, "user", made[winner], 3, NOW, "round").is_right


class HandedOver:
    """Stands for the delivery function's queue."""

    def __init__(self) -> None:
        self.requests: list[HandOver] = []

    def hand_over(self, request: HandOver) -> None:
        self.requests.append(request)


@pytest.fixture
def set_time(monkeypatch):
    """Give what sets the clock, which stands at NOW."""

    def set_time(now: int) -> None:
        monkeypatch.setattr(clock, "now", lambda: now)

    set_time(NOW)
    return set_time


@pytest.fixture
def requests(dynamodb, auth_state, all_challenges, set_time):
    return CodeRequests(
        Codes(length=6, ttl=300, max_attempts=3, max_resends=3, show_destination=False),
        Channels(ladder=("sms", "email"), username_attributes=("phone_number",), alias_attributes=()),
        KEYED_HASH,
        Identities(Table(dynamodb, "identities"), KEYED_HASH),
        Limits(auth_state, Cooldown(first=30, longest=300)),
        all_challenges,
        HandedOver(),
    )


def owner_of(phone_number: str) -> Recipient:
    attributes = {"phone_number": phone_number, "phone_number_verified": "true"}
    attributes |= {"email": f"owner{phone_number}@example.com", "email_verified": "true"}
    return Recipient(f"owner-of-{phone_number}", attributes, is_reachable=True)


def messages(requests, all_challenges) -> int:
    """Deliver everything that was handed over, all at once; return how many messages go out."""
    handed = requests.delivery.requests

    def deliver(number: int) -> bool:
        request = handed[number]
        taken = all_challenges.deliver(request.challenge_id, request.generation, "123456", clock.now())
        if taken is None:
            return False
        all_challenges.delivered(request.challenge_id, taken.sender, challenges.SENT)
        return True

    sent = sum(at_once(deliver, len(handed)))
    handed.clear()
    return sent


def test_200_simultaneous_starts_share_one_challenge_and_one_message(requests, all_challenges, set_time):
    owner = owner_of("+14155550105")
    started = at_once(lambda _: requests.start(owner).challenge_id)
    assert len(set(started)) == 1
    assert messages(requests, all_challenges) == 1
    set_time(NOW + 30)
    again = at_once(lambda _: requests.start(owner).challenge_id)
    assert len(set(again)) == 1
    assert set(again) != set(started)
    assert messages(requests, all_challenges) == 1


def test_of_200_simultaneous_wishes_for_another_code_one_is_granted(requests, all_challenges, set_time):
    owner = owner_of("+14155550106")
    challenge_id = requests.start(owner).challenge_id
    messages(requests, all_challenges)
    set_time(NOW + 30)
    outcomes = at_once(lambda number: requests.resend(challenge_id, f"round-{number}", owner, None))
    assert outcomes.count("requested") == 1
    assert set(outcomes) <= {"requested", "throttled", "repeated"}
    assert all_challenges.get(challenge_id).generation == 2
    assert messages(requests, all_challenges) == 1


def test_one_wish_that_cognito_repeats_200_times_is_one_message(requests, all_challenges, set_time):
    owner = owner_of("+14155550107")
    challenge_id = requests.start(owner).challenge_id
    messages(requests, all_challenges)
    set_time(NOW + 30)
    at_once(lambda _: requests.resend(challenge_id, "the same round", owner, None))
    assert all_challenges.get(challenge_id).generation == 2
    assert messages(requests, all_challenges) == 1


def test_of_wishes_for_both_channels_at_once_one_is_granted(requests, all_challenges, set_time):
    owner = owner_of("+14155550108")
    challenge_id = requests.start(owner).challenge_id
    messages(requests, all_challenges)
    set_time(NOW + 30)
    outcomes = at_once(
        lambda number: requests.resend(challenge_id, f"round-{number}", owner, ["sms", "email"][number % 2])
    )
    # Whoever comes after the first sees the new generation; the other channel's own cooldown does not run yet.
    assert all_challenges.get(challenge_id).generation == 1 + outcomes.count("requested")
    assert outcomes.count("requested") <= 2
    assert messages(requests, all_challenges) <= 2


def test_control_of_200_wishes_a_naive_resend_grants_many(auth_state, all_challenges):
    """Read the cooldown, then send: what the published samples do."""
    challenge = requested()
    all_challenges.put(challenge)

    def naive(_: int) -> bool:
        item = auth_state.get(f"challenge#{challenge.challenge_id}")
        if item["resend_at"] > NOW + 30:
            return False
        auth_state.update(
            f"challenge#{challenge.challenge_id}", "SET resend_at = :next", condition=None, values={":next": NOW + 60}
        )
        return True

    assert sum(at_once(naive)) > 1


def test_control_of_200_starts_a_naive_limit_lets_many_through(auth_state):
    key = "limits#sms#naive"

    def naive(_: int) -> bool:
        item = auth_state.get(key)
        if item is not None and item["next_at"] > NOW:
            return False
        auth_state.update(key, "SET next_at = :next", condition=None, values={":next": NOW + 30})
        return True

    assert sum(at_once(naive)) > 1


def claim_of(dynamodb, users: set[str] = frozenset()):
    identities = Identities(Table(dynamodb, "identities"), KEYED_HASH)

    def claim(username: str, **attributes: str) -> bool:
        return identities.claim(
            username, attributes, client_id="c", origin="sign_up", now=NOW, user_exists=lambda name: name in users
        )

    return claim


def orphans(dynamodb) -> list[str]:
    """Return the claims that no account names."""
    items = {item["pk"]["S"]: item for item in dynamodb.scan(TableName="identities")["Items"]}
    return [
        key
        for key, item in items.items()
        if key.startswith("claim#")
        and key not in {each["S"] for each in items[item["holder"]["S"]]["claims"]["M"].values()}
    ]


@pytest.mark.parametrize(
    ("who", "shared"),
    [
        (lambda number: (f"uuid-{number}", {"phone_number": "+14155550101"}), "phone_number"),
        (lambda number: (f"mail-{number}", {"email": ["ada@example.com", "ADA@Example.Com"][number % 2]}), "email"),
        (
            lambda number: (["grace", "GRACE", "Grace"][number % 3], {"phone_number": f"+1415556{number:04d}"}),
            "username",
        ),
    ],
    ids=["phone_number", "email", "username"],
)
def test_of_200_simultaneous_sign_ups_of_one_person_one_wins_and_no_claim_is_orphaned(dynamodb, who, shared):
    claim = claim_of(dynamodb)

    def sign_up(number: int) -> bool:
        username, attributes = who(number)
        return claim(username, **attributes)

    answers = at_once(sign_up)
    assert sum(answer is True for answer in answers) == 1, shared
    assert all(answer is True or answer.token == "SIGN_UP_RETRY" for answer in answers)
    assert orphans(dynamodb) == []


def test_the_same_request_200_times_at_once_is_one_account(dynamodb):
    claim = claim_of(dynamodb)
    answers = at_once(lambda _: claim("one", phone_number="+14155550102"))
    assert sorted(answers) == [False] * (THREADS - 1) + [True]  # one is new, the others are told that they repeat it
    assert orphans(dynamodb) == []


def test_200_who_want_the_number_of_a_failed_sign_up_find_one_winner(dynamodb):
    identities = Identities(Table(dynamodb, "identities"), KEYED_HASH)
    keep = {"client_id": "c", "origin": "sign_up", "user_exists": lambda _: False}
    identities.claim("failed", {"phone_number": "+14155550103", "email": "x@example.com"}, now=NOW - 60, **keep)
    answers = at_once(
        lambda number: identities.claim(f"next-{number}", {"phone_number": "+14155550103"}, now=NOW, **keep)
    )
    assert sum(answer is True for answer in answers) == 1
    assert orphans(dynamodb) == []


def test_control_of_200_sign_ups_a_naive_look_up_lets_many_through(dynamodb):
    """Look for the number, then write it: of the published samples' ListUsers check, a kind version."""
    identities = Table(dynamodb, "identities")

    def naive(number: int) -> bool:
        if identities.get("naive#phone") is not None:
            return False
        identities.update("naive#phone", "SET holder = :h", condition=None, values={":h": str(number)})
        return True

    assert sum(at_once(naive)) > 1


def test_of_200_activations_all_agree_and_a_fenced_account_stays_out(dynamodb):
    table = Table(dynamodb, "identities")
    identities = Identities(table, KEYED_HASH)
    claim_of(dynamodb)("racer", phone_number="+14155550104")
    account = identities.account("racer", {})
    proven = Activation(account.key, account.attempt, "phone_number", account.claims["phone_number"])
    fenced = []

    def race(number: int) -> bool:
        if number % 2:
            return identities.activate(proven, NOW)
        try:
            condition = {"condition": "st = :pending", "values": {":fenced": "FENCED", ":pending": "PENDING"}}
            table.update(account.key, "SET st = :fenced", **condition)
        except Exception:
            return False
        fenced.append(number)
        return False

    won = any(at_once(race))
    assert len(fenced) + won == 1
    assert identities.account("racer", {}).state == ("ACTIVE" if won else "FENCED")
