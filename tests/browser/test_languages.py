"""The page in each of its languages, and the messages with it."""

import json

import pytest
from playwright.sync_api import expect

from dev.terraform import ROOT
from tests.browser.words import LANGUAGES, words

MESSAGES = json.loads((ROOT / "lambda_src" / "cognito_otp" / "messages.json").read_text(encoding="utf-8"))


def speaks(visitor, language):
    """Expect the page to say that it is in that language."""
    html = visitor.at("html")
    expect(html).to_have_attribute("lang", language)
    expect(html).to_have_attribute("dir", "rtl" if language == "ar" else "ltr")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_browsers_language(visit, phone_number, language):
    visitor = visit(phone_number, locale=language)
    visitor.open()
    speaks(visitor, language)
    expect(visitor.page).to_have_title(words(language)["start.title.either"])
    expect(visitor.at("#continue")).to_have_text(words(language)["start.continue"])
    visitor.type_name()
    visitor.go_on()
    visitor.is_at("code")
    expect(visitor.at("#code-title")).to_have_text(words(language)["code.title"])
    code, rest = visitor.person.wait_for_text().split(maxsplit=1)
    sms = MESSAGES[language]["sms"]
    assert rest.splitlines()[0] == sms.format(code="", app_name="Example", minutes=5).strip()
    visitor.type_code(code)
    visitor.is_at("account")
    expect(visitor.at("#account-title")).to_have_text(words(language)["account.title"])
    expect(visitor.at("#claims")).to_contain_text(f"locale{language}")


def test_a_language_that_the_page_does_not_have(visit, phone_number):
    visitor = visit(phone_number, locale="nl-NL")
    visitor.open()
    speaks(visitor, "en")
    expect(visitor.at("#country")).to_have_value("NL")


def test_another_language_at_each_step(visit, phone_number):
    visitor = visit(phone_number)
    visitor.open()
    for language in LANGUAGES:
        visitor.at("#language").select_option(language)
        speaks(visitor, language)
        expect(visitor.at("#start-title")).to_have_text(words(language)["start.title.either"])
    visitor.type_name()
    visitor.go_on()
    visitor.is_at("code")
    visitor.type_code("12")
    for language in LANGUAGES:
        visitor.at("#language").select_option(language)
        expect(visitor.at("#code-title")).to_have_text(words(language)["code.title"])
        expect(visitor.at("#code-input")).to_have_value("12")
    visitor.page.reload()
    visitor.is_at("code")
    speaks(visitor, LANGUAGES[-1])
    visitor.type_code(visitor.code())
    visitor.is_at("account")
    for language in LANGUAGES:
        visitor.at("#language").select_option(language)
        expect(visitor.at("#account-title")).to_have_text(words(language)["account.title"])


def test_what_was_refused_is_said_in_the_language_that_is_chosen(visitor):
    visitor.open()
    visitor.page.context.set_offline(True)
    visitor.type_name()
    visitor.go_on()
    visitor.is_told("NO_NETWORK")
    for language in LANGUAGES:
        visitor.at("#language").select_option(language)
        visitor.is_told("NO_NETWORK")
