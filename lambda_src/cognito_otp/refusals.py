"""What a client is told when a trigger refuses: stable tokens and nothing else.

Cognito shows a trigger's exception text to the public, prefixed with the trigger's name and followed by a full stop
(https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html).
"""


class Refusal(Exception):
    """A refusal that the client may see.

    Args:
        token: one of the constants below.
        retry_after: seconds until the same call can succeed; appended as ` retry_after=<seconds>`.
    """

    def __init__(self, token: str, *, retry_after: int | None = None) -> None:
        self.token = token
        self.retry_after = retry_after
        super().__init__(token if retry_after is None else f"{token} retry_after={retry_after}")


PHONE_NUMBER_TAKEN = "PHONE_NUMBER_TAKEN"
EMAIL_TAKEN = "EMAIL_TAKEN"
USERNAME_TAKEN = "USERNAME_TAKEN"
SIGN_UP_PENDING = "SIGN_UP_PENDING"
"""The account exists and waits for its first code: sign in instead."""
SIGN_UP_RETRY = "SIGN_UP_RETRY"
"""Another sign-up for the same identifier is in flight or has just failed: the same call may pass later."""
PHONE_NUMBER_INVALID = "PHONE_NUMBER_INVALID"
EMAIL_INVALID = "EMAIL_INVALID"
USERNAME_INVALID = "USERNAME_INVALID"
PHONE_NUMBER_REQUIRED = "PHONE_NUMBER_REQUIRED"
EMAIL_REQUIRED = "EMAIL_REQUIRED"
"""The first code goes to this attribute, so a sign-up without it could never be completed."""
ONE_IDENTIFIER_ONLY = "ONE_IDENTIFIER_ONLY"
"""Where both attributes are usernames: sign up with one, and add the other once signed in."""
COUNTRY_NOT_ALLOWED = "COUNTRY_NOT_ALLOWED"
SIGN_UP_THROTTLED = "SIGN_UP_THROTTLED"
"""More people have signed up within the hour than the module's budget admits."""
SIGN_UP_REFUSED = "SIGN_UP_REFUSED"
"""The caller's own hook vetoes this sign-up, e.g. for an unsolved captcha."""
OTP_THROTTLED = "OTP_THROTTLED"
SERVICE_UNAVAILABLE = "SERVICE_UNAVAILABLE"
"""Something failed on our side; the log says what. The same call may pass later."""
