"""AWS End User Messaging, as much of it as sends a text and hears that it arrived.

MiniStack has none of it. Any origination identity, configuration set and protect configuration is taken for an existing
one; what is checked is the form of the request (the limits are the API model's) and every permission that the service
authorization reference asks for. The message goes to the same inbox as those of SNS.
"""

import json
import re
import uuid
from typing import Any

from dev.local.ministack import module, replace

OPTED_OUT = "+14155550199"
"""The one number that has opted out."""

_app = module("app", "SERVICE_HANDLERS", "_enforce_data_plane")
_router = module("core.router", "_is_aws_service_name")
_sns = module("services.sns", "_sms_log_for", "_sms_messages")
_responses = module("core.responses", "error_response_json", "json_response", "get_account_id", "get_region")

_SERVICE = "sms-voice"
_TARGET = "PinpointSMSVoiceV2."
_FORMS = {
    "DestinationPhoneNumber": r"\+?[1-9][0-9]{1,18}",
    "OriginationIdentity": r"[A-Za-z0-9_:/+-]{1,256}",
    "MessageBody": r"(?!\s*$)[\s\S]{1,1600}",
    "MessageType": r"TRANSACTIONAL|PROMOTIONAL",
    "ConfigurationSetName": r"[A-Za-z0-9_:/-]{1,256}",
    "MaxPrice": r"(?=.{2,8}$)[0-9]{0,2}\.[0-9]{1,5}",
    "ProtectConfigurationId": r"[A-Za-z0-9_:/-]{1,256}",
}
_COUNTRY_PARAMETERS = {"IN_ENTITY_ID", "IN_TEMPLATE_ID"}
_LIVES = range(5, 259201)

Response = tuple[int, dict[str, str], bytes]


def install() -> None:
    """Put this service into MiniStack."""
    _app.SERVICE_HANDLERS[_SERVICE] = handle_request
    is_known = _router._is_aws_service_name
    # MiniStack would load the models of all AWS services to tell, and meanwhile answer nobody.
    replace(_router, "_is_aws_service_name", lambda name: name == _SERVICE or is_known(name))


async def handle_request(
    _method: str, _path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any]
) -> Response:
    """Answer one request of the JSON protocol."""
    operation = headers.get("x-amz-target", "").removeprefix(_TARGET)
    data = json.loads(body or b"{}")
    if operation not in _OPERATIONS:
        return _error("UnknownOperationException", f"{operation} is not there")
    resources, carry_out = _OPERATIONS[operation]
    for resource in resources(data):
        denied: Response | None = _app._enforce_data_plane(
            _SERVICE, f"{_SERVICE}:{operation}", headers, query_params, "", resource_arn=resource
        )
        if denied:
            return denied
    return carry_out(data)


def _arn(kind: str, name: str) -> str:
    if name.startswith("arn:"):
        return name
    return f"arn:aws:{_SERVICE}:{_responses.get_region()}:{_responses.get_account_id()}:{kind}/{name}"


def _named(data: dict[str, Any]) -> list[str]:
    """The resources that a SendTextMessage names; "*" if it names none."""
    named = []
    identity = data.get("OriginationIdentity", "")
    if identity.startswith(("arn:", "phone-")):
        named.append(_arn("phone-number", identity))
    elif identity.startswith("pool-"):
        named.append(_arn("pool", identity))
    elif re.fullmatch(r"\+?[0-9]+", identity):
        # A number has an id of its own, by which it is authorised.
        named.append(_arn("phone-number", f"phone-{uuid.uuid5(uuid.NAMESPACE_URL, identity).hex}"))
    elif identity:
        named.append(_arn("sender-id", f"{identity}/US"))
    for parameter, kind in (
        ("ConfigurationSetName", "configuration-set"),
        ("ProtectConfigurationId", "protect-configuration"),
    ):
        if parameter in data:
            named.append(_arn(kind, data[parameter]))
    return named or ["*"]


def _send_text_message(data: dict[str, Any]) -> Response:
    wrong = [name for name, form in _FORMS.items() if name in data and not re.fullmatch(form, data[name])]
    if "DestinationPhoneNumber" not in data:
        wrong.append("DestinationPhoneNumber")
    if "TimeToLive" in data and data["TimeToLive"] not in _LIVES:
        wrong.append("TimeToLive")
    if data.get("DestinationCountryParameters", {}).keys() - _COUNTRY_PARAMETERS:
        wrong.append("DestinationCountryParameters")
    if wrong:
        return _error(
            "ValidationException",
            "1 validation error detected",
            Reason="FIELD_VALIDATION_FAILED",
            Fields=[{"Name": name, "Message": "the value does not match"} for name in wrong],
        )
    if data["DestinationPhoneNumber"] == OPTED_OUT:
        return _error(
            "ConflictException",
            "Destination phone number is opted out",
            Reason="DESTINATION_PHONE_NUMBER_OPTED_OUT",
        )
    message_id = str(uuid.uuid4())
    message = {
        "PhoneNumber": data["DestinationPhoneNumber"],
        "Message": data.get("MessageBody", ""),
        "MessageId": message_id,
        "SendTextMessage": data,
        "Feedback": None,
    }
    _sns._sms_log_for(data["DestinationPhoneNumber"]).append(message)
    return _success({"MessageId": message_id})


def _message_arn(data: dict[str, Any]) -> list[str]:
    return [_arn("message", data.get("MessageId", ""))]


def _put_message_feedback(data: dict[str, Any]) -> Response:
    status = data.get("MessageFeedbackStatus")
    if status not in {"RECEIVED", "FAILED"}:
        return _error("ValidationException", "MessageFeedbackStatus", Reason="FIELD_VALIDATION_FAILED")
    for messages in list(_sns._sms_messages.values()):
        for message in messages:
            asked = message.get("SendTextMessage", {}).get("MessageFeedbackEnabled")
            if asked and message["MessageId"] == data.get("MessageId"):
                message["Feedback"] = status
                return _success({"MessageId": message["MessageId"], "MessageFeedbackStatus": status})
    return _error("ResourceNotFoundException", "No message with this id waits for feedback", ResourceType="message")


_OPERATIONS = {
    "SendTextMessage": (_named, _send_text_message),
    "PutMessageFeedback": (_message_arn, _put_message_feedback),
}


def _success(data: dict[str, Any]) -> Response:
    response: Response = _responses.json_response(data)
    return response


def _error(code: str, message: str, **fields: Any) -> Response:
    response: Response = _responses.error_response_json(code, message, 400, fields, message_key="Message")
    return response
