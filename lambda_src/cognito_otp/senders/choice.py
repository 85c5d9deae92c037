"""Which provider carries which channel."""

from collections.abc import Callable, Mapping
from typing import Any

from cognito_otp import aws
from cognito_otp.senders import end_user_messaging, own_function, ses, sns
from cognito_otp.senders.outgoing import Sender

_Make = Callable[[Any, Mapping[str, str]], Sender]

_SMS: dict[str, tuple[str, _Make]] = {
    "sns": ("sns", sns.Sender),
    "end_user_messaging": ("pinpoint-sms-voice-v2", end_user_messaging.Sender),
}


def _own_function(client: Any, environment: Mapping[str, str]) -> Sender:
    return own_function.Sender(client, environment["PROVIDER_FUNCTION"])


def _provider(channel: str, environment: Mapping[str, str]) -> tuple[str, _Make]:
    """Return the client that a channel needs and what makes its sender: the user's own function carries them all."""
    if "PROVIDER_FUNCTION" in environment:
        return aws.OWN_FUNCTION, _own_function
    if channel == "email":
        return "sesv2", ses.Sender
    return _SMS[environment["SMS_PROVIDER"]]


def _channels(environment: Mapping[str, str]) -> list[str]:
    return environment["CHANNELS"].split(",")


def clients(environment: Mapping[str, str]) -> list[str]:
    """Return what `aws.clients` has to make for the configured channels, each once.

    Args:
        environment: CHANNELS; PROVIDER_FUNCTION if there is one; SMS_PROVIDER if a channel is SMS.

    Raises:
        KeyError: a setting is missing, or names no provider.
    """
    return list(dict.fromkeys(_provider(channel, environment)[0] for channel in _channels(environment)))


def senders(environment: Mapping[str, str], made: Mapping[str, Any]) -> dict[str, Sender]:
    """Return the sender of each configured channel.

    Args:
        environment: see `clients`, and the settings of the senders that are made.
        made: the clients by name.

    Raises:
        KeyError: a setting is missing, or names no provider.
    """
    chosen = {}
    for channel in _channels(environment):
        client, make = _provider(channel, environment)
        chosen[channel] = make(made[client], environment)
    return chosen


def feedback(environment: Mapping[str, str], made: Mapping[str, Any]) -> end_user_messaging.Feedback | None:
    """Return what tells the provider that a text arrived; None if nobody asked for that. Arguments as in `senders`."""
    if environment.get("SMS_FEEDBACK") != "true":
        return None
    return end_user_messaging.Feedback(made["pinpoint-sms-voice-v2"])
