"""A race for every conditional write of the package, and the way to take its condition away.

A race asserts what the condition is for. Without the condition it must find that broken; otherwise it would not notice
if somebody took the condition away. The files of tests beside this one have the longer stories.
"""

import itertools
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from cognito_otp import challenges, limits
from cognito_otp.accounts import FENCED, SIGN_UP, Account
from cognito_otp.budgets import Budget
from cognito_otp.challenges import Challenge, Challenges, Guess
from cognito_otp.dynamodb import ConditionFailedError, ContentionError, Item, Table
from cognito_otp.following import Following
from cognito_otp.fraud import Guard, Thresholds
from cognito_otp.identities import Activation, Claimant, Identities
from cognito_otp.jobs.checkpoint import LEASE_SECONDS, Checkpoint, LeaseLostError, Walk
from cognito_otp.limbo import Limbo
from cognito_otp.limits import Limits
from cognito_otp.settings import Cooldown
from cognito_otp.users import ACTIVE, PENDING, RowShape, Users
from cognito_otp.walking import Walking
from tests.races.test_races import KEYED_HASH, NOW, at_once, meanwhile

PAIRS = 12
_numbers = itertools.count()


class Tables:
    """The module's tables, names that no other race has, and as many threads.

    Args:
        dynamodb: botocore DynamoDB client.
        threads: of a race.
    """

    def __init__(self, dynamodb: Any, threads: int) -> None:
        self.threads = threads
        self.auth_state = Table(dynamodb, "auth-state")
        self.identities = Table(dynamodb, "identities")
        self.slow_identities = Slow(dynamodb, "identities")
        self.users = Users(Table(dynamodb, "users", "id"), RowShape.from_settings({}), track_sign_ins=True)
        self.challenges = Challenges(self.auth_state, KEYED_HASH)
        self.limits = Limits(self.auth_state, Cooldown(first=30, longest=300))

    def name(self) -> str:
        return f"racer{next(_numbers)}"

    def race(self, action: Callable[[int], Any], threads: int | None = None) -> list[Any]:
        return at_once(action, threads or self.threads)

    def challenge(self) -> Challenge:
        key = limits.key_of("sms", self.name())
        made = Challenge(challenges.new_id(), "user", "sms", key, NOW, NOW + 300, NOW + 30)
        self.challenges.put(made)
        return made

    def sent(self) -> tuple[Challenge, str]:
        made = self.challenge()
        taken = self.challenges.deliver(made.challenge_id, 1, "user", "123456", NOW)
        assert taken is not None
        return made, taken.sender

    def account(self, username: str | None = None, *, now: int = NOW, **attributes: str) -> Account:
        """Sign up, and return the account."""
        name = username or self.name()
        identities = Identities(self.identities, KEYED_HASH)
        identities.claim(Claimant(name, attributes, "c", SIGN_UP), now=now, user_exists=lambda _: False)
        return read(identities, name)

    def claim(self, username: str, **attributes: str) -> bool:
        claimant = Claimant(username, attributes, "c", SIGN_UP)
        return Identities(self.slow_identities, KEYED_HASH).claim(claimant, now=NOW, user_exists=lambda _: False)

    def activate(self, account: Account, kind: str, proof: str) -> bool:
        proven = Activation(account.key, account.attempt, kind, proof)
        return Identities(self.identities, KEYED_HASH).activate(proven, NOW)

    def email(self) -> tuple[str, str]:
        """Return an address and the key of its claim."""
        address = f"{self.name()}@example.com"
        return address, Identities(self.identities, KEYED_HASH).claim_key("email", address)


class Slow(Table):
    """What is read is old by the time that something is written for it."""

    def get(self, key: str) -> Item | None:
        item = super().get(key)
        meanwhile()
        return item


def read(accounts: Any, username: str) -> Account:
    account = accounts.account(username, {})
    assert isinstance(account, Account)
    return account


def suppressed(error: type[Exception], action: Callable[[], Any]) -> bool:
    """Do something; tell whether it went through."""
    try:
        action()
    except error:
        return False
    return True


