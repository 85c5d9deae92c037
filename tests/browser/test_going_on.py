"""What happens on the way: reloads, no network, a sign-in that is lost, refusals of the server, a file that is wrong."""

import json
import re

import pytest
from playwright.sync_api import Route, expect

from dev.person import wrong
from tests.browser.visitor import Visitor
from tests.browser.words import words

FORGET_SIGN_IN = """() => {
  for (const storage of [sessionStorage, localStorage])
    for (const key of Object.keys(storage)) if (key.includes('CognitoSignInState')) storage.removeItem(key);
}"""


def cut_off(visitor, operation):
    """Let no call of that operation through; return what mends it."""

    def pass_on(route: Route) -> None:
        if route.request.headers.get("x-amz-target", "").endswith(f".{operation}"):
            route.abort("internetdisconnected")
        else:
            route.continue_()

    visitor.page.route("**/cognito/", pass_on)
    return lambda: visitor.page.unroute("**/cognito/", pass_on)


def refuse(visitor, operation, message, error="UserLambdaValidationException"):
    """Let the server refuse calls of that operation."""
    body = json.dumps({"__type": error, "message": message})

    def answer(route: Route) -> None:
        if route.request.headers.get("x-amz-target", "").endswith(f".{operation}"):
            route.fulfill(status=400, content_type="application/x-amz-json-1.1", body=body)
        else:
            route.continue_()

    visitor.page.route("**/cognito/", answer)
    return lambda: visitor.page.unroute("**/cognito/", answer)


def hold(visitor, address):
    """Let no call there be answered; return those that wait."""
    waiting: list[Route] = []

    def keep(route: Route) -> None:
        waiting.append(route)

    visitor.page.route(address, keep)
    return waiting


def configure(visitor, without="", **changes):
    """Give the page another config.json."""

    def answer(route: Route) -> None:
        config = {**route.fetch().json(), **changes}
        route.fulfill(json={key: value for key, value in config.items() if key != without})

    visitor.page.route("**/config.json", answer)


# Reloads


def test_a_reload_keeps_what_was_typed(visitor):
    visitor.open()
    visitor.at("#country").select_option("DE")
    visitor.at("#identifier-phone").fill("0151 23456789")
    visitor.page.reload()
    visitor.is_at("start")
    expect(visitor.at("#identifier-phone")).to_have_value("0151 23456789")
    expect(visitor.at("#country")).to_have_value("DE")


def test_a_reload_while_the_code_is_on_its_way(visitor):
    visitor.page.clock.install()
    visitor.ask_for_code()
    visitor.let_pass(10)
    visitor.calls.clear()
    visitor.page.reload()
    visitor.is_at("code")
    expect(visitor.at("#code-input")).to_be_focused()
    expect(visitor.at("#resend-countdown")).to_have_text(re.compile(r"\b0:(1\d|20)$"))
    visitor.type_code(visitor.code())
    visitor.is_at("account")
    assert visitor.calls == ["RespondToAuthChallenge"]


def test_a_reload_of_which_amplify_knows_nothing(visitor):
    visitor.ask_for_code()
    code = visitor.code()
    visitor.page.evaluate(FORGET_SIGN_IN)
    visitor.page.reload()
    visitor.is_at("code")
    visitor.type_code(code)
    visitor.is_told("SIGN_IN_LOST")
    visitor.at("#refusal-action").click()  # within half a minute: the same code stays good
    expect(visitor.at("#code-input")).to_be_focused()
    visitor.type_code(code)
    visitor.is_at("account")


def test_a_reload_after_amplifys_three_minutes(visitor):
    visitor.page.clock.install()
    visitor.ask_for_code()
    visitor.code()
    visitor.let_pass(181)
    visitor.page.reload()
    visitor.is_at("code")
    visitor.is_told("SIGN_IN_LOST")
    visitor.at("#refusal-action").click()
    visitor.type_code(visitor.code(2))
    visitor.is_at("account")


# No network


def test_no_network_at_the_start(visitor):
    visitor.open()
    visitor.type_name()
    visitor.page.context.set_offline(True)
    visitor.go_on()
    visitor.is_told("NO_NETWORK")
    expect(visitor.at("#identifier-phone")).not_to_be_empty()
    visitor.page.context.set_offline(False)
    visitor.at("#refusal-action").click()
    visitor.is_at("code")
    visitor.type_code(visitor.code())
    visitor.is_at("account")


