"""SetRiskConfiguration and DescribeRiskConfiguration, which MiniStack lacks. Nobody acts on what they keep."""

import time
from typing import Any

from dev.local.ministack import module, replace
from dev.local.users import error, success

_cognito = module("services.cognito", "_resolve_pool", "_threat_protection_on")

_KEY = "_risk_configurations"
_PARTS = ("CompromisedCredentialsRiskConfiguration", "AccountTakeoverRiskConfiguration", "RiskExceptionConfiguration")


def install() -> None:
    """Put these operations into MiniStack."""
    others = _cognito._dispatch_idp

    async def dispatch_idp(action: str, data: dict[str, Any]) -> Any:
        match action:
            case "SetRiskConfiguration":
                return set_risk_configuration(data)
            case "DescribeRiskConfiguration":
                return describe_risk_configuration(data)
            case _:
                return await others(action, data)

    replace(_cognito, "_dispatch_idp", dispatch_idp)


def set_risk_configuration(data: dict[str, Any]) -> Any:
    """Keep what is to be done about risks, of a client or of all; nothing at all takes it back."""
    pool, refused = _cognito._resolve_pool(data.get("UserPoolId"))
    if refused:
        return refused
    if not _cognito._threat_protection_on(pool.get("UserPoolAddOns")):
        return error("UserPoolAddOnNotEnabledException", "User pool add-ons are not enabled for this user pool.")
    client = data.get("ClientId")
    if client and client not in pool["_clients"]:
        return error("ResourceNotFoundException", f"User pool client {client} does not exist.")
    kept = pool.setdefault(_KEY, {})
    parts = {part: data[part] for part in _PARTS if data.get(part)}
    kept[client] = {"UserPoolId": pool["Id"], **({"ClientId": client} if client else {}), **parts}
    kept[client]["LastModifiedDate"] = time.time()
    return success({"RiskConfiguration": kept[client]})


def describe_risk_configuration(data: dict[str, Any]) -> Any:
    """Return what was kept, or that there is nothing."""
    pool, refused = _cognito._resolve_pool(data.get("UserPoolId"))
    if refused:
        return refused
    return success({"RiskConfiguration": pool.get(_KEY, {}).get(data.get("ClientId"), {"UserPoolId": pool["Id"]})})
