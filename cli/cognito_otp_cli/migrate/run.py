"""One run of `cognito-otp migrate`: plan, move and compare, or take back."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape

from cognito_otp import configuration
from cognito_otp.dynamodb import Table
from cognito_otp.keyed_hash import KeyedHash
from cognito_otp.limbo import Limbo
from cognito_otp.settings import Channels
from cognito_otp.users import RowShape
from cognito_otp_cli import deployment, screen
from cognito_otp_cli.errors import CommandError
from cognito_otp_cli.migrate import files as files_
from cognito_otp_cli.migrate import plan as plan_
from cognito_otp_cli.migrate import pools, show
from cognito_otp_cli.migrate.becoming import Target
from cognito_otp_cli.migrate.duplicates import Decisions
from cognito_otp_cli.migrate.files import Files
from cognito_otp_cli.migrate.journal import Journal
from cognito_otp_cli.migrate.move import Migration
from cognito_otp_cli.migrate.ownership import Ownership
from cognito_otp_cli.migrate.pace import PacedCognito
from cognito_otp_cli.migrate.plan import Outcome, Plan
from cognito_otp_cli.migrate.pools import Pool, User
from cognito_otp_cli.migrate.rows import Rows
from cognito_otp_cli.migrate.verify import verify

if TYPE_CHECKING:
    import boto3


@dataclass(frozen=True)
class Run:
    """A run, with what it needs.

    Attributes:
        cognito: cognito-idp client, paced.
        target: the new pool.
        rows: the User rows.
        ownership: tells the migration's users from strangers.
        journal: what was begun and done.
        files: where the files are.
        decisions: the decision file.
        console: what the person reads.
        at_once: how many users to work on at the same time.
    """

    cognito: Any
    target: Target
    rows: Rows
    ownership: Ownership
    journal: Journal
    files: Files
    decisions: Path
    console: Console
    at_once: int

    @classmethod
    def assemble(
        cls,
        session: "boto3.Session",
        journal: Journal,
        *,
        decisions: Path | None,
        username_from: str | None,
        leave_out: frozenset[str],
        share: float,
        at_once: int = 8,
    ) -> "Run":
        """Find what belongs to the journal's pools.

        Raises:
            CommandError: a pool or a table is not there or not what it must be.
        """
        cognito = PacedCognito(session.client("cognito-idp"), share)
        dynamodb = session.client("dynamodb")
        deployment.describe_pool(session, journal.source)  # is it there?
        described = deployment.describe_pool(session, journal.target)
        found = deployment.deployment_of(session, described)
        environment = found.environment("sign_up")
        pool = Pool.from_description(described)
        if username_from and pool.username_attributes:
            signs_in = " or ".join(pool.username_attributes)
            raise CommandError(f"--username-from is of no use: people sign in to {pool.id} by {signs_in}.")
        shape = RowShape.from_settings(
            configuration.stored(Table(dynamodb, found.auth_state_table), environment, "user_row")
        )
        keyed_hash = KeyedHash(session.client("kms"), found.code_key_id)
        accounts = Limbo(Table(dynamodb, found.identities_table), keyed_hash)
        return cls(
            cognito=cognito,
            target=Target(
                pool=pool,
                channels=Channels.from_environment(environment),
                password_required=found.environment("sign_in").get("PASSWORD_REQUIRED") == "true",
                groups=frozenset(pools.groups(cognito, journal.target)),
                username_from=username_from,
                leave_out=leave_out,
            ),
            rows=Rows(dynamodb, journal.old_table or found.user_table, found.user_table, found.user_table_key, shape),
            ownership=Ownership(cognito, pool, accounts),
            journal=journal,
            files=Files(journal.path),
            decisions=decisions or Files(journal.path).decisions,
            console=screen.stdout(),
            at_once=at_once,
        )

    def plan(self) -> bool:
        """Plan; show and write the plan and the decision file; return whether nobody is left or undecided."""
        made = self._plan()
        return not made.of(Outcome.LEAVE) and not made.of(Outcome.UNDECIDED)

    def migrate(self, agreed: Callable[[str], None], *, must_find_rows: bool = False) -> bool:
        """Plan, move and compare; return whether everybody was moved and is as planned.

        Args:
            agreed: asks a question, and raises unless the answer is yes.
            must_find_rows: whether to refuse, where nobody will be asked, an old table that was named and has no row.

        Raises:
            CommandError: duplicates need a decision, or there are no rows: nothing was changed.
        """
        made = self._plan()
        if made.conflicts:
            raise CommandError(
                f"{made.conflicts[0]}: correct the column decision of {self.decisions}. Nothing was changed."
            )
        undecided = made.of(Outcome.UNDECIDED)
        if undecided:
            raise CommandError(
                f"{len(undecided)} accounts are duplicates without a decision, and nothing was changed: fill in the "
                f"column decision of {self.decisions} (keep, merge or skip; the suggestion is beside it)."
            )
        if must_find_rows and self.journal.old_table and self._lacks_rows(made):
            raise CommandError(
                f"{self.rows.none_found} Nothing was changed: leave out --yes to be asked, or --old-table if nobody "
                "has a row."
            )
        planned, left = made.of(Outcome.MOVE), made.of(Outcome.LEAVE)
        rows = "without any row" if self._lacks_rows(made) else f"with {len(made.rows)} rows"
        agreed(f"Move {len(planned)} users to {self.target.pool.id}, {rows}, and leave {len(left)}?")
        failed = self._with_progress("Moving", len(planned), lambda done: self._migration.move_all(planned, done))
        mapped = files_.write_mapping(self.files.mapping, made, self.journal)
        found = verify(self.cognito, self.target, made, self.journal, self.rows)
        report = {**made.counts(), "refused": failed, "compared": found.as_json()}
        files_.write_json(self.files.report, report)
        show.failures(self.console, failed)
        show.verification(self.console, found, self.files, mapped)
        return not (left or failed or found.differences)

    def rollback(self, agreed: Callable[[str], None]) -> bool:
        """Take everything back that the journal names; return whether nothing was refused."""
        subs = self.journal.users()
        agreed(
            f"Delete {len(list(self.journal.moved()))} users of {self.target.pool.id}, and move their rows back to the "
            "old ids? Those who signed in since cannot any more."
        )
        failed = self._with_progress("Taking back", len(subs), lambda done: self._migration.undo_all(subs, done))
        show.failures(self.console, failed)
        self.console.print(f"{len(subs) - len(failed)} of {len(subs)} users are as they were.")
        if not failed:
            self.files.mapping.unlink(missing_ok=True)
        return not failed

    @property
    def _migration(self) -> Migration:
        return Migration(self.cognito, self.target, self.journal, self.rows, self.ownership, self.at_once)

    def _plan(self) -> Plan:
        decisions = Decisions(self.decisions)
        with screen.stderr().status("Reading the pools and the rows ..."):
            groups = pools.groups_by_user(self.cognito, self.journal.source)
            old = [pools.in_groups(user, groups) for user in pools.users(self.cognito, self.journal.source)]
            new: list[User] = list(pools.users(self.cognito, self.target.pool.id))
            last_used = self.rows.last_used(user.sub for user in old)
        decisions.refuse_strangers({*(user.sub for user in old), *self.journal.users()})
        made = plan_.make(old, new, self.target, decisions, self.journal, last_used)
        files_.write_json(self.files.plan, made.as_json())
        if made.groups:
            decisions.write(made.groups, {sub: used for sub, used in last_used.items() if used})
        show.plan(self.console, made, self.files, self.decisions)
        if self.rows.are_in_one_table and made.rows:
            self.console.print(
                "The old rows are in the new pool's User table: its reconcile must be off until everybody is moved, or "
                'it marks them DELETED (maintenance = { reconcile_schedule = "" }). When it is on again it marks '
                "the rows of those who are merged or left: move or remove them first."
            )
        if self._lacks_rows(made):
            self.console.print(escape(self.rows.none_found), soft_wrap=True)
        if self.decisions != self.files.decisions and decisions.is_new:
            self.console.print(escape(f"{self.decisions} is new: no decisions were read."), soft_wrap=True)
        return made

    def _lacks_rows(self, made: Plan) -> bool:
        # Whoever was moved has no row under the old id any more.
        return bool(made.users) and not made.rows and not self.journal.users()

    def _with_progress(
        self, words: str, total: int, work: Callable[[Callable[[], None]], dict[str, str]]
    ) -> dict[str, str]:
        with show.progress() as bar:
            task = bar.add_task(words, total=total)
            return work(lambda: bar.advance(task))
