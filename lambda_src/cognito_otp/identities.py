"""Who is who: the accounts of the pool and the identifiers they claim, in the identities table.

`account#<username, folded>` decides whether an account stands and who holds its name: `att` the sign-up attempt, `fp` a
fingerprint of the request, `origin`, `st` PENDING (waits for its first right code) | FENCED (being removed) | ACTIVE,
`claims` its identifiers' claims by kind, `unsynced` the claim whose proof the user pool has not been told of yet.

`claim#<kind>#<keyed hash>` points to the account that holds an e-mail or a phone number: `holder`, `att`, `proven`
(its own code was answered). It has no life of its own: it counts while its holder's account stands, is of that attempt
and names it.
"""

import contextlib
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cognito_otp import identifiers, refusals
from cognito_otp.dynamodb import ConditionFailedError, ContentionError, Item, Table
from cognito_otp.identifiers import NORMALISED
from cognito_otp.keyed_hash import KeyedHash, Purpose
from cognito_otp.refusals import Refusal

PENDING, FENCED, ACTIVE = "PENDING", "FENCED", "ACTIVE"
_TAKEN = {"phone_number": refusals.PHONE_NUMBER_TAKEN, "email": refusals.EMAIL_TAKEN}

_REPEATED = 15  # seconds in which Cognito may repeat one PreSignUp: three invocations of 5 s
_IN_FLIGHT = _REPEATED + 5  # seconds after which a sign-up whose user is not there has failed
_ROUNDS = 3


@dataclass(frozen=True)
class Account:
    """An account as it was read.

    Attributes:
        key: `account#<username, folded>`.
        username: as the user pool spells it.
        attempt: id of the sign-up attempt that made it.
        fingerprint: hash of the request that made it.
        state: PENDING, FENCED or ACTIVE.
        created_at: seconds since the epoch (UTC).
        claims: kind (`"phone_number"`, `"email"`) to the key of its claim.
        unsynced: the claim whose proof the user pool has not been told of yet, or None.
    """

    key: str
    username: str
    attempt: str
    fingerprint: str
    state: str
    created_at: int
    claims: Mapping[str, str]
    unsynced: str | None = None


@dataclass(frozen=True)
class Activation:
    """What a first right code proves.

    Attributes:
        account: key of the account that becomes active.
        attempt: the sign-up attempt that the code was sent for.
        kind: the attribute that is proven, `"phone_number"` or `"email"`.
        proof: key of that attribute's claim.
    """

    account: str
    attempt: str
    kind: str
    proof: str


