"""SMS by AWS End User Messaging.

Unlike SNS, which takes a message for a number that opted out and drops it silently, it refuses at once what it will not
send (https://docs.aws.amazon.com/pinpoint/latest/apireference_smsvoicev2/API_SendTextMessage.html).
"""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cognito_otp import clock
from cognito_otp.senders import outcome
from cognito_otp.senders.outgoing import Outgoing

_SHORTEST_LIFE = 5  # seconds, the API's lower bound of TimeToLive

_PARAMETERS = {
    "SMS_ORIGINATION_IDENTITY": "OriginationIdentity",
    "SMS_CONFIGURATION_SET": "ConfigurationSetName",
    "SMS_PROTECT_CONFIGURATION_ID": "ProtectConfigurationId",
}
_COUNTRY_PARAMETERS = {"SMS_ENTITY_ID": "IN_ENTITY_ID", "SMS_TEMPLATE_ID": "IN_TEMPLATE_ID"}


class Sender:
    """Sends to phone numbers.

    Args:
        sms_voice: botocore `pinpoint-sms-voice-v2` client.
        environment: the SMS_* settings; those that are absent are left to the account's defaults.
    """

    def __init__(self, sms_voice: Any, environment: Mapping[str, str]) -> None:
        self._sms_voice = sms_voice
        self._parameters: dict[str, Any] = {
            parameter: environment[setting] for setting, parameter in _PARAMETERS.items() if setting in environment
        }
        self._parameters["MessageType"] = environment["SMS_MESSAGE_TYPE"].upper()
        if "SMS_MAX_PRICE_USD" in environment:
            # The API wants a decimal point and at most five places: "1" and "1e-1" are refused.
            self._parameters["MaxPrice"] = f"{float(environment['SMS_MAX_PRICE_USD']):.5f}"
        country_parameters = {
            parameter: environment[setting]
            for setting, parameter in _COUNTRY_PARAMETERS.items()
            if setting in environment
        }
        if country_parameters:
            self._parameters["DestinationCountryParameters"] = country_parameters
        if environment.get("SMS_FEEDBACK") == "true":
            self._parameters["MessageFeedbackEnabled"] = True

    def send(self, outgoing: Outgoing) -> str | None:
        """Send one message; see `outgoing.Sender`.

        The provider drops it if it could not hand it over before the code expires.
        """
        try:
            answer = self._sms_voice.send_text_message(
                DestinationPhoneNumber=outgoing.to,
                MessageBody=outgoing.message.text,
                TimeToLive=max(_SHORTEST_LIFE, outgoing.expires_at - clock.now()),
                **self._parameters,
            )
        except (BotoCoreError, ClientError) as error:
            raise outcome.definite(error) from None
        message_id: str | None = answer.get("MessageId")
        return message_id


class Feedback:
    """Tells the provider which messages arrived; it counts those it hears nothing of as failed after an hour.

    Args:
        sms_voice: botocore `pinpoint-sms-voice-v2` client.
    """

    def __init__(self, sms_voice: Any) -> None:
        self._sms_voice = sms_voice

    def received(self, message_id: str) -> None:
        """Report that a message was received: somebody typed its code.

        Raises:
            botocore.exceptions.BotoCoreError, ClientError: it was not, or not certainly, reported.
        """
        self._sms_voice.put_message_feedback(MessageId=message_id, MessageFeedbackStatus="RECEIVED")