def a_challenge_is_written_once(tables: Tables) -> None:
    made = tables.challenge()

    def act(number: int) -> bool:
        if number % 2:
            tables.challenges.put(made)  # the start's repetition
            return False
        return tables.challenges.deliver(made.challenge_id, 1, "user", "123456", NOW) is not None

    assert tables.race(act).count(True) == 1


def a_challenge_that_is_gone_is_not_shared(tables: Tables) -> None:
    gone = replace(tables.challenge(), challenge_id=challenges.new_id())
    tables.race(lambda _: suppressed(ConditionFailedError, lambda: tables.challenges.share(gone)))
    assert tables.auth_state.get(f"challenge#{gone.challenge_id}") is None


def one_next_generation(tables: Tables) -> None:
    made = tables.challenge()
    following = replace(made, generation=2, renewed_by="round")

    def act(number: int) -> bool:
        _, cooldown = tables.limits.renewing(f"{made.limits_key}{number}", made.challenge_id, NOW, None)
        return suppressed(ConditionFailedError, lambda: tables.challenges.replace(following, cooldown))

    assert tables.race(act).count(True) == 1


def one_delivery(tables: Tables) -> None:
    made = tables.challenge()
    taken = tables.race(lambda _: tables.challenges.deliver(made.challenge_id, 1, "user", "123456", NOW))
    assert len(taken) - taken.count(None) == 1


def a_late_delivery_does_not_end_another_one(tables: Tables) -> None:
    made, late = tables.sent()
    _, cooldown = tables.limits.renewing(made.limits_key, made.challenge_id, NOW, None)
    tables.challenges.replace(replace(made, generation=2, renewed_by="round"), cooldown)

    def act(number: int) -> bool:
        if number:
            tables.challenges.delivered(made.challenge_id, late, challenges.REFUSED)
            return False
        return tables.challenges.deliver(made.challenge_id, 2, "user", "123456", NOW) is not None

    assert tables.race(act).count(True) == 1
    standing = tables.challenges.get(made.challenge_id)
    assert standing is not None
    assert standing.state == challenges.SENDING


def as_many_guesses_as_are_allowed(tables: Tables) -> None:
    made, _ = tables.sent()
    wrong = [f"{number:06d}" for number in range(tables.threads)]
    guesses = tables.race(
        lambda number: tables.challenges.guess(made.challenge_id, "user", wrong[number], 3, NOW, f"round-{number}")
    )
    assert len(guesses) - guesses.count(None) == 3


def a_guess_is_taken_back_by_its_own_round(tables: Tables) -> None:
    made, _ = tables.sent()
    guess = tables.challenges.guess(made.challenge_id, "user", "123456", 3, NOW, "its own")
    assert guess is not None
    tables.race(lambda number: tables.challenges.take_back(Guess(made, True, guess.digest, f"round-{number}")))
    assert tables.challenges.guess(made.challenge_id, "user", "123456", 3, NOW, "another") is None


def one_first_cooldown(tables: Tables) -> None:
    key = limits.key_of("sms", tables.name())
    begun = tables.race(lambda number: tables.limits.begin(key, f"challenge-{number}", NOW))
    assert len({each.challenge_id for each in begun}) == 1


def one_next_cooldown(tables: Tables) -> None:
    key = limits.key_of("sms", tables.name())
    first = tables.limits.begin(key, "first", NOW)
    begun = tables.race(lambda number: tables.limits.begin(key, f"challenge-{number}", NOW + 30, after=first))
    assert len({each.challenge_id for each in begun}) == 1


def one_renewed_cooldown(tables: Tables) -> None:
    key = limits.key_of("sms", tables.name())
    first = tables.limits.begin(key, "first", NOW)

    def act(number: int) -> bool:
        _, part = tables.limits.renewing(key, f"challenge-{number}", NOW + 30, first)
        return suppressed(ConditionFailedError, lambda: tables.auth_state.transact([part]))

    assert tables.race(act).count(True) == 1


def _followed(tables: Tables) -> str:
    """Let a challenge's cooldown be followed by another's; return the key."""
    key = limits.key_of("sms", tables.name())
    tables.limits.begin(key, "second", NOW + 30, after=tables.limits.begin(key, "first", NOW))
    return key


def an_old_challenges_failures_do_not_count(tables: Tables) -> None:
    key = _followed(tables)
    tables.race(lambda number: tables.limits.failed(key, "first" if number else "second"))
    running = tables.limits.running(key, NOW + 30)
    assert running is None or running.failures == 1


