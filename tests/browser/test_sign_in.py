"""The page on examples/web-app: signing up and in, and what stands in the way."""

import re

from playwright.sync_api import expect

from dev.person import wrong
from tests.browser.words import words
from tests.e2e.conftest import refused


def test_sign_up_by_phone(visitor):
    visitor.ask_for_code()
    expect(visitor.at("#code-sent")).to_contain_text("by text message to")
    visitor.type_code(visitor.code())
    visitor.is_at("account")
    expect(visitor.at("#row")).to_contain_text("ACTIVE")
    expect(visitor.at("#row")).to_contain_text(visitor.person.username)
    expect(visitor.at("#claims")).to_contain_text("phone_number_verified")
    assert len(visitor.person.texts()) == 1
    assert visitor.row()["status"] == "ACTIVE"


def test_sign_up_by_email(visit, email):
    visitor = visit(email)
    visitor.ask_for_code()
    expect(visitor.at("#code-sent")).to_contain_text(f"by e-mail to \u2066{email}")
    visitor.type_code(visitor.code())
    visitor.is_at("account")
    expect(visitor.at("#row")).to_contain_text("ACTIVE")
    expect(visitor.at("#row")).to_contain_text(email)
    assert len(visitor.person.texts()) == 1


def test_a_number_as_it_is_written_at_home(visitor):
    visitor.open()
    visitor.at("#country").select_option("US")
    national = visitor.person.username.removeprefix("+1")
    visitor.type_name(f"({national[:3]}) {national[3:6]}-{national[6:]}")
    visitor.go_on()
    visitor.is_at("code")
    visitor.type_code(visitor.code())
    visitor.is_at("account")
    assert visitor.row()["phone_number"] == visitor.person.username


def test_who_comes_back_is_asked_for_a_code(visitor):
    visitor.sign_up()
    visitor.at("#sign-out").click()
    visitor.is_at("start")
    visitor.example.let_the_cooldown_pass()
    visitor.calls.clear()
    visitor.type_name()
    visitor.go_on()
    visitor.is_at("code")
    assert visitor.calls == ["SignUp", "InitiateAuth"]  # the account may be gone: only SignUp knows
    visitor.type_code(visitor.code(2))
    visitor.is_at("account")


def test_who_is_signed_in_stays_so(visitor):
    visitor.sign_up()
    visitor.calls.clear()
    visitor.page.reload()
    visitor.is_at("account")
    expect(visitor.at("#row")).to_contain_text("ACTIVE")
    assert visitor.calls == []
    assert len(visitor.person.texts()) == 1


def test_the_right_code_works_after_a_wrong_one(visitor):
    visitor.ask_for_code()
    code = visitor.code()
    expect(visitor.at("#attempts-left")).to_have_text("3 attempts left")
    visitor.mistype_code(wrong(code), left=2)
    expect(visitor.at("#code-input")).to_be_focused()
    visitor.type_code(code)  # the wrong one is marked, and typed over
    visitor.is_at("account")
    assert len(visitor.person.texts()) == 1


def test_three_wrong_codes_end_the_sign_in_and_a_new_code_leads_on(visitor):
    visitor.page.clock.install()
    visitor.ask_for_code()
    code = visitor.code()
    visitor.mistype_code(wrong(code, 1), left=2)
    visitor.mistype_code(wrong(code, 2), left=1)
    visitor.type_code(wrong(code, 3))
    visitor.is_told("SIGN_IN_ENDED")
    expect(visitor.at("#code-input")).to_be_hidden()
    visitor.at("#code-input").dispatch_event("input")  # what fills codes in may do so late
    visitor.is_told("SIGN_IN_ENDED")

    visitor.at("#refusal-action").click()
    visitor.is_told("OTP_THROTTLED")
    visitor.let_pass(300)
    visitor.at("#refusal-action").click()
    expect(visitor.at("#attempts-left")).to_have_text("3 attempts left")
    visitor.type_code(visitor.code(2))
    visitor.is_at("account")


def test_a_new_code_after_a_countdown(visitor):
    visitor.page.clock.install()
    visitor.ask_for_code()
    first = visitor.code()
    expect(visitor.at("#resend-countdown")).to_have_text(re.compile(r"\b0:(30|2\d)$"))
    expect(visitor.at("#resend")).to_have_attribute("aria-disabled", "true")
    visitor.calls.clear()
    visitor.at("#resend").click(force=True)
    assert visitor.calls == []

    visitor.let_pass(30)
    expect(visitor.at("#resend-countdown")).to_be_empty()
    visitor.at("#resend").click()
    expect(visitor.at("#code-hint")).to_contain_text(words()["code.resent"])
    expect(visitor.at("#resend-countdown")).to_have_text(re.compile(r"\b(1:00|0:5\d)$"))
    second = visitor.code(2)
    if first != second:
        visitor.mistype_code(first, left=2)
    visitor.type_code(second)
    visitor.is_at("account")


def test_who_signs_out_and_in_at_once_waits_for_the_cooldown(visitor):
    visitor.page.clock.install()
    visitor.sign_up()
    visitor.at("#sign-out").click()
    visitor.is_at("start")
    visitor.type_name()
    visitor.go_on()
    visitor.is_told("OTP_THROTTLED")
    expect(visitor.at("#refusal-action")).to_have_text(re.compile(r"^Try again \(0:\d\d\)$"))
    expect(visitor.at("#refusal-action")).to_have_attribute("aria-disabled", "true")
    expect(visitor.at("#identifier-phone")).not_to_be_empty()

    visitor.let_pass(30)
    expect(visitor.at("#refusal-action")).to_have_text("Try again")
    visitor.at("#refusal-action").click()
    visitor.is_at("code")
    visitor.type_code(visitor.code(2))
    visitor.is_at("account")