def test_no_network_between_sign_up_and_sign_in(visitor):
    visitor.open()
    visitor.type_name()
    mend = cut_off(visitor, "InitiateAuth")
    visitor.go_on()
    visitor.is_told("NO_NETWORK")
    mend()
    visitor.calls.clear()
    visitor.at("#refusal-action").click()
    visitor.is_at("code")
    assert visitor.calls == ["SignUp", "InitiateAuth"]
    visitor.type_code(visitor.code())
    visitor.is_at("account")


def test_no_network_for_the_code(visitor):
    visitor.ask_for_code()
    code = visitor.code()
    visitor.page.context.set_offline(True)
    visitor.type_code(code)
    visitor.is_told("NO_NETWORK")
    expect(visitor.at("#code-input")).to_have_value(code)
    visitor.page.context.set_offline(False)
    visitor.at("#refusal-action").click()
    visitor.is_at("account")


def test_no_network_for_another_code(visitor):
    visitor.page.clock.install()
    visitor.ask_for_code()
    visitor.code()
    visitor.let_pass(30)
    visitor.page.context.set_offline(True)
    visitor.at("#resend").click()
    visitor.is_told("NO_NETWORK")
    visitor.page.context.set_offline(False)
    visitor.at("#refusal-action").click()
    expect(visitor.at("#refusal")).to_be_hidden()
    visitor.type_code(visitor.code(2))
    visitor.is_at("account")


@pytest.mark.parametrize("operation", ["UpdateUserAttributes", "VerifyUserAttribute"])
def test_no_network_for_an_address_that_is_added(visitor, email, operation):
    visitor.sign_up()
    mend = cut_off(visitor, operation)
    visitor.at("#add-value").fill(email)
    visitor.at("#add-submit").click()
    if operation == "VerifyUserAttribute":
        visitor.at("#add-code").fill(visitor.added_code(email))
        visitor.at("#add-code-submit").click()
    visitor.is_told("NO_NETWORK")
    expect(visitor.at("#add-part #refusal")).to_be_visible()  # beside the button, not out of sight
    mend()
    visitor.at("#refusal-action").click()
    if operation == "UpdateUserAttributes":
        visitor.at("#add-code").fill(visitor.added_code(email))
        visitor.at("#add-code-submit").click()
    expect(visitor.at("#claims")).to_contain_text(email)


@pytest.mark.parametrize("status", [None, 401])
def test_the_row_cannot_be_read(visitor, status):
    fail = (lambda route: route.fulfill(status=status)) if status else lambda route: route.abort("internetdisconnected")
    visitor.page.route("**/row", fail)
    visitor.sign_up()
    expect(visitor.at("#row-note")).to_have_text(words()["row.failed"])
    expect(visitor.at("#claims")).to_contain_text(visitor.person.username)
    visitor.at("#language").select_option("de")
    expect(visitor.at("#row-note")).to_have_text(words("de")["row.failed"])
    visitor.page.unroute("**/row")
    visitor.at("#row-again").click()
    expect(visitor.at("#row")).to_contain_text("ACTIVE")
    expect(visitor.at("#row-note")).to_be_empty()
    expect(visitor.at("#row-title")).to_be_focused()


def test_no_network_to_sign_out(visitor):
    visitor.sign_up()
    visitor.page.context.set_offline(True)
    visitor.at("#sign-out").click()
    visitor.is_at("start")
    visitor.page.context.set_offline(False)
    visitor.page.reload()
    visitor.is_at("start")


def test_who_goes_back_is_not_called_forward_again(visitor):
    visitor.ask_for_code()
    held = hold(visitor, "**/cognito/")
    visitor.type_code(wrong(visitor.code()))
    expect(visitor.at("#code-form")).to_have_attribute("aria-busy", "true")
    visitor.at("#back").click()
    visitor.is_at("start")
    with visitor.page.expect_response("**/cognito/"):
        held[0].continue_()
    visitor.page.unroute("**/cognito/")
    visitor.go_on()  # the button is not dead
    visitor.is_told("OTP_THROTTLED")
    visitor.page.reload()
    visitor.is_at("start")


# Somebody else


@pytest.fixture
def another(visitor):
    """Somebody else, at the same tab."""
    return lambda username: Visitor(visitor.page, visitor.address, visitor.example, username)


