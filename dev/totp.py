"""The codes of an authenticator app (RFC 6238: HMAC-SHA-1, steps of 30 seconds, 6 digits)."""

import base64
import hmac
import time


def code(secret: str) -> str:
    """Return the code of now.

    Args:
        secret: in base32, as Cognito's AssociateSoftwareToken gives it.
    """
    counter = int(time.time() // 30).to_bytes(8, "big")
    digest = hmac.digest(base64.b32decode(secret), counter, "sha1")
    start = digest[-1] & 0x0F
    return f"{(int.from_bytes(digest[start : start + 4], 'big') & 0x7FFFFFFF) % 10**6:06d}"
