"""The `sign_up` function: PreSignUp, PostConfirmation and CustomMessage.

A pool with Cognito's own one-time passwords has no `sign_in` function: then PostAuthentication is here too.
"""

import os
from collections.abc import Mapping
from typing import Any

from cognito_otp import aws, configuration
from cognito_otp.activation import Activations
from cognito_otp.budgets import Budget
from cognito_otp.countries import CountryPolicy
from cognito_otp.dynamodb import Table
from cognito_otp.following import Following
from cognito_otp.functions import initialised
from cognito_otp.hooks import ActivatedHook, PreSignUpHook
from cognito_otp.identities import Identities
from cognito_otp.invocation import name_of
from cognito_otp.keyed_hash import KeyedHash
from cognito_otp.maintenance_function import MaintenanceFunction
from cognito_otp.messages import Messages
from cognito_otp.settings import Channels
from cognito_otp.triggers.custom_message import CustomMessage
from cognito_otp.triggers.dispatch import Handler, Route, dispatch
from cognito_otp.triggers.post_authentication import PostAuthentication
from cognito_otp.triggers.post_confirmation import PostConfirmation
from cognito_otp.triggers.pre_sign_up import InLimbo, PreSignUp
from cognito_otp.users import Users


def services(environment: Mapping[str, str]) -> list[str]:
    """Return the AWS clients that the function needs."""
    invokes = any(name in environment for name in ("MAINTENANCE_FUNCTION", "ACTIVATED_HOOK"))
    hook = [aws.HOOK] if "PRE_SIGN_UP_HOOK" in environment else []
    return ["dynamodb", "kms", "cognito-idp", *(["lambda"] if invokes else []), *hook]


def assemble(environment: Mapping[str, str], clients: Mapping[str, Any]) -> Handler:
    """Build the handler from its settings and its clients (those that `services` names).

    Raises:
        KeyError: a setting is missing.
    """
    auth_state = Table(clients["dynamodb"], environment["AUTH_STATE_TABLE"])
    identities_table = Table(clients["dynamodb"], environment["IDENTITIES_TABLE"])
    keyed_hash = KeyedHash(clients["kms"], environment["CODE_KEY_ID"])
    channels = Channels.from_environment(environment)
    identities = Identities(identities_table, keyed_hash, channels.username_attributes)
    native = environment.get("NATIVE_OTP") == "true"
    users = Users.from_environment(
        environment, clients["dynamodb"], auth_state, track_sign_ins=environment.get("TRACK_SIGN_INS") == "true"
    )
    per_hour = environment.get("MAX_SIGN_UPS_PER_HOUR")
    cognito = clients["cognito-idp"]
    activations = Activations(identities, ActivatedHook.from_environment(environment, clients))
    countries = CountryPolicy.from_settings(configuration.read(auth_state, environment, "countries"))
    budget = Budget(auth_state, "sign_ups", int(per_hour)) if per_hour else None
    auto_confirms = not native and environment.get("CONFIRMATION") != "code"
    limbo = None
    if "MAINTENANCE_FUNCTION" in environment:
        maintenance = MaintenanceFunction(clients["lambda"], name_of(environment, "MAINTENANCE_FUNCTION"))
        limbo = InLimbo(maintenance, int(environment["RECLAIM_AFTER_SECONDS"]))
    asked = environment.get("PRE_SIGN_UP_HOOK")
    hook = PreSignUpHook(clients[aws.HOOK], asked, keyed_hash) if asked else None
    otp_ttl = environment.get("OTP_TTL_SECONDS")
    custom_message = CustomMessage(
        Messages(
            environment["APP_NAME"],
            environment["DEFAULT_LOCALE"],
            configuration.read(auth_state, environment, "messages"),
        ),
        mails_by_ses=environment.get("MAILS_BY_SES") == "true",
        otp_ttl=int(otp_ttl) if otp_ttl else None,
    )
    at_sign_up = environment["CREATE_ROW_ON"] == "sign_up"
    routes = {
        "PreSignUp": Route(
            PreSignUp(identities, channels, countries, budget, hook, cognito, native, auto_confirms, limbo), "sign_up"
        ),
        "PostConfirmation": Route(
            PostConfirmation(users, identities, activations, cognito, at_sign_up), "user_row", fails_open=True
        ),
        "CustomMessage": Route(custom_message, "custom_message", fails_open=True),
    }
    if native:
        following = Following(identities_table, keyed_hash, channels.username_attributes)
        routes["PostAuthentication"] = Route(
            PostAuthentication(users, following, activations, cognito), "user_row", fails_open=True
        )
    return dispatch(routes)


_clients = aws.clients(*services(os.environ), seldom=["cognito-idp", "lambda"])
handler = assemble(os.environ, _clients)
aws.close_before_snapshot(_clients, os.environ)
initialised()
