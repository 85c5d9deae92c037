"""One user of the pool against the tables: account, claims and row; and what is left of a user who is gone.

Every difference is one line of the log, `drift`, and counted by its kind:

| kind | |
|---|---|
| `account_missing` | the module did not know the user: made before it or behind its back |
| `claims` | an e-mail, a phone number or its verified flag has changed |
| `conflict` | the user has verified what another account holds for proven: an administrator decides |
| `untold` | a code has proven an address, and the pool or the `activated` hook was not told |
| `row_missing`, `row_status`, `row_fields` | the row is not there, says another status, or has other values |
| `account_orphaned`, `claim_orphaned`, `row_orphaned` | left by a user who is gone |

What is written here is what ListUsers said a moment ago, which may be some seconds old. Where a person changed
something just then, the next sign-in puts it right, as it does without this.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from botocore.exceptions import ClientError

from cognito_otp import clock, event_log, users
from cognito_otp.accounts import ACTIVE, FENCED, PENDING, Account
from cognito_otp.aws import FAILURES
from cognito_otp.dynamodb import Item
from cognito_otp.following import Following
from cognito_otp.limbo import Limbo
from cognito_otp.refusals import Refusal
from cognito_otp.user_list import UserList
from cognito_otp.user_pool import PoolUser
from cognito_otp.users import Users
from cognito_otp.walking import Walking

GRACE = 300
"""Seconds for which an account stands although ListUsers does not show its user: the list may lag behind."""

# Every further user would meet the same: the job has to stop, and somebody has to look.
_HOPELESS = frozenset({"AccessDeniedException", "ResourceNotFoundException", "UnrecognizedClientException"})

_ROW_KINDS = {"missing": "row_missing", "status": "row_status"}


@dataclass(frozen=True)
class Tables:
    """What users are compared with.

    Attributes:
        following: brings accounts and claims in line.
        walking: marks what a walk has seen, and finds orphans.
        limbo: removes accounts.
        users: the User table.
        rows_at_sign_up: whether there is a row before the first right code.
    """

    following: Following
    walking: Walking
    limbo: Limbo
    users: Users
    rows_at_sign_up: bool


class Alignment:
    """Compares and heals, user by user.

    Args:
        tables: what is compared with the pool.
        user_list: asks the pool for one user.
        announce_again: announces what an account has noted as proven, given the account and the user's attributes.
        found: is told the kind of each difference.
        dry_run: nothing is healed.
    """

    def __init__(
        self,
        tables: Tables,
        user_list: UserList,
        announce_again: Callable[[Account, Mapping[str, str]], None],
        found: Callable[[str], None],
        *,
        dry_run: bool = False,
    ) -> None:
        self._tables = tables
        self._user_list = user_list
        self._announce_again = announce_again
        self._found = found
        self._dry_run = dry_run

    def compare(self, user: PoolUser, account: Account | None, row: Item | None, walk: int | None = None) -> None:
        """Bring a user's account, claims and row in line with the pool.

        One write unit to mark the account, and what there is to heal. An error that is this user's alone is logged.

        Args:
            user: as the pool has it.
            account: as it was read, None if there is none.
            row: as it was read, None if there is none.
            walk: number to mark the account with; None: it is not marked.
        """
        tables = self._tables
        with self._contained(user.sub):
            # Only here, where an account was not found by its name: the other look-up costs up to five reads.
            account = account or tables.following.account(user.username, user.attributes)
            if account is not None and account.state == PENDING and user.is_of_before(account):
                if account.created_at > clock.now() - GRACE:
                    return  # a namesake may have come since the list was made
                account = self._disowned(account, user)
            account = self._compare_identity(user, account)
            if walk is not None and account is not None:
                tables.walking.mark(account, user.sub, walk)
            if account is None or account.state != FENCED:
                self._compare_row(user, account, row)

    def gone(self, account: Account) -> None:
        """Remove what is left of an account whose user seems to be gone, if the pool says so too.

        A call or two of ListUsers; a read per claim, a transaction, and a write unit for the row. Nothing happens to an
        account that is too young, or being removed already, or that waits for its first code and was never seen to have
        a user: a sign-up that Cognito refused after its claims. These count for nothing, and `reap` removes it.
        """
        now = clock.now()
        is_left_over = account.state == PENDING and account.sub is None
        if account.state == FENCED or is_left_over or account.created_at > now - GRACE:
            return
        with self._contained(account.sub):
            user = self._user_of(account)
            if user is not None and self._is_its(account, user):  # the list went past it
                self.compare(user, account, self._tables.users.rows([user.sub]).get(user.sub))
                return
            self._note("account_orphaned", account.sub, lambda: self._released(account, now))
            if account.sub is not None:
                self.row_of_nobody(account.sub)

    def row_of_nobody(self, sub: str) -> None:
        """Mark a row whose user is gone as DELETED, if it is not already (one write unit, a read unit before it)."""
        row = self._tables.users.rows([sub]).get(sub)
        if self._tables.users.is_standing(row):
            self._note("row_orphaned", sub, lambda: self._tables.users.removed(sub, now=clock.now()))

    def row_without_account(self, sub: str) -> None:
        """Look after a row whose account is not there or has another user: is its own user gone (one ListUsers)?"""
        with self._contained(sub):
            user = self._user_list.find("sub", sub)
            if user is None:
                self.row_of_nobody(sub)
            else:
                account = self._tables.following.account(user.username, user.attributes)
                self.compare(user, account, self._tables.users.rows([sub]).get(sub))

    def orphaned(self, claim: Item) -> None:
        """Remove a claim that counts for nobody."""
        with self._contained(None):
            self._note("claim_orphaned", None, lambda: self._tables.walking.remove(claim))

    def _compare_identity(self, user: PoolUser, account: Account | None) -> Account | None:
        """Return the account as it is then; None for a user by whose name nobody could be filed."""
        try:
            account = self._follow(user, account)
        except Refusal as refusal:
            self._found("failed")
            event_log.failure("drift", refusal, sub=user.sub)
            return None
        # A note about a claim that the account has no more, because the attribute has changed, is about nothing.
        if account is not None and account.unsynced in account.claims.values():
            self._note("untold", user.sub, lambda: self._announced(account, user))
        return account

    def _disowned(self, account: Account, user: PoolUser) -> Account | None:
        """Take away an account that a sign-up by the user's name has left; the user is then one without an account."""
        if self._dry_run or self._tables.limbo.disown(account):
            return None
        return self._tables.following.account(user.username, user.attributes)

    def _is_its(self, account: Account, user: PoolUser) -> bool:
        """Tell whether a user who was found by an attribute has this very account."""
        found = self._tables.following.account(user.username, user.attributes)
        return found is not None and found.key == account.key

    def _announced(self, account: Account, user: PoolUser) -> bool:
        self._announce_again(account, user.attributes)
        now_is = self._tables.following.read(account.key)
        return now_is is None or now_is.unsynced is None

    def _follow(self, user: PoolUser, account: Account | None) -> Account | None:
        following = self._tables.following
        if following.is_in_line(account, user.attributes):
            return account
        if self._dry_run:
            self._report("claims" if account else "account_missing", "found", user.sub)
            return account
        became = following.follow(account, user.username, user.attributes, clock.now())
        if became == "unchanged":
            return account
        if became == "conflict":
            self._report("conflict", "left", user.sub)
        else:
            self._report("account_missing" if became == "adopted" else "claims", "healed", user.sub)
        return following.account(user.username, user.attributes)

    def _compare_row(self, user: PoolUser, account: Account | None, row: Item | None) -> None:
        waits = user.status == "UNCONFIRMED" or (account is not None and account.state == PENDING)
        if row is None and waits and not self._tables.rows_at_sign_up:
            return
        status = users.DISABLED if not user.is_enabled else users.PENDING if waits else users.ACTIVE
        about = (user.sub, user.username, user.attributes)
        differing = self._tables.users.drift(row, *about, status)
        if not differing:
            return
        kinds = sorted({_ROW_KINDS.get(field, "row_fields") for field in differing})
        heal = self._tables.users.heal
        outcome = "found" if self._dry_run else "healed" if heal(*about, status=status, now=clock.now()) else "left"
        for kind in kinds:
            self._report(kind, outcome, user.sub)

    def _user_of(self, account: Account) -> PoolUser | None:
        """Ask the pool by every name that the account's user may have there.

        `event.userName` may be spelled otherwise than the username that the pool lists, or be an attribute of it.
        """
        if account.sub is not None:
            return self._user_list.find("sub", account.sub)
        names = dict.fromkeys([account.username, account.key.removeprefix("account#")])
        asked = [("username", name) for name in names]
        if "@" in account.username:
            asked.append(("email", account.username))
        elif account.username.startswith("+"):
            asked.append(("phone_number", account.username))
        return next((user for user in (self._user_list.find(*each) for each in asked) if user is not None), None)

    def _released(self, account: Account, now: int) -> bool:
        limbo = self._tables.limbo
        if account.state == ACTIVE:
            return limbo.release(account)
        token = limbo.fence(account, now)
        return token is not None and limbo.remove(account, token)

    def _note(self, kind: str, sub: str | None, heal: Callable[[], bool]) -> None:
        self._report(kind, "found" if self._dry_run else "healed" if heal() else "left", sub)

    def _report(self, kind: str, outcome: str, sub: str | None) -> None:
        self._found(kind)
        match outcome:
            case "found":
                event_log.decision("drift", "found", kind=kind, sub=sub)
            case "healed":
                event_log.decision("drift", "healed", kind=kind, sub=sub)
            case _:
                event_log.warning("drift", "left", kind=kind, sub=sub)

    @contextmanager
    def _contained(self, sub: str | None) -> Iterator[None]:
        """Log an error that concerns one user only, and go on with the next."""
        try:
            yield
        except (*FAILURES, Refusal, ValueError) as error:
            if isinstance(error, ClientError) and error.response["Error"]["Code"] in _HOPELESS:
                raise
            self._found("failed")
            event_log.failure("drift", error, sub=sub)
