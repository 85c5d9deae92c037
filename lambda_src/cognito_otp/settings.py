"""The functions' configuration, read from their environment once, at initialisation.

The Terraform module writes these variables and has validated every value; a missing one is a KeyError at
initialisation, before any person is concerned.
"""

from collections.abc import Mapping
from typing import NamedTuple

IDENTIFIERS = ("phone_number", "email")
CHANNEL_ATTRIBUTES = {"sms": "phone_number", "email": "email"}
"""The user attribute that a channel's messages go to."""


def _list(environment: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part for part in environment.get(name, "").split(",") if part)


class Channels(NamedTuple):
    """The ladder of channels and what the pool accepts as a sign-in identifier.

    Attributes:
        ladder: channels in order of preference, e.g. `("sms", "email")`.
        username_attributes: the pool's, empty unless it signs in with them instead of usernames.
        alias_attributes: the pool's, empty unless it has aliases.
    """

    ladder: tuple[str, ...]
    username_attributes: tuple[str, ...]
    alias_attributes: tuple[str, ...]

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Channels":
        """Read CHANNELS, USERNAME_ATTRIBUTES and ALIAS_ATTRIBUTES, each separated by commas."""
        return cls(
            ladder=_list(environment, "CHANNELS"),
            username_attributes=_list(environment, "USERNAME_ATTRIBUTES"),
            alias_attributes=_list(environment, "ALIAS_ATTRIBUTES"),
        )

    @property
    def for_first_code(self) -> tuple[str, ...]:
        """The channels of a first code: those to a sign-in identifier; in a pool of plain usernames the first one."""
        identifiers = self.username_attributes + self.alias_attributes
        reaching = tuple(each for each in self.ladder if CHANNEL_ATTRIBUTES[each] in identifiers)
        return reaching or self.ladder[:1]

    def first_for(self, attributes: Mapping[str, str]) -> str | None:
        """Return the channel of this user's first code, or None if the user has no attribute that one could go to."""
        return next((each for each in self.for_first_code if attributes.get(CHANNEL_ATTRIBUTES[each])), None)


class Codes(NamedTuple):
    """How codes look and live.

    Attributes:
        length: digits.
        ttl: life in seconds.
        max_attempts: guesses that a code admits.
        max_resends: how often a sign-in's code may be replaced by a new one.
        show_destination: whether the client sees a masked destination.
    """

    length: int
    ttl: int
    max_attempts: int
    max_resends: int
    show_destination: bool

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Codes":
        """Read CODE_LENGTH, CODE_TTL_SECONDS, MAX_ATTEMPTS, MAX_RESENDS and SHOW_DESTINATION."""
        return cls(
            length=int(environment["CODE_LENGTH"]),
            ttl=int(environment["CODE_TTL_SECONDS"]),
            max_attempts=int(environment["MAX_ATTEMPTS"]),
            max_resends=int(environment["MAX_RESENDS"]),
            show_destination=environment["SHOW_DESTINATION"] == "true",
        )


class Cooldown(NamedTuple):
    """Seconds between messages to one destination: after the first, and at the most after many."""

    first: int
    longest: int

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Cooldown":
        """Read RESEND_AFTER_SECONDS and RESEND_BACKOFF_MAX_SECONDS."""
        return cls(
            first=int(environment["RESEND_AFTER_SECONDS"]), longest=int(environment["RESEND_BACKOFF_MAX_SECONDS"])
        )
