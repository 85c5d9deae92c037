"""Removal of accounts that never answered a code: fenced first, so that nobody who gets in meanwhile is removed.

Only an account that a person's own sign-up made and that is PENDING can be fenced, and an account that activates first
wins: both are conditional writes on the same item. See `accounts` for the items.
"""

import contextlib
import secrets

from cognito_otp.accounts import ACTIVE, FENCED, PENDING, SIGN_UP, Account, Accounts, parse
from cognito_otp.dynamodb import ConditionFailedError, Item

_LEASE = 60  # seconds after which the fence of a run that died may be taken over


class Limbo(Accounts):
    """The identities table, as accounts are removed from it."""

    def page(self, older_than: int, after: str | None) -> tuple[list[Account], str | None]:
        """Read one page of the table for accounts of people's own sign-ups that are not ACTIVE.

        A page is 1 MB of the table, some 4,000 items: 128 read units, eventually consistent.

        Args:
            older_than: seconds since the epoch (UTC) before which they were made.
            after: what the page before returned; None to begin.

        Returns:
            tuple: the accounts, and where the next page begins (None after the last).
        """
        items, following = self._table.scan(
            after,
            condition="origin = :sign_up AND st IN (:pending, :fenced) AND created_at < :before",
            names={},
            values={":sign_up": SIGN_UP, ":pending": PENDING, ":fenced": FENCED, ":before": older_than},
        )
        return [parse(item) for item in items], following

    def fence(self, account: Account, now: int) -> str | None:
        """Keep an account from becoming ACTIVE (one write unit).

        Args:
            account: as it was read.
            now: seconds since the epoch (UTC).

        Returns:
            A token that `unfence` and `remove` ask for; None if the account changed since it was read, or is fenced by
            another run.
        """
        token = secrets.token_urlsafe(12)
        try:
            self._table.update(
                account.key,
                "SET st = :fenced, fence = :token, fenced_until = :until",
                condition="att = :att AND origin = :sign_up "
                "AND (st = :pending OR (st = :fenced AND fenced_until <= :now))",
                values={
                    ":fenced": FENCED,
                    ":pending": PENDING,
                    ":sign_up": SIGN_UP,
                    ":token": token,
                    ":until": now + _LEASE,
                    ":now": now,
                    ":att": account.attempt,
                },
            )
        except ConditionFailedError:
            return None
        return token

    def unfence(self, account: Account, token: str) -> None:
        """Let a fenced account be as it was (one write unit); nothing if the fence was taken over."""
        with contextlib.suppress(ConditionFailedError):
            self._table.update(
                account.key,
                "SET st = :pending REMOVE fence, fenced_until",
                condition="fence = :token",
                values={":pending": PENDING, ":token": token},
            )

    def remove(self, account: Account, token: str) -> bool:
        """Remove a fenced account whose user is gone, with those claims that are still its own.

        One read per claim, one transaction of two write units per item.

        Returns:
            False if the fence was taken over, or a claim changed hands: then the next run goes on.
        """
        return self._delete(account, "fence = :token", {":token": token})

    def release(self, account: Account) -> bool:
        """Remove an ACTIVE account whose user is gone, as `remove` does.

        Returns:
            False if it changed since it was read.
        """
        return self._delete(account, "att = :att AND st = :active", {":att": account.attempt, ":active": ACTIVE})

    def disown(self, account: Account) -> bool:
        """Remove a PENDING account that is not its user's, as `remove` does; the user is left alone.

        Returns:
            False if it changed since it was read.
        """
        return self._delete(account, "att = :att AND st = :pending", {":att": account.attempt, ":pending": PENDING})

    def _delete(self, account: Account, condition: str, values: Item) -> bool:
        claims = [
            self._table.deleting(key, condition="att = :att", values={":att": account.attempt})
            for key in self.items_of(account)
            if key != account.key
        ]
        try:
            self._table.transact([self._table.deleting(account.key, condition=condition, values=values), *claims])
        except ConditionFailedError:
            return False
        return True
