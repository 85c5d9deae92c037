"""What a user of the old pool becomes in the new one, and what stands against it, in words."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cognito_otp import identifiers
from cognito_otp.identifiers import NORMALISED
from cognito_otp.refusals import Refusal
from cognito_otp.settings import CHANNEL_ATTRIBUTES, IDENTIFIERS, Channels
from cognito_otp_cli.migrate.pools import Pool, User

_WORD = {"phone_number": "phone number", "email": "e-mail address"}
_MAX_USERNAME = 128
_SET_BY_COGNITO = ("sub", "identities")
_CUSTOM = ("custom:", "dev:")  # every pool has the standard attributes
_LEFT_BEHIND = {
    "UNCONFIRMED": "never confirmed: the person signs up in the new pool",
    "EXTERNAL_PROVIDER": (
        "signs in by an external provider, whose next sign-in makes the account anew, if the new pool has the provider "
        "too (identity_providers)"
    ),
}


@dataclass(frozen=True, slots=True)
class Becoming:
    """A user to be.

    Attributes:
        login: the Username of AdminCreateUser: the e-mail or phone number in a pool that signs in with it.
        attributes: the attributes to be.
        reasons: why the user cannot be moved; empty if it can.
        notes: what is to be known of a user who can.
    """

    login: str
    attributes: Mapping[str, str]
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Target:
    """The new pool, and how users are to come into it.

    Attributes:
        pool: the new pool.
        channels: by which its codes go.
        password_required: whether a sign-in needs a password before the code.
        groups: its groups.
        username_from: the attribute to take usernames from; None for the old usernames.
        leave_out: attributes that are not carried over.
    """

    pool: Pool
    channels: Channels
    password_required: bool
    groups: frozenset[str]
    username_from: str | None = None
    leave_out: frozenset[str] = frozenset()

    def becoming(self, user: User) -> Becoming:
        """Return what a user becomes."""
        if user.status in _LEFT_BEHIND:
            return Becoming(user.username, {}, (_LEFT_BEHIND[user.status],))
        attributes = {
            name: value
            for name, value in user.attributes.items()
            if value and name not in (*_SET_BY_COGNITO, *self.leave_out) and not name.startswith("cognito:")
        }
        for kind in IDENTIFIERS:
            if kind not in attributes:
                attributes.pop(f"{kind}_verified", None)
        login, reasons, notes = self._login(user, attributes)
        reasons += [*self._invalid(attributes), *self._misfits(attributes)]
        if not any(user.verified(CHANNEL_ATTRIBUTES[channel]) for channel in self.channels.ladder):
            wanted = " or ".join(_WORD[CHANNEL_ATTRIBUTES[channel]] for channel in self.channels.ladder)
            reasons.append(f"no code could reach the person: no verified {wanted}; verify it in the old pool")
        if not user.is_enabled:
            notes.append("disabled, and stays so")
        if self.password_required:
            notes.append(self._first_password(user))
        missing = [group for group in user.groups if group not in self.groups]
        if missing:
            notes.append(f"leaves groups that the new pool lacks: {', '.join(missing)}")
        return Becoming(login, attributes, tuple(reasons), tuple(notes))

    def _first_password(self, user: User) -> str:
        if not self.pool.recovers_by_email:
            return "needs a password from you (AdminSetUserPassword): where codes go by e-mail, nobody can reset one"
        if not user.verified("email"):
            return 'needs a password from you (AdminSetUserPassword): "forgot password" takes a verified e-mail address'
        return 'sets a password first, by "forgot password"'

    def _login(self, user: User, attributes: dict[str, str]) -> tuple[str, list[str], list[str]]:
        if self.pool.username_attributes:
            return self._sign_in_attribute(user, attributes)
        wanted = attributes.get(self.username_from, "") if self.username_from else user.username
        if not wanted:
            return user.username, [f"no {self.username_from}, which usernames are to come from"], []
        unfit = self._unfit(wanted)
        if not unfit:
            return wanted, [], []
        # The old id is free, valid, and nobody's address. People do not type it where they sign in by an alias.
        return user.sub, [], [f"username becomes {user.sub}: the old one {unfit}"]

    def _sign_in_attribute(self, user: User, attributes: dict[str, str]) -> tuple[str, list[str], list[str]]:
        ladder = [CHANNEL_ATTRIBUTES[channel] for channel in self.channels.ladder]
        kinds = sorted(
            (kind for kind in self.pool.username_attributes if attributes.get(kind)),
            key=lambda kind: (not user.verified(kind), ladder.index(kind) if kind in ladder else len(ladder)),
        )
        if not kinds:
            lacking = " and no ".join(_WORD[kind] for kind in self.pool.username_attributes)
            return user.username, [f"no {lacking}, with which the new pool signs in"], []
        notes = []
        for kind in kinds[1:]:
            if not user.verified(kind):
                # It would be a sign-in name at once, and may be somebody else's.
                attributes.pop(kind)
                attributes.pop(f"{kind}_verified", None)
                notes.append(f"the unverified {_WORD[kind]} is left out: it would be a sign-in name")
        return attributes[kinds[0]], [], notes

    def _unfit(self, username: str) -> str | None:
        """Return why the new pool refuses a username, or None."""
        if "email" in self.pool.alias_attributes and "@" in username:
            return "has the form of an e-mail address, which is an alias there"
        if "phone_number" in self.pool.alias_attributes and username.startswith("+"):
            return "has the form of a phone number, which is an alias there"
        try:
            folded = identifiers.username(username)
        except Refusal:
            return "has white space or control characters"
        return "is too long" if max(len(username), len(folded)) > _MAX_USERNAME else None

    def _invalid(self, attributes: Mapping[str, str]) -> list[str]:
        reasons = []
        for kind in IDENTIFIERS:
            if attributes.get(kind):
                try:
                    NORMALISED[kind](attributes[kind])
                except Refusal as refusal:
                    reasons.append(f"the {_WORD[kind]} is not one that can be claimed ({refusal.token})")
        return reasons

    def _misfits(self, attributes: Mapping[str, str]) -> list[str]:
        """Return what the new pool's schema refuses."""
        reasons = []
        for name, value in attributes.items():
            entry = self.pool.schema.get(name)
            if entry is None and name.startswith(_CUSTOM):
                reasons.append(f"{name} is not in the new pool's schema: add it there, or give --leave-out {name}")
            elif words := _out_of_bounds(value, entry or {}):
                reasons.append(f"{name} is {words}: change it in the old pool, or give --leave-out {name}")
        required = (name for name, entry in self.pool.schema.items() if entry.get("Required") and name != "sub")
        reasons += [f"no {name}, which the new pool requires" for name in required if not attributes.get(name)]
        return reasons


def _out_of_bounds(value: str, entry: Mapping[str, Any]) -> str | None:
    """Return what is wrong with a value by its attribute's schema, or None."""
    bounds: Mapping[str, str] = entry.get("StringAttributeConstraints") or entry.get("NumberAttributeConstraints") or {}
    if entry.get("AttributeDataType") == "Number":
        try:
            size, low, high = float(value), bounds.get("MinValue"), bounds.get("MaxValue")
        except ValueError:
            return "not a number"
        if not math.isfinite(size):
            return "not a number"
        words = "too small", "too large"
    else:
        size, low, high = float(len(value)), bounds.get("MinLength"), bounds.get("MaxLength")
        words = "too short", "too long"
    if low is not None and size < float(low):
        return f"{words[0]} (from {low})"
    if high is not None and size > float(high):
        return f"{words[1]} (up to {high})"
    return None
