"""PreSignUp: one account per person. Claims the identifiers, then confirms the account without a message.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-sign-up.html
"""

from typing import Any

from cognito_otp import clock, event_log, refusals
from cognito_otp.identities import Identities
from cognito_otp.refusals import Refusal
from cognito_otp.settings import CHANNEL_ATTRIBUTES, Channels
from cognito_otp.triggers.event import TriggerEvent
from cognito_otp.user_pool import UserPool

_ORIGINS = {
    "PreSignUp_SignUp": "sign_up",
    "PreSignUp_AdminCreateUser": "admin",
    "PreSignUp_ExternalProvider": "federated",
}
_REQUIRED = {"phone_number": refusals.PHONE_NUMBER_REQUIRED, "email": refusals.EMAIL_REQUIRED}


class PreSignUp:
    """The trigger.

    Args:
        identities: where identifiers are claimed.
        channels: tells which attribute the first code will need.
        cognito: botocore cognito-idp client, asked for the holder of a claim that is in the way.
    """

    def __init__(self, identities: Identities, channels: Channels, cognito: Any) -> None:
        self._identities = identities
        self._channels = channels
        self._cognito = cognito

    def __call__(self, event: TriggerEvent) -> None:
        """Claim, and confirm a person's own sign-up; never verify: in an alias pool that can move another's alias.

        Raises:
            Refusal: an identifier is missing, invalid, taken, or being decided on.
        """
        origin = _ORIGINS.get(event.source)
        if origin is None:
            return
        if origin == "sign_up":
            self._require_destination(event)
        self._identities.claim(
            event.username,
            event.attributes,
            client_id=event.client_id,
            origin=origin,
            now=clock.now(),
            user_exists=UserPool(self._cognito, event.user_pool_id).has,
        )
        if origin == "sign_up":
            event.response["autoConfirmUser"] = True
        event_log.decision("PreSignUp", "accepted", origin=origin)

    def _require_destination(self, event: TriggerEvent) -> None:
        usernames = [each for each in self._channels.username_attributes if event.attributes.get(each)]
        if len(usernames) > 1:
            # Both would be sign-in names at once, and one code proves one of them: the other could be a stranger's.
            raise Refusal(refusals.ONE_IDENTIFIER_ONLY)
        if self._channels.first_for(event.attributes) is None:
            raise Refusal(_REQUIRED[CHANNEL_ATTRIBUTES[self._channels.for_first_code[0]]])
