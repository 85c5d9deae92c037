"""Moves users into the new pool, each in steps that are journalled, and takes them back.

A step that was begun and not done may have happened or not: each can be done again, and the one that makes the user
looks first whether it has. Nobody is sent anything, and no user of somebody else's making is touched.
"""

import re
import secrets
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from cognito_otp.settings import IDENTIFIERS
from cognito_otp_cli.errors import code
from cognito_otp_cli.migrate import pools, workers
from cognito_otp_cli.migrate.becoming import Target
from cognito_otp_cli.migrate.journal import BEGUN, DONE, FAILED, Journal, Step
from cognito_otp_cli.migrate.ownership import Ownership
from cognito_otp_cli.migrate.plan import Planned
from cognito_otp_cli.migrate.pools import User
from cognito_otp_cli.migrate.rows import Row, RowConflictError, Rows

_OF_ONE_USER = frozenset(
    {
        "AliasExistsException",
        "InvalidParameterException",
        "InvalidPasswordException",
        "NotAuthorizedException",
        "UnsupportedUserStateException",
        "UserLambdaValidationException",
        "UserNotFoundException",
        "UsernameExistsException",
        "ValidationException",
    }
)
"""Errors that say something of one user; any other would meet the next one too, and ends the run."""

_IN_FLIGHT = re.compile(r"SIGN_UP_RETRY retry_after=([0-9]+)")
_PASSWORD_LENGTH = 64
_PATIENCE = 5  # how often a claim that is being decided on is waited for


class _RefusedError(Exception):
    """A step was refused for good; the words say why."""


