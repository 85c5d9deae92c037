"""Finds the Chromium that the browser tests and pictures use.

`python -m dev.browser` prints where it is, and installs one first if there is none.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

_VARIABLE = "CHROMIUM"
_COMMANDS = ("chromium", "chromium-browser", "google-chrome")
# Without a graphics card, and without calls of its own.
_ARGUMENTS = ("--disable-gpu", "--disable-quic", "--disable-sync")
_APT = (
    ("apt-get", "update"),
    ("apt-get", "install", "--yes", "--no-install-recommends", "chromium", "fonts-dejavu-core"),
)


class NoBrowserError(Exception):
    """There is no browser, or it could not be installed; the text says what to do."""


def find(playwright: Playwright) -> Path:
    """Return the path of a Chromium: that of the variable CHROMIUM, one on the PATH, or Playwright's own.

    Raises:
        NoBrowserError: there is none, or CHROMIUM names no command.
    """
    named = os.environ.get(_VARIABLE)
    if named:
        found = shutil.which(named)
        if found is None:
            raise NoBrowserError(f"{_VARIABLE}={named} is no command")
        return Path(found)
    installed = (*map(shutil.which, _COMMANDS), shutil.which(playwright.chromium.executable_path))
    path = next(filter(None, installed), None)
    if path is None:
        raise NoBrowserError("there is no Chromium: python -m dev.browser installs one, CHROMIUM names one elsewhere")
    return Path(path)


def launch(playwright: Playwright) -> Browser:
    """Start the browser that `find` finds, without a window.

    Playwright starts it without Chromium's sandbox, as root and in containers has to be; it opens pages of this
    project only.
    """
    return playwright.chromium.launch(executable_path=find(playwright), args=list(_ARGUMENTS))


def install() -> None:
    """Install the Chromium that Playwright brings; where that cannot be had, and as root on Debian, Debian's.

    Raises:
        NoBrowserError: neither worked.
    """
    on_debian = os.geteuid() == 0 and shutil.which("apt-get") is not None
    libraries = ("--with-deps",) if on_debian else ()
    if _run(sys.executable, "-m", "playwright", "install", "--no-shell", *libraries, "chromium"):
        return
    if on_debian and all(_run(*command) for command in _APT):
        return
    raise NoBrowserError("no Chromium could be installed: install one, and let the variable CHROMIUM name it")


def _run(*command: str) -> bool:
    print(*command, file=sys.stderr)
    return subprocess.run(command, check=False).returncode == 0


def main() -> int:
    """Print the browser's path, installing one if need be; return 0 if there is one."""
    try:
        with sync_playwright() as playwright:
            try:
                found = find(playwright)
            except NoBrowserError:
                if os.environ.get(_VARIABLE):
                    raise
                install()
                found = find(playwright)
    except NoBrowserError as error:
        print(error, file=sys.stderr)
        return 1
    print(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
