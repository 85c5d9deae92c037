"""PostAuthentication: row, account and claims of whoever signed in are there and up to date. It never denies a sign-in.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-post-authentication.html
"""

from dataclasses import dataclass
from typing import Any

from cognito_otp import clock, event_log
from cognito_otp.activation import Activations
from cognito_otp.aws import FAILURES
from cognito_otp.following import Following
from cognito_otp.refusals import Refusal
from cognito_otp.triggers.event import TriggerEvent
from cognito_otp.user_pool import UserPool
from cognito_otp.users import Users


@dataclass(frozen=True)
class PostAuthentication:
    """The trigger, with what it needs; `cognito` is a botocore cognito-idp client."""

    users: Users
    following: Following
    activations: Activations
    cognito: Any

    def __call__(self, event: TriggerEvent) -> None:
        """Write the row and look at the account: one call each for a returning user.

        More only for one whose e-mail or phone number has changed, who has no account, or whose proof the pool has not
        been told of. What fails does not keep the rest from being done.
        """
        if event.sub is None:
            return
        now = clock.now()
        try:
            is_written = self.users.signed_in(event.sub, event.username, event.attributes, now=now)
            event_log.decision("user_row", "written" if is_written else "left_alone")
        except FAILURES as error:
            event_log.failure("user_row", error)
        try:
            self._follow(event, now)
        except (*FAILURES, Refusal) as error:
            event_log.failure("account", error)

    def _follow(self, event: TriggerEvent, now: int) -> None:
        account = self.following.account(event.username, event.attributes)
        if account is not None:
            user_pool = UserPool(self.cognito, event.user_pool_id)
            self.activations.announce_again(user_pool, account, event.attributes)
        outcome = self.following.follow(account, event.username, event.attributes, now)
        if outcome == "conflict":
            event_log.warning("account", "conflict")
        else:
            event_log.decision("account", outcome)