def an_old_challenges_success_forgets_nothing(tables: Tables) -> None:
    key = _followed(tables)
    tables.race(lambda _: tables.limits.succeeded(key, "first"))
    running = tables.limits.running(key, NOW + 30)
    assert running is not None
    assert (running.answered, running.next_at) == (False, NOW + 90)


def a_budget_is_not_exceeded(tables: Tables) -> None:
    left = tables.threads // 4
    budget = Budget(tables.auth_state, tables.name(), left)
    assert tables.race(lambda _: budget.take(NOW)).count(None) == left


def no_more_is_given_back_than_was_taken(tables: Tables) -> None:
    budget = Budget(tables.auth_state, tables.name(), 3)
    budget.take(NOW)
    tables.race(lambda _: budget.give_back(NOW))
    assert [budget.take(NOW) is None for _ in range(4)] == [True, True, True, False]


def no_more_is_uncounted_than_was_sent(tables: Tables) -> None:
    guard, country = Guard(tables.auth_state, Thresholds(hourly_floor=3)), tables.name()
    guard.sent(country, NOW)
    tables.race(lambda _: guard.not_sent(country, NOW))
    assert [guard.sent(country, NOW) for _ in range(4)] == [True, True, True, False]


def a_fenced_account_stays_out(tables: Tables) -> None:
    address, proof = tables.email()
    account = tables.account(email=address)
    fenced = Limbo(tables.identities, KEYED_HASH).fence(account, NOW)
    assert fenced
    assert not any(tables.race(lambda _: tables.activate(account, "email", proof)))
    assert read(Limbo(tables.identities, KEYED_HASH), account.username).state == FENCED


def an_identifier_is_proven_by_one_account(tables: Tables) -> None:
    _, proof = tables.email()
    accounts = [tables.account() for _ in range(PAIRS)]
    proven = tables.race(lambda number: (number % PAIRS, tables.activate(accounts[number % PAIRS], "email", proof)))
    assert len({number for number, was in proven if was}) == 1


def an_earlier_attempts_announcement_is_not_this_ones(tables: Tables) -> None:
    address, proof = tables.email()
    account = tables.account(email=address)
    tables.activate(account, "email", proof)
    identities = Identities(tables.identities, KEYED_HASH)
    tables.race(lambda number: identities.synced(Activation(account.key, f"attempt-{number}", "email", proof)))
    assert read(identities, account.username).unsynced == proof


def a_number_is_claimed_once(tables: Tables) -> None:
    address, _ = tables.email()
    name = tables.name()
    assert _trues(tables.race(lambda number: tables.claim(f"{name}-{number}", email=address))) == 1


def what_is_stale_is_claimed_once(tables: Tables) -> None:
    address, _ = tables.email()
    gone = tables.account(email=address)
    tables.identities.transact(
        [tables.identities.deleting(gone.key, condition="att = :att", values={":att": gone.attempt})]
    )
    assert _trues(tables.race(lambda number: tables.claim(f"{gone.username}-{number}", email=address))) == 1


def a_stale_account_is_not_removed_once_it_is_another(tables: Tables) -> None:
    """Somebody takes the number of a sign-up that failed, while that person signs up anew without it."""
    pairs = []
    for _ in range(PAIRS):
        address, _ = tables.email()
        pairs.append((tables.account(now=NOW - 60, email=address).username, address))

    def act(number: int) -> bool:
        username, address = pairs[number]
        claimant = Claimant(f"{username}-next", {"email": address}, "c", SIGN_UP)

        def signs_up_meanwhile(name: str) -> bool:
            if name == username:
                tables.claim(username)
            return False

        identities = Identities(tables.identities, KEYED_HASH)
        return identities.claim(claimant, now=NOW, user_exists=signs_up_meanwhile)

    assert tables.race(act, PAIRS) == [True] * PAIRS
    assert all(tables.identities.get(f"account#{username}") for username, _ in pairs)


def _trues(answers: list[Any]) -> int:
    return sum(answer is True for answer in answers)


