"""The `delivery` function: makes a requested code and sends it. Invoked asynchronously by `sign_in`."""

import os
from collections.abc import Mapping
from typing import Any

from cognito_otp import aws, configuration
from cognito_otp.admission import Admission
from cognito_otp.challenges import Challenges
from cognito_otp.deliver import Deliver
from cognito_otp.dynamodb import Table
from cognito_otp.fixed_codes import FixedCodes
from cognito_otp.functions import initialised
from cognito_otp.keyed_hash import KeyedHash
from cognito_otp.messages import Messages
from cognito_otp.senders import choice


def services(environment: Mapping[str, str]) -> list[str]:
    """Return the AWS clients that the function needs: the tables', the key's and those of the configured channels."""
    return ["dynamodb", "kms", *choice.clients(environment)]


def assemble(environment: Mapping[str, str], clients: Mapping[str, Any]) -> Deliver:
    """Build the handler from its settings and its clients (those that `services` names).

    Raises:
        KeyError: a setting is missing.
    """
    auth_state = Table(clients["dynamodb"], environment["AUTH_STATE_TABLE"])
    return Deliver(
        challenges=Challenges(auth_state, KeyedHash(clients["kms"], environment["CODE_KEY_ID"])),
        admission=Admission.from_settings(
            auth_state, environment, configuration.read(auth_state, environment, "countries")
        ),
        fixed_codes=FixedCodes.from_settings(configuration.read(auth_state, environment, "test_numbers")),
        messages=Messages(
            environment["APP_NAME"],
            environment["DEFAULT_LOCALE"],
            configuration.read(auth_state, environment, "messages"),
            web_otp_domain=environment.get("SMS_WEB_OTP_DOMAIN"),
            android_app_hash=environment.get("SMS_ANDROID_APP_HASH"),
        ),
        senders=choice.senders(environment, clients),
        feedback=choice.feedback(environment, clients),
        length=int(environment["CODE_LENGTH"]),
    )


_SMS_SERVICES = ("sns", "pinpoint-sms-voice-v2")
_REGIONS = dict.fromkeys(_SMS_SERVICES, os.environ["SMS_REGION"]) if "SMS_REGION" in os.environ else {}
_clients = aws.clients(*services(os.environ), region_overrides=_REGIONS)
handler = assemble(os.environ, _clients)
aws.close_before_snapshot(_clients, os.environ)
initialised()
