"""Somebody at the page, with a phone or a mailbox at hand."""

import re
from typing import Any

from playwright.sync_api import FrameLocator, Locator, Page, expect

from dev.person import Person
from tests.browser.words import words
from tests.e2e.conftest import Applied


class Visitor:
    """Does on the page what a person does, and reads the messages that arrive.

    Args:
        page: the browser's.
        address: where the page is served.
        example: what it signs up and in with.
        username: the number or e-mail address of this person.
        frame: where the page is within another; None if it is alone.

    Attributes:
        person: whose messages are read.
        address: where the page is.
        calls: the operations that the page has asked Cognito for, in order.
    """

    def __init__(
        self, page: Page, address: str, example: Applied, username: str, frame: FrameLocator | None = None
    ) -> None:
        self.page = page
        self._place = frame or page
        self.example = example
        self.person = Person(example.aws, example.client_id, username)
        self.calls: list[str] = []
        self.address = address
        page.on("request", lambda request: self.calls.extend(_operation(request.headers)))

    def at(self, selector: str) -> Locator:
        return self._place.locator(selector)

    def open(self) -> None:
        """Open the page, as one who is not signed in."""
        self.page.goto(self.address)
        self.is_at("start")

    def is_at(self, step: str) -> None:
        """Expect the page to show that step: start, code, account or broken."""
        expect(self.at("body")).to_have_attribute("data-step", step)
        expect(self.at(f"#{step}")).to_be_visible()

    def type_name(self, typed: str | None = None) -> None:
        """Type the number or address, or what is given in its place."""
        by_email = "@" in self.person.username
        if by_email:
            self.at("label[for=contact-email]").click()
        self.at("#identifier-email" if by_email else "#identifier-phone").fill(typed or self.person.username)

    def go_on(self) -> None:
        self.at("#continue").click()

    def ask_for_code(self) -> None:
        """Open the page, and come to the step that asks for the code."""
        self.open()
        self.type_name()
        self.go_on()
        self.is_at("code")

    def code(self, count: int = 1) -> str:
        """Return the code of the newest message, once so many have arrived."""
        return self.person.wait_for_code(count)

    def type_code(self, code: str) -> None:
        """Type a code; its last digit sends it."""
        expect(self.at(".busy")).to_have_count(0)
        expect(self.at("#code-input")).to_be_visible()
        self.at("#code-input").press_sequentially(code)

    def mistype_code(self, code: str, left: int) -> None:
        """Type a wrong code, and expect the page to say how many attempts are left."""
        self.type_code(code)
        expect(self.at("#attempts-left")).to_contain_text(re.compile(rf"\b{left} attempts? left"))
        expect(self.at("#code-error")).to_have_text(words()["code.wrong"])

    def sign_up(self) -> None:
        """Come to the account, from nothing."""
        self.ask_for_code()
        self.type_code(self.code())
        self.is_at("account")

    def added_code(self, address: str) -> str:
        """Return the code of Cognito's own that proves an address which is being added."""
        return re.findall(r"\b\d{6}\b", self.person.wait_for_text(address=address))[0]

    def revoke(self) -> None:
        """Have an administrator sign this person out everywhere."""
        pool = self.example.outputs["user_pool_id"]
        name = self.person.username
        self.example.aws.client("cognito-idp").admin_user_global_sign_out(UserPoolId=pool, Username=name)

    def let_pass(self, seconds: int) -> None:
        """Let so much time pass at both ends; the page needs `page.clock.install()` before it is opened."""
        self.example.let_the_cooldown_pass(seconds)
        self.page.clock.fast_forward(seconds * 1000)

    def is_told(self, token: str) -> None:
        """Expect the page to say in plain words, in its language, what this token stands for."""
        language = self.at("html").get_attribute("lang") or ""
        expect(self.at("#refusal")).to_contain_text(words(language)[f"refusal.{token}"])
        expect(self.at("#refusal")).to_be_visible()

    def is_told_at(self, field: str, key: str) -> None:
        """Expect a sentence under a field, tied to it, and the person to be there to mend it."""
        expect(self.at(field)).to_have_attribute("aria-invalid", "true")
        expect(self.at(field)).to_be_focused()
        expect(self.at(field)).to_have_accessible_description(re.compile(re.escape(words()[key])))

    def row(self) -> dict[str, str]:
        """Return the row of the User table."""
        name = self.person.username.casefold()
        (user,) = (user for user in self.example.users() if name in map(str.casefold, user.values()))
        return self.example.row(user["sub"])


def _operation(headers: dict[str, Any]) -> list[str]:
    target = headers.get("x-amz-target", "")
    return [target.rpartition(".")[2]] if target else []
