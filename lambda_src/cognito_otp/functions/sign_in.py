"""The `sign_in` function: the challenge triggers and PostAuthentication, so that a sign-in warms one environment."""

import os
from collections.abc import Mapping
from typing import Any

from cognito_otp import aws
from cognito_otp.activation import Activations
from cognito_otp.challenges import Challenges
from cognito_otp.code_requests import CodeRequests
from cognito_otp.dynamodb import Table
from cognito_otp.following import Following
from cognito_otp.fraud import Guard, Thresholds
from cognito_otp.functions import initialised
from cognito_otp.handover import Delivery
from cognito_otp.hooks import ActivatedHook
from cognito_otp.identities import Identities
from cognito_otp.invocation import name_of
from cognito_otp.keyed_hash import KeyedHash
from cognito_otp.limits import Limits
from cognito_otp.settings import Channels, Codes, Cooldown
from cognito_otp.triggers.create_auth_challenge import CreateAuthChallenge
from cognito_otp.triggers.define_auth_challenge import DefineAuthChallenge
from cognito_otp.triggers.dispatch import Handler, Route, dispatch
from cognito_otp.triggers.post_authentication import PostAuthentication
from cognito_otp.triggers.verify_auth_challenge_response import VerifyAuthChallengeResponse
from cognito_otp.users import Users


def assemble(environment: Mapping[str, str], clients: Mapping[str, Any]) -> Handler:
    """Build the handler from its settings and its clients (`dynamodb`, `kms`, `lambda`, `cognito-idp`).

    Raises:
        KeyError: a setting is missing.
    """
    dynamodb, cognito = clients["dynamodb"], clients["cognito-idp"]
    keyed_hash = KeyedHash(clients["kms"], environment["CODE_KEY_ID"])
    auth_state = Table(dynamodb, environment["AUTH_STATE_TABLE"])
    codes = Codes.from_environment(environment)
    channels = Channels.from_environment(environment)
    challenges = Challenges(auth_state, keyed_hash)
    limits = Limits(auth_state, Cooldown.from_environment(environment))
    identities_table = Table(dynamodb, environment["IDENTITIES_TABLE"])
    identities = Identities(identities_table, keyed_hash, channels.username_attributes)
    activations = Activations(identities, ActivatedHook.from_environment(environment, clients))
    following = Following(identities_table, keyed_hash, channels.username_attributes)
    users = Users.from_environment(
        environment, dynamodb, auth_state, track_sign_ins=environment["TRACK_SIGN_INS"] == "true"
    )
    delivery = Delivery(clients["lambda"], name_of(environment, "DELIVERY_FUNCTION"))
    requests = CodeRequests(codes, channels, keyed_hash, identities, limits, challenges, delivery)
    define = DefineAuthChallenge(challenges, codes, password_required=environment.get("PASSWORD_REQUIRED") == "true")
    verify = Route(
        VerifyAuthChallengeResponse(
            codes,
            challenges,
            requests,
            identities,
            activations,
            limits,
            Guard(auth_state, Thresholds()),
            delivery,
            cognito,
        ),
        "guess",
        fails_open=True,
    )
    return dispatch(
        {
            "DefineAuthChallenge": Route(define, "sign_in"),
            "CreateAuthChallenge": Route(CreateAuthChallenge(codes, channels, challenges, requests), "challenge"),
            "VerifyAuthChallengeResponse": verify,
            "VerifyAuthChallenge": verify,  # the guide's tables spell it so in places
            "PostAuthentication": Route(
                PostAuthentication(users, following, activations, cognito), "user_row", fails_open=True
            ),
        }
    )


_clients = aws.clients("dynamodb", "kms", "lambda", "cognito-idp", seldom=["cognito-idp"])
handler = assemble(os.environ, _clients)
aws.close_before_snapshot(_clients, os.environ)
initialised()
