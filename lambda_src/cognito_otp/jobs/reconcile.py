"""`reconcile`: walks the pool and its tables in both directions, and heals or reports what differs.

Three phases: `users` (every user of the pool: is there an account, are its claims right, is the row?), `accounts`
(every account and claim: is there still a user?) and `rows` (every row: is there still an account?). After each page
the checkpoint is written, so that the next slice goes on there; a page that is done twice finds the second time what
the first has healed. Nothing is kept in memory but the page. What the first phase has seen is marked on the account
items, so the second asks the pool for those only that it has not seen.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cognito_otp import clock, event_log
from cognito_otp.accounts import Account, parse
from cognito_otp.dynamodb import Item
from cognito_otp.jobs.alignment import GRACE, Alignment, Tables
from cognito_otp.jobs.checkpoint import ACCOUNTS, ROWS, USERS, Checkpoint, LeaseLostError, Walk
from cognito_otp.user_list import Deadline, ThrottledError, TokenExpiredError, UserList

# Items between two looks at the clock, each of which may need a call of ListUsers. BatchGetItem takes no more than 100.
_GROUP = 50

PAUSED, FINISHED, RESTING, BUSY = "paused", "finished", "resting", "busy"
"""How a slice ends. PAUSED: its time is up, or the pool's quota is; RESTING: the next walk is not due; BUSY: another
slice is at work."""


@dataclass(frozen=True)
class Reconcile:
    """One slice of the job.

    Attributes:
        tables: what is compared with the pool.
        checkpoint: where the walk is.
        user_list: the pool's users.
        align: makes what compares and heals, given what is told each difference's kind.
        deadline: when the slice ends.
        interval: seconds from the beginning of a walk to that of the next.
        dry_run: nothing is healed; said in the report.
    """

    tables: Tables
    checkpoint: Checkpoint
    user_list: UserList
    align: Callable[[Callable[[str], None]], Alignment]
    deadline: Deadline
    interval: int
    dry_run: bool

    def __call__(self, *, restart: bool = False) -> dict[str, Any]:
        """Go on with the walk until it is finished or the time is up.

        Args:
            restart: begin a new walk, whatever became of the last.

        Returns:
            dict: the report, see docs/maintenance.md.
        """
        now = clock.now()
        if not self.checkpoint.take(now):
            return self._report(BUSY, self.checkpoint.read() or Walk(now))
        try:
            walk = self.checkpoint.read()
            if walk is None or restart or (walk.finished_at and now >= walk.number + self.interval):
                walk = Walk(now if walk is None else max(now, walk.number + 1))
            elif walk.finished_at:
                return self._report(RESTING, walk)
            try:
                outcome = self._go_on(walk)
            except ThrottledError:
                outcome = PAUSED
            except LeaseLostError:
                outcome = BUSY
        finally:
            self.checkpoint.leave()
        return self._report(outcome, walk)

    def _go_on(self, walk: Walk) -> str:
        alignment = self.align(walk.found)
        while True:
            self._step(walk, alignment)
            self.checkpoint.save(walk, clock.now())
            if walk.finished_at:
                return FINISHED
            if self.deadline.has_passed:
                return PAUSED

    def _step(self, walk: Walk, alignment: Alignment) -> None:
        match walk.phase:
            case "users":
                self._users(walk, alignment)
            case "accounts":
                self._accounts(walk, alignment)
            case _:
                self._rows(walk, alignment)

    def _users(self, walk: Walk, alignment: Alignment) -> None:
        try:
            page, token = self.user_list.page(walk.token)
        except TokenExpiredError:
            # What the walk has seen stays marked; it looks again.
            event_log.warning("reconcile", "token_expired", users=walk.users)
            walk.enter(USERS)
            walk.users = 0
            return
        accounts = self.tables.following.accounts([user.username for user in page])
        rows = self.tables.users.rows([user.sub for user in page])
        for user in page:
            alignment.compare(user, accounts.get(user.username), rows.get(user.sub), walk.number)
        walk.users += len(page)
        walk.token = token
        if token is None:
            walk.enter(ACCOUNTS)

    def _accounts(self, walk: Walk, alignment: Alignment) -> None:
        items, after = self.tables.walking.page(walk.after)
        for group in self._groups(items, "pk", walk):
            for account in _accounts(group):
                if account.walk < walk.number and account.created_at < walk.number - GRACE:
                    alignment.gone(account)
            claims = [item for item in group if str(item["pk"]).startswith("claim#")]
            for claim in self.tables.walking.orphans(claims):
                alignment.orphaned(claim)
            walk.accounts += len(group)
        self._next_page(walk, items, "pk", after, ROWS)

    def _rows(self, walk: Walk, alignment: Alignment) -> None:
        users = self.tables.users
        items, after = users.scan(walk.after)
        for group in self._groups(items, users.key_name, walk):
            named = {row[users.key_name]: users.username(row) or row[users.key_name] for row in group}
            accounts = self.tables.following.accounts(list(named.values()))
            for sub, username in named.items():
                if not _stands_for(accounts.get(username), sub, walk):
                    alignment.row_without_account(sub)
            walk.rows += len(group)
        self._next_page(walk, items, users.key_name, after, None)

    def _groups(self, items: Sequence[Item], key_name: str, walk: Walk) -> Iterator[Sequence[Item]]:
        """Give a page's items in groups until the time is up, and write down how far that was."""
        for start in range(0, len(items), _GROUP):
            if start and self.deadline.has_passed:
                return
            group = items[start : start + _GROUP]
            yield group
            walk.after = group[-1][key_name]
            self.checkpoint.save(walk, clock.now())

    def _next_page(
        self, walk: Walk, items: Sequence[Item], key_name: str, after: str | None, phase: str | None
    ) -> None:
        """Go on after a page that was looked through, with the next phase if it was the last (None: the walk ends)."""
        if items and walk.after != items[-1][key_name]:
            return
        walk.after = after
        if after is None:
            if phase is not None:
                walk.enter(phase)
            else:
                walk.finished_at = clock.now()

    def _report(self, outcome: str, walk: Walk) -> dict[str, Any]:
        facts: dict[str, Any] = {"phase": walk.phase, "users": walk.users, "accounts": walk.accounts, "rows": walk.rows}
        match outcome:
            case "finished":
                event_log.decision("reconcile", "finished", **facts, differences=sum(walk.drift.values()))
            case "paused":
                event_log.decision("reconcile", "paused", **facts, differences=sum(walk.drift.values()))
            case "resting":
                event_log.decision("reconcile", "resting")
            case _:
                event_log.decision("reconcile", "busy")
        return {
            "job": "reconcile",
            "outcome": outcome,
            "finished": walk.finished_at > 0,
            "dry_run": self.dry_run,
            "started_at": walk.number,
            **facts,
            "drift": dict(sorted(walk.drift.items())),
        }


def _stands_for(account: Account | None, sub: str, walk: Walk) -> bool:
    """Tell whether an account says that a row's user is there: the walk saw both, or they are too new to be listed."""
    if account is None:
        return False
    return account.sub == sub or (account.sub is None and account.created_at >= walk.number - GRACE)


def _accounts(items: Sequence[Item]) -> list[Account]:
    return [parse(item) for item in items if str(item["pk"]).startswith("account#")]
