"""Accounts and claims follow the user pool: a changed e-mail or phone number moves its claim, a verified one is proven.

The pool is where people change their attributes, and it tells nobody. So whoever meets a user next (PostAuthentication,
`reconcile`) brings that user's account in line. A user without one, made before the module or behind its back, is
adopted. See `accounts` for the items.
"""

import secrets
from collections.abc import Mapping

from cognito_otp.accounts import ACTIVE, ADOPTED, FENCED, PENDING, Account, Accounts, account_key
from cognito_otp.dynamodb import ConditionFailedError, ContentionError, Item
from cognito_otp.identifiers import NORMALISED
from cognito_otp.identities import item_of
from cognito_otp.refusals import Refusal

_ROUNDS = 3


class Following(Accounts):
    """The identities table, as it is brought in line with the user pool."""

    def is_in_line(self, account: Account | None, attributes: Mapping[str, str]) -> bool:
        """Tell whether an account says what the pool says. Costs nothing.

        An unverified attribute that the account does not claim is in line: somebody else held it when it came.
        """
        if account is None:
            return False
        if account.state == FENCED:
            return True
        wanted, verified = self._wanted(attributes), _verified(attributes)
        return (
            all(account.claims.get(kind, key if kind not in verified else None) == key for kind, key in wanted.items())
            and account.claims.keys() <= wanted.keys()
            and verified & wanted.keys() <= account.proven
            and not (account.state == PENDING and verified & wanted.keys())
        )

    def follow(self, account: Account | None, username: str, attributes: Mapping[str, str], now: int) -> str:
        """Bring an account and its claims in line with the pool, or make one for a user who has none.

        Nothing is called if it is in line. Otherwise one read per claim that changes (and of its holder, if that is
        another) and one transaction. A verified identifier takes over a claim that nobody proved, and leaves one that
        somebody did; an unverified one leaves every claim that counts.

        Args:
            account: as it was read, None if the user has none.
            username: as the user pool spells it.
            attributes: the user's attributes, `..._verified` flags among them.
            now: seconds since the epoch (UTC).

        Returns:
            `unchanged`, `moved`, `adopted`, or `conflict`: another account holds an identifier that this user has
            verified too.

        Raises:
            Refusal: USERNAME_INVALID, of a user without an account.
            ContentionError: others changed the same items all the time.
        """
        for _ in range(_ROUNDS):
            if self.is_in_line(account, attributes):
                return "unchanged"
            standing = account or _adopted(username, now)
            claims, parts, is_disputed = self._claims(standing, attributes)
            if account is not None and not parts and claims == account.claims:
                return "conflict" if is_disputed else "unchanged"
            try:
                self._table.transact([self._account(standing, account is None, claims, attributes, now), *parts])
            except ConditionFailedError:
                account = self.read(standing.key)
            else:
                return "conflict" if is_disputed else "adopted" if account is None else "moved"
        raise ContentionError

    def _claims(self, account: Account, attributes: Mapping[str, str]) -> tuple[dict[str, str], list[Item], bool]:
        """Return the claims that the account can have, what writes them, and whether a verified one is another's."""
        wanted, verified = self._wanted(attributes), _verified(attributes)
        held: dict[str, str] = {}
        parts: list[Item] = []
        is_disputed = False
        for kind, key in wanted.items():
            is_held = account.claims.get(kind) == key
            if is_held and (kind in account.proven or kind not in verified):
                held[kind] = key
                continue
            claim = self._table.get(key)
            if claim is not None and claim["att"] != account.attempt:
                counts = self.holder(kind, claim) is not None
                if counts and (claim["proven"] or kind not in verified):
                    is_disputed = is_disputed or kind in verified
                    continue
            held[kind] = key
            parts.append(self._claim(account, key, claim, is_proven=kind in verified))
        for key in set(account.claims.values()) - set(held.values()):
            claim = self._table.get(key)
            if claim is not None and claim["att"] == account.attempt:
                parts.append(self._table.deleting(key, condition="att = :att", values={":att": account.attempt}))
        return held, parts, is_disputed

    def _claim(self, account: Account, key: str, seen: Item | None, *, is_proven: bool) -> Item:
        item: Item = {"holder": account.key, "att": account.attempt, "proven": is_proven}
        if seen is None:
            return self._table.putting(key, item, condition="attribute_not_exists(pk)")
        condition = "att = :seen AND proven = :proven"
        return self._table.putting(
            key, item, condition=condition, values={":seen": seen["att"], ":proven": seen["proven"]}
        )

    def _account(
        self, account: Account, is_new: bool, claims: Mapping[str, str], attributes: Mapping[str, str], now: int
    ) -> Item:
        verified = _verified(attributes)
        kept = {kind for kind in account.proven if claims.get(kind) == account.claims.get(kind)}
        proven = dict.fromkeys(sorted((kept | verified) & claims.keys()), True)
        if is_new:
            item = {**item_of(account), "claims": dict(claims), "proven": proven}
            return self._table.putting(account.key, item, condition="attribute_not_exists(pk)")
        state = ACTIVE if proven else account.state
        # Whoever is told of activations hears of this one too, by the note.
        note: Item = {":unsynced": claims[min(proven)]} if account.state == PENDING and state == ACTIVE else {}
        return self._table.updating(
            account.key,
            "SET st = :state, claims = :claims, proven = :proven"
            + (", activated_at = if_not_exists(activated_at, :now)" if state == ACTIVE else "")
            + (", unsynced = :unsynced" if note else ""),
            condition="att = :att AND st = :seen_state AND claims = :seen_claims AND proven = :seen_proven",
            values={
                ":state": state,
                ":claims": dict(claims),
                ":proven": proven,
                ":att": account.attempt,
                ":seen_state": account.state,
                ":seen_claims": dict(account.claims),
                ":seen_proven": dict.fromkeys(sorted(account.proven), True),
                **({":now": now} if state == ACTIVE else {}),
                **note,
            },
        )

    def _wanted(self, attributes: Mapping[str, str]) -> dict[str, str]:
        wanted = {}
        for kind in NORMALISED:
            try:
                if attributes.get(kind):
                    wanted[kind] = self.claim_key(kind, attributes[kind])
            except Refusal:  # no code could go there, and nobody could sign in with it
                continue
        return wanted


def _verified(attributes: Mapping[str, str]) -> set[str]:
    return {kind for kind in NORMALISED if attributes.get(f"{kind}_verified") == "true"}


def _adopted(username: str, now: int) -> Account:
    return Account(
        key=account_key(username),
        username=username,
        attempt=secrets.token_urlsafe(12),
        fingerprint=None,
        origin=ADOPTED,
        state=ACTIVE,
        created_at=now,
        claims={},
    )
