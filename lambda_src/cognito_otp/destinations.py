"""Where a person's code goes: which channel, to which address, and what a right code would prove."""

from collections.abc import Mapping
from dataclasses import dataclass

from cognito_otp.identities import ACTIVE, PENDING, Identities
from cognito_otp.settings import CHANNEL_ATTRIBUTES, Channels


@dataclass(frozen=True)
class Destination:
    """Where to send a code.

    Attributes:
        channel: `"sms"` or `"email"`.
        address: phone number or e-mail; it goes into the hand-over to delivery and nowhere else.
        attempt: the sign-up attempt that a right code activates, None if the account is active.
        proof: key of the claim that a right code proves, None if nothing is to be proven.
    """

    channel: str
    address: str
    attempt: str | None = None
    proof: str | None = None


def choose(
    username: str, attributes: Mapping[str, str], channels: Channels, identities: Identities
) -> Destination | None:
    """Return where a user's code goes, or None if there is no place that may be used.

    The first channel of the ladder whose attribute is verified. Only for a user without any (one consistent read of the
    account): while the account is PENDING the first channel gets the code unverified, since that code is what verifies
    it; afterwards only what was proven here and the user pool has not been told of yet.

    Args:
        username: `event.userName`.
        attributes: `event.request.userAttributes`.
        channels: the ladder and the pool's identifiers.
        identities: read only where no attribute is verified.
    """
    for channel in channels.ladder:
        attribute = CHANNEL_ATTRIBUTES[channel]
        if attributes.get(attribute) and attributes.get(f"{attribute}_verified") == "true":
            return Destination(channel, attributes[attribute])
    account = identities.account(username)
    if account is None:
        return None
    if account.state == PENDING:
        first = channels.first_for(attributes)
        if first is None:
            return None
        attribute = CHANNEL_ATTRIBUTES[first]
        proof = identities.claim_key(attribute, attributes[attribute])
        return Destination(first, attributes[attribute], attempt=account.attempt, proof=proof)
    for channel in channels.ladder:
        attribute = CHANNEL_ATTRIBUTES[channel]
        address = attributes.get(attribute)
        if account.state == ACTIVE and address and identities.claim_key(attribute, address) in account.proven:
            return Destination(channel, address)
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
