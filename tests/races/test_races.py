"""Simultaneous calls on AWS's DynamoDB Local, and beside them the naive ways, which must lose."""

import hashlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cognito_otp import challenges, codes, limits
from cognito_otp.challenges import Challenge, Challenges
from cognito_otp.dynamodb import Table
from cognito_otp.identities import Activation, Identities
from cognito_otp.keyed_hash import KeyedHash
from cognito_otp.limits import Limits, ThrottledError
from cognito_otp.refusals import Refusal
from cognito_otp.settings import Cooldown
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
        except (Refusal, ThrottledError) as refusal:
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
    challenge = Challenge(challenges.new_id(), "user", "sms", "limits#sms#x", NOW + 300, NOW + 30)
    all_challenges.put(challenge)
    code, sender = all_challenges.deliver(challenge.challenge_id, 1, 6, NOW)
    all_challenges.delivered(challenge.challenge_id, sender, challenges.SENT)
    return challenge.challenge_id, code


def test_of_200_right_answers_one_is_accepted(all_challenges, sent):
    challenge_id, code = sent
    answers = at_once(lambda _: all_challenges.guess(challenge_id, "user", code, 3, NOW))
    assert sum(answer is not None for answer in answers) == 1


def test_of_200_different_wrong_answers_exactly_the_allowed_are_counted(all_challenges, auth_state, sent):
    challenge_id, code = sent
    wrong = [f"{(int(code) + 1 + number) % 10**6:06d}" for number in range(THREADS)]
    answers = at_once(lambda number: all_challenges.guess(challenge_id, "user", wrong[number], 3, NOW))
    assert answers == [None] * THREADS
    assert len(auth_state.get(f"challenge#{challenge_id}")["tries"]) == 3
    assert all_challenges.guess(challenge_id, "user", code, 3, NOW) is None


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


def test_of_200_deliveries_of_one_request_one_gets_a_code(all_challenges):
    challenge = Challenge(challenges.new_id(), "user", "sms", "limits#sms#x", NOW + 300, NOW + 30)
    all_challenges.put(challenge)
    taken = at_once(lambda _: all_challenges.deliver(challenge.challenge_id, 1, 6, NOW))
    (winner,) = [each for each in taken if each is not None]
    assert all_challenges.guess(challenge.challenge_id, "user", winner[0], 3, NOW) is not None


def starts(auth_state, all_challenges, key: str, now: int) -> Callable[[int], str]:
    cooldown = Limits(auth_state, Cooldown(first=30, longest=300))

    def may_join(challenge_id: str) -> bool:
        running = all_challenges.get(challenge_id)
        return running is None or running.guesses == 0

    def start(_: int) -> str:
        begun = cooldown.start(key, challenges.new_id(), now, may_join)
        all_challenges.put(Challenge(begun.challenge_id, "user", "sms", key, begun.begun + 300, begun.next_at))
        return begun.challenge_id

    return start


def test_200_simultaneous_starts_share_one_challenge_and_one_message(auth_state, all_challenges):
    key = limits.key_of("sms", "starts")
    (challenge_id,) = set(at_once(starts(auth_state, all_challenges, key, NOW)))
    taken = at_once(lambda _: all_challenges.deliver(challenge_id, 1, 6, NOW))
    assert sum(each is not None for each in taken) == 1


def test_200_simultaneous_starts_after_a_cooldown_share_one_challenge_too(auth_state, all_challenges):
    key = limits.key_of("sms", "restarts")
    first = starts(auth_state, all_challenges, key, NOW)(0)
    (second,) = set(at_once(starts(auth_state, all_challenges, key, NOW + 30)))
    assert second != first


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
        return (
            identities.claim(
                username, attributes, client_id="c", origin="sign_up", now=NOW, user_exists=lambda name: name in users
            )
            is None
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
    assert all(answer is True for answer in at_once(lambda _: claim("one", phone_number="+14155550102")))
    assert orphans(dynamodb) == []


def test_200_who_want_the_number_of_a_failed_sign_up_find_one_winner(dynamodb):
    identities = Identities(Table(dynamodb, "identities"), KEYED_HASH)
    keep = {"client_id": "c", "origin": "sign_up", "user_exists": lambda _: False}
    identities.claim("failed", {"phone_number": "+14155550103", "email": "x@example.com"}, now=NOW - 60, **keep)
    answers = at_once(
        lambda number: identities.claim(f"next-{number}", {"phone_number": "+14155550103"}, now=NOW, **keep) is None
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
