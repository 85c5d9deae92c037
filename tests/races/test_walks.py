"""Slices of `reconcile` at the same moment, and orphans that are claimed while they are removed; beside them the naive ways."""

import itertools

import pytest

from cognito_otp.accounts import SIGN_UP, account_key
from cognito_otp.dynamodb import Table
from cognito_otp.identities import Claimant, Identities
from cognito_otp.jobs.checkpoint import LEASE_SECONDS, Checkpoint, LeaseLostError, Walk
from cognito_otp.walking import Walking
from tests.races.test_races import KEYED_HASH, NOW, at_once, meanwhile

RACES = 40


@pytest.fixture
def auth_state(dynamodb):
    return Table(dynamodb, "auth-state")


@pytest.fixture
def identities_table(dynamodb):
    return Table(dynamodb, "identities")


def test_of_200_slices_at_once_one_works_and_after_its_lease_another_one(auth_state):
    slices = [Checkpoint(auth_state, "race") for _ in range(200)]
    assert at_once(lambda number: slices[number].take(NOW)).count(True) == 1
    later = at_once(lambda number: Checkpoint(auth_state, "race").take(NOW + LEASE_SECONDS))
    assert later.count(True) == 1

    def save(number: int) -> bool:
        try:
            slices[number].save(Walk(NOW), NOW + LEASE_SECONDS)
        except LeaseLostError:
            return False
        return True

    assert at_once(save).count(True) == 0


def test_control_of_200_slices_that_read_then_write_several_work(auth_state):
    def naive(number: int) -> bool:
        item = auth_state.get("job#race-naive") or {"lease_until": 0}
        if item["lease_until"] > NOW:
            return False
        meanwhile()
        auth_state.update(
            "job#race-naive",
            "SET lease = :lease, lease_until = :until",
            condition=None,
            values={":lease": str(number), ":until": NOW + LEASE_SECONDS},
        )
        return True

    assert at_once(naive).count(True) > 1


_numbers = itertools.count()


def orphan_of(identities: Identities, table: Table) -> tuple[str, str]:
    """Leave a claim without an account; return its number and its key."""
    number = f"+1415555{next(_numbers):04d}"
    claimant = Claimant(f"gone-{number}", {"phone_number": number}, "client", SIGN_UP)
    identities.claim(claimant, now=NOW, user_exists=lambda name: False)
    table.transact(
        [table.deleting(account_key(f"gone-{number}"), condition="st = :pending", values={":pending": "PENDING"})]
    )
    return number, identities.claim_key("phone_number", number)


def race(identities: Identities, table: Table, remove) -> int:
    """Sign up for the number of each orphan while it is removed; return how many accounts lost their claim."""
    lost = 0
    for _ in range(RACES):
        number, key = orphan_of(identities, table)
        claimant = Claimant(f"new-{number}", {"phone_number": number}, "client", SIGN_UP)
        seen = table.get(key)

        def act(turn: int, claimant=claimant, seen=seen) -> None:
            if turn:
                remove(seen)
            else:
                identities.claim(claimant, now=NOW + 60, user_exists=lambda name: False)

        at_once(act, 2)
        lost += table.get(key) is None
    return lost


def test_an_orphan_that_somebody_claims_meanwhile_is_theirs(identities_table):
    identities, walking = Identities(identities_table, KEYED_HASH), Walking(identities_table, KEYED_HASH)

    def remove(seen) -> None:
        for claim in walking.orphans([seen]):
            walking.remove(claim)

    assert race(identities, identities_table, remove) == 0


def test_control_an_orphan_that_is_removed_by_its_key_alone_may_be_somebodys(identities_table, dynamodb):
    identities, walking = Identities(identities_table, KEYED_HASH), Walking(identities_table, KEYED_HASH)

    def naive(seen) -> None:
        for claim in walking.orphans([seen]):
            meanwhile()
            dynamodb.delete_item(TableName="identities", Key={"pk": {"S": claim["pk"]}})

    assert race(identities, identities_table, naive) > 0
