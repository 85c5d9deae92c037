"""VerifyAuthChallengeResponse by hand: compares the answer with the code.

Needs no settings and no permissions but its logs.

The code has no life of its own but the session's, and guesses are counted nowhere but there.
"""

from typing import Any


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Say whether the answer is the code."""
    request = event["request"]
    event["response"]["answerCorrect"] = request["challengeAnswer"] == request["privateChallengeParameters"]["code"]
    return event
