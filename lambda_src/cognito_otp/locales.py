"""Which languages serve a locale, the best first."""

import re
from collections.abc import Iterator

_SCRIPT = {"tw": "hant", "hk": "hant", "mo": "hant", "cn": "hans", "sg": "hans"}
"""How Chinese is written where (CLDR likely subtags)."""

_CODE_NOW = {"in": "id", "iw": "he", "no": "nb"}
"""Older names of Indonesian and Hebrew, which Android has (IANA language subtag registry), and of Norwegian (CLDR)."""

_LONGEST = 100  # characters, of which tags in use have up to 35 (RFC 5646, section 4.4.1); Cognito takes 2,048

_RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})


def lookup(locale: str | None) -> Iterator[str]:
    """Yield the tags to look for in turn, in lower case: at each step the last part goes (RFC 4647, section 3.4).

    Args:
        locale: what a user calls it, free text: `de_AT`, `zh-TW`, `pt_BR.UTF-8`, nonsense or nothing.
    """
    # A POSIX name goes on with an encoding or a modifier.
    tag = re.split(r"[.@]", (locale or "").strip()[:_LONGEST], maxsplit=1)[0].replace("_", "-").lower()
    yield from _truncated(tag)
    language, *rest = tag.split("-")
    if language in _CODE_NOW:
        yield from _truncated("-".join([_CODE_NOW[language], *rest]))


def _truncated(tag: str) -> Iterator[str]:
    parts = tag.split("-")
    while parts:
        yield "-".join(parts)
        yield from _chinese(parts)
        parts.pop()
        # A single letter only introduces what followed it.
        while parts and len(parts[-1]) == 1:
            parts.pop()


def _chinese(parts: list[str]) -> Iterator[str]:
    """Yield what else names the script that a region writes: `zh-TW` and `zh-Hant-TW` are the same."""
    match parts:
        case ["zh", region] if region in _SCRIPT:
            yield f"zh-{_SCRIPT[region]}-{region}"
            yield f"zh-{_SCRIPT[region]}"
        case ["zh", script, region] if _SCRIPT.get(region) == script:
            yield f"zh-{region}"


def direction(tag: str) -> str:
    """Return `"rtl"` for a language that is written from the right, otherwise `"ltr"`."""
    return "rtl" if tag.split("-", maxsplit=1)[0].lower() in _RIGHT_TO_LEFT else "ltr"
