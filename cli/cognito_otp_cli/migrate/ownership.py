"""Which users of the new pool are this migration's own, also where it died before it could note so."""

from collections.abc import Mapping
from typing import Any

from cognito_otp import identifiers
from cognito_otp.accounts import MIGRATED, Account
from cognito_otp.limbo import Limbo
from cognito_otp.settings import IDENTIFIERS
from cognito_otp_cli.migrate import pools
from cognito_otp_cli.migrate.journal import Step
from cognito_otp_cli.migrate.pools import Pool, User

_SKEW = 300  # seconds by which this clock may differ from AWS's: with more AWS refuses the signature


class Ownership:
    """Tells the migration's users from strangers.

    A user is the migration's if its account item says `migrated`, which only somebody with the right to AdminCreateUser
    can bring about, if it has the username and the addresses that were to be, and if it is not older than the step
    that was to make it.

    Args:
        cognito: cognito-idp client.
        pool: the new pool.
        accounts: its identities table.
    """

    def __init__(self, cognito: Any, pool: Pool, accounts: Limbo) -> None:
        self._cognito = cognito
        self._pool = pool
        self._accounts = accounts

    def made(self, create: Step) -> User | None:
        """Return the user that a step has made, None if it has made none: nobody is there, or a stranger is."""
        facts = create.facts
        found = pools.user(self._cognito, self._pool.id, facts["login"])
        if found is None or found.created_at.timestamp() < create.at - _SKEW:
            return None
        is_same = all((found.attributes.get(kind) or None) == facts.get(kind) for kind in IDENTIFIERS)
        if not self._pool.username_attributes:
            is_same = is_same and identifiers.username(found.username) == identifiers.username(facts["login"])
        return found if is_same and self.account(found.username, create) is not None else None

    def account(self, username: str, create: Step) -> Account | None:
        """Return the account item that a step has brought about under a username; None if it is another's or gone."""
        account = self._accounts.account(username, _addresses(create.facts))
        is_ours = account is not None and account.origin == MIGRATED and account.created_at >= create.at - _SKEW
        return account if is_ours else None

    def release(self, username: str, create: Step) -> None:
        """Remove the account item and the claims of a user of ours who is gone."""
        account = self.account(username, create)
        if account is not None:
            self._accounts.release(account)


def _addresses(facts: Mapping[str, Any]) -> dict[str, str]:
    return {kind: facts[kind] for kind in IDENTIFIERS if facts.get(kind)}
