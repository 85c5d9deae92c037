"""What sign-up and sign-in write into the identities table: claims, and what a right code proves. See `accounts`."""

import contextlib
import json
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from cognito_otp import refusals
from cognito_otp.accounts import (
    ACTIVE,
    ADMIN,
    FEDERATED,
    FENCED,
    MIGRATED,
    NATIVE,
    PENDING,
    SIGN_UP,
    Account,
    Accounts,
    account_key,
)
from cognito_otp.dynamodb import ConditionFailedError, ContentionError, Item
from cognito_otp.identifiers import NORMALISED
from cognito_otp.keyed_hash import Purpose
from cognito_otp.refusals import Refusal

_TAKEN = {"phone_number": refusals.PHONE_NUMBER_TAKEN, "email": refusals.EMAIL_TAKEN}
_VOUCHED_FOR = (ADMIN, FEDERATED, MIGRATED)
"""Origins whose makers may say that an attribute is verified; a person's own sign-up may not."""

_REPEATED = 15  # seconds in which Cognito may repeat one PreSignUp: three invocations of 5 s
IN_FLIGHT = _REPEATED + 5
"""Seconds after which a sign-up whose user is not there has failed."""
_RECLAIM_TAKES = 2  # seconds
_ROUNDS = 3


class Claimant(NamedTuple):
    """A sign-up that claims its identifiers.

    Attributes:
        username: the account's username, as the user pool gives it.
        attributes: the user's attributes; `phone_number` and `email` are claimed where present.
        client_id: app client, part of the fingerprint that tells a repeated request from another one.
        origin: who makes the account; see `accounts`.
        auto_confirmed: PreSignUp confirms the user.
        to_be_proven: the attribute that the first code goes to, None if there is none.
        signs_in_by: the attributes that are usernames in this pool.
    """

    username: str
    attributes: Mapping[str, str]
    client_id: str
    origin: str
    auto_confirmed: bool = False
    to_be_proven: str | None = None
    signs_in_by: Collection[str] = ()


class Reclaim(NamedTuple):
    """What becomes of a holder who never answered a code, where the owner of its identifiers cannot just sign in.

    Attributes:
        after_seconds: age from which such an account may be removed.
        ask: asks for the removal; it happens later, or not at all if a code is still alive.
    """

    after_seconds: int
    ask: Callable[[Account], None]

    def is_due(self, holder: Account, now: int) -> bool:
        """Tell whether the removal of a holder may be asked for, also if an earlier one was cut short."""
        if holder.state == FENCED:
            return holder.fenced_until <= now
        return holder.state == PENDING and holder.origin == SIGN_UP and holder.created_at + self.after_seconds <= now


class Activation(NamedTuple):
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


