"""examples/username-with-aliases, end to end: a name of one's own, and the verified phone number in its place."""

import pytest
from pytest_terraform import terraform

from dev.person import Person
from tests.e2e.conftest import refused

terraform("username-with-aliases", scope="module", name="applied")
pytestmark = pytest.mark.usefixtures("nothing_denied")


@pytest.fixture
def sign_up(example, phone_number):
    def of(username: str, **attributes: str) -> Person:
        person = Person(example.aws, example.client_id, username)
        person.sign_up(**{"phone_number": phone_number, **attributes})
        return person

    return of


def test_sign_in_by_name_and_then_by_the_number_that_was_proven(example, sign_up, phone_number):
    ada = sign_up("ada", email="ada@mail.example")
    ada.start_sign_in()
    assert "AuthenticationResult" in ada.answer(ada.wait_for_code(address=phone_number))
    example.let_the_cooldown_pass()
    by_number = Person(example.aws, example.client_id, phone_number)
    by_number.start_sign_in()
    assert "AuthenticationResult" in by_number.answer(by_number.wait_for_code(2))
    assert example.user("ada")["phone_number_verified"] == "true"
    assert example.user("ada").get("email_verified", "false") == "false"  # its own code was never answered


def test_an_unverified_alias_signs_nobody_in_and_tells_nothing(example, sign_up):
    sign_up("bob", email="bob@mail.example")
    stranger = Person(example.aws, example.client_id, "bob@mail.example")
    assert stranger.start_sign_in()["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert stranger.texts() == []


def test_name_number_and_address_belong_to_one_account_each(sign_up, phone_number):
    eve = sign_up("eve", email="eve@mail.example")
    with refused("USERNAME_TAKEN|UsernameExistsException"):
        sign_up("EVE", phone_number="+14155557001")
    with refused("SIGN_UP_PENDING"):
        sign_up("mallory")
    eve.start_sign_in()
    eve.answer(eve.wait_for_code(address=phone_number))
    with refused("PHONE_NUMBER_TAKEN"):
        sign_up("mallory")
    with refused("EMAIL_TAKEN"):
        sign_up("mallory", phone_number="+14155557002", email="Eve@Mail.example")


def test_a_sign_up_without_the_number_is_refused_in_words(example):
    with refused("PHONE_NUMBER_REQUIRED"):
        Person(example.aws, example.client_id, "frank").sign_up(email="frank@mail.example")
