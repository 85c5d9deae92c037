"""What a first right code sets in motion: the account is active, and those who want to know of it are told.

The account item is the truth and is written first, with a note that the proof has not been announced: to the user pool,
which learns that the attribute is verified, and to the application's `activated` hook. Either may be throttled or
interrupted; the note then stays, and the next PostAuthentication or `reconcile` announces it again.
"""

from collections.abc import Mapping
from typing import NamedTuple

from cognito_otp import event_log
from cognito_otp.accounts import Account
from cognito_otp.aws import FAILURES
from cognito_otp.hooks import ActivatedHook
from cognito_otp.identities import Activation, Identities
from cognito_otp.user_pool import UserPool


class Activations(NamedTuple):
    """Announces proofs.

    Attributes:
        identities: where the note is.
        hook: the application's function that is told; None if there is none.
    """

    identities: Identities
    hook: ActivatedHook | None = None

    def announce(self, user_pool: UserPool, username: str, proven: Activation, attributes: Mapping[str, str]) -> None:
        """Tell the user pool and the hook what was proven, and note that they know. Never raises for an AWS error.

        The pool is told nothing if it knows, or if the attribute has changed since: the proof is of the old value.

        Args:
            user_pool: what is told.
            username: `event.userName`.
            proven: what was proven.
            attributes: the user's attributes.
        """
        value = attributes.get(proven.kind)
        try:
            if not value or self.identities.claim_key(proven.kind, value) != proven.proof:
                event_log.decision("user_pool", "outdated")
                return
            if attributes.get(f"{proven.kind}_verified") != "true":
                user_pool.verify(username, proven.kind, value)
            if self.hook:
                self.hook.tell(
                    user_pool_id=user_pool.user_pool_id,
                    sub=attributes["sub"],
                    username=username,
                    attribute=proven.kind,
                )
            self.identities.synced(proven)
        except FAILURES as error:
            event_log.failure("user_pool", error)
        else:
            event_log.decision("user_pool", "told")

    def announce_again(self, user_pool: UserPool, account: Account, attributes: Mapping[str, str]) -> None:
        """Announce what may not have been announced at the activation; nothing is called if there is no note.

        Args:
            user_pool: what is told.
            account: as it was read.
            attributes: the user's attributes.
        """
        if account.unsynced is None:
            return
        kind = next((kind for kind, claim in account.claims.items() if claim == account.unsynced), None)
        if kind is not None:
            proven = Activation(account.key, account.attempt, kind, account.unsynced)
            self.announce(user_pool, account.username, proven, attributes)
