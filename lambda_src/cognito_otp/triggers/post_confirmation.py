"""PostConfirmation: the row of a new account. It never fails a sign-up; a later sign-in heals what it could not write.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-post-confirmation.html
"""

from cognito_otp import clock, event_log, users
from cognito_otp.triggers.event import TriggerEvent
from cognito_otp.users import Users


class PostConfirmation:
    """The trigger.

    Args:
        users: the User table.
        at_sign_up: False if rows are created by the first sign-in instead (`create_row_on = "activation"`).
    """

    def __init__(self, users: Users, *, at_sign_up: bool) -> None:
        self._users = users
        self._at_sign_up = at_sign_up

    def __call__(self, event: TriggerEvent) -> None:
        """Write the row, unless this is the end of a password reset, which also fires this trigger."""
        if event.source != "PostConfirmation_ConfirmSignUp" or event.sub is None:
            return
        # A federated user was proven by their identity provider and never answers a code of ours.
        federated = event.attributes.get("cognito:user_status") == "EXTERNAL_PROVIDER"
        if not self._at_sign_up and not federated:
            return
        status = users.ACTIVE if federated else users.PENDING
        is_written = self._users.signed_up(event.sub, event.username, event.attributes, status=status, now=clock.now())
        event_log.decision("user_row", "written" if is_written else "left_alone")
