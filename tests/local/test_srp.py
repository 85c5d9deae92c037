"""CUSTOM_AUTH that begins with a password proof (SRP), as MiniStack checks it, between our own challenges."""

import base64
import hashlib
import hmac
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dev.local import LocalAWS
from tests.local.support import Pool, make_pool

PHONE, PASSWORD = "+14155550100", "Passw0rd!x"

# The 3072-bit group of RFC 3526 with generator 2, which Cognito's clients use:
# 2^3072 - 2^3008 - 1 + 2^64 * (floor(2^2942 pi) + 1690314).
TWO_STEPS = """
def react(event):
    source, request, response = event["triggerSource"], event["request"], event["response"]
    if source.startswith("Define"):
        names = [(c["challengeName"], c["challengeResult"]) for c in request["session"]]
        if names == [("SRP_A", True)]:
            response["challengeName"] = "PASSWORD_VERIFIER"
        elif names == [("SRP_A", True), ("PASSWORD_VERIFIER", True)]:
            response["challengeName"] = "CUSTOM_CHALLENGE"
        else:
            response["issueTokens"] = names[-1] == ("CUSTOM_CHALLENGE", True)
            response["failAuthentication"] = not response["issueTokens"]
        return event
    return default(event)
"""


def arctan_inverse(number: int, one: int) -> int:
    term = one // number
    total, square, divisor, sign = term, number * number, 3, -1
    while term:
        term //= square
        total += sign * (term // divisor)
        divisor, sign = divisor + 2, -sign
    return total


def prime() -> int:
    guard = 64
    one = 1 << (2942 + guard)
    pi = 4 * (4 * arctan_inverse(5, one) - arctan_inverse(239, one))
    return int(2**3072 - 2**3008 - 1 + 2**64 * ((pi >> guard) + 1690314))


N, G = prime(), 2


def padded(number: int) -> bytes:
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def hashed(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha256(b"".join(parts)).digest(), "big")


def proof(pool: Pool, secret: int, parameters: dict[str, str], password: str) -> dict[str, str]:
    """What a client answers to PASSWORD_VERIFIER."""
    name, user = pool.id.split("_", 1)[1], parameters["USER_ID_FOR_SRP"]
    b = int(parameters["SRP_B"], 16)
    u = hashed(padded(pow(G, secret, N)), padded(b))
    inner = hashlib.sha256(f"{name}{user}:{password}".encode()).digest()
    x = hashed(padded(int(parameters["SALT"], 16)), inner)
    shared = pow(b - hashed(padded(N), padded(G)) * pow(G, x, N), secret + u * x, N)
    key = hmac.digest(hmac.digest(padded(u), padded(shared), "sha256"), b"Caldera Derived Key\x01", "sha256")[:16]
    now = datetime.now(UTC)
    stamp = now.strftime(f"%a %b {now.day} %H:%M:%S UTC %Y")
    block = parameters["SECRET_BLOCK"]
    signature = hmac.digest(key, (name + user).encode() + base64.b64decode(block) + stamp.encode(), "sha256")
    return {
        "USERNAME": user,
        "PASSWORD_CLAIM_SECRET_BLOCK": block,
        "PASSWORD_CLAIM_SIGNATURE": base64.b64encode(signature).decode(),
        "TIMESTAMP": stamp,
    }


def begin(pool: Pool, secret: int) -> Any:
    return pool.public.initiate_auth(
        ClientId=pool.client_id,
        AuthFlow="CUSTOM_AUTH",
        AuthParameters={"USERNAME": PHONE, "CHALLENGE_NAME": "SRP_A", "SRP_A": format(pow(G, secret, N), "x")},
    )


def prove(pool: Pool, challenge: Any, responses: dict[str, str]) -> Any:
    return pool.public.respond_to_auth_challenge(
        ClientId=pool.client_id,
        ChallengeName="PASSWORD_VERIFIER",
        Session=challenge["Session"],
        ChallengeResponses=responses,
    )


def test_password_then_code(aws: LocalAWS, tmp_path: Path) -> None:
    pool = make_pool(aws, tmp_path, TWO_STEPS)
    pool.sign_up(PHONE)
    secret = secrets.randbits(256)
    challenge = begin(pool, secret)
    assert challenge["ChallengeName"] == "PASSWORD_VERIFIER"
    with pytest.raises(ClientError, match=r"NotAuthorizedException.*Incorrect username or password\."):
        prove(pool, challenge, proof(pool, secret, challenge["ChallengeParameters"], "Wr0ng!pass"))
    answered = prove(pool, challenge, proof(pool, secret, challenge["ChallengeParameters"], PASSWORD))
    assert answered["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert answered["Session"] != challenge["Session"]
    assert pool.answer(answered, "424242")["AuthenticationResult"]
    defined = [e for e in pool.function.events() if e["triggerSource"].startswith("Define")]
    assert [len(event["request"]["session"]) for event in defined] == [1, 2, 3]
    assert pool.function.sources()[-1] == "PostAuthentication_Authentication"


def test_the_code_cannot_replace_the_password(aws: LocalAWS, tmp_path: Path) -> None:
    pool = make_pool(aws, tmp_path, TWO_STEPS)
    pool.sign_up(PHONE)
    challenge = begin(pool, secrets.randbits(256))
    with pytest.raises(ClientError, match=r"NotAuthorizedException.*Invalid session"):
        pool.answer({**challenge, "ChallengeParameters": {"USERNAME": PHONE}}, "424242")


def test_nobody_gets_the_same_password_challenge(aws: LocalAWS, tmp_path: Path) -> None:
    pool = make_pool(aws, tmp_path, TWO_STEPS)
    secret = secrets.randbits(256)
    challenge = begin(pool, secret)
    assert challenge["ChallengeName"] == "PASSWORD_VERIFIER"
    with pytest.raises(ClientError, match=r"NotAuthorizedException.*Incorrect username or password\."):
        prove(pool, challenge, proof(pool, secret, challenge["ChallengeParameters"], PASSWORD))
