"""Removes accounts that a person's own sign-up made and that nobody ever proved, for good and safely.

A stranger may have signed somebody else's number up, or the person gave up half-way. Such an account holds what it
claimed, so that its owner may be unable to sign up. It is fenced before it is looked at for the last time: whoever
answers a code before that keeps the account, whoever does so later is told that the code is wrong. Invited, federated,
migrated, native and adopted users are ACTIVE and never looked at.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from botocore.exceptions import ClientError

from cognito_otp import clock, destinations, event_log, limits
from cognito_otp.accounts import FENCED, Account
from cognito_otp.aws import FAILURES
from cognito_otp.dynamodb import Table
from cognito_otp.identities import IN_FLIGHT
from cognito_otp.keyed_hash import KeyedHash, Purpose
from cognito_otp.limbo import Limbo
from cognito_otp.settings import Channels
from cognito_otp.user_pool import PoolUser, UserPool
from cognito_otp.users import Users

_PAUSE = 0.2  # seconds between removals: AdminDeleteUser's quota of 25 a second is the whole account's


@dataclass(frozen=True)
class CodesOut:
    """Tells whether somebody may be about to type a code.

    Attributes:
        auth_state: where the cooldowns are.
        keyed_hash: hashes the destinations.
        channels: the ladder.
        ttl: life of a code in seconds.
    """

    auth_state: Table
    keyed_hash: KeyedHash
    channels: Channels
    ttl: int

    def is_alive(self, user: PoolUser, now: int) -> bool:
        """Tell whether a code was sent to one of a user's destinations and still lives (one read per channel)."""
        for channel in self.channels.ladder:
            address = destinations.address_of(channel, user.attributes)
            if address is None:
                continue
            digest = self.keyed_hash.digest(Purpose.DESTINATION, channel, address)
            cooldown = limits.running(self.auth_state, limits.key_of(channel, digest), now)
            if cooldown is not None and not cooldown.answered and now < cooldown.begun + self.ttl:
                return True
        return False


@dataclass(frozen=True)
class Reap:
    """The job, with what it needs.

    Attributes:
        limbo: the identities table, as accounts are removed from it.
        users: the User table.
        codes_out: tells whether a code is alive.
        user_pool: where the users are.
        abandon_after: age in seconds from which an account is removed on schedule.
        pause: seconds between two removals.
    """

    limbo: Limbo
    users: Users
    codes_out: CodesOut
    user_pool: UserPool
    abandon_after: int
    pause: float = _PAUSE

    def run(self, is_time_up: Callable[[], bool], after: str | None = None) -> tuple[Counter[str], str | None]:
        """Remove what was abandoned, page by page of the table.

        Per page one read of the table; per account that is removed two AdminGetUser, one AdminDeleteUser, one write,
        a transaction, and one write of the row. What fails is left fenced, and the next run takes it over.

        Args:
            is_time_up: whether to stop after this account.
            after: where to go on, as an earlier call returned it.

        Returns:
            tuple: how many accounts came to which outcome (see `remove`, and `failed`), and where to go on; None at the
            end.
        """
        outcomes: Counter[str] = Counter()
        while True:
            accounts, following = self.limbo.page(clock.now() - self.abandon_after, after)
            for account in accounts:
                outcomes[self._attempt(account)] += 1
                if is_time_up():
                    return outcomes, account.key
                time.sleep(self.pause)
            if following is None or is_time_up():
                return outcomes, following
            after = following

    def reclaim(self, key: str, attempt: str) -> str | None:
        """Remove one account because its identifiers are wanted; returns the outcome, None if it is gone or another.

        Args:
            key: of its item.
            attempt: the sign-up attempt that made it.
        """
        account = self.limbo.read(key)
        if account is None or account.attempt != attempt:
            return None
        return self._attempt(account)

    def remove(self, account: Account) -> str:
        """Remove one account.

        Args:
            account: as it was read.

        Returns:
            `removed`, or why it stays: `changed` (it activated, or another run has it), `in_flight`, `anothers`
            (the user was there before it, and is not its), `verified` (the
            pool holds an address for verified), `confirmed` (an administrator confirmed it or set a password),
            `disabled` (an administrator wants it so), `code_alive`.
        """
        now = clock.now()
        user = self.user_pool.get(account.username)
        if user is None and now < account.created_at + IN_FLIGHT:
            return "in_flight"
        kept = self._kept(account, user, now)
        # One that an earlier run left fenced is let go below.
        if kept and account.state != FENCED:
            return kept
        fence = self.limbo.fence(account, now)
        if fence is None:
            return "changed"
        user = self.user_pool.get(account.username)
        if user is not None:
            # Nobody has got in since the fence; but an administrator may have looked after the account before it.
            kept = self._kept(account, user, now)
            if kept:
                self.limbo.unfence(account, fence)
                return kept
            self._delete(account, user, fence)
            self.users.removed(user.sub, now=now)
        return "removed" if self.limbo.remove(account, fence) else "changed"

    def _delete(self, account: Account, user: PoolUser, fence: str) -> None:
        try:
            self.user_pool.delete(user.username)
        except ClientError as error:
            # Certainly not deleted: until the next run its owner may still sign in.
            if error.response["Error"]["Code"] == "TooManyRequestsException":
                self.limbo.unfence(account, fence)
            raise

    def _attempt(self, account: Account) -> str:
        try:
            outcome = self.remove(account)
        except FAILURES as error:
            event_log.failure("reap", error)
            return "failed"
        event_log.decision("reap", outcome)
        return outcome

    def _kept(self, account: Account, user: PoolUser | None, now: int) -> str | None:
        if user is None:
            return None
        if user.is_of_before(account):
            return "anothers"
        if user.is_verified:
            return "verified"
        if user.status != "UNCONFIRMED" and not (account.auto_confirmed and user.status == "CONFIRMED"):
            return "confirmed"
        if not user.is_enabled:
            return "disabled"
        return "code_alive" if self.codes_out.is_alive(user, now) else None
