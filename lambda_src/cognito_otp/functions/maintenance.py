"""The `maintenance` function: what the schedules, the command line and CloudTrail's events have done.

The only one that removes users and accounts. Its events name their job, and the user pool, whose id is in no function's
environment: the pool depends on functions, and these must not depend on it.

- `{"job": "reconcile", "user_pool_id", "dry_run"?, "seconds"?, "restart"?}`: see `jobs.reconcile`.
- `{"job": "recheck", "user_pool_id", "sub"}`: see `jobs.recheck`.
- `{"job": "reap", "user_pool_id", "seconds"?}` and
  `{"job": "reclaim", "user_pool_id", "account", "attempt"}`: see `jobs.reap`.
"""

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cognito_otp import aws, clock, event_log
from cognito_otp.accounts import Account
from cognito_otp.activation import Activations
from cognito_otp.dynamodb import Table
from cognito_otp.following import Following
from cognito_otp.functions import initialised
from cognito_otp.hooks import ActivatedHook
from cognito_otp.identities import Identities
from cognito_otp.jobs.alignment import Alignment, Tables
from cognito_otp.jobs.checkpoint import ACCOUNTS, Checkpoint, LeaseLostError, Walk
from cognito_otp.jobs.reap import CodesOut, Reap
from cognito_otp.jobs.recheck import Recheck
from cognito_otp.jobs.reconcile import Reconcile
from cognito_otp.keyed_hash import KeyedHash
from cognito_otp.limbo import Limbo
from cognito_otp.settings import Channels
from cognito_otp.user_list import Deadline, Pace, UserList
from cognito_otp.user_pool import UserPool
from cognito_otp.users import Users
from cognito_otp.walking import Walking

_MARGIN = 60  # seconds of an invocation that a slice leaves: for its last page, and to write down where it is


class JobFailedError(Exception):
    """A job failed. The text says how and quotes nothing: Lambda logs it, and shows it to who invoked the function."""