class Identities:
    """The identities table.

    Args:
        table: the table.
        keyed_hash: hashes the identifiers, so that the table holds no phone number and no e-mail.
    """

    def __init__(self, table: Table, keyed_hash: KeyedHash) -> None:
        self._table = table
        self._keyed_hash = keyed_hash

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
            account = self._read(_account_key(username))
        except Refusal:  # a name that no sign-up of ours could have had
            return None
        return account or self._filed_under_an_attribute(attributes)

    def claim_key(self, kind: str, value: str) -> str:
        """Return the key of an identifier's claim: `kind` is `"phone_number"` or `"email"`."""
        return f"claim#{kind}#{self._keyed_hash.digest(Purpose.CLAIM, kind, NORMALISED[kind](value))}"

    def claim(
        self,
        username: str,
        attributes: Mapping[str, str],
        *,
        client_id: str,
        origin: str,
        now: int,
        user_exists: Callable[[str], bool],
    ) -> bool:
        """Claim the username, e-mail and phone number of a new account, all of them or none.

        Costs two write units per item (the account and each identifier) and nothing else unless something is claimed
        already; then reads, and `user_exists` for each holder. A claim whose holder never came to be (a sign-up that
        failed after its claims, a user deleted since) is taken over once no sign-up can be in flight any more.

        Args:
            username: the account's username, as the user pool gives it.
            attributes: the user's attributes; `phone_number` and `email` are claimed where present.
            client_id: app client, part of the fingerprint that tells a repeated request from another one.
            origin: `"sign_up"` starts PENDING; `"admin"`, `"federated"` and `"native"` accounts are ACTIVE at once.
            now: seconds since the epoch (UTC).
            user_exists: tells whether the user pool has a user of that username.

        Returns:
            False if this very request was made just before, and Cognito repeats it.

        Raises:
            Refusal: an identifier is invalid or belongs to another account, or is being decided on right now.
        """
        account = self._new_account(username, attributes, client_id, origin, now)
        stale: list[Item] = []
        for _ in range(_ROUNDS):
            try:
                self._table.transact([*self._parts(account, origin, stale), *self._removals(account, stale)])
            except ConditionFailedError:
                own = self._read(account.key)
                if own is not None and own.fingerprint == account.fingerprint and now < own.created_at + _REPEATED:
                    return False
                stale = self._stale(account, own, now, user_exists)
            except ContentionError:
                break
            else:
                return True
        raise Refusal(refusals.SIGN_UP_RETRY, retry_after=2)

    def activate(self, proven: Activation, now: int) -> bool:
        """Make an account ACTIVE because the code sent to one of its identifiers was answered.

        One transaction, four write units. The identifier is proven with it, and an unproven claim of somebody else
        yields. The proof is noted as `unsynced` until `synced` is called, so that a crash in between loses nothing.

        Args:
            proven: whose code was answered.
            now: seconds since the epoch (UTC).

        Returns:
            False if the account is no longer that attempt's or is being removed: then the code counts as wrong.
        """
        try:
            self._table.transact(
                [
                    self._table.updating(
                        proven.account,
                        "SET st = :active, activated_at = if_not_exists(activated_at, :now), unsynced = :proof, "
                        "claims.#kind = :proof",
                        condition="att = :att AND st IN (:pending, :active)",
                        names={"#kind": proven.kind},
                        values={
                            ":active": ACTIVE,
                            ":pending": PENDING,
                            ":att": proven.attempt,
                            ":now": now,
                            ":proof": proven.proof,
                        },
                    ),
                    self._table.updating(
                        proven.proof,
                        "SET holder = :holder, att = :att, proven = :true",
                        condition="attribute_not_exists(pk) OR att = :att OR proven = :false",
                        values={":holder": proven.account, ":att": proven.attempt, ":true": True, ":false": False},
                    ),
                ]
            )
        except ConditionFailedError:
            return False
        return True

    def synced(self, proven: Activation) -> None:
        """Note that the user pool knows of the proof (one write unit)."""
        with contextlib.suppress(ConditionFailedError):
            self._table.update(
                proven.account, "REMOVE unsynced", condition="att = :att", values={":att": proven.attempt}
            )

    def _new_account(
        self, username: str, attributes: Mapping[str, str], client_id: str, origin: str, now: int
    ) -> Account:
        key = _account_key(username)
        claims = {kind: self.claim_key(kind, attributes[kind]) for kind in NORMALISED if attributes.get(kind)}
        request = json.dumps([dict(attributes), client_id], sort_keys=True)
        return Account(
            key=key,
            username=username,
            attempt=secrets.token_urlsafe(12),
            fingerprint=self._keyed_hash.digest(Purpose.CLAIM, "request", request),
            state=PENDING if origin == "sign_up" else ACTIVE,
            created_at=now,
            claims=claims,
        )

    def _parts(self, account: Account, origin: str, stale: Sequence[Item]) -> list[Item]:
        replaced = {item["pk"]: item["att"] for item in stale}

        def put(key: str, item: Item) -> Item:
            if key in replaced:
                return self._table.putting(key, item, condition="att = :old", values={":old": replaced[key]})
            return self._table.putting(key, item, condition="attribute_not_exists(pk)")

        decider = {
            "username": account.username,
            "att": account.attempt,
            "fp": account.fingerprint,
            "origin": origin,
            "st": account.state,
            "created_at": account.created_at,
            "claims": dict(account.claims),
        }
        claim = {"holder": account.key, "att": account.attempt, "proven": False}
        return [put(account.key, decider), *(put(key, claim) for key in account.claims.values())]

    def _removals(self, account: Account, stale: Sequence[Item]) -> list[Item]:
        """Return the removal of what is stale and not replaced by the new account."""
        replaced = {account.key, *account.claims.values()}
        return [
            self._table.deleting(item["pk"], condition="att = :old", values={":old": item["att"]})
            for item in stale
            if item["pk"] not in replaced
        ]

    def _stale(self, account: Account, own: Account | None, now: int, user_exists: Callable[[str], bool]) -> list[Item]:
        """Return the items in the way that count for nothing; raise the refusal if one of them counts."""
        stale: dict[str, Item] = {}
        # By holder, so that its user is asked for once. The words for an e-mail or a phone number help more than those
        # for a username of the same holder, so they replace them.
        holders = {own.key: (own, refusals.USERNAME_TAKEN)} if own else {}
        for kind, key in account.claims.items():
            claim = self._table.get(key)
            if claim is None:
                continue
            holder = self._read(claim["holder"])
            if holder and holder.attempt == claim["att"] and holder.claims.get(kind) == key:
                holders[holder.key] = (holder, _TAKEN[kind])
            else:
                stale[key] = claim
        later: Refusal | None = None
        for holder, taken in holders.values():
            refusal = _refusal(holder, taken, now, user_exists)
            if refusal is None:
                stale.update(self._items_of(holder))
            elif refusal.token == taken:
                raise refusal
            else:
                later = refusal
        if later:
            raise later
        return list(stale.values())

    def _items_of(self, holder: Account) -> dict[str, Item]:
        """Return the account item and those claims that are still its own, by key."""
        claims = (self._table.get(key) for key in holder.claims.values())
        own = {claim["pk"]: claim for claim in claims if claim and claim["att"] == holder.attempt}
        return {holder.key: {"pk": holder.key, "att": holder.attempt}, **own}

    def _filed_under_an_attribute(self, attributes: Mapping[str, str]) -> Account | None:
        for kind in NORMALISED:
            value = attributes.get(kind)
            if not value:
                continue
            try:
                key, claim = _account_key(value), self._table.get(self.claim_key(kind, value))
            except Refusal:
                continue
            if claim is not None and claim["holder"] == key:
                return self._read(key)
        return None

    def _read(self, key: str) -> Account | None:
        item = self._table.get(key)
        if item is None:
            return None
        return Account(
            key=key,
            username=item["username"],
            attempt=item["att"],
            fingerprint=item["fp"],
            state=item["st"],
            created_at=item["created_at"],
            claims=item["claims"],
            unsynced=item.get("unsynced"),
        )


def _refusal(holder: Account, taken: str, now: int, user_exists: Callable[[str], bool]) -> Refusal | None:
    """Return why an account keeps what it claims, or None if it never came to be or is gone."""
    if holder.state == FENCED:
        return Refusal(refusals.SIGN_UP_RETRY, retry_after=2)
    if user_exists(holder.username):
        pending = holder.state == PENDING and taken != refusals.USERNAME_TAKEN
        return Refusal(refusals.SIGN_UP_PENDING if pending else taken)
    in_flight = holder.created_at + _IN_FLIGHT - now
    return Refusal(refusals.SIGN_UP_RETRY, retry_after=in_flight) if in_flight > 0 else None


def _account_key(username: str) -> str:
    return f"account#{identifiers.username(username)}"