class Migration:
    """The moving of users.

    Args:
        cognito: cognito-idp client.
        target: the new pool.
        journal: what was begun and done.
        rows: the User rows.
        ownership: tells the migration's users from strangers.
        at_once: how many users to work on at the same time.
    """

    def __init__(
        self,
        cognito: Any,
        target: Target,
        journal: Journal,
        rows: Rows,
        ownership: Ownership,
        at_once: int,
    ) -> None:
        self._cognito = cognito
        self._target = target
        self._pool_id = target.pool.id
        self._journal = journal
        self._rows = rows
        self._ownership = ownership
        self._at_once = at_once

    def move_all(self, planned: Sequence[Planned], done: Callable[[], None]) -> dict[str, str]:
        """Move these users; those who were moved already are passed over.

        Args:
            planned: whom to move.
            done: called after each.

        Returns:
            dict: old id to why the user could not be moved, or not to the end.
        """
        return self._for_each(planned, self._move, lambda each: each.user.sub, done)

    def undo_all(self, subs: Sequence[str], done: Callable[[], None]) -> dict[str, str]:
        """Take everything back that the journal says was begun for these old ids; arguments and answer as above."""
        return self._for_each(subs, self._undo, str, done)

    def _for_each(
        self,
        items: Sequence[Any],
        work: Callable[[Any], None],
        sub_of: Callable[[Any], str],
        done: Callable[[], None],
    ) -> dict[str, str]:
        failures: dict[str, str] = {}

        def attempt(item: Any) -> None:
            try:
                work(item)
            except (_RefusedError, RowConflictError) as error:
                failures[sub_of(item)] = str(error)
            except ClientError as error:
                if code(error) not in _OF_ONE_USER:
                    raise
                failures[sub_of(item)] = _words(error)

        workers.run(items, attempt, done, self._at_once)
        return failures

    def _move(self, planned: Planned) -> None:
        user, sub = planned.user, planned.user.sub
        new = self._created(planned)
        if not user.is_enabled and not self._journal.is_done(sub, "disable"):
            # Before anything else: an invited user can sign in by a code already.
            with self._journal.step(sub, "disable"):
                self._cognito.admin_disable_user(UserPoolId=self._pool_id, Username=new.username)
        self._confirm(sub, new)
        self._join(sub, new, [group for group in user.groups if group in self._target.groups])
        if not self._journal.is_done(sub, "row"):

            def begin(old: Row | None) -> None:
                self._journal.begun(sub, "row", row=old)

            self._rows.move(sub, new, pools.moment(datetime.now(UTC)), begin)
            self._journal.done(sub, "row")

    def _created(self, planned: Planned) -> User:
        """Return the new user, made if it is not there yet."""
        user, becoming = planned.user, planned.becoming
        known = self._journal.steps(user.sub).get("create")
        if known is None or known.state != DONE:
            made = self._ownership.made(known) if known is not None and known.state == BEGUN else None
            made = made or self._create(planned)
            self._journal.done(user.sub, "create", new_sub=made.sub, new_username=made.username, new_status=made.status)
        facts = self._journal.steps(user.sub)["create"].facts
        return User(
            username=facts["new_username"],
            status=facts["new_status"],
            is_enabled=user.is_enabled,
            created_at=user.created_at,
            attributes={**becoming.attributes, "sub": facts["new_sub"]},
        )

    def _create(self, planned: Planned) -> User:
        sub, login, attributes = planned.user.sub, planned.becoming.login, planned.becoming.attributes
        addresses = {kind: attributes.get(kind) for kind in IDENTIFIERS}
        self._journal.begun(sub, "create", login=login, old_username=planned.user.username, **addresses)
        for _ in range(_PATIENCE):
            try:
                answer = self._cognito.admin_create_user(
                    UserPoolId=self._pool_id,
                    Username=login,
                    UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
                    TemporaryPassword=self._password(),
                    MessageAction="SUPPRESS",
                    ClientMetadata={"origin": "migrated"},
                )
            except ClientError as error:
                in_flight = _IN_FLIGHT.search(_words(error))
                if in_flight:
                    time.sleep(int(in_flight[1]) + 1)
                    continue
                if code(error) not in _OF_ONE_USER:
                    raise
                # It may be there by an earlier call of this very step, whose answer was lost.
                made = self._ownership.made(self._journal.steps(sub)["create"])
                if made is None:
                    self._journal.failed(sub, "create", _words(error))
                    raise
                return made
            return pools.parse(answer["User"], answer["User"]["Attributes"])
        words = "its identifiers are being decided on by another sign-up"
        self._journal.failed(sub, "create", words)
        raise _RefusedError(words)

    def _confirm(self, sub: str, new: User) -> None:
        """Give a password that nobody knows: until there is one, the status says that an invitation is open.

        Also where a password is required: "forgot password" is refused as long as an invitation is open.
        """
        known = self._journal.steps(sub).get("confirm")
        if new.status != "FORCE_CHANGE_PASSWORD" or (known is not None and known.state == DONE):
            return
        if known is not None and known.state == BEGUN:
            there = pools.user(self._cognito, self._pool_id, new.username)
            if there is not None and there.status != "FORCE_CHANGE_PASSWORD":
                # By now it may be a password of the person's own choice.
                self._journal.done(sub, "confirm")
                return
        with self._journal.step(sub, "confirm"):
            self._cognito.admin_set_user_password(
                UserPoolId=self._pool_id, Username=new.username, Password=self._password(), Permanent=True
            )

    def _join(self, sub: str, new: User, groups: Sequence[str]) -> None:
        for group in groups:
            step = f"group {group}"
            if not self._journal.is_done(sub, step):
                with self._journal.step(sub, step):
                    self._cognito.admin_add_user_to_group(
                        UserPoolId=self._pool_id, Username=new.username, GroupName=group
                    )

    def _password(self) -> str:
        """Return a random password, long enough and with every kind of character; nobody will know it."""
        length = max(_PASSWORD_LENGTH, self._target.pool.password_length)
        return secrets.token_urlsafe(length)[: length - 4] + "aA1!"

    def _undo(self, sub: str) -> None:
        steps = self._journal.steps(sub)
        create = steps.get("create")
        if create is not None and create.state != FAILED:
            new_sub = self._remove(create)
            if "row" in steps and new_sub is not None:
                self._rows.move_back(sub, new_sub, self._journal.row(sub))
        self._journal.undone(sub)

    def _remove(self, create: Step) -> str | None:
        """Delete the user that a step has made and return its id; None if it never came to be."""
        if create.state == DONE:
            new_sub, username = create.facts["new_sub"], create.facts["new_username"]
            there = pools.user(self._cognito, self._pool_id, username)
            is_there = there is not None and there.sub == new_sub
        else:
            made = self._ownership.made(create)
            if made is None:
                return None
            new_sub, username, is_there = made.sub, made.username, True
        if is_there:
            self._cognito.admin_delete_user(UserPoolId=self._pool_id, Username=username)
        self._ownership.release(username, create)
        return str(new_sub)


def _words(error: ClientError) -> str:
    return f"{code(error)}: {error.response['Error'].get('Message', '')}"
