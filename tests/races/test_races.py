"""Simultaneous calls on AWS's DynamoDB Local, and beside them the naive ways, which must lose."""

import hashlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cognito_otp import challenges, clock, codes
from cognito_otp.accounts import ADMIN, FEDERATED, SIGN_UP, Account
from cognito_otp.challenges import Challenge, Challenges
from cognito_otp.code_requests import CodeRequests
from cognito_otp.dynamodb import Table
from cognito_otp.following import Following
from cognito_otp.handover import HandOver
from cognito_otp.identities import Activation, Claimant, Identities
from cognito_otp.jobs.reap import CodesOut, Reap
from cognito_otp.keyed_hash import KeyedHash
from cognito_otp.limbo import Limbo
from cognito_otp.limits import Limits
from cognito_otp.recipient import Recipient
from cognito_otp.refusals import Refusal
from cognito_otp.settings import Channels, Codes, Cooldown
from cognito_otp.user_pool import PoolUser
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


def meanwhile() -> None:
    """Let the moment pass between a naive read and its write that a call of AWS takes: then the race is always run."""
    time.sleep(0.03)


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
    taken = all_challenges.deliver(challenge.challenge_id, 1, "user", code, NOW)
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
        if "used" in item or item["code_hash"] != codes.digest(KEYED_HASH, challenge_id, 1, "user", code):
            return False
        meanwhile()
        auth_state.update(f"challenge#{challenge_id}", "SET used = :true", condition=None, values={":true": True})
        return True

    assert sum(at_once(naive)) > 1


def test_of_200_deliveries_of_one_request_one_may_send(all_challenges):
    challenge = requested()
    all_challenges.put(challenge)
    made = [f"{number:06d}" for number in range(THREADS)]
    taken = at_once(lambda number: all_challenges.deliver(challenge.challenge_id, 1, "user", made[number], NOW))
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
        taken = all_challenges.deliver(
            request.challenge_id, request.generation, request.username, "123456", clock.now()
        )
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


def test_a_start_in_the_middle_of_another_one_shares_its_challenge(requests, all_challenges, monkeypatch):
    """Between the cooldown and the challenge: who comes then may be a stranger, as who comes later may."""
    owner, put = owner_of("+14155550109"), Challenges.put

    def late(self, challenge):
        monkeypatch.setattr(Challenges, "put", put)
        requests.start(owner)
        put(self, challenge)

    monkeypatch.setattr(Challenges, "put", late)
    challenge_id = requests.start(owner).challenge_id
    assert all_challenges.get(challenge_id).shared
    assert requests.resend(challenge_id, "round", owner, "email") == "repeated"
    assert messages(requests, all_challenges) == 1
    assert requests.resend(challenge_id, "round", owner, "email") == "shared"


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
        meanwhile()
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
        meanwhile()
        auth_state.update(key, "SET next_at = :next", condition=None, values={":next": NOW + 30})
        return True

    assert sum(at_once(naive)) > 1


def claim_of(dynamodb, users: set[str] = frozenset()):
    identities = Identities(Table(dynamodb, "identities"), KEYED_HASH)

    def claim(username: str, *, now: int = NOW, origin: str = SIGN_UP, **attributes: str) -> bool:
        claimant = Claimant(username, attributes, "client", origin)
        return identities.claim(claimant, now=now, user_exists=lambda name: name in users)

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


def spelt(text: str, number: int) -> str:
    """Return a text in another case for each number, as far as its letters go."""
    letters = iter(range(len(text)))
    return "".join(each.upper() if each.isalpha() and number >> next(letters) & 1 else each for each in text)


