"""E-mail by Amazon SES v2 (https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html)."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cognito_otp.senders import outcome
from cognito_otp.senders.outgoing import Outgoing


class Sender:
    """Sends plain text, with HTML beside it if there is any, to e-mail addresses.

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

    def send(self, outgoing: Outgoing) -> str | None:
        """Send one message; see `outgoing.Sender`."""
        message = outgoing.message
        body = {"Text": _utf_8(message.text)}
        if message.html is not None:
            body["Html"] = _utf_8(message.html)
        content = {"Simple": {"Subject": _utf_8(message.subject), "Body": body}}
        try:
            answer = self._sesv2.send_email(
                Destination={"ToAddresses": [outgoing.to]}, Content=content, **self._parameters
            )
        except (BotoCoreError, ClientError) as error:
            raise outcome.definite(error) from None
        message_id: str | None = answer.get("MessageId")
        return message_id


def _utf_8(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
