"""Keyed hashes of codes, destinations and identifiers, under a key that never leaves KMS.

A key per purpose is derived once per environment: KMS computes an HMAC over a constant label with the module's
unexportable HMAC key (https://docs.aws.amazon.com/kms/latest/developerguide/hmac.html). It is in memory only: not in
state, not in an environment variable, not in a table. A reader of the tables alone can therefore neither test a guess
(six digits have a million values) nor look for a phone number.
"""

import base64
import enum
import hashlib
import hmac
import json
from typing import Any


class Purpose(enum.Enum):
    """What a key is for. The value is the label: changing one orphans everything hashed under it."""

    CODE = "cognito-otp/v1/code"
    DESTINATION = "cognito-otp/v1/destination"
    CLAIM = "cognito-otp/v1/claim"


class KeyedHash:
    """HMAC-SHA-256 under keys derived from one KMS key.

    Args:
        kms: botocore KMS client.
        key_id: id or ARN of a key of spec HMAC_256.
    """

    def __init__(self, kms: Any, key_id: str) -> None:
        self._kms = kms
        self._key_id = key_id
        self._keys: dict[Purpose, bytes] = {}

    def digest(self, purpose: Purpose, *parts: str) -> str:
        """Return the hash of `parts` (which it keeps apart: `"a", "bc"` differs from `"ab", "c"`), 43 characters.

        Raises:
            botocore.exceptions.ClientError: KMS refused, on the first use of a purpose in this environment.
        """
        message = json.dumps(parts).encode()
        mac = hmac.digest(self._key(purpose), message, hashlib.sha256)
        return base64.urlsafe_b64encode(mac).decode().rstrip("=")

    def _key(self, purpose: Purpose) -> bytes:
        if purpose not in self._keys:
            answer = self._kms.generate_mac(
                KeyId=self._key_id, Message=purpose.value.encode(), MacAlgorithm="HMAC_SHA_256"
            )
            self._keys[purpose] = answer["Mac"]
        return self._keys[purpose]
