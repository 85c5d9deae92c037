"""A walk through all that the page shows, for who looks at each place: axe, a ruler, a photographer."""

from collections.abc import Iterator

from playwright.sync_api import expect

from dev.person import wrong
from tests.browser.visitor import Visitor

PLACES = ("start", "not-a-number", "code", "wrong-code", "ended", "throttled", "account", "adding", "broken")
"""What `walk` stops at."""


def walk(visitor: Visitor, address: str) -> Iterator[str]:
    """Go from place to place, and yield the name of each once the page shows it.

    Args:
        visitor: somebody new, with a phone.
        address: an e-mail address to add.
    """
    at = visitor.at
    visitor.page.clock.install()
    visitor.open()
    yield "start"
    visitor.type_name("1")
    visitor.go_on()
    expect(at("#phone-error")).to_be_visible()
    yield "not-a-number"
    visitor.type_name()
    visitor.go_on()
    visitor.is_at("code")
    yield "code"
    code = visitor.code()
    for by in (1, 2):
        left = at("#attempts-left").inner_text()
        visitor.type_code(wrong(code, by))
        expect(at("#attempts-left")).not_to_have_text(left)
    yield "wrong-code"
    visitor.type_code(wrong(code, 3))
    visitor.is_told("SIGN_IN_ENDED")
    yield "ended"
    at("#refusal-action").click()
    visitor.is_told("OTP_THROTTLED")
    yield "throttled"
    visitor.let_pass(300)
    at("#refusal-action").click()
    visitor.type_code(visitor.code(2))
    visitor.is_at("account")
    expect(at("#row")).to_contain_text("ACTIVE")
    yield "account"
    at("#add-value").fill(address)
    at("#add-submit").click()
    expect(at("#add-code")).to_be_visible()
    yield "adding"
    visitor.page.route("**/config.json", lambda route: route.fulfill(status=404))
    visitor.page.reload()
    visitor.is_at("broken")
    yield "broken"