def test_nobody_sees_the_row_of_who_was_here_before(visitor, another, email):
    held = hold(visitor, "**/row")
    visitor.sign_up()
    visitor.at("#sign-out").click()
    visitor.is_at("start")
    visitor.page.route("**/row", lambda route: route.abort("internetdisconnected"))
    next_one = another(email)
    next_one.type_name()
    next_one.go_on()
    next_one.is_at("code")
    next_one.type_code(next_one.code())
    next_one.is_at("account")
    expect(visitor.at("#row-note")).to_have_text(words()["row.failed"])
    with visitor.page.expect_response("**/row"):
        held[0].fulfill(json={"phone_number": visitor.person.username})
    expect(visitor.at("#claims")).to_contain_text(email)
    expect(visitor.at("#row")).to_be_empty()
    expect(visitor.at("#row-note")).to_have_text(words()["row.failed"])


def test_a_sign_out_leaves_nothing_behind(visitor):
    visitor.sign_up()
    other_tab = visitor.page.context.new_page()
    other_tab.goto(visitor.address)
    expect(other_tab.locator("#claims")).to_contain_text(visitor.person.username)
    visitor.at("#sign-out").click()
    for page in (visitor.page, other_tab):
        expect(page.locator("body")).to_have_attribute("data-step", "start")
        expect(page.locator("#identifier-phone")).to_have_value("")
        expect(page.locator("#claims")).to_be_empty()
        kept = page.evaluate("JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)])")
        assert visitor.person.username[-7:] not in kept
    visitor.page.reload()
    visitor.is_at("start")
    expect(visitor.at("#identifier-phone")).to_have_value("")


def test_a_sign_in_in_another_tab(visitor, email):
    visitor.ask_for_code()
    other = Visitor(visitor.page.context.new_page(), visitor.address, visitor.example, email)
    other.sign_up()
    visitor.is_at("account")
    expect(visitor.at("#account-who")).to_have_text(email)
    visitor.at("#sign-out").click()
    visitor.is_at("start")
    visitor.page.reload()
    visitor.is_at("start")


# An address that is added


def test_a_reload_while_an_address_is_added(visitor, email):
    visitor.sign_up()
    visitor.at("#add-value").fill(email)
    visitor.at("#add-submit").click()
    expect(visitor.at("#add-code")).to_be_visible()
    code = visitor.added_code(email)
    visitor.page.reload()
    visitor.is_at("account")
    visitor.at("#add-code").fill(wrong(code))
    visitor.at("#add-code-submit").click()
    visitor.is_told_at("#add-code", "refusal.CODE_WRONG")
    visitor.at("#add-code").fill(code)
    visitor.at("#add-code-submit").click()
    expect(visitor.at("#claims")).to_contain_text(email)


def test_a_number_as_at_home_is_added(visit, email, phone_number):
    visitor = visit(email)
    visitor.sign_up()
    visitor.at("#add-value").fill(phone_number.removeprefix("+1"))
    visitor.at("#add-submit").click()
    expect(visitor.at("#add-note")).to_contain_text(phone_number)


# A session that is lost


def test_tokens_that_were_revoked(visitor, email):
    visitor.sign_up()
    visitor.revoke()
    visitor.at("#add-value").fill(email)
    visitor.at("#add-submit").click()
    visitor.is_told("SIGNED_OUT")
    visitor.at("#refusal-action").click()
    visitor.is_at("start")
    expect(visitor.at("#identifier-phone")).not_to_be_empty()


def test_tokens_that_cannot_be_renewed(visitor):
    visitor.page.clock.install()
    visitor.sign_up()
    visitor.revoke()
    visitor.page.clock.fast_forward(2 * 3600 * 1000)
    visitor.page.reload()
    visitor.is_at("start")
    visitor.is_told("SIGNED_OUT")
    expect(visitor.at("#identifier-phone")).not_to_be_empty()


# Refusals of the server


@pytest.mark.parametrize("token", ["SIGN_UP_REFUSED", "SERVICE_UNAVAILABLE", "COUNTRY_NOT_ALLOWED"])
def test_a_refusal_keeps_what_was_typed_and_a_way_on(visitor, token):
    visitor.open()
    visitor.type_name()
    mend = refuse(visitor, "SignUp", f"PreSignUp failed with error {token}.")
    visitor.go_on()
    visitor.is_told(token)
    expect(visitor.at("#identifier-phone")).not_to_be_empty()
    expect(visitor.at("#refusal-action")).to_be_visible()
    mend()
    visitor.type_name()
    expect(visitor.at("#refusal")).to_be_hidden()
    visitor.go_on()
    visitor.is_at("code")


