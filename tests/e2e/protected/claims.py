"""A pre token generation trigger: claims in both tokens and a scope, or no tokens when it is told to fail."""


def handler(event, _context):
    if event["request"].get("clientMetadata", {}).get("claims") == "none":
        raise RuntimeError("no tokens today")
    claims = {"claimsToAddOrOverride": {"plan": "gold", "asked_by": event["triggerSource"]}}
    event["response"]["claimsAndScopeOverrideDetails"] = {
        "idTokenGeneration": claims,
        "accessTokenGeneration": {**claims, "scopesToAdd": ["shop/read"]},
    }
    return event
