"""PostAuthentication: the row of whoever signed in is active, up to date, and there. It never denies a sign-in.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-post-authentication.html
"""

from dataclasses import dataclass
from typing import Any

from cognito_otp import activation, clock, event_log
from cognito_otp.identities import Identities
from cognito_otp.settings import CHANNEL_ATTRIBUTES, Channels
from cognito_otp.triggers.event import TriggerEvent
from cognito_otp.user_pool import UserPool
from cognito_otp.users import Users


@dataclass(frozen=True)
class PostAuthentication:
    """The trigger, with what it needs; `cognito` is a botocore cognito-idp client."""

    users: Users
    identities: Identities
    channels: Channels
    cognito: Any

    def __call__(self, event: TriggerEvent) -> None:
        """Write the row: one call for a returning user, and one read for a user with no verified attribute."""
        if event.sub is None:
            return
        now = clock.now()
        is_written = self.users.signed_in(event.sub, event.username, event.attributes, now=now)
        event_log.decision("user_row", "written" if is_written else "left_alone")
        if not self._is_verified(event):
            user_pool = UserPool(self.cognito, event.user_pool_id)
            activation.tell_again(self.identities, user_pool, event.username, event.attributes)

    def _is_verified(self, event: TriggerEvent) -> bool:
        flags = (f"{CHANNEL_ATTRIBUTES[channel]}_verified" for channel in self.channels.ladder)
        return any(event.attributes.get(flag) == "true" for flag in flags)
