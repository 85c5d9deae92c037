"""E-mail by Amazon SES v2 (https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html)."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cognito_otp.messages import Message
from cognito_otp.senders import outcome


class Sender:
    """Sends plain text to e-mail addresses.

    Args:
        sesv2: botocore SES v2 client.
        environment: EMAIL_FROM and EMAIL_IDENTITY_ARN; EMAIL_REPLY_TO and EMAIL_CONFIGURATION_SET if there are any.
    """

    def __init__(self, sesv2: Any, environment: Mapping[str, str]) -> None:
        self._sesv2 = sesv2
        self._parameters: dict[str, Any] = {
            "FromEmailAddress": environment["EMAIL_FROM"],
            "FromEmailAddressIdentityArn": environment["EMAIL_IDENTITY_ARN"],
        }
        if "EMAIL_REPLY_TO" in environment:
            self._parameters["ReplyToAddresses"] = [environment["EMAIL_REPLY_TO"]]
        if "EMAIL_CONFIGURATION_SET" in environment:
            self._parameters["ConfigurationSetName"] = environment["EMAIL_CONFIGURATION_SET"]

    def send(self, address: str, message: Message) -> None:
        """Send one message.

        Raises:
            outcome.NotTakenError, outcome.RefusedError: nothing was sent.
            botocore.exceptions.BotoCoreError, ClientError: unknown whether it was.
        """
        content = {
            "Simple": {
                "Subject": {"Data": message.subject, "Charset": "UTF-8"},
                "Body": {"Text": {"Data": message.text, "Charset": "UTF-8"}},
            }
        }
        try:
            self._sesv2.send_email(Destination={"ToAddresses": [address]}, Content=content, **self._parameters)
        except (BotoCoreError, ClientError) as error:
            raise outcome.definite(error) from None
