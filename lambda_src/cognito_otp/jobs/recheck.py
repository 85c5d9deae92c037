"""`recheck`: looks again at one user of whom CloudTrail said that something happened to the account.

The event says no more than who: usernames are hidden in it. What is written is what ListUsers says now, so an event
that comes late, twice or out of order changes nothing that is right already.
"""

from dataclasses import dataclass

from cognito_otp import clock, event_log
from cognito_otp.accounts import Account
from cognito_otp.dynamodb import Item
from cognito_otp.jobs.alignment import GRACE, Alignment, Tables
from cognito_otp.user_list import UserList


@dataclass(frozen=True)
class Recheck:
    """The job.

    Attributes:
        tables: what is compared with the pool.
        user_list: asks the pool for the user.
        alignment: compares and heals.
    """

    tables: Tables
    user_list: UserList
    alignment: Alignment

    def __call__(self, sub: str) -> str:
        """Bring what there is of a user in line; return `"compared"`, `"gone"`, `"young"` or `"unknown"`.

        Two reads; then one call of ListUsers, unless nothing is known of the user: somebody's DeleteUser in another
        pool of the account comes here too.
        """
        row = self.tables.users.rows([sub]).get(sub)
        account = self._account(sub, row)
        outcome = self._look(sub, row, account) if row or account else "unknown"
        event_log.decision("recheck", outcome, sub=sub)
        return outcome

    def _look(self, sub: str, row: Item | None, account: Account | None) -> str:
        user = self.user_list.find("sub", sub)
        if user is not None:
            self.alignment.compare(user, account, row)
            return "compared"
        if account is not None and account.created_at > clock.now() - GRACE:
            return "young"  # the list may not show the user yet
        if account is not None:
            self.alignment.gone(account)
        self.alignment.row_of_nobody(sub)
        return "gone"

    def _account(self, sub: str, row: Item | None) -> Account | None:
        """Find the account by the username in the row, or by the id, which is the username of many a pool."""
        username = self.tables.users.username(row) if row else None
        account = self.tables.following.accounts([username or sub]).get(username or sub)
        # A name that somebody else has taken since.
        is_anothers = account is not None and account.sub not in (None, sub)
        return None if is_anothers else account
