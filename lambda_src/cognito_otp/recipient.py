"""Who asks for a code."""

from collections.abc import Mapping
from typing import NamedTuple


class Recipient(NamedTuple):
    """Somebody in the middle of a sign-in.

    Attributes:
        username: `event.userName`.
        attributes: the user's attributes; empty for an unknown user.
        is_reachable: the user exists and may be sent a code.
    """

    username: str
    attributes: Mapping[str, str]
    is_reachable: bool
