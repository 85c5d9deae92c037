"""The console of the demonstration: the page in its frame, the phone, the table, the timeline, the scenes."""

import json
import re

import httpx
import pytest
from playwright.sync_api import expect

from dev.demo_web import scenes
from dev.person import wrong
from tests.browser.axe import violations
from tests.browser.visitor import Visitor


class Console:
    """The console in a browser, and the page in its frame."""

    def __init__(self, page, demo, example, phone_number):
        self.page = page
        self._url = demo.url
        frame = page.frame_locator("#page")
        self.visitor = Visitor(page, demo.url, example, phone_number, frame=frame)

    def open(self):
        self.page.goto(self._url)
        self.visitor.is_at("start")

    def ask_for_code(self):
        self.open()
        self.visitor.type_name()
        self.visitor.go_on()
        self.visitor.is_at("code")

    def tells(self, *sentences):
        """Expect these sentences in the timeline, in this order."""
        pattern = ".*".join(map(re.escape, sentences))
        expect(self.page.locator("#entries")).to_have_text(re.compile(pattern, re.DOTALL))

    def events(self):
        """Return all that the server has told so far."""
        told = []
        timeout = httpx.Timeout(5, read=0.5)
        try:
            with httpx.stream("GET", f"{self._url}/events", timeout=timeout, trust_env=False) as stream:
                told.extend(json.loads(line[6:]) for line in stream.iter_lines() if line.startswith("data: "))
        except httpx.ReadTimeout:
            pass
        return [each for each in told if "kind" in each]


@pytest.fixture
def console(page, demo, example, phone_number):
    return Console(page, demo, example, phone_number)


def test_a_sign_up(console):
    console.ask_for_code()
    number = console.visitor.person.username
    message = console.page.locator("#inbox-sms .message", has_text=number)
    expect(message).to_have_count(1)
    row = console.page.locator("#rows tr", has_text=number)
    expect(row).to_contain_text("PENDING")
    message.get_by_role("button").click()
    console.visitor.is_at("account")
    expect(row).to_contain_text("ACTIVE")
    expect(row).to_have_count(1)
    console.tells(
        f"Your page asks Cognito to make an account for {number}",
        "The account may be made",
        "The account is made",
        f"Your page asks Cognito to begin a sign-in for {number}",
        "A code was asked for and handed over to delivery",
        "The code was made and sent",
        f"A text arrives at {number}",
        "Your page hands in what was typed",
        "The code is right",
        "Signed in",
    )


def test_a_wrong_code(console):
    console.ask_for_code()
    console.visitor.type_code(wrong(console.visitor.code()))
    console.tells("Your page hands in what was typed", "Not signed in: 2 attempts left")


def test_a_mail(page, demo, example, email):
    console = Console(page, demo, example, email)
    console.ask_for_code()
    expect(page.locator("#tab-email")).to_have_attribute("aria-selected", "true")
    mail = page.locator("#inbox-email .message", has_text=email)
    mail.get_by_role("button").click()
    console.visitor.is_at("account")
    expect(page.locator("#rows tr", has_text=email)).to_contain_text("ACTIVE")


def test_the_code_for_an_added_address_is_filled_in_too(console, email):
    console.ask_for_code()
    console.visitor.type_code(console.visitor.code())
    console.visitor.is_at("account")
    console.visitor.at("#add-value").fill(email)
    console.visitor.at("#add-submit").click()
    mail = console.page.locator("#inbox-email .message", has_text=email)
    console.page.locator("#tab-email").click()
    mail.get_by_role("button").click()
    expect(console.visitor.at("#add-code")).to_have_value(re.compile(r"\d{6}"))


def test_the_timeline_can_be_cleared(console):
    console.ask_for_code()
    console.tells("A text arrives at")
    console.page.locator("#clear").click()
    expect(console.page.locator("#timeline-empty")).to_be_visible()
    console.visitor.type_code(console.visitor.code())
    console.tells("Signed in")
    expect(console.page.locator("#entries")).not_to_contain_text("A text arrives at")


def test_nothing_secret_is_told(console):
    secrets = {}
    page = console.page

    def asked(request):
        body = request.post_data_json if request.method == "POST" else {}
        secrets["password"] = body.get("Password") or secrets.get("password")

    def answered(response):
        if response.url.endswith("/cognito/"):
            body = response.json()
            secrets.update(body.get("AuthenticationResult", {}))
            secrets["session"] = body.get("Session") or secrets.get("session")

    page.on("request", asked)
    page.on("response", answered)
    console.ask_for_code()
    code = console.visitor.code()
    console.visitor.type_code(code)
    console.visitor.is_at("account")
    console.tells("Signed in")
    assert {"password", "session", "AccessToken", "IdToken", "RefreshToken"} <= secrets.keys()
    events = console.events()
    (message,) = (each for each in events if each["kind"] == "message" and code in each["facts"]["text"])
    assert message["facts"]["to"] == console.visitor.person.username
    others = json.dumps([each for each in events if each is not message])
    assert [name for name, value in secrets.items() if str(value) in json.dumps(events)] == []
    assert re.search(rf"(?<!\\d){code}(?!\\d)", others) is None


@pytest.fixture
def no_waiting(monkeypatch, example):
    """What a scene waits for in real time passes at once."""
    monkeypatch.setattr(scenes, "_READING_SECONDS", 0.0)
    monkeypatch.setattr(scenes.Stage, "wait", lambda self, seconds, *_: example.let_the_cooldown_pass(int(seconds)))


SCENE_PATIENCE = 120_000  # milliseconds: dozens of calls, on a computer that is busy otherwise
# By the scene's name: what it comes to. A flood that takes half a minute, on a busy computer, gets a second text out.
RESULTS = {
    "wrong-code": r"2 wrong codes refused, then the right one: signed in, with 1 text(?!s)",
    "guessing": r"3 guesses ended the sign-in\. The right code afterwards: not signed in",
    "resend": r"1 went out at once, 1 after the pause\. The old code: not signed in\. The new one: signed in",
    "sign-up-twice": "5 sign-ups of 2 people: 2 accounts",
    "flood": r"60 requests from 20 sign-ins: [12] texts? went out\. The owner: signed in",
    "at-once": r"The right code, handed in twice at once: 1 signed in, with 1 text(?!s)",
}


def test_every_scene_is_known_here():
    assert RESULTS.keys() == scenes.SCENES.keys()


@pytest.mark.parametrize("name", RESULTS)
def test_a_scene(console, no_waiting, name):
    console.open()
    title = scenes.SCENES[name].title
    button = console.page.locator("#scenes button", has_text=title)
    button.click()
    result = console.page.locator("#entries .line.ends").last
    expect(result).to_contain_text(re.compile(RESULTS[name]), timeout=SCENE_PATIENCE)
    expect(result).to_contain_class("good")
    expect(button).to_have_attribute("aria-disabled", "false")
    console.tells(f"Scene: {title}", "Result: ")
    expect(console.page.locator("#newest")).to_be_hidden()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
def test_axe_finds_nothing_and_nothing_sticks_out(new_page, demo, example, phone_number, axe, scheme, width):
    page = new_page(color_scheme=scheme, viewport={"width": width, "height": 640})
    console = Console(page, demo, example, phone_number)
    console.ask_for_code()
    console.tells("A text arrives at")
    assert violations(page, axe) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
