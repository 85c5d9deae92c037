"""The page with other pools of the module: a copy of an example each, with the output that the README says to put beside it."""

import contextlib
import re

import pytest
from playwright.sync_api import expect

from dev.demo_web import WebDemo
from dev.package import ROOT
from tests.browser.visitor import Visitor
from tests.browser.words import words
from tests.e2e.conftest import Applied, applied_at_once, state_of
from tests.example_copies import copy_of

EXAMPLES = ("username-with-aliases", "password-and-otp", "native-otp")
README = (ROOT / "examples" / "web-app" / "README.md").read_text()
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def demos(example, tmp_path_factory):
    """Serve the page for each pool; give its address and the pool by the example's name."""
    (output,) = re.findall(r'^```hcl\n(output "site_config".*?)^```', README, re.DOTALL | re.MULTILINE)
    folders = {}
    for name in EXAMPLES:
        copy = copy_of(name, tmp_path_factory.mktemp(name) / name)
        with (copy / "main.tf").open("a") as main:
            main.write(f"\n{output}")
        folders[name] = str(copy)
    outputs = applied_at_once(example.aws, folders, tmp_path_factory)
    with contextlib.ExitStack() as running:
        demos = {name: running.enter_context(WebDemo(example.aws, outputs[name])) for name in EXAMPLES}
        yield {
            name: (f"{demo.url}/site/", Applied(example.aws, state_of(outputs[name]))) for name, demo in demos.items()
        }


@pytest.fixture
def visit_to(new_page, demos, phone_number):
    def make(name):
        visitor = Visitor(new_page(), *demos[name], phone_number)
        visitor.open()
        return visitor

    return make


def leave(visitor):
    """Sign out, and let the pause after the last code pass."""
    visitor.at("#sign-out").click()
    visitor.is_at("start")
    visitor.example.let_the_cooldown_pass()


def cognitos_code(visitor, count):
    """Return the code of the newest text, which Cognito has worded."""
    return re.findall(r"\b\d{6,8}\b", visitor.person.wait_for_text(count))[0]


def test_a_name_at_sign_up_and_the_number_at_sign_in(visit_to):
    visitor = visit_to("username-with-aliases")
    number = visitor.person.username
    visitor.at("#mode-switch").click()
    visitor.at("#identifier-username").fill("grace")
    visitor.type_name()
    visitor.go_on()
    visitor.is_at("code")
    visitor.type_code(visitor.code())
    visitor.is_at("account")
    expect(visitor.at("#account-who")).to_contain_text("grace")

    leave(visitor)
    visitor.at("#mode-switch").click()
    visitor.at("#identifier-username").fill("grace-again")
    visitor.type_name()
    visitor.go_on()
    visitor.is_told("PHONE_NUMBER_TAKEN")
    visitor.at("#refusal-action").click()
    expect(visitor.at("#identifier-username")).to_have_value(number)
    visitor.go_on()
    visitor.is_at("code")
    visitor.type_code(visitor.code(2))
    visitor.is_at("account")
    expect(visitor.at("#account-who")).to_contain_text("grace")


def test_nobody_is_told_whether_a_name_is_anybodys(visit_to):
    visitor = visit_to("username-with-aliases")
    visitor.at("#identifier-username").fill("nobody")
    visitor.go_on()
    visitor.is_at("code")
    expect(visitor.at("#code-sent")).to_have_text(words()["code.sent.sms.unknown"])


def test_a_password_and_then_the_code(visit_to):
    visitor = visit_to("password-and-otp")
    visitor.at("#mode-switch").click()
    visitor.type_name()
    visitor.at("#password").fill(PASSWORD)
    visitor.go_on()
    visitor.is_at("code")
    visitor.type_code(visitor.code())
    visitor.is_at("account")

    leave(visitor)
    visitor.type_name()
    visitor.at("#password").fill("not the password")
    visitor.go_on()
    visitor.is_told("WRONG_PASSWORD")
    visitor.at("#password").fill(PASSWORD)
    visitor.go_on()
    visitor.is_at("code")
    visitor.type_code(visitor.code(2))
    visitor.is_at("account")


def test_cognitos_own_one_time_passwords(visit_to):
    visitor = visit_to("native-otp")
    for count in (1, 2):
        visitor.type_name()
        visitor.go_on()
        visitor.is_at("code")
        visitor.type_code(cognitos_code(visitor, count))
        visitor.at("#code-submit").click()
        visitor.is_at("account")
        visitor.at("#sign-out").click()
        visitor.is_at("start")
