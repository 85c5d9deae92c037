"""One-time codes: made, read as typed, hashed, compared."""

import hmac
import secrets

from cognito_otp.keyed_hash import KeyedHash, Purpose


def generate(length: int) -> str:
    """Return a code of `length` decimal digits from the system's secure generator.

    All values are equally likely, leading zeros are kept (ASVS 5.0 6.5.3, 6.5.4).
    """
    return f"{secrets.randbelow(10**length):0{length}d}"


def read_answer(answer: object, length: int) -> str | None:
    """Return what a person typed as the digits of a code, or None if it cannot be one.

    Spaces and hyphens are dropped (people copy "123 456"), digits of other scripts are read as what they are.
    """
    if not isinstance(answer, str):
        return None
    typed = [character for character in answer if not character.isspace() and character != "-"]
    if len(typed) != length or not all(character.isdecimal() for character in typed):
        return None
    return "".join(str(int(character)) for character in typed)


def digest(keyed_hash: KeyedHash, challenge_id: str, generation: int, username: str, code: str) -> str:
    """Return the keyed hash of a code, bound to its challenge, generation and user, so that it fits nowhere else.

    To the user, too, because who can write to the table could make a challenge of their own another user's.
    """
    return keyed_hash.digest(Purpose.CODE, challenge_id, str(generation), username, code)


def guess_digest(keyed_hash: KeyedHash, challenge_id: str, guess: str) -> str:
    """Return the keyed hash under which a guess is counted; it differs from the code's own hash."""
    return keyed_hash.digest(Purpose.CODE, challenge_id, "guess", guess)


def equal(one: str, other: str) -> bool:
    """Compare two hashes in constant time (ASVS 5.0 11.2.4)."""
    return hmac.compare_digest(one.encode(), other.encode())
