"""Where a person's code goes: which channel, to which address, and what a right code would prove."""

from collections.abc import Mapping
from typing import NamedTuple

from cognito_otp import countries
from cognito_otp.accounts import PENDING, Account
from cognito_otp.identifiers import NORMALISED
from cognito_otp.identities import Activation, Identities
from cognito_otp.refusals import Refusal
from cognito_otp.settings import CHANNEL_ATTRIBUTES, Channels


class Destination(NamedTuple):
    """Where to send a code.

    Attributes:
        channel: `"sms"` or `"email"`.
        address: phone number or e-mail, normalised; it goes into the hand-over to delivery and nowhere else.
        activation: what a right code proves, None if the account is active.
    """

    channel: str
    address: str
    activation: Activation | None = None


def choose(
    username: str,
    attributes: Mapping[str, str],
    channels: Channels,
    identities: Identities,
    wanted: str | None = None,
) -> Destination | None:
    """Return where a user's code goes, or None if there is no place that may be used.

    The first channel of the ladder whose attribute is verified. Only for a user without any (a read of the account):
    while the account is PENDING the first channel gets the code unverified, since that code is what verifies it;
    afterwards only what was proven here and the user pool has not been told of yet.

    Args:
        username: `event.userName`.
        attributes: `event.request.userAttributes`.
        channels: the ladder and the pool's identifiers.
        identities: read only where no attribute is verified.
        wanted: the one channel that may be chosen; None for the first that can.
    """
    ladder = channels.ladder if wanted is None else (wanted,)
    for channel in ladder:
        verified = attributes.get(f"{CHANNEL_ATTRIBUTES[channel]}_verified") == "true"
        address = address_of(channel, attributes) if verified else None
        if address:
            return Destination(channel, address)
    account = identities.account(username, attributes)
    return _unverified(account, attributes, channels, identities, ladder) if account else None


def _unverified(
    account: Account, attributes: Mapping[str, str], channels: Channels, identities: Identities, ladder: tuple[str, ...]
) -> Destination | None:
    first = channels.first_for(attributes) if account.state == PENDING else None
    for channel in ladder:
        address = address_of(channel, attributes)
        if address is None:
            continue
        kind = CHANNEL_ATTRIBUTES[channel]
        proof = identities.claim_key(kind, address)
        if channel == first:
            return Destination(channel, address, Activation(account.key, account.attempt, kind, proof))
        if proof == account.unsynced:
            return Destination(channel, address)
    return None


def address_of(channel: str, attributes: Mapping[str, str]) -> str | None:
    """Return a channel's address as messages go to it, or None if there is none that can be used."""
    kind = CHANNEL_ATTRIBUTES[channel]
    try:
        return NORMALISED[kind](attributes[kind]) if attributes.get(kind) else None
    except Refusal:
        return None


_SHOWN_DIGITS = 4
_CONSTANT = {"sms": "+***", "email": "***@***"}


def shown(channel: str, address: str | None) -> str:
    """Return what the client may show: a constant per channel, or a mask of `address` if one is given.

    A phone number keeps its last four digits, an e-mail the first letter of its name and of its domain.
    """
    if address is None:
        return _CONSTANT[channel]
    if channel == "sms":
        return "+" + "*" * (len(address) - 1 - _SHOWN_DIGITS) + address[-_SHOWN_DIGITS:]
    local, _, domain = address.partition("@")
    return f"{local[:1]}***@{domain[:1]}***"


def facts(channel: str, address: str | None) -> dict[str, str | None]:
    """Return what the log says of a destination: its channel, the country of a phone number, the mask."""
    return {
        "channel": channel,
        "country": countries.country(address) if address and channel == "sms" else None,
        "destination": shown(channel, address) if address else None,
    }
