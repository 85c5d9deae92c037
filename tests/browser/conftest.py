"""A browser, and the demonstration with the page in it. Of a test that failed, a picture and a trace are kept.

One local AWS with examples/web-app, and one demonstration, serve every test; each test has a number or an address of its
own, and a browser that knows nothing.
"""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from dev.browser import NoBrowserError, launch
from dev.demo_web import WebDemo
from dev.local import PATIENT, LocalAWS
from tests.browser.visitor import Visitor
from tests.browser.watch import watch
from tests.e2e.conftest import Applied, deployment, missing, npm_install

PATIENCE = 30_000  # milliseconds: this computer may be busy with other tests
HERE = Path(__file__).parent

expect.set_options(timeout=PATIENCE)
_failed = pytest.StashKey[bool]()
_people = itertools.count()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        try:
            browser = launch(playwright)
        except NoBrowserError as error:
            missing(error)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """Give axe-core's source."""
    npm_install(HERE)
    return (HERE / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def example(browser: Browser, axe: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Applied]:
    """Give examples/web-app on a local AWS of its own; without a browser and Node.js nothing is applied."""
    with LocalAWS(environment=PATIENT) as aws:
        yield Applied(aws, deployment(aws, "web-app", tmp_path_factory.mktemp("applied")))


@pytest.fixture(scope="session")
def demo(example: Applied) -> Iterator[WebDemo]:
    with WebDemo(example.aws, example.outputs) as demo:
        yield demo


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    item.stash[_failed] = item.stash.get(_failed, False) or report.failed
    return report


NewPage = Callable[..., Page]


@pytest.fixture
def new_page(browser: Browser, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewPage]:
    """Give a maker of pages, each in a browser that knows nothing; its options are those of a browser context.

    A page that writes an error to its console, lets an exception pass or breaks its own content security policy fails
    the test.
    """
    contexts: list[BrowserContext] = []
    heard: list[list[str]] = []

    def make(**options: object) -> Page:
        context = browser.new_context(**{"locale": "en-US", **options})
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        context.tracing.start(snapshots=True)
        heard.append(watch(context))
        return context.new_page()

    yield make
    for number, context in enumerate(contexts):
        if request.node.stash.get(_failed, False):
            for page in context.pages:
                page.screenshot(path=tmp_path / f"{number}.png", full_page=True)
            context.tracing.stop(path=tmp_path / f"{number}.zip")
            kept = f"{tmp_path}/{number}.png; playwright show-trace {tmp_path}/{number}.zip"
            request.node.add_report_section("teardown", "browser", kept)
        context.close()
    assert [complaint for each in heard for complaint in each] == []


@pytest.fixture
def page(new_page: NewPage) -> Page:
    return new_page()


@pytest.fixture
def phone_number() -> str:
    return f"+1415555{next(_people):04d}"


@pytest.fixture
def email() -> str:
    return f"person{next(_people)}@example.com"


Visit = Callable[..., Visitor]


@pytest.fixture
def visit(new_page: NewPage, demo: WebDemo, example: Applied) -> Visit:
    """Give a maker of visitors, from a number or an e-mail address; options are those of `new_page`."""

    def make(username: str, **options: object) -> Visitor:
        return Visitor(new_page(**options), f"{demo.url}/site/", example, username)

    return make


@pytest.fixture
def visitor(visit: Visit, phone_number: str) -> Visitor:
    return visit(phone_number)
