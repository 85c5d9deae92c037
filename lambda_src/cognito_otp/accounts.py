"""Who is who: the accounts of the pool and the identifiers they claim, as the identities table holds them.

`account#<username, folded>` decides whether an account stands and who holds its name: `att` the sign-up attempt, `fp` a
fingerprint of the request, `origin` who made it, `st` PENDING (waits for its first right code) | FENCED (being removed)
| ACTIVE, `claims` its identifiers' claims by kind, `proven` those kinds that were proven, `unsynced` the claim whose
proof has not been announced yet, `auto_confirmed` (PreSignUp confirmed the user), `fence` and `fenced_until` while it
is being removed, `sub` and `walk` as `reconcile` saw it last.

`claim#<kind>#<keyed hash>` points to the account that holds an e-mail or a phone number: `holder`, `att`, `proven`
(its own code was answered, or somebody who may vouch for it did). It has no life of its own: it counts while its
holder's account stands, is of that attempt and names it.

This module reads; `identities` writes for sign-up and sign-in, `following` brings in line with the pool, `limbo`
removes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cognito_otp import identifiers
from cognito_otp.dynamodb import Item, Table
from cognito_otp.identifiers import NORMALISED
from cognito_otp.keyed_hash import KeyedHash, Purpose
from cognito_otp.refusals import Refusal

PENDING, FENCED, ACTIVE = "PENDING", "FENCED", "ACTIVE"

SIGN_UP, ADMIN, FEDERATED, NATIVE = "sign_up", "admin", "federated", "native"
MIGRATED, ADOPTED = "migrated", "adopted"
"""Origins of an account. Only those of SIGN_UP start PENDING, and only they can ever be removed."""


@dataclass(frozen=True)
class Account:
    """An account as it was read.

    Attributes:
        key: `account#<username, folded>`.
        username: as the user pool spells it.
        attempt: id of the sign-up attempt that made it.
        fingerprint: hash of the request that made it; None for an adopted account.
        origin: who made it, one of the constants above.
        state: PENDING, FENCED or ACTIVE.
        created_at: seconds since the epoch (UTC).
        claims: kind (`"phone_number"`, `"email"`) to the key of its claim.
        proven: the kinds whose present claim was proven.
        unsynced: the claim whose proof has not been announced yet, or None.
        auto_confirmed: its user was confirmed by PreSignUp, so that CONFIRMED says nothing of it.
        fenced_until: while FENCED, when the fence may be taken over (seconds since the epoch, UTC).
        sub: the user's id, once `reconcile` has seen the user.
        walk: number of the newest walk of `reconcile` that saw the user.
    """

    key: str
    username: str
    attempt: str
    fingerprint: str | None
    origin: str
    state: str
    created_at: int
    claims: Mapping[str, str]
    proven: frozenset[str] = field(default=frozenset())
    unsynced: str | None = None
    auto_confirmed: bool = False
    fenced_until: int = 0
    sub: str | None = None
    walk: int = 0


class Accounts:
    """The identities table, to be read.

    Args:
        table: the table.
        keyed_hash: hashes the identifiers, so that the table holds no phone number and no e-mail.
        username_attributes: the pool's; accounts may be filed under these. Empty where people choose names: there a
            name that looks like an address is only a name.
    """

    def __init__(self, table: Table, keyed_hash: KeyedHash, username_attributes: Sequence[str] = ()) -> None:
        self._table = table
        self._keyed_hash = keyed_hash
        self._username_attributes = username_attributes

    def account(self, username: str, attributes: Mapping[str, str]) -> Account | None:
        """Read a user's account (one strongly consistent read unit); None if it has none, as users made elsewhere.

        In a pool whose username is an attribute, PreSignUp is said to have seen that attribute as the username at times
        (https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html promises neither):
        such an account is found by its claim, with two more reads.

        Args:
            username: `event.userName`.
            attributes: the user's attributes.
        """
        try:
            account = self.read(account_key(username))
        except Refusal:  # a name that no sign-up of ours could have had
            return None
        return account or self._filed_under_an_attribute(attributes)

    def accounts(self, usernames: Sequence[str]) -> dict[str, Account]:
        """Read the accounts of up to 100 usernames, eventually consistent; those without one are left out.

        Returns:
            dict: username as it was asked for to account.
        """
        keys = {}
        for username in usernames:
            try:
                keys[username] = account_key(username)
            except Refusal:
                continue
        items = self._table.get_many(sorted(set(keys.values()))) if keys else {}
        return {username: parse(items[key]) for username, key in keys.items() if key in items}

    def read(self, key: str) -> Account | None:
        """Read an account by its key (one strongly consistent read unit)."""
        item = self._table.get(key)
        return parse(item) if item else None

    def claim_key(self, kind: str, value: str) -> str:
        """Return the key of an identifier's claim: `kind` is `"phone_number"` or `"email"`.

        Raises:
            Refusal: it cannot be such an identifier.
        """
        return f"claim#{kind}#{self._keyed_hash.digest(Purpose.CLAIM, kind, NORMALISED[kind](value))}"

    def holder(self, kind: str, claim: Item) -> Account | None:
        """Return the account that a claim counts for (one read), or None if it counts for nobody."""
        account = self.read(claim["holder"])
        is_its_own = account is not None and account.attempt == claim["att"] and account.claims.get(kind) == claim["pk"]
        return account if is_its_own else None

    def items_of(self, account: Account) -> dict[str, Item]:
        """Read the claims that are still an account's own; return them and the account's item, by key."""
        claims = (self._table.get(key) for key in account.claims.values())
        own = {claim["pk"]: claim for claim in claims if claim and claim["att"] == account.attempt}
        return {account.key: {"pk": account.key, "att": account.attempt}, **own}

    def _filed_under_an_attribute(self, attributes: Mapping[str, str]) -> Account | None:
        for kind in self._username_attributes:
            value = attributes.get(kind)
            if not value:
                continue
            try:
                key, claim = account_key(value), self._table.get(self.claim_key(kind, value))
            except Refusal:
                continue
            if claim is not None and claim["holder"] == key:
                return self.read(key)
        return None


def account_key(username: str) -> str:
    """Return the key of a username's account.

    Raises:
        Refusal: USERNAME_INVALID.
    """
    return f"account#{identifiers.username(username)}"


def parse(item: Item) -> Account:
    """Read an account's item."""
    return Account(
        key=item["pk"],
        username=item["username"],
        attempt=item["att"],
        fingerprint=item.get("fp"),
        origin=item["origin"],
        state=item["st"],
        created_at=item["created_at"],
        claims=item["claims"],
        proven=frozenset(item["proven"]),
        unsynced=item.get("unsynced"),
        auto_confirmed=item.get("auto_confirmed", False),
        fenced_until=item.get("fenced_until", 0),
        sub=item.get("sub"),
        walk=item.get("walk", 0),
    )