def an_account_is_fenced_once(tables: Tables) -> None:
    limbo, account = Limbo(tables.identities, KEYED_HASH), tables.account()
    tokens = tables.race(lambda _: limbo.fence(account, NOW))
    assert len(tokens) - tokens.count(None) == 1


def a_fence_is_taken_down_by_who_put_it_up(tables: Tables) -> None:
    limbo, account = Limbo(tables.identities, KEYED_HASH), tables.account()
    limbo.fence(account, NOW)
    tables.race(lambda number: limbo.unfence(account, f"token-{number}"))
    assert read(limbo, account.username).state == FENCED


def a_claim_that_has_changed_hands_stays(tables: Tables) -> None:
    limbo = Limbo(tables.slow_identities, KEYED_HASH)
    pairs = []
    for _ in range(PAIRS):
        address, proof = tables.email()
        leaving = tables.account(email=address)
        pairs.append((leaving, limbo.fence(leaving, NOW), tables.account(), proof))

    def act(number: int) -> None:
        leaving, token, proving, proof = pairs[number // 2]
        if number % 2:
            tables.activate(proving, "email", proof)
        else:
            limbo.remove(leaving, token)

    tables.race(act, 2 * PAIRS)
    assert all(tables.identities.get(proof) for *_, proof in pairs)


def an_account_is_removed_by_who_fenced_it(tables: Tables) -> None:
    limbo, account = Limbo(tables.identities, KEYED_HASH), tables.account()
    limbo.fence(account, NOW)
    assert not any(tables.race(lambda number: limbo.remove(account, f"token-{number}")))
    assert read(limbo, account.username)


def another_attempt_is_not_released(tables: Tables) -> None:
    account = tables.account()
    seen = replace(account, attempt="an earlier one")
    assert not any(tables.race(lambda _: Limbo(tables.identities, KEYED_HASH).release(seen)))


def who_has_become_active_is_not_disowned(tables: Tables) -> None:
    address, proof = tables.email()
    account = tables.account(email=address)
    tables.activate(account, "email", proof)
    assert not any(tables.race(lambda _: Limbo(tables.identities, KEYED_HASH).disown(account)))


def a_removed_claim_is_another_ones_by_now(tables: Tables) -> None:
    """The account's new address is somebody else's in the moment between the look at the old claim and its removal."""
    pairs = []
    for _ in range(PAIRS):
        address, proof = tables.email()
        pairs.append((tables.account(email=address), tables.account(), proof))

    def act(number: int) -> None:
        moving, proving, proof = pairs[number // 2]
        if number % 2:
            tables.activate(proving, "email", proof)
        else:
            Following(tables.slow_identities, KEYED_HASH).follow(moving, moving.username, {}, NOW)

    tables.race(act, 2 * PAIRS)
    assert all(tables.identities.get(proof) for *_, proof in pairs)


def a_verified_address_is_one_users(tables: Tables) -> None:
    _one_of_many_follows(tables, tables.email()[0])


def an_unproven_claim_goes_to_one_who_verified_it(tables: Tables) -> None:
    address, _ = tables.email()
    tables.account(email=address)
    _one_of_many_follows(tables, address)


def _one_of_many_follows(tables: Tables, address: str) -> None:
    following, name = Following(tables.slow_identities, KEYED_HASH), tables.name()
    attributes = {"email": address, "email_verified": "true"}
    outcomes = tables.race(lambda number: following.follow(None, f"{name}-{number}", attributes, NOW))
    assert outcomes.count("adopted") == 1


def a_user_is_adopted_once(tables: Tables) -> None:
    following, name = Following(tables.identities, KEYED_HASH), tables.name()
    assert tables.race(lambda _: following.follow(None, name, {}, NOW)).count("adopted") == 1


def claims_and_account_move_together(tables: Tables) -> None:
    following, account = Following(tables.identities, KEYED_HASH), tables.account()
    addresses = [tables.email() for _ in range(PAIRS)]

    def act(number: int) -> bool:
        attributes = {"email": addresses[number][0], "email_verified": "true"}
        return suppressed(ContentionError, lambda: following.follow(account, account.username, attributes, NOW))

    tables.race(act, PAIRS)
    left = {proof for _, proof in addresses if tables.identities.get(proof)}
    assert left == set(read(following, account.username).claims.values())


def an_earlier_walk_does_not_undo_a_later_ones_mark(tables: Tables) -> None:
    walking, account = Walking(tables.identities, KEYED_HASH), tables.account()
    walking.mark(account, "sub", tables.threads + 1)
    tables.race(lambda number: walking.mark(account, "sub", number))
    assert read(walking, account.username).walk == tables.threads + 1


def an_orphan_that_is_claimed_stays(tables: Tables) -> None:
    address, proof = tables.email()
    tables.account(email=address)
    seen = {"pk": proof, "att": "of who is gone"}
    assert not any(tables.race(lambda _: Walking(tables.identities, KEYED_HASH).remove(seen)))


def a_sign_up_writes_its_row_once(tables: Tables) -> None:
    sub = tables.name()
    assert tables.race(lambda _: tables.users.signed_up(sub, "ada", {}, status=PENDING, now=NOW)).count(True) == 1


def _deleted(tables: Tables) -> str:
    sub = tables.name()
    tables.users.signed_up(sub, "ada", {}, status=PENDING, now=NOW)
    assert tables.users.removed(sub, now=NOW)
    return sub


def a_late_sign_in_does_not_bring_a_row_back(tables: Tables) -> None:
    sub = _deleted(tables)
    assert not any(tables.race(lambda number: tables.users.signed_in(sub, "ada", {}, now=NOW + number)))


def a_look_at_the_pool_does_not_bring_a_row_back(tables: Tables) -> None:
    sub = _deleted(tables)
    assert not any(tables.race(lambda number: tables.users.heal(sub, "ada", {}, status=ACTIVE, now=NOW + number)))


def nor_does_an_early_one(tables: Tables) -> None:
    sub = _deleted(tables)
    assert not any(tables.race(lambda number: tables.users.heal(sub, "ada", {}, status=PENDING, now=NOW + number)))


def a_row_is_removed_once(tables: Tables) -> None:
    sub = tables.name()
    tables.users.signed_up(sub, "ada", {}, status=PENDING, now=NOW)
    assert tables.race(lambda _: tables.users.removed(sub, now=NOW)).count(True) == 1


def one_slice_works(tables: Tables) -> None:
    job = tables.name()
    assert tables.race(lambda _: Checkpoint(tables.auth_state, job).take(NOW)).count(True) == 1


def _overtaken(tables: Tables) -> tuple[str, list[Checkpoint]]:
    """Let slices think that they have the lease, which is another's."""
    job = tables.name()
    late = [Checkpoint(tables.auth_state, job) for _ in range(tables.threads)]
    late[0].take(NOW)
    assert Checkpoint(tables.auth_state, job).take(NOW + LEASE_SECONDS)
    return job, late


def a_slice_that_was_overtaken_saves_nothing(tables: Tables) -> None:
    _, late = _overtaken(tables)
    saved = tables.race(
        lambda number: suppressed(LeaseLostError, lambda: late[number].save(Walk(NOW), NOW + LEASE_SECONDS))
    )
    assert not any(saved)


def a_slice_that_was_overtaken_frees_nothing(tables: Tables) -> None:
    job, late = _overtaken(tables)
    tables.race(lambda number: late[number].leave())
    assert not Checkpoint(tables.auth_state, job).take(NOW + LEASE_SECONDS)


@dataclass(frozen=True)
class Row:
    """A conditional write: the function that asks for it, what its condition matches, and what it is for."""

    function: str
    condition: str
    race: Callable[[Tables], None]

    def __str__(self) -> str:
        return f"{self.function}: {self.race.__name__}"


ROWS = [
    Row("challenges.put", "attribute_not_exists", a_challenge_is_written_once),
    Row("challenges.share", "attribute_exists", a_challenge_that_is_gone_is_not_shared),
    Row("challenges.replace", "gen = :old", one_next_generation),
    Row("challenges.deliver", "st = :requested", one_delivery),
    Row("challenges.delivered", "sender = :sender", a_late_delivery_does_not_end_another_one),
    Row("challenges.guess", r"size\(tries\) < :max", as_many_guesses_as_are_allowed),
    Row("challenges.take_back", "tries.#guess = :round", a_guess_is_taken_back_by_its_own_round),
    Row("limits.begin", "attribute_not_exists", one_first_cooldown),
    Row("limits.begin", "cid = :seen_cid", one_next_cooldown),
    Row("limits.renewing", "cid = :seen_cid", one_renewed_cooldown),
    Row("limits.failed", "cid = :cid", an_old_challenges_failures_do_not_count),
    Row("limits.succeeded", "cid = :cid", an_old_challenges_success_forgets_nothing),
    Row("budgets.take", "n < :limit", a_budget_is_not_exceeded),
    Row("budgets.give_back", "n > :zero", no_more_is_given_back_than_was_taken),
    Row("fraud.not_sent", "> :zero", no_more_is_uncounted_than_was_sent),
    Row("identities.activate", "st IN", a_fenced_account_stays_out),
    Row("identities.activate", "proven = :false", an_identifier_is_proven_by_one_account),
    Row("identities.synced", "att = :att", an_earlier_attempts_announcement_is_not_this_ones),
    Row("identities._parts", "attribute_not_exists", a_number_is_claimed_once),
    Row("identities._parts", "att = :old", what_is_stale_is_claimed_once),
    Row("identities._removals", "att = :old", a_stale_account_is_not_removed_once_it_is_another),
    Row("limbo.fence", "fenced_until <= :now", an_account_is_fenced_once),
    Row("limbo.unfence", "fence = :token", a_fence_is_taken_down_by_who_put_it_up),
    Row("limbo._delete", "^att = :att$", a_claim_that_has_changed_hands_stays),
    Row("limbo.remove", "fence = :token", an_account_is_removed_by_who_fenced_it),
    Row("limbo.release", "st = :active", another_attempt_is_not_released),
    Row("limbo.disown", "st = :pending", who_has_become_active_is_not_disowned),
    Row("following._claims", "att = :att", a_removed_claim_is_another_ones_by_now),
    Row("following._claim", "attribute_not_exists", a_verified_address_is_one_users),
    Row("following._claim", "proven = :proven", an_unproven_claim_goes_to_one_who_verified_it),
    Row("following._account", "attribute_not_exists", a_user_is_adopted_once),
    Row("following._account", "claims = :seen_claims", claims_and_account_move_together),
    Row("walking.mark", "walk < :number", an_earlier_walk_does_not_undo_a_later_ones_mark),
    Row("walking.remove", "att = :att", an_orphan_that_is_claimed_stays),
    Row("users.signed_up", "attribute_not_exists", a_sign_up_writes_its_row_once),
    Row("users.signed_in", " IN ", a_late_sign_in_does_not_bring_a_row_back),
    Row("users.heal", "^attribute_not_exists", a_look_at_the_pool_does_not_bring_a_row_back),
    Row("users.heal", "^#", nor_does_an_early_one),
    Row("users.removed", " IN ", a_row_is_removed_once),
    Row("jobs.checkpoint.take", "lease_until <= :now", one_slice_works),
    Row("jobs.checkpoint.save", "lease = :lease", a_slice_that_was_overtaken_saves_nothing),
    Row("jobs.checkpoint.leave", "lease = :lease", a_slice_that_was_overtaken_frees_nothing),
]


def without(row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the condition always hold, where the row's function asks for it and nowhere else."""
    module, _, function = row.function.rpartition(".")
    file = f"/{module.replace('.', '/')}.py"

    def is_asking() -> bool:
        frame = sys._getframe(2)
        while frame is not None and "cognito_otp" in frame.f_code.co_filename:
            if frame.f_code.co_name == function and frame.f_code.co_filename.endswith(file):
                return True
            frame = frame.f_back
        return False

    def forgetting(build: Callable[..., Item]) -> Callable[..., Item]:
        def built(self: Table, *arguments: Any, **named: Any) -> Item:
            request = build(self, *arguments, **named)
            write = request.get("Delete", request)
            asked = write.get("ConditionExpression")
            if asked and re.search(row.condition, asked) and is_asking():
                key = self.key_name
                write["ConditionExpression"] = f"({asked}) OR attribute_exists({key}) OR attribute_not_exists({key})"
            return request

        return built

    for name in ("_put", "_update", "deleting"):
        monkeypatch.setattr(Table, name, forgetting(getattr(Table, name)))
