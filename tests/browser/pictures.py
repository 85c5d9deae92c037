"""Renews the pictures of the README, in docs/pictures: `python -m tests.browser.pictures`.

Two of the page on a small screen, one of the demonstration's console after a sign-up with one wrong code, and one of its
timeline after a flood, in the dark.
"""

import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from dev.browser import launch
from dev.demo import applied
from dev.demo_web import WebDemo
from dev.person import wrong
from dev.terraform import ROOT
from tests.browser.visitor import Visitor
from tests.e2e.conftest import Applied, state_of

_PICTURES = ROOT / "docs" / "pictures"
_PATIENCE = 60_000  # milliseconds: a flood takes a while
_PHONE: ViewportSize = {"width": 400, "height": 660}
_SCREEN: ViewportSize = {"width": 1360, "height": 820}
# Of the range that is kept free for fiction.
_ON_THE_PAGE, _ON_THE_CONSOLE = "+14155550122", "+14155550123"


def main() -> int:
    """Make the pictures; return 0."""
    expect.set_options(timeout=_PATIENCE)
    _PICTURES.mkdir(exist_ok=True)
    with applied("web-app") as (aws, outputs), WebDemo(aws, outputs) as demo, sync_playwright() as playwright:
        example = Applied(aws, state_of(outputs))
        browser = launch(playwright)
        page = _page(browser, _SCREEN)
        frame = page.frame_locator("#page")
        _of_the_console(Visitor(page, demo.url, example, _ON_THE_CONSOLE, frame=frame))
        _of_the_page(Visitor(_page(browser, _PHONE), f"{demo.url}/site/", example, _ON_THE_PAGE))
        _of_a_flood(_page(browser, _SCREEN, dark=True), demo.url)
        browser.close()
    return 0


def _page(browser: Browser, size: ViewportSize, dark: bool = False) -> Page:
    return browser.new_page(locale="en-US", viewport=size, color_scheme="dark" if dark else "light")


def _of_the_page(visitor: Visitor) -> None:
    visitor.open()
    visitor.type_name("(415) 555-0122")
    visitor.page.screenshot(path=_path("sign-in"))
    visitor.go_on()
    visitor.is_at("code")
    visitor.mistype_code(wrong(visitor.code()), left=2)
    visitor.page.screenshot(path=_path("code"))


def _of_the_console(visitor: Visitor) -> None:
    visitor.ask_for_code()
    visitor.mistype_code(wrong(visitor.code()), left=2)
    visitor.page.locator("#inbox-sms button").first.click()
    visitor.is_at("account")
    expect(visitor.page.locator("#entries")).to_contain_text("The page gets the person's own row")
    visitor.page.screenshot(path=_path("console"))


def _of_a_flood(page: Page, address: str) -> None:
    page.goto(address)
    page.locator("#scenes button", has_text="Flood a number").click()
    expect(page.locator("#entries .ends")).to_contain_text("60 requests from 20 sign-ins")
    page.locator("#timeline-panel").screenshot(path=_path("flood"))


def _path(name: str) -> Path:
    return _PICTURES / f"{name}.png"


if __name__ == "__main__":
    sys.exit(main())
