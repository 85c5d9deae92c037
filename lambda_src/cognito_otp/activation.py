"""What a first right code sets in motion: the account is active, and the user pool learns what was proven.

The account item is the truth and is written first, with a note that the pool has not been told. Telling it may be
throttled or interrupted; the note then stays, and the next PostAuthentication tells it again.
"""

from collections.abc import Mapping

from cognito_otp import event_log
from cognito_otp.aws import FAILURES
from cognito_otp.identities import Activation, Identities
from cognito_otp.user_pool import UserPool


def tell(
    identities: Identities, user_pool: UserPool, username: str, proven: Activation, attributes: Mapping[str, str]
) -> None:
    """Tell the user pool what was proven, and note that it knows. Never raises for an AWS error.

    Nothing is told if the attribute has changed since: the proof is of the old value.

    Args:
        identities: where the note is.
        user_pool: what is told.
        username: `event.userName`.
        proven: what was proven.
        attributes: the user's attributes.
    """
    value = attributes.get(proven.kind)
    try:
        if not value or identities.claim_key(proven.kind, value) != proven.proof:
            event_log.decision("user_pool", "outdated")
            return
        user_pool.verify(username, proven.kind, value)
        identities.synced(proven)
    except FAILURES as error:
        event_log.failure("user_pool", error)
    else:
        event_log.decision("user_pool", "told")


def tell_again(identities: Identities, user_pool: UserPool, username: str, attributes: Mapping[str, str]) -> None:
    """Tell the user pool what it may not have been told at the activation; arguments as in `tell`.

    One read of the account, and nothing more if there is no note.
    """
    account = identities.account(username, attributes)
    if account is None or account.unsynced is None:
        return
    kind = next((kind for kind, claim in account.claims.items() if claim == account.unsynced), None)
    if kind is not None:
        proven = Activation(account.key, account.attempt, kind, account.unsynced)
        tell(identities, user_pool, username, proven, attributes)
