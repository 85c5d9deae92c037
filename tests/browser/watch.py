"""Hears what pages complain of that nobody wanted."""

from playwright.sync_api import BrowserContext, ConsoleMessage


def watch(context: BrowserContext) -> list[str]:
    """Return a list that grows with each error of the context's pages, and each exception that they let pass.

    What breaks a page's own content security policy is such an error too.
    """
    heard: list[str] = []
    context.on("console", lambda message: heard.extend(_complaint(message)))
    context.on("weberror", lambda error: heard.append(str(error.error)))
    return heard


def _complaint(message: ConsoleMessage) -> list[str]:
    # Chromium's own line for every answer that is no success, and for every call without a network.
    if message.type != "error" or message.text.startswith("Failed to load resource"):
        return []
    return [message.text]
