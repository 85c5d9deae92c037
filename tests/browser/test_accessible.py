"""The page for everybody: by keyboard, by screen reader, in the dark, on a small screen, from right to left."""

import pytest
from playwright.sync_api import expect

from dev.person import wrong
from tests.browser.axe import violations
from tests.browser.walk import PLACES, walk
from tests.browser.words import words

# Where the focus is, and whether it can be seen: on the element or, of a switch, on its label.
FOCUSED = """() => {
  const element = document.activeElement;
  const visible = [element, ...(element.labels ?? [])].some((each) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(each);
    return (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none';
  });
  return { id: element.id || element.tagName, visible };
}"""


def tab_to(page, target, most=12):
    """Press Tab until an element has the focus, and see on each where one is; return the ids on the way."""
    passed = []
    for _ in range(most):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        assert focused["visible"], f"nobody sees that {focused['id']} has the focus"
        passed.append(focused["id"])
        if focused["id"] == target:
            return passed
    raise AssertionError(f"{target} is not among {passed}")


def test_sign_up_by_keyboard_alone(visitor):
    keyboard = visitor.page.keyboard
    visitor.open()
    assert tab_to(visitor.page, "identifier-phone") == ["language", "contact-phone", "country", "identifier-phone"]
    keyboard.type(visitor.person.username)
    keyboard.press("Enter")
    visitor.is_at("code")
    expect(visitor.at("#code-input")).to_be_focused()
    code = visitor.code()
    keyboard.type(wrong(code))
    expect(visitor.at("#code-error")).to_be_visible()
    expect(visitor.at("#code-input")).to_be_focused()
    keyboard.type(code)
    visitor.is_at("account")
    expect(visitor.at("#account-title")).to_be_focused()
    tab_to(visitor.page, "sign-out")
    keyboard.press("Enter")
    visitor.is_at("start")
    expect(visitor.at("#start-title")).to_be_focused()


def test_by_email_by_keyboard_alone(visit, email):
    visitor = visit(email)
    keyboard = visitor.page.keyboard
    visitor.open()
    tab_to(visitor.page, "contact-phone")
    keyboard.press("ArrowRight")
    tab_to(visitor.page, "identifier-email")
    keyboard.type(email)
    tab_to(visitor.page, "continue")
    keyboard.press("Space")
    visitor.is_at("code")
    expect(visitor.at("#code-input")).to_be_focused()


def test_the_focus_is_where_the_way_on_is(visitor):
    keyboard = visitor.page.keyboard
    visitor.open()
    visitor.type_name()
    visitor.page.context.set_offline(True)
    tab_to(visitor.page, "continue")
    keyboard.press("Enter")
    visitor.is_told("NO_NETWORK")
    expect(visitor.at("#refusal-action")).to_be_focused()
    visitor.page.context.set_offline(False)
    keyboard.press("Enter")
    visitor.is_at("code")
    code = visitor.code()
    for by, left in ((1, 2), (2, 1)):
        visitor.mistype_code(wrong(code, by), left)
    keyboard.type(wrong(code, 3))
    visitor.is_told("SIGN_IN_ENDED")
    assert visitor.page.evaluate(FOCUSED)["id"] in ("refusal-action", "code-title")


def test_what_a_screen_reader_is_told(visitor):
    visitor.page.clock.install()
    visitor.open()
    expect(visitor.at("#identifier-phone")).to_have_accessible_name(words()["phone.label"])
    expect(visitor.at("#country")).to_have_accessible_name(words()["country.label"])
    announcer = visitor.at("#announcer")
    visitor.at("#identifier-phone").press("Enter")
    expect(announcer).to_have_text(words()["problem.PHONE_EMPTY"])
    visitor.type_name()
    visitor.go_on()
    expect(announcer).to_contain_text("We sent a code by text message")
    expect(announcer).to_have_attribute("aria-live", "polite")
    expect(visitor.page).to_have_title(words()["code.title"])
    code = visitor.code()
    visitor.type_code(wrong(code))
    expect(announcer).to_have_text(f"{words()['code.wrong']} 2 attempts left")
    visitor.let_pass(30)
    expect(announcer).to_have_text(words()["code.resend.ready"])
    visitor.page.context.set_offline(True)
    visitor.at("#resend").click()
    expect(visitor.page.get_by_role("alert")).to_have_text(words()["refusal.NO_NETWORK"])


@pytest.mark.parametrize(
    ("language", "scheme", "width"),
    [("en", "light", 1280), ("en", "dark", 320), ("ar", "light", 320), ("ar", "dark", 1280), ("de", "light", 320)],
)
def test_axe_finds_nothing_and_nothing_sticks_out(visit, phone_number, email, axe, language, scheme, width):
    size = {"width": width, "height": 640}
    visitor = visit(phone_number, locale=language, color_scheme=scheme, viewport=size)
    found, widths = {}, {}
    for place in walk(visitor, email):
        found[place] = violations(visitor.page, axe)
        widths[place] = visitor.page.evaluate("document.documentElement.scrollWidth")
    assert tuple(found) == PLACES
    assert {place: each for place, each in found.items() if each} == {}
    assert {place: each for place, each in widths.items() if each > width} == {}


def test_nothing_moves_for_who_wants_it_so(visit, phone_number):
    visitor = visit(phone_number, reduced_motion="reduce")
    visitor.open()
    moving = """[...document.querySelectorAll('*')].filter((each) => {
      const { transitionDuration, animationName } = getComputedStyle(each);
      return animationName !== 'none' || transitionDuration.split(',').some((time) => parseFloat(time) > 0.001);
    }).map((each) => each.id || each.tagName)"""
    assert visitor.page.evaluate(moving) == []
