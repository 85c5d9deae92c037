"""A client's part of SRP as Cognito user pools do it: proves a password without sending it.

The parameters are those of public clients (the 3072-bit group, generator 2, SHA-256, the key derivation's label); the
challenge's fields are named in
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RespondToAuthChallenge.html.
"""

import base64
import functools
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime

_G = 2


class Srp:
    """One sign-in's side of the proof.

    Args:
        user_pool_id: `<region>_<name>`.
    """

    def __init__(self, user_pool_id: str) -> None:
        self._pool = user_pool_id.split("_", 1)[1]
        self._secret = secrets.randbits(256)

    @property
    def a(self) -> str:
        """The value SRP_A that InitiateAuth sends, in hexadecimal digits."""
        return format(pow(_G, self._secret, _prime()), "x")

    def proof(self, parameters: Mapping[str, str], password: str) -> dict[str, str]:
        """Return what answers a PASSWORD_VERIFIER challenge; `parameters` are its ChallengeParameters."""
        n, user = _prime(), parameters["USER_ID_FOR_SRP"]
        b = int(parameters["SRP_B"], 16)
        u = _hashed(_padded(pow(_G, self._secret, n)), _padded(b))
        inner = hashlib.sha256(f"{self._pool}{user}:{password}".encode()).digest()
        x = _hashed(_padded(int(parameters["SALT"], 16)), inner)
        shared = pow(b - _hashed(_padded(n), _padded(_G)) * pow(_G, x, n), self._secret + u * x, n)
        extracted = hmac.digest(_padded(u), _padded(shared), "sha256")
        key = hmac.digest(extracted, b"Caldera Derived Key\x01", "sha256")[:16]
        now = datetime.now(UTC)
        stamp = now.strftime(f"%a %b {now.day} %H:%M:%S UTC %Y")
        block = parameters["SECRET_BLOCK"]
        signed = (self._pool + user).encode() + base64.b64decode(block) + stamp.encode()
        return {
            "USERNAME": user,
            "PASSWORD_CLAIM_SECRET_BLOCK": block,
            "PASSWORD_CLAIM_SIGNATURE": base64.b64encode(hmac.digest(key, signed, "sha256")).decode(),
            "TIMESTAMP": stamp,
        }


@functools.cache
def _prime() -> int:
    """Return the prime of RFC 3526's 3072-bit group: 2^3072 - 2^3008 - 1 + 2^64 * (floor(2^2942 pi) + 1690314)."""
    guard = 64
    one = 1 << (2942 + guard)
    pi = 4 * (4 * _arctan_inverse(5, one) - _arctan_inverse(239, one))
    return int(2**3072 - 2**3008 - 1 + 2**64 * ((pi >> guard) + 1690314))


def _arctan_inverse(number: int, one: int) -> int:
    term = one // number
    total, square, divisor, sign = term, number * number, 3, -1
    while term:
        term //= square
        total += sign * (term // divisor)
        divisor, sign = divisor + 2, -sign
    return total


def _padded(number: int) -> bytes:
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def _hashed(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha256(b"".join(parts)).digest(), "big")
