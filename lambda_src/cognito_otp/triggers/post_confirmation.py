"""PostConfirmation: the row of a new account, and the account of one that Cognito's own code confirmed.

It never fails a sign-up; a later sign-in, or `reconcile`, heals what it could not write.
https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-post-confirmation.html
"""

from dataclasses import dataclass
from typing import Any

from cognito_otp import clock, event_log, users
from cognito_otp.accounts import PENDING
from cognito_otp.activation import Activations
from cognito_otp.aws import FAILURES
from cognito_otp.identifiers import NORMALISED
from cognito_otp.identities import Activation, Identities
from cognito_otp.triggers.event import TriggerEvent
from cognito_otp.user_pool import UserPool
from cognito_otp.users import Users


@dataclass(frozen=True)
class PostConfirmation:
    """The trigger, with what it needs.

    Attributes:
        users: the User table.
        identities: where an account is activated that a code of Cognito's own confirmed.
        activations: announces that.
        cognito: botocore cognito-idp client.
        at_sign_up: False if rows are created by the first sign-in instead (`create_row_on = "activation"`).
    """

    users: Users
    identities: Identities
    activations: Activations
    cognito: Any
    at_sign_up: bool

    def __call__(self, event: TriggerEvent) -> None:
        """Activate and write the row, unless this is the end of a password reset, which also fires this trigger.

        One call for an account that waits for a code of ours. One that has a verified attribute already (Cognito's
        code was answered, an identity provider vouches) costs a read more, and its activation.
        """
        if event.source != "PostConfirmation_ConfirmSignUp" or event.sub is None:
            return
        now = clock.now()
        # A federated user was proven by their identity provider and never answers a code of ours.
        federated = event.attributes.get("cognito:user_status") == "EXTERNAL_PROVIDER"
        verified = [kind for kind in NORMALISED if event.attributes.get(f"{kind}_verified") == "true"]
        if verified:
            try:
                self._activate(event, verified[0], now)
            except FAILURES as error:
                event_log.failure("activation", error)
        if not self.at_sign_up and not federated and not verified:
            return
        status = users.ACTIVE if federated or verified else users.PENDING
        is_written = self.users.signed_up(event.sub, event.username, event.attributes, status=status, now=now)
        event_log.decision("user_row", "written" if is_written else "left_alone")

    def _activate(self, event: TriggerEvent, kind: str, now: int) -> None:
        account = self.identities.account(event.username, event.attributes)
        if account is None or account.state != PENDING:
            return
        proof = self.identities.claim_key(kind, event.attributes[kind])
        proven = Activation(account.key, account.attempt, kind, proof)
        if not self.identities.activate(proven, now):
            event_log.decision("activation", "refused")
            return
        event_log.decision("activation", "activated")
        user_pool = UserPool(self.cognito, event.user_pool_id)
        self.activations.announce(user_pool, event.username, proven, event.attributes)