def test_a_code_that_expires_before_the_persons_eyes(visitor):
    visitor.page.clock.install()
    visitor.ask_for_code()
    visitor.code()
    expect(visitor.at("#code-life")).to_have_text(re.compile(r"^Valid for (5:00|4:5\d)$"))
    visitor.let_pass(300)
    visitor.is_told("CODE_EXPIRED")
    visitor.at("#refusal-action").click()
    expect(visitor.at("#attempts-left")).to_have_text("3 attempts left")
    visitor.type_code(visitor.code(2))
    visitor.is_at("account")


def test_a_code_that_is_typed_too_late(visitor):
    visitor.ask_for_code()
    code = visitor.code()
    visitor.example.let_the_cooldown_pass(300)  # at the server only: the page's clock is slow
    visitor.type_code(code)
    visitor.is_told("CODE_EXPIRED")
    visitor.at("#refusal-action").click()
    expect(visitor.at("#attempts-left")).to_have_text("3 attempts left")
    visitor.type_code(visitor.code(2))
    visitor.is_at("account")


def test_a_number_that_is_taken_signs_in(visit, visitor):
    visitor.sign_up()
    row = visitor.row()
    visitor.example.let_the_cooldown_pass()
    again = visit(visitor.person.username)
    again.ask_for_code()
    assert again.calls == ["SignUp", "InitiateAuth"]
    again.type_code(again.code(2))
    again.is_at("account")
    assert again.row()["id"] == row["id"]


def test_an_address_in_another_case_is_the_same_person(visit, email):
    first = visit(email)
    first.sign_up()
    first.example.let_the_cooldown_pass()
    again = visit(email)
    again.open()
    again.type_name(email.swapcase())
    again.go_on()
    again.is_at("code")
    again.type_code(again.code(2))
    again.is_at("account")
    expect(again.at("#row")).to_contain_text(first.row()["id"])


def test_a_sign_up_that_waits_for_its_first_code_goes_on(visitor):
    visitor.person.sign_up()
    with refused("SIGN_UP_PENDING"):
        visitor.person.sign_up()
    visitor.sign_up()
    assert visitor.row()["status"] == "ACTIVE"


def test_the_code_by_another_way(visitor, email):
    visitor.page.clock.install()
    visitor.sign_up()
    visitor.at("#add-value").fill(email)
    visitor.at("#add-submit").click()
    visitor.at("#add-code").fill(visitor.added_code(email))
    visitor.at("#add-code-submit").click()
    expect(visitor.at("#claims")).to_contain_text(email)
    expect(visitor.at("#add-part")).to_be_hidden()
    expect(visitor.at("#account-note")).to_have_text(words()["add.done"])

    visitor.at("#sign-out").click()
    visitor.is_at("start")
    visitor.example.let_the_cooldown_pass()
    visitor.type_name()
    visitor.go_on()
    visitor.is_at("code")
    visitor.code(2)
    expect(visitor.at("#other-channel")).to_have_accessible_description(words()["code.other.hint"])
    visitor.at("#other-channel").click()
    expect(visitor.at("#code-sent")).to_have_text(words()["code.sent.email.perhaps"])
    expect(visitor.at("#other-channel")).to_have_text(words()["code.other.sms"])
    visitor.person.wait_for_code(2, address=email)
    visitor.let_pass(60)
    visitor.at("#resend").click()
    code = visitor.person.wait_for_code(3, address=email)
    expect(visitor.at("#resend")).to_have_attribute("aria-disabled", "true")
    expect(visitor.at("#code-sent")).to_have_text(words()["code.sent.email.perhaps"])
    visitor.type_code(code)
    visitor.is_at("account")
    assert len(visitor.person.texts()) == 2


def test_another_number(visitor):
    visitor.ask_for_code()
    visitor.at("#back").click()
    visitor.is_at("start")
    expect(visitor.at("#identifier-phone")).to_have_value(re.compile(re.escape(visitor.person.username[-4:])))


def test_a_number_that_is_no_number(visitor):
    visitor.open()
    field = visitor.at("#identifier-phone")
    for typed, problem in (
        (" ", "PHONE_EMPTY"),
        ("no number", "PHONE_NOT_A_NUMBER"),
        ("415 555", "PHONE_TOO_SHORT"),
        ("415 555 01 00 00 00", "PHONE_TOO_LONG"),
        ("+999 123 456 789", "PHONE_UNKNOWN_COUNTRY"),
    ):
        visitor.type_name(typed)
        expect(field).not_to_have_attribute("aria-invalid", "true")
        visitor.go_on()
        visitor.is_told_at("#identifier-phone", f"problem.{problem}")
        expect(field).to_have_value(typed)
    assert visitor.calls == []


def test_an_address_that_is_none(visit):
    visitor = visit("nobody@nowhere")
    visitor.open()
    visitor.type_name()
    visitor.go_on()
    visitor.is_told_at("#identifier-email", "problem.EMAIL_IMPOSSIBLE")
    assert visitor.calls == []
