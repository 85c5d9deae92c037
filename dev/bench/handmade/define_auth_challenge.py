"""DefineAuthChallenge by hand: a code until one is answered right, three answers at most.

Needs no settings and no permissions but its logs.

It takes whatever was answered last for the code, and counts answers within one session only: the next one has three
more.
"""

from typing import Any


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Issue tokens, end the sign-in, or ask for the code."""
    session = event["request"]["session"]
    response = event["response"]
    response["issueTokens"] = bool(session) and session[-1]["challengeResult"] is True
    response["failAuthentication"] = not response["issueTokens"] and len(session) >= 3
    if not response["issueTokens"] and not response["failAuthentication"]:
        response["challengeName"] = "CUSTOM_CHALLENGE"
    return event
