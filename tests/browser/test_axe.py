"""That the other tests would notice what they say is not there."""

import functools

import pytest
from playwright.sync_api import Route

from tests.browser.axe import violations
from tests.browser.watch import watch

GOOD = """<!doctype html><html lang="en"><title>A page</title>
<main><h1>A page</h1><label for="name">Name</label><input id="name"></main></html>"""


@pytest.fixture
def sound(page):
    page.set_content(GOOD)
    return page


def test_nothing_is_found_on_a_sound_page(sound, axe):
    assert violations(sound, axe) == []


@pytest.mark.parametrize(
    ("planted", "rule"),
    [
        ("document.querySelector('label').remove()", "label"),
        ("document.querySelector('h1').style = 'color: #aaa; background: #fff'", "color-contrast"),
        ("document.documentElement.removeAttribute('lang')", "html-has-lang"),
    ],
)
def test_a_planted_violation_is_found(sound, axe, planted, rule):
    sound.evaluate(planted)
    (found,) = violations(sound, axe)
    assert found.startswith(f"{rule}: ")


def test_a_planted_violation_in_a_frame_is_found(page, axe):
    within = GOOD.replace('<label for="name">Name</label>', "")
    around = GOOD.replace("</main>", '<iframe title="Another" src="/within"></iframe></main>')
    for path, body in {"/": around, "/within": within}.items():
        page.route(f"http://a.test{path}", functools.partial(_answer, body=body))
    page.goto("http://a.test/")
    (found,) = violations(page, axe)
    assert found.startswith("label: ")


def _answer(route: Route, body: str) -> None:
    route.fulfill(body=body, content_type="text/html")


POLICY = '<meta http-equiv="Content-Security-Policy" content="img-src \'none\'">'


@pytest.fixture
def listened_to(browser):
    """A page, and what is heard of it."""
    context = browser.new_context()
    heard = watch(context)
    page = context.new_page()
    page.set_content(GOOD.replace("<title>", f"{POLICY}<title>"))
    yield page, heard
    context.close()


@pytest.mark.parametrize(
    ("planted", "complaint"),
    [
        ("console.error('planted')", "planted"),
        ("setTimeout(() => { throw new Error('planted') })", "planted"),
        ("void Promise.reject(new Error('planted'))", "planted"),
        ("void (new Image().src = 'http://127.0.0.1:9/planted.png')", "violates the following Content Security Policy"),
    ],
)
def test_what_a_page_complains_of_is_heard(listened_to, planted, complaint):
    page, heard = listened_to
    page.evaluate(planted)
    page.evaluate("new Promise((done) => setTimeout(done, 50))")
    assert [complaint in each for each in heard] == [True]
