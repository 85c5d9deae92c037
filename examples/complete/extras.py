"""Two functions of the application's own: one adds to tokens, one is told of people who have proven who they are."""

import logging

_log = logging.getLogger()
_log.setLevel(logging.INFO)


def pre_token_generation(event, _context):
    """Put a person's plan into the access token, so that an API need not look it up.

    Cognito's event, version V2_0:
    https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-token-generation.html
    """
    plan = event["request"]["userAttributes"].get("custom:plan", "free")
    event["response"]["claimsAndScopeOverrideDetails"] = {
        "accessTokenGeneration": {"claimsToAddOrOverride": {"plan": plan}}
    }
    return event


def activated(event, _context):
    """Hear of a person whose number or address was proven for the first time: docs/hooks.md has what is in the event.

    It may come twice, so whatever is done here must be harmless the second time.
    """
    _log.info("welcome, %s", event["sub"])
