"""How many messages a text is billed as (3GPP TS 23.038, section 6; its concatenation: TS 23.040, section 9.2.3.24.1).

A text goes out in the GSM 7-bit alphabet if that has every character, otherwise in UCS-2. One message holds 140 bytes;
a longer text is cut into segments that give up 6 of them for the header by which the phone joins them again. The
module's `messages.tf` counts the same at plan time.
"""

from dataclasses import dataclass

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")
"""Sent as an escape and a character."""
_ALPHABET = _BASIC | _EXTENSION

GSM_7 = "GSM-7"
UCS_2 = "UCS-2"

_ALONE = {GSM_7: 160, UCS_2: 70}
_JOINED = {GSM_7: 153, UCS_2: 67}


@dataclass(frozen=True)
class Segments:
    """The size of a text.

    Attributes:
        encoding: `GSM_7` or `UCS_2`.
        units: septets, or UTF-16 units, of the whole text.
        segments: messages it takes.
    """

    encoding: str
    units: int
    segments: int


def segments(text: str) -> Segments:
    """Return what a text takes.

    A character of two units never stands across a border between segments and can leave one a unit short. That is
    ignored in both encodings: a text that nearly fills its segments may take one more.
    """
    if _ALPHABET.issuperset(text):
        encoding, units = GSM_7, len(text) + sum(character in _EXTENSION for character in text)
    else:
        encoding, units = UCS_2, len(text.encode("utf-16-le", "surrogatepass")) // 2
    if units <= _ALONE[encoding]:
        return Segments(encoding, units, 1)
    return Segments(encoding, units, -(-units // _JOINED[encoding]))