MODES = {
    # How people are filed in each alias mode: what Cognito makes the username, and what they give.
    "phone_number is the username": lambda n: (f"uuid-a{n}", {"phone_number": "+14155550101"}),
    "email is the username": lambda n: (f"uuid-b{n}", {"email": spelt("ada@example.com", n)}),
    "either is the username": lambda n: (
        f"uuid-c{n}",
        {"phone_number": "+14155550110"} if n % 2 else {"phone_number": "+14155550110", "email": f"c{n}@example.com"},
    ),
    "a name, with aliases: the same name": lambda n: (spelt("grace", n), {"phone_number": f"+1415556{n:04d}"}),
    "a name, with aliases: the same number": lambda n: (f"name-d{n}", {"phone_number": "+14155550111"}),
    "a name, with aliases: the same address": lambda n: (
        f"name-e{n}",
        {"phone_number": f"+1415557{n:04d}", "email": spelt("grace@example.com", n)},
    ),
    "plain names": lambda n: (spelt("\uff41lan", n), {"email": f"alan{n}@example.com"}),
    "all three at once": lambda n: (
        [spelt("linus", n), f"other-{n}"][n % 2],
        {"phone_number": "+14155550112", "email": spelt("linus@example.com", n)},
    ),
}


@pytest.mark.parametrize(
    ("mode", "origin"),
    [*((mode, SIGN_UP) for mode in MODES), ("all three at once", ADMIN), ("all three at once", FEDERATED)],
)
def test_of_200_simultaneous_sign_ups_of_one_person_one_wins_and_no_claim_is_orphaned(dynamodb, mode, origin):
    for item in dynamodb.scan(TableName="identities")["Items"]:
        dynamodb.delete_item(TableName="identities", Key={"pk": item["pk"]})
    claim = claim_of(dynamodb)

    def sign_up(number: int) -> bool:
        username, attributes = MODES[mode](number)
        return claim(username, origin=origin, **attributes)

    answers = at_once(sign_up)
    assert sum(answer is True for answer in answers) == 1
    # Short names have fewer spellings than there are threads: some requests are the same one again.
    assert {answer.token for answer in answers if not isinstance(answer, bool)} == {"SIGN_UP_RETRY"}
    assert orphans(dynamodb) == []
    # The winner's sign-up fails after all (a weak password, Cognito is throttled): nobody is refused for good.
    loser = next(number for number, answer in enumerate(answers) if not isinstance(answer, bool))
    username, attributes = MODES[mode](loser)
    assert claim(username, now=NOW + 20, origin=origin, **attributes)
    assert orphans(dynamodb) == []
    accounts = [i for i in dynamodb.scan(TableName="identities")["Items"] if i["pk"]["S"].startswith("account#")]
    assert [account["username"]["S"] for account in accounts] == [username]


def test_the_same_request_200_times_at_once_is_one_account(dynamodb):
    claim = claim_of(dynamodb)
    answers = at_once(lambda _: claim("one", phone_number="+14155550102"))
    assert sorted(answers) == [False] * (THREADS - 1) + [True]  # one is new, the others are told that they repeat it
    assert orphans(dynamodb) == []


def test_200_who_want_the_number_of_a_failed_sign_up_find_one_winner(dynamodb):
    claim = claim_of(dynamodb)
    claim("failed", now=NOW - 60, phone_number="+14155550103", email="x@example.com")
    answers = at_once(lambda number: claim(f"next-{number}", phone_number="+14155550103"))
    assert sum(answer is True for answer in answers) == 1
    assert orphans(dynamodb) == []


def test_control_of_200_sign_ups_a_naive_look_up_lets_many_through(dynamodb):
    """Look for the number, then write it: of the published samples' ListUsers check, a kind version."""
    identities = Table(dynamodb, "identities")

    def naive(number: int) -> bool:
        if identities.get("naive#phone") is not None:
            return False
        meanwhile()
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


class Pool:
    """Stands for the user pool: who is in it, and who was deleted although they had got in."""

    def __init__(self) -> None:
        self.there: set[str] = set()
        self.got_in: set[str] = set()
        self.deleted: list[str] = []

    def get(self, username: str) -> PoolUser | None:
        if username not in self.there:
            return None
        attributes = {"sub": username, "phone_number": "+14155550188"}
        return PoolUser(username, attributes, "CONFIRMED", is_enabled=True, created_at=NOW)

    def delete(self, username: str) -> None:
        self.there.discard(username)
        self.deleted.append(username)


