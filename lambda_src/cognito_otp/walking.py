"""The identities table, as `reconcile` walks over it: what it marks, and what counts for nothing any more.

See `accounts` for the items.
"""

import contextlib
from collections.abc import Sequence

from cognito_otp.accounts import Accounts, parse
from cognito_otp.dynamodb import ConditionFailedError, Item


class Walking(Accounts):
    """The identities table, to be walked over."""

    def page(self, after: str | None) -> tuple[list[Item], str | None]:
        """Read one page of the table, accounts and claims; see `Table.scan`."""
        return self._table.scan(after, condition=None, names={}, values={})

    def mark(self, account: str, sub: str, number: int) -> None:
        """Note that a walk has seen an account's user (one write unit); nothing if a later walk has.

        Args:
            account: the account's key.
            sub: the user's id.
            number: the walk's.
        """
        with contextlib.suppress(ConditionFailedError):
            self._table.update(
                account,
                "SET #sub = :sub, walk = :number",
                condition="attribute_exists(pk) AND (attribute_not_exists(walk) OR walk < :number)",
                names={"#sub": "sub"},
                values={":sub": sub, ":number": number},
            )

    def orphans(self, claims: Sequence[Item]) -> list[Item]:
        """Return those claims that count for nobody.

        Half a read unit per holder, and two more reads of those that seem to be orphans: the first look may be old.

        Args:
            claims: up to 100.
        """
        holders = self._table.get_many(sorted({claim["holder"] for claim in claims})) if claims else {}
        return [claim for claim in claims if not _holds(holders.get(claim["holder"]), claim) and self._is_orphan(claim)]

    def remove(self, claim: Item) -> bool:
        """Remove an orphan (two write units).

        Returns:
            False if somebody has claimed it since.
        """
        part = self._table.deleting(claim["pk"], condition="att = :att", values={":att": claim["att"]})
        try:
            self._table.transact([part])
        except ConditionFailedError:
            return False
        return True

    def _is_orphan(self, claim: Item) -> bool:
        # Read before its holder: a claim that is written after this carries another attempt, and stays.
        now_is = self._table.get(claim["pk"])
        return now_is is not None and now_is["att"] == claim["att"] and self.holder(_kind(claim), now_is) is None


def _holds(account: Item | None, claim: Item) -> bool:
    if account is None:
        return False
    held = parse(account)
    return bool(held.attempt == claim["att"] and held.claims.get(_kind(claim)) == claim["pk"])


def _kind(claim: Item) -> str:
    return str(claim["pk"]).split("#")[1]
