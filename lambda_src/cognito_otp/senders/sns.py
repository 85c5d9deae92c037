"""SMS by Amazon SNS (https://docs.aws.amazon.com/sns/latest/dg/sms_publish-to-phone.html)."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cognito_otp.senders import outcome
from cognito_otp.senders.outgoing import Outgoing

_ATTRIBUTES = {
    "SMS_MESSAGE_TYPE": ("AWS.SNS.SMS.SMSType", "String"),
    "SMS_SENDER_ID": ("AWS.SNS.SMS.SenderID", "String"),
    "SMS_MAX_PRICE_USD": ("AWS.SNS.SMS.MaxPrice", "Number"),
    "SMS_ORIGINATION_NUMBER": ("AWS.MM.SMS.OriginationNumber", "String"),
    "SMS_ENTITY_ID": ("AWS.MM.SMS.EntityId", "String"),
    "SMS_TEMPLATE_ID": ("AWS.MM.SMS.TemplateId", "String"),
}


class Sender:
    """Sends to phone numbers.

    Args:
        sns: botocore SNS client.
        environment: the SMS_* settings; those that are absent are left to the account's defaults.
    """

    def __init__(self, sns: Any, environment: Mapping[str, str]) -> None:
        self._sns = sns
        self._attributes = {
            attribute: {"DataType": kind, "StringValue": environment[setting]}
            for setting, (attribute, kind) in _ATTRIBUTES.items()
            if setting in environment
        }

    def send(self, outgoing: Outgoing) -> str | None:
        """Publish one message; see `outgoing.Sender`."""
        try:
            answer = self._sns.publish(
                PhoneNumber=outgoing.to, Message=outgoing.message.text, MessageAttributes=self._attributes
            )
        except (BotoCoreError, ClientError) as error:
            raise outcome.definite(error) from None
        message_id: str | None = answer.get("MessageId")
        return message_id
