"""How many SMS a text takes: lengths on both sides of every border."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_otp import sms_segments
from cognito_otp.sms_segments import GSM_7, UCS_2, Segments, segments


@pytest.mark.parametrize(
    ("text", "encoding", "units", "count"),
    [
        ("", GSM_7, 0, 1),
        ("a" * 160, GSM_7, 160, 1),
        ("a" * 161, GSM_7, 161, 2),
        ("a" * 306, GSM_7, 306, 2),
        ("a" * 307, GSM_7, 307, 3),
        ("[]" * 40, GSM_7, 160, 1),
        ("[]" * 40 + "a", GSM_7, 161, 2),
        ("€", GSM_7, 2, 1),
        ("\f^{}\\[~]|€", GSM_7, 20, 1),
        ("àèéìòùäöüñåæøßÄÖÜÑÅÆØÉÇ¿¡§£¥¤@_\r\n", GSM_7, 33, 1),
        ("ΔΦΓΛΩΠΨΣΘΞ", GSM_7, 10, 1),
        ("д" * 70, UCS_2, 70, 1),
        ("д" * 71, UCS_2, 71, 2),
        ("д" * 134, UCS_2, 134, 2),
        ("д" * 135, UCS_2, 135, 3),
        ("a" * 69 + "ç", UCS_2, 70, 1),
        ("a" * 70 + "ç", UCS_2, 71, 2),
        ("😀" * 35, UCS_2, 70, 1),
        ("😀" * 36, UCS_2, 72, 2),
        ("हिन्दी", UCS_2, 6, 1),
        ("e\u0301", UCS_2, 2, 1),
    ],
)
def test_known_sizes(text, encoding, units, count):
    assert segments(text) == Segments(encoding, units, count)


@pytest.mark.parametrize("character", list("áíóúâêîôûãõçłşğıžčřěÀÈÌÒÙÁα`\t\u00a0\u2019“—\x1b"))
def test_one_character_outside_the_alphabet_makes_it_ucs_2(character):
    assert segments(f"code {character}").encoding == UCS_2


def test_the_alphabet_has_as_many_characters_as_the_standard():
    """128 places, one of them the escape; ten in the extension, the second escape and the reserved places left out."""
    assert len(sms_segments._BASIC) == 127
    assert len(sms_segments._EXTENSION) == 10
    assert not sms_segments._BASIC & sms_segments._EXTENSION


@given(st.text(max_size=400))
def test_every_text_has_a_size(text):
    size = segments(text)
    assert size.units >= len(text)
    capacity = {GSM_7: (160, 153), UCS_2: (70, 67)}[size.encoding]
    assert size.units <= (capacity[0] if size.segments == 1 else capacity[1] * size.segments)
    assert size.segments == 1 or size.units > max(capacity[0], capacity[1] * (size.segments - 1))
