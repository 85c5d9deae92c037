"""No code anywhere but in the message; no phone number or e-mail anywhere but in the User table and the hand-over."""

import json
import re

import pytest

PHONE = "+14155550100"
EMAIL = "ada.lovelace@example.com"


@pytest.mark.parametrize("outcome", ["right", "wrong", "throttled", "taken"])
def test_neither_logs_nor_items_nor_parameters_hold_a_secret(world, logged, outcome):
    world.sign_up("uuid-1", phone_number=PHONE, email=EMAIL)
    session = world.session("uuid-1", phone_number=PHONE, email=EMAIL)
    handed_over = json.dumps(world.queue.payloads)
    world.deliver()
    code = world.code()
    session.answer(code if outcome == "right" else "000000")
    if outcome in ("throttled", "taken"):
        with pytest.raises(Exception, match=r"OTP_THROTTLED|SIGN_UP_PENDING"):
            world.session("uuid-1", phone_number=PHONE) if outcome == "throttled" else world.sign_up(
                "x", phone_number=PHONE
            )
    places = {
        "logs": logged(),
        "auth-state": json.dumps(world.items("auth-state")),
        "identities": json.dumps(world.items("identities")),
        "parameters": json.dumps([session.parameters, session._private, session._rounds]),
    }
    for place, text in places.items():
        assert text, place
        for secret in (PHONE, PHONE[1:], PHONE[-7:], EMAIL, "lovelace"):
            assert secret not in text, (place, secret)
    for place, text in (*places.items(), ("hand-over", handed_over)):
        assert not stands_in(code, text), place


def test_a_code_is_found_where_it_leaks_and_not_within_a_time():
    assert stands_in("520241", "Your code is 520241.")
    assert stands_in("520241", '{"code": "520241"}')
    assert not stands_in("520241", '{"expires_at": {"N": "1795202419"}}')


def stands_in(code: str, text: str) -> bool:
    """Tell whether the code is in the text, other than by chance in a longer number such as a time."""
    return re.search(rf"(?<!\d){code}(?!\d)", text) is not None