def test_cognitos_own_word_for_a_number_that_is_taken(visitor):
    visitor.person.sign_up()
    visitor.open()
    visitor.type_name()
    # Cognito mostly looks before it asks the module.
    refuse(visitor, "SignUp", "User already exists", error="UsernameExistsException")
    visitor.go_on()
    visitor.is_at("code")
    visitor.type_code(visitor.code())
    visitor.is_at("account")


def test_a_refusal_that_says_how_long(visitor):
    visitor.page.clock.install()
    visitor.open()
    visitor.type_name()
    mend = refuse(visitor, "SignUp", "PreSignUp failed with error SIGN_UP_RETRY retry_after=90.")
    visitor.go_on()
    visitor.is_told("SIGN_UP_RETRY")
    action = visitor.at("#refusal-action")
    expect(action).to_have_text(re.compile(r"\(1:(30|2\d)\)"))
    expect(action).to_have_attribute("aria-disabled", "true")
    mend()
    visitor.page.clock.fast_forward(90_000)
    expect(action).to_have_attribute("aria-disabled", "false")
    expect(visitor.at("#refusal")).to_have_text(words()["refusal.SIGN_UP_RETRY"])
    action.click()
    visitor.is_at("code")


@pytest.mark.parametrize(
    "token", ["SIGN_UP_THROTTLED", "SIGN_UP_REFUSED", "COUNTRY_NOT_ALLOWED", "PHONE_NUMBER_INVALID"]
)
def test_no_refused_sign_up_locks_out_who_has_an_account(visitor, token):
    visitor.person.sign_up()
    visitor.open()
    visitor.type_name()
    refuse(visitor, "SignUp", f"PreSignUp failed with error {token} retry_after=90.")
    visitor.go_on()
    visitor.is_told(token)
    expect(visitor.at("#continue")).to_be_visible()
    expect(visitor.at("#refusal-action")).to_have_text(words()["way.signIn"])
    visitor.at("#refusal-action").click()
    expect(visitor.at("#start-title")).to_have_text(words()["start.title.signIn"])
    visitor.at("#mode-switch").click()
    expect(visitor.at("#start-title")).to_have_text(words()["start.title.either"])
    visitor.go_on()
    visitor.at("#refusal-action").click()
    visitor.go_on()
    visitor.is_at("code")
    visitor.type_code(visitor.code())
    visitor.is_at("account")


def test_a_country_that_is_not_allowed(visitor):
    configure(visitor, blockedCountries=["DE"])
    visitor.open()
    expect(visitor.at("#country option[value=AT]")).to_have_count(1)
    expect(visitor.at("#country option[value=DE]")).to_have_count(0)
    visitor.type_name("+49 1512 3456789")
    visitor.go_on()
    visitor.is_told_at("#identifier-phone", "problem.COUNTRY_NOT_ALLOWED")
    assert visitor.calls == []


# config.json


def test_a_config_file_that_cannot_be_had_just_now(visitor):
    visitor.page.route("**/config.json", lambda route: route.fulfill(status=503))
    visitor.page.goto(visitor.address)
    visitor.is_told("SERVICE_UNAVAILABLE")
    visitor.page.unroute("**/config.json")
    visitor.page.route("**/config.json", lambda route: route.abort("internetdisconnected"))
    visitor.at("#refusal-action").click()
    visitor.is_told("NO_NETWORK")
    visitor.page.unroute("**/config.json")
    visitor.at("#refusal-action").click()
    visitor.is_at("start")


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        ({"status": 404, "body": "Not Found"}, "config.json is missing"),
        ({"body": "<!doctype html><title>The host's own page</title>"}, "config.json"),
        ({"json": {"region": "eu-central-1"}}, '"userPoolId"'),
    ],
)
def test_a_config_file_that_is_missing_or_wrong(visitor, answer, named):
    visitor.page.route("**/config.json", lambda route: route.fulfill(**answer))
    visitor.page.goto(visitor.address)
    visitor.is_at("broken")
    expect(visitor.at("#broken-what")).to_contain_text(named)
    expect(visitor.at("#broken")).to_contain_text("terraform output -raw site_config > site/public/config.json")


def test_a_key_that_is_missing(visitor):
    configure(visitor, without="channels")
    visitor.page.goto(visitor.address)
    visitor.is_at("broken")
    expect(visitor.at("#broken-what")).to_contain_text('"channels"')