class Identities(Accounts):
    """The identities table, as sign-up and sign-in write it."""

    def fingerprint(self, claimant: Claimant) -> str:
        """Return what all invocations of one PreSignUp have in common, and no other request has but by repeating it."""
        request = json.dumps([claimant.username, dict(claimant.attributes), claimant.client_id], sort_keys=True)
        return self._keyed_hash.digest(Purpose.CLAIM, "request", request)

    def claim(
        self, claimant: Claimant, *, now: int, user_exists: Callable[[str], bool], reclaim: Reclaim | None = None
    ) -> bool:
        """Claim the username, e-mail and phone number of a new account, all of them or none.

        Costs two write units per item (the account and each identifier) and nothing else unless something is claimed
        already; then reads, and `user_exists` for each holder. A claim whose holder never came to be (a sign-up that
        failed after its claims, a user deleted since) is taken over once no sign-up can be in flight any more. A claim
        that an active account never proved does not keep away whoever will prove it: it changes hands with the proof.

        Args:
            claimant: who claims. A sign-up of a person's own starts PENDING, every other is ACTIVE at once.
            now: seconds since the epoch (UTC).
            user_exists: tells whether the user pool has a user of that username.
            reclaim: what to do about accounts that never answered a code; None if their owner can just sign in.

        Returns:
            False if this very request was made just before, and Cognito repeats it.

        Raises:
            Refusal: an identifier is invalid or belongs to another account, or is being decided on right now.
        """
        account = self._new_account(claimant, now)
        stale: list[Item] = []
        for _ in range(_ROUNDS):
            try:
                self._table.transact([*self._parts(account, stale), *self._removals(account, stale)])
            except ConditionFailedError:
                own = self.read(account.key)
                if own is not None and own.fingerprint == account.fingerprint and now < own.created_at + _REPEATED:
                    return False
                account, stale = self._resolved(account, own, claimant, now, user_exists, reclaim)
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
                        "claims.#kind = :proof, proven.#kind = :true",
                        condition="att = :att AND st IN (:pending, :active)",
                        names={"#kind": proven.kind},
                        values={
                            ":active": ACTIVE,
                            ":pending": PENDING,
                            ":att": proven.attempt,
                            ":now": now,
                            ":proof": proven.proof,
                            ":true": True,
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
        """Note that the proof was announced (one write unit)."""
        with contextlib.suppress(ConditionFailedError):
            self._table.update(
                proven.account, "REMOVE unsynced", condition="att = :att", values={":att": proven.attempt}
            )

    def _new_account(self, claimant: Claimant, now: int) -> Account:
        attributes = claimant.attributes
        claims = {}
        for kind in NORMALISED:
            try:
                if attributes.get(kind):
                    claims[kind] = self.claim_key(kind, attributes[kind])
            except Refusal:
                # What others bring in is theirs to decide; no code could go there, and nobody could sign in with it.
                if claimant.origin in (SIGN_UP, NATIVE):
                    raise
        vouched_for = claims if claimant.origin in _VOUCHED_FOR else {}
        return Account(
            key=account_key(claimant.username),
            username=claimant.username,
            attempt=secrets.token_urlsafe(12),
            fingerprint=self.fingerprint(claimant),
            origin=claimant.origin,
            state=PENDING if claimant.origin == SIGN_UP else ACTIVE,
            created_at=now,
            claims=claims,
            proven=frozenset(kind for kind in vouched_for if attributes.get(f"{kind}_verified") == "true"),
            auto_confirmed=claimant.auto_confirmed,
        )

    def _parts(self, account: Account, stale: Sequence[Item]) -> list[Item]:
        replaced = {item["pk"]: item for item in stale}

        def put(key: str, item: Item) -> Item:
            if key not in replaced:
                return self._table.putting(key, item, condition="attribute_not_exists(pk)")
            condition, values = _as_read(replaced[key])
            return self._table.putting(key, item, condition=condition, values=values)

        claims = (
            put(key, {"holder": account.key, "att": account.attempt, "proven": kind in account.proven})
            for kind, key in account.claims.items()
        )
        return [put(account.key, item_of(account)), *claims]

    def _removals(self, account: Account, stale: Sequence[Item]) -> list[Item]:
        """Return the removal of what is stale and not replaced by the new account."""
        replaced = {account.key, *account.claims.values()}
        conditions = ((item["pk"], *_as_read(item)) for item in stale if item["pk"] not in replaced)
        return [self._table.deleting(key, condition=condition, values=values) for key, condition, values in conditions]

    def _resolved(
        self,
        account: Account,
        own: Account | None,
        claimant: Claimant,
        now: int,
        user_exists: Callable[[str], bool],
        reclaim: Reclaim | None,
    ) -> tuple[Account, list[Item]]:
        """Return the account with what it may claim, and the items in the way that count for nothing.

        Raises:
            Refusal: one of those in the way counts.
        """
        stale: dict[str, Item] = {}
        left = dict(account.claims)
        # By holder, so that its user is asked for once. The words for an e-mail or a phone number help more than those
        # for a username of the same holder, so they replace them.
        holders = {own.key: (own, refusals.USERNAME_TAKEN)} if own else {}
        for kind, key in account.claims.items():
            claim = self._table.get(key)
            if claim is None:
                continue
            holder = self.holder(kind, claim)
            is_doubtful = holder is not None and _is_doubtful(holder, claim)
            if holder is None or (is_doubtful and kind in account.proven):
                stale[key] = claim
            elif is_doubtful and kind == claimant.to_be_proven and not _just_signs_in(holder, kind, claimant):
                del left[kind]  # it changes hands when it is proven, and not before
            else:
                holders[holder.key] = (holder, _TAKEN[kind])
        gone = self._without_users(list(holders.values()), now, user_exists, reclaim)
        for holder in gone:
            stale.update(self.items_of(holder))
        return replace(account, claims=left), list(stale.values())

    def _without_users(
        self,
        holders: Sequence[tuple[Account, str]],
        now: int,
        user_exists: Callable[[str], bool],
        reclaim: Reclaim | None,
    ) -> list[Account]:
        """Return those of the holders that never came to be or are gone, if they all are; refuse otherwise.

        A refusal for good comes first. Only if there is none, those in limbo are asked to be removed.
        """
        refused = [
            (holder, taken, refusal)
            for holder, taken in holders
            if (refusal := _refusal(holder, taken, now, user_exists, reclaim)) is not None
        ]
        for _, taken, refusal in refused:
            if refusal.token == taken:
                raise refusal
        for holder, _, _ in refused:
            if reclaim and reclaim.is_due(holder, now):
                reclaim.ask(holder)
        if refused:
            raise refused[-1][2]
        return [holder for holder, _ in holders]


def item_of(account: Account) -> Item:
    """Return the item of a new account."""
    item: Item = {
        "username": account.username,
        "att": account.attempt,
        "origin": account.origin,
        "st": account.state,
        "created_at": account.created_at,
        "claims": dict(account.claims),
        "proven": dict.fromkeys(account.proven, True),
    }
    if account.fingerprint is not None:
        item["fp"] = account.fingerprint
    if account.auto_confirmed:
        item["auto_confirmed"] = True
    return item


def _is_doubtful(holder: Account, claim: Item) -> bool:
    """Tell whether a claim rests on the word of whoever signed up, here or at a provider: administrators vouch."""
    return holder.state == ACTIVE and holder.origin in (SIGN_UP, NATIVE, FEDERATED) and not claim["proven"]


def _just_signs_in(holder: Account, kind: str, claimant: Claimant) -> bool:
    """Tell whether the owner of an identifier gets into the holder's account: it is that account's username."""
    return kind in claimant.signs_in_by and holder.origin != FEDERATED


def _as_read(item: Item) -> tuple[str, Item]:
    """Return the condition that an item is as it was read, and its values; a proof since then is a change."""
    if item.get("proven") is False:
        return "att = :old AND proven = :unproven", {":old": item["att"], ":unproven": False}
    return "att = :old", {":old": item["att"]}


def _refusal(
    holder: Account, taken: str, now: int, user_exists: Callable[[str], bool], reclaim: Reclaim | None
) -> Refusal | None:
    """Return why an account keeps what it claims, or None if it never came to be or is gone."""
    if holder.state == FENCED:
        return Refusal(refusals.SIGN_UP_RETRY, retry_after=_RECLAIM_TAKES)
    if user_exists(holder.username):
        if reclaim and reclaim.is_due(holder, now):
            return Refusal(refusals.SIGN_UP_RETRY, retry_after=_RECLAIM_TAKES)
        pending = holder.state == PENDING and taken != refusals.USERNAME_TAKEN
        return Refusal(refusals.SIGN_UP_PENDING if pending else taken)
    in_flight = holder.created_at + IN_FLIGHT - now
    return Refusal(refusals.SIGN_UP_RETRY, retry_after=in_flight) if in_flight > 0 else None
