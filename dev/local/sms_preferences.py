"""SNS's account-wide SMS settings: SetSMSAttributes and GetSMSAttributes, which MiniStack lacks."""

import re
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from dev.local.ministack import module, replace

_sns = module("services.sns", "_xml", "_error")
_responses = module("core.responses", "get_account_id", "get_region")

# SNS API reference, SetSMSAttributes; an empty value takes a setting back.
_FORMS = {
    "MonthlySpendLimit": r"[0-9]*",
    "DeliveryStatusIAMRole": r"(arn:.+:role/.+)?",
    "DeliveryStatusSuccessSamplingRate": r"(100|[0-9]{1,2})?",
    "DefaultSenderID": r"([A-Za-z0-9-]{1,11})?",
    "DefaultSMSType": r"(Promotional|Transactional)?",
    "UsageReportS3Bucket": r".*",
}

_settings: dict[tuple[str, str], dict[str, str]] = {}


def install() -> None:
    """Put these operations into MiniStack."""
    others = _sns.handle_request

    async def handle_request(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any]
    ) -> Any:
        parameters = {**query_params, **parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)}
        match _first(parameters, "Action"):
            case "SetSMSAttributes":
                return _set(_attributes(parameters))
            case "GetSMSAttributes":
                return _get()
            case _:
                return await others(method, path, headers, body, query_params)

    replace(_sns, "handle_request", handle_request)


def _first(parameters: dict[str, Any], name: str) -> str:
    value = parameters.get(name, "")
    return str(value[0] if isinstance(value, list) else value)


def _attributes(parameters: dict[str, Any]) -> dict[str, str]:
    attributes, number = {}, 1
    while name := _first(parameters, f"attributes.entry.{number}.key"):
        attributes[name] = _first(parameters, f"attributes.entry.{number}.value")
        number += 1
    return attributes


def _of_this_account_and_region() -> dict[str, str]:
    return _settings.setdefault((_responses.get_account_id(), _responses.get_region()), {"MonthlySpendLimit": "1"})


def _set(attributes: dict[str, str]) -> Any:
    for name, value in attributes.items():
        if name not in _FORMS or not re.fullmatch(_FORMS[name], value):
            return _sns._error("InvalidParameter", f"Invalid parameter: {name}", 400)
    _of_this_account_and_region().update(attributes)
    return _sns._xml(200, "SetSMSAttributesResponse", "<SetSMSAttributesResult/>")


def _get() -> Any:
    entries = "".join(
        f"<entry><key>{name}</key><value>{escape(value)}</value></entry>"
        for name, value in sorted(_of_this_account_and_region().items())
        if value
    )
    result = f"<GetSMSAttributesResult><attributes>{entries}</attributes></GetSMSAttributesResult>"
    return _sns._xml(200, "GetSMSAttributesResponse", result)
