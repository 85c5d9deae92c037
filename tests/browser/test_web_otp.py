"""The code from the message without typing: WebOTP, as Chrome on Android has it, and what Safari looks at."""

import pytest
from playwright.sync_api import expect

# Chromium on a computer has no WebOTP. `give` is the message that arrives, `ended` tells that nobody waits any more.
ANDROID = """
  window.OTPCredential = class {};
  window.asked = [];
  navigator.credentials.get = (options) => {
    window.asked.push(options);
    window.ended = false;
    return new Promise((resolve, reject) => {
      window.give = (code) => resolve({ type: 'otp', code });
      options.signal.addEventListener('abort', () => {
        window.ended = true;
        reject(new DOMException('aborted', 'AbortError'));
      });
    });
  };
"""


@pytest.fixture
def with_android(visitor):
    visitor.page.add_init_script(ANDROID)
    return visitor


def test_the_code_fills_itself_in(with_android):
    with_android.ask_for_code()
    assert with_android.page.evaluate("asked.map(({ otp }) => otp)") == [{"transport": ["sms"]}]
    with_android.page.evaluate("(code) => give(code)", with_android.code())
    with_android.is_at("account")


def test_nobody_waits_any_more_once_it_is_typed(with_android):
    with_android.ask_for_code()
    assert with_android.page.evaluate("ended") is False
    with_android.type_code(with_android.code())
    with_android.is_at("account")
    assert with_android.page.evaluate("ended") is True
    assert with_android.page.evaluate("asked.length") == 1


def test_nobody_waits_for_a_text_where_a_mail_comes(visit, email):
    visitor = visit(email)
    visitor.page.add_init_script(ANDROID)
    visitor.ask_for_code()
    assert visitor.page.evaluate("asked") == []


def test_what_phones_and_browsers_fill_in_by_themselves(visitor):
    visitor.ask_for_code()
    field = visitor.at("#code-input")
    expect(field).to_have_attribute("autocomplete", "one-time-code")
    expect(field).to_have_attribute("inputmode", "numeric")
    visitor.code()
    field.fill(visitor.code())  # all at once, as they do
    visitor.is_at("account")


def test_a_whole_message_that_is_pasted(visitor):
    visitor.ask_for_code()
    code = visitor.code()
    visitor.at("#code-input").fill(f"{code} is your code for Example 24. It expires in 5 min. @example.com #{code}")
    visitor.is_at("account")


def test_a_code_that_is_pasted_with_what_stands_around_it(visitor):
    visitor.ask_for_code()
    code = visitor.code()
    visitor.at("#code-input").fill(f" {code[:3]} {code[3:]}-")
    visitor.is_at("account")
