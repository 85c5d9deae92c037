"""Identifiers of a person, normalised so that one person's spellings are equal: username, e-mail, phone number."""

import re
import unicodedata

from cognito_otp import refusals
from cognito_otp.countries import country
from cognito_otp.refusals import Refusal

# ITU-T E.164 (11/2010) clause 6: at most 15 digits, the first of a country code is never 0.
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
# RFC 5322 dot-atom with RFC 5321's lengths: no quotes, brackets, commas or comments, which mail systems read as syntax.
_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_EMAIL = re.compile(
    rf"(?=.{{1,64}}@){_ATOM}(?:\.{_ATOM})*@(?=.{{4,253}}$)(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]{{2,63}}"
)
_LONGEST_EMAIL = 64 + 1 + 253
# IDNA 2003, which Python brings, maps these to other letters; IDNA 2008 gives them domains of their own.
_AMBIGUOUS_IN_DOMAINS = frozenset("ßς\u200c\u200d")


def phone_number(value: str) -> str:
    """Return a phone number in E.164 form.

    Raises:
        Refusal: PHONE_NUMBER_INVALID, it is not `+` and 7 to 15 digits: send it in E.164 form, e.g. +14155550100.
            COUNTRY_NOT_ALLOWED, its country code is assigned to no country.
    """
    if not _E164.fullmatch(value):
        raise Refusal(refusals.PHONE_NUMBER_INVALID)
    if country(value) is None:
        raise Refusal(refusals.COUNTRY_NOT_ALLOWED)
    return value


def email(value: str) -> str:
    """Return an e-mail address in lower case, Unicode-normalised, its domain in ASCII (IDNA).

    This is also the form that mail is sent to: SES takes ASCII only.

    Raises:
        Refusal: EMAIL_INVALID.
    """
    folded = unicodedata.normalize("NFKC", value).lower()
    if len(folded) > _LONGEST_EMAIL:  # IDNA takes its time over a long domain
        raise Refusal(refusals.EMAIL_INVALID)
    local, _, domain = folded.rpartition("@")
    if not domain.isascii():
        if _AMBIGUOUS_IN_DOMAINS & set(domain):
            raise Refusal(refusals.EMAIL_INVALID)
        try:
            domain = domain.encode("idna").decode()
        except UnicodeError:
            raise Refusal(refusals.EMAIL_INVALID) from None
    address = f"{local}@{domain}"
    if not _EMAIL.fullmatch(address):
        raise Refusal(refusals.EMAIL_INVALID)
    return address


def username(value: str) -> str:
    """Return a username with case and Unicode compatibility forms folded, so that look-alikes of case are one.

    Raises:
        Refusal: USERNAME_INVALID, it is empty or folds to something with white space or control characters.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", value).casefold())
    if not folded or any(unicodedata.category(character)[0] in "CZ" for character in folded):
        raise Refusal(refusals.USERNAME_INVALID)
    return folded


NORMALISED = {"phone_number": phone_number, "email": email}
"""The user attributes that identify a person, and what normalises each."""
