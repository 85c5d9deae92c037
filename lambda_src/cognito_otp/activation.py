"""What a first right code sets in motion: the account is active, and the user pool learns what was proven.

The account item is the truth and is written first, with a note that the pool has not been told. Telling it may be
throttled or interrupted; the note then stays, and the next PostAuthentication tells it again.
"""

from collections.abc import Mapping

from botocore.exceptions import BotoCoreError, ClientError

from cognito_otp import event_log
from cognito_otp.aws import BudgetSpentError
from cognito_otp.identities import Account, Identities
from cognito_otp.user_pool import UserPool


def tell(identities: Identities, user_pool: UserPool, account: Account, attributes: Mapping[str, str]) -> None:
    """Tell the user pool of an account's proof, if it has not been told yet. Never raises for an AWS error.

    Nothing is told if the attribute has changed since: the proof is of the old value.

    Args:
        identities: where the note is removed afterwards.
        user_pool: what is told.
        account: as it was read or has just become.
        attributes: the user's attributes.
    """
    kind = account.unsynced
    if kind is None or not attributes.get(kind):
        return
    try:
        if identities.claim_key(kind, attributes[kind]) not in account.proven:
            return
        user_pool.verify(account.username, kind, attributes[kind])
        identities.synced(account)
    except (BotoCoreError, ClientError, BudgetSpentError) as error:
        event_log.failure("activation", error, sub=attributes.get("sub"))