class Rows:
    def removed(self, sub: str, *, now: int) -> None:
        pass


WEEK = 7 * 86400


def racing(dynamodb, auth_state, count: int, name: str):
    """Give so many abandoned accounts, the pool they are in, and the job that removes such."""
    table = Table(dynamodb, "identities")
    pool, accounts = Pool(), []
    identities = Identities(table, KEYED_HASH)
    for number in range(count):
        username = f"{name}-{number}"
        claimed = Claimant(username, {"email": f"{username}@example.com"}, "c", SIGN_UP, auto_confirmed=True)
        identities.claim(claimed, now=NOW - WEEK - 1, user_exists=lambda _: False)
        pool.there.add(username)
        accounts.append(identities.account(username, {}))
    codes_out = CodesOut(auth_state, KEYED_HASH, Channels(("sms",), (), ()), 300)
    return identities, pool, accounts, Reap(Limbo(table, KEYED_HASH), Rows(), codes_out, pool, WEEK, pause=0)


def sign_in_of(identities, pool, account: Account) -> bool:
    """Do what a right code does: the account item decides, then tokens go out."""
    got_in = identities.activate(Activation(account.key, account.attempt, "email", account.claims["email"]), NOW)
    if got_in:
        pool.got_in.add(account.username)
    return got_in


def test_in_40_races_of_a_sign_in_against_a_reap_nobody_who_got_in_is_removed(dynamodb, auth_state, set_time):
    identities, pool, accounts, reap = racing(dynamodb, auth_state, 40, "raced")

    def race(number: int) -> str | bool:
        account = accounts[number // 5]
        # Of each five: three sign-ins (Cognito's retries), two reaps (the schedule, an owner's wish).
        return sign_in_of(identities, pool, account) if number % 5 < 3 else reap.remove(account)

    at_once(race, 5 * len(accounts))
    assert not pool.got_in & set(pool.deleted)
    assert pool.got_in | set(pool.deleted) == {account.username for account in accounts}
    assert len(pool.deleted) == len(set(pool.deleted))
    for account in accounts:
        left = identities.read(account.key)
        assert (left is not None and left.state == "ACTIVE") == (account.username in pool.got_in)
    assert orphans(dynamodb) == []


def test_control_without_the_fence_some_who_got_in_are_removed(dynamodb, auth_state, set_time):
    """Look at the user, then delete: what the published samples do before a sign-up."""
    identities, pool, accounts, _ = racing(dynamodb, auth_state, 40, "naive")

    def naive_reap(account: Account) -> None:
        if identities.read(account.key).state == "PENDING" and pool.get(account.username):
            meanwhile()
            pool.delete(account.username)

    def race(number: int) -> None:
        account = accounts[number // 5]
        sign_in_of(identities, pool, account) if number % 5 < 3 else naive_reap(account)

    at_once(race, 5 * len(accounts))
    assert pool.got_in & set(pool.deleted)


def test_of_200_who_meet_a_user_of_before_one_adopts_it(dynamodb):
    following = Following(Table(dynamodb, "identities"), KEYED_HASH)
    attributes = {"phone_number": "+14155550120", "phone_number_verified": "true"}
    outcomes = at_once(lambda _: following.follow(None, "of-before", attributes, NOW))
    assert sorted(set(outcomes)) == ["adopted", "unchanged"]
    assert outcomes.count("adopted") == 1
    assert orphans(dynamodb) == []


def test_an_address_that_200_users_have_verified_is_one_users(dynamodb):
    following = Following(Table(dynamodb, "identities"), KEYED_HASH)
    attributes = {"email": "all@example.com", "email_verified": "true"}
    outcomes = at_once(lambda number: following.follow(None, f"verifier-{number}", attributes, NOW))
    held = [number for number in range(THREADS) if "email" in following.account(f"verifier-{number}", {}).claims]
    assert len(held) == 1
    assert outcomes.count("conflict") == THREADS - 1
    assert orphans(dynamodb) == []
