"""The `sign_up` function: PreSignUp and PostConfirmation."""

import os
from collections.abc import Mapping
from typing import Any

from cognito_otp import aws
from cognito_otp.dynamodb import Table
from cognito_otp.identities import Identities
from cognito_otp.keyed_hash import KeyedHash
from cognito_otp.settings import Channels
from cognito_otp.triggers.dispatch import Handler, Route, dispatch
from cognito_otp.triggers.post_confirmation import PostConfirmation
from cognito_otp.triggers.pre_sign_up import PreSignUp
from cognito_otp.users import Users


def assemble(environment: Mapping[str, str], clients: Mapping[str, Any]) -> Handler:
    """Build the handler from its settings and its clients (`dynamodb`, `kms`, `cognito-idp`).

    Raises:
        KeyError: a setting is missing.
    """
    identities = Identities(
        Table(clients["dynamodb"], environment["IDENTITIES_TABLE"]),
        KeyedHash(clients["kms"], environment["CODE_KEY_ID"]),
    )
    users = Users(Table(clients["dynamodb"], environment["USER_TABLE"], "id"))
    at_sign_up = environment["CREATE_ROW_ON"] == "sign_up"
    return dispatch(
        {
            "PreSignUp": Route(PreSignUp(identities, Channels.from_environment(environment), clients["cognito-idp"])),
            "PostConfirmation": Route(PostConfirmation(users, at_sign_up=at_sign_up), fails_open=True),
        }
    )


handler = assemble(os.environ, aws.clients("dynamodb", "kms", "cognito-idp"))