@dataclass(frozen=True)
class Maintenance:
    """The handler.

    Attributes:
        tables: the User table and the identities table.
        activations: announces what was proven and has not been announced.
        auth_state: where the checkpoints are.
        cognito: botocore cognito-idp client.
        calls_per_second: pace of the calls to the user pool.
        interval_hours: from the beginning of a walk of `reconcile` to that of the next.
        codes_out: tells whether somebody may be about to type a code.
        abandon_after_days: age from which an account that never answered a code is removed on schedule.
    """

    tables: Tables
    activations: Activations
    auth_state: Table
    cognito: Any
    calls_per_second: float
    interval_hours: int
    codes_out: CodesOut
    abandon_after_days: int

    def __call__(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        """Do the job that the event names, and return its report.

        Raises:
            JobFailedError: it failed, or there is no such job.
        """
        job = str(event.get("job"))
        with event_log.about():
            try:
                match job:
                    case "reconcile":
                        return self._reconcile(event, _seconds(event, context))
                    case "recheck":
                        return self._recheck(event, _seconds(event, context))
                    case "reap":
                        return self._reap(event, Deadline(_seconds(event, context)))
                    case "reclaim":
                        removed = self._reaper(event).reclaim(event["account"], event["attempt"])
                        return {"job": "reclaim", "outcome": removed or "gone"}
            except Exception as error:
                event_log.failure("job", error, job=job)
                raise JobFailedError(_summary(job, error)) from None
            event_log.warning("job", "unknown")
            raise JobFailedError("there is no such job")

    def _reconcile(self, event: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        dry_run = event.get("dry_run") is True
        deadline, pace = Deadline(seconds), Pace(self.calls_per_second)
        user_list = UserList(self.cognito, event["user_pool_id"], pace, deadline)
        reconcile = Reconcile(
            tables=self.tables,
            checkpoint=Checkpoint(self.auth_state, "reconcile-dry-run" if dry_run else "reconcile"),
            user_list=user_list,
            align=lambda found: self._alignment(event, user_list, pace, found, dry_run=dry_run),
            deadline=deadline,
            interval=self.interval_hours * 3600,
            dry_run=dry_run,
        )
        return reconcile(restart=event.get("restart") is True)

    def _recheck(self, event: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        pace = Pace(self.calls_per_second)
        user_list = UserList(self.cognito, event["user_pool_id"], pace, Deadline(seconds))
        alignment = self._alignment(event, user_list, pace, lambda _kind: None, dry_run=False)
        return {"job": "recheck", "outcome": Recheck(self.tables, user_list, alignment)(event["sub"])}

    def _reap(self, event: Mapping[str, Any], deadline: Deadline) -> dict[str, Any]:
        checkpoint = Checkpoint(self.auth_state, "reap")
        report: dict[str, Any] = {"job": "reap", "outcome": "busy", "finished": False, "outcomes": {}}
        if not checkpoint.take(clock.now()):
            return report
        try:
            walk = checkpoint.read()
            if walk is None or walk.finished_at:
                walk = Walk(clock.now(), phase=ACCOUNTS)
            outcomes, walk.after = self._reaper(event).run(lambda: deadline.has_passed, walk.after)
            if walk.after is None:
                walk.finished_at = clock.now()
            report |= {"outcomes": dict(outcomes), "finished": walk.after is None}
            report["outcome"] = "finished" if walk.after is None else "paused"
            # Fences keep two at once apart: one that was longer at work than its lease has lost nothing but its place.
            with contextlib.suppress(LeaseLostError):
                checkpoint.save(walk, clock.now())
        finally:
            checkpoint.leave()
        return report

    def _reaper(self, event: Mapping[str, Any]) -> Reap:
        return Reap(
            limbo=self.tables.limbo,
            users=self.tables.users,
            codes_out=self.codes_out,
            user_pool=UserPool(self.cognito, event["user_pool_id"]),
            abandon_after=self.abandon_after_days * 86400,
        )

    def _alignment(
        self, event: Mapping[str, Any], user_list: UserList, pace: Pace, found: Any, *, dry_run: bool
    ) -> Alignment:
        user_pool = UserPool(self.cognito, event["user_pool_id"])

        def announce_again(account: Account, attributes: Mapping[str, str]) -> None:
            pace.wait()
            self.activations.announce_again(user_pool, account, attributes)

        return Alignment(self.tables, user_list, announce_again, found, dry_run=dry_run)


def services(environment: Mapping[str, str]) -> list[str]:
    """Return the AWS clients that the function needs."""
    return ["dynamodb", "kms", "cognito-idp", *(["lambda"] if "ACTIVATED_HOOK" in environment else [])]


def assemble(environment: Mapping[str, str], clients: Mapping[str, Any]) -> Maintenance:
    """Build the handler from its settings and its clients (those that `services` names).

    Raises:
        KeyError: a setting is missing.
    """
    dynamodb = clients["dynamodb"]
    auth_state = Table(dynamodb, environment["AUTH_STATE_TABLE"])
    identities = Table(dynamodb, environment["IDENTITIES_TABLE"])
    keyed_hash = KeyedHash(clients["kms"], environment["CODE_KEY_ID"])
    users = Users.from_environment(environment, dynamodb, auth_state)
    channels = Channels.from_environment(environment)
    hook = ActivatedHook.from_environment(environment, clients)
    return Maintenance(
        tables=Tables(
            following=Following(identities, keyed_hash, channels.username_attributes),
            walking=Walking(identities, keyed_hash),
            limbo=Limbo(identities, keyed_hash),
            users=users,
            rows_at_sign_up=environment["CREATE_ROW_ON"] == "sign_up",
        ),
        activations=Activations(Identities(identities, keyed_hash), hook),
        auth_state=auth_state,
        cognito=clients["cognito-idp"],
        calls_per_second=float(environment["LIST_USERS_PER_SECOND"]),
        interval_hours=int(environment["RECONCILE_INTERVAL_HOURS"]),
        codes_out=CodesOut(auth_state, keyed_hash, channels, int(environment["CODE_TTL_SECONDS"])),
        abandon_after_days=int(environment["ABANDON_AFTER_DAYS"]),
    )


def _seconds(event: Mapping[str, Any], context: Any) -> float:
    """Return how long a slice may take: as asked for, and never longer than the invocation."""
    longest: float = context.get_remaining_time_in_millis() / 1000 - _MARGIN
    return min(longest, float(event.get("seconds", longest)))  # in this order: nothing is less than a NaN


def _summary(job: str, error: Exception) -> str:
    response = getattr(error, "response", None)
    if response is None:
        return f"{job} failed: {type(error).__name__}; see the log"
    return f"{job} failed: {response['Error']['Code']} of {error.operation_name}; see the log"  # type: ignore[attr-defined]


_clients = aws.clients(*services(os.environ), config=aws.JOB_CONFIG)
handler = assemble(os.environ, _clients)
aws.close_before_snapshot(_clients, os.environ)
initialised()
