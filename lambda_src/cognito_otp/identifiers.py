"""Identifiers of a person, normalised so that one person's spellings are equal: username, e-mail, phone number."""

import re
import unicodedata

from cognito_otp import refusals
from cognito_otp.calling_codes import is_assigned
from cognito_otp.refusals import Refusal

# ITU-T E.164 (11/2010) clause 6: at most 15 digits, the first of a country code is never 0.
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
# RFC 5321 limits; what is beyond them is for the mail system to judge.
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")


def phone_number(value: str) -> str:
    """Return a phone number in E.164 form.

    Raises:
        Refusal: PHONE_NUMBER_INVALID, it is not `+` and 7 to 15 digits: send it in E.164 form, e.g. +14155550100.
            COUNTRY_NOT_ALLOWED, its country code is assigned to no country.
    """
    if not _E164.fullmatch(value):
        raise Refusal(refusals.PHONE_NUMBER_INVALID)
    if not is_assigned(value):
        raise Refusal(refusals.COUNTRY_NOT_ALLOWED)
    return value


def email(value: str) -> str:
    """Return an e-mail address in lower case, Unicode-normalised, its domain in ASCII (IDNA).

    Raises:
        Refusal: EMAIL_INVALID.
    """
    folded = unicodedata.normalize("NFKC", value).lower()
    if not _EMAIL.fullmatch(folded):
        raise Refusal(refusals.EMAIL_INVALID)
    local, _, domain = folded.partition("@")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode()
        except UnicodeError:
            raise Refusal(refusals.EMAIL_INVALID) from None
    return f"{local}@{domain}"


def username(value: str) -> str:
    """Return a username with case and Unicode compatibility forms folded, so that look-alikes of case are one.

    Raises:
        Refusal: USERNAME_INVALID, it is empty or folds to something with white space or control characters.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", value).casefold())
    if not folded or any(unicodedata.category(character)[0] in "CZ" for character in folded):
        raise Refusal(refusals.USERNAME_INVALID)
    return folded
