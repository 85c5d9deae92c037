"""`make demo-web`: the sign-in page on a local AWS, with a phone and a timeline beside it, until Ctrl-C.

Without a terminal it looks whether page and console answer, plays one scene, prints it and ends.
"""

import argparse
import errno
import json
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

import httpx
from rich.markup import escape

from dev import node, site, terraform
from dev.demo import applied, console
from dev.demo_web.web import WebDemo
from dev.local import LocalAWS, LocalAWSError

_EXAMPLE = "web-app"
_PORT = 4173
_SCENE = "wrong-code"
_SECONDS = 120.0


class CheckError(Exception):
    """The demonstration does not do what it should; the text says what it does."""


def main() -> int:
    """Serve the demonstration; return 0."""
    parser = argparse.ArgumentParser(prog="python -m dev.demo_web", description="The sign-in page, and what happens.")
    parser.add_argument("--port", type=int, default=_PORT, help=f"the port on 127.0.0.1 (default: {_PORT})")
    arguments = parser.parse_args()
    # `kill` cleans up as Ctrl-C does.
    signal.signal(signal.SIGTERM, _interrupt)
    page = _built_page()
    with applied(_EXAMPLE) as (aws, outputs), _served(aws, outputs, page, arguments.port) as demo:
        if sys.stdin.isatty() and sys.stdout.isatty():
            console.print(f"\nOpen [bold cyan]{demo.url}[/] in a browser. Ctrl-C ends it.")
            threading.Event().wait()
        else:
            _check(demo.url)
    return 0


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _built_page() -> Path:
    begun = time.perf_counter()
    with console.status("npm ci and vite build of the page ..."):
        page = site.build()
    console.print(f"The page is built [dim]{time.perf_counter() - begun:.1f} s[/]")
    return page


def _served(aws: LocalAWS, outputs: Mapping[str, Any], page: Path, port: int) -> WebDemo:
    try:
        return WebDemo(aws, outputs, page=page, port=port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        console.print(f"Port {port} is taken: another one is used.")
        return WebDemo(aws, outputs, page=page)


def _check(url: str) -> None:
    """Look whether everything answers, and play a scene.

    Raises:
        CheckError: something does not.
    """
    with httpx.Client(base_url=url, trust_env=False, timeout=_SECONDS) as client:
        for path in ("/", "/static/console.js", "/site/", "/site/config.json"):
            answer = client.get(path)
            if answer.status_code != httpx.codes.OK:
                raise CheckError(f"{path} answers {answer.status_code}")
        console.print(f"Console and page answer at {url}\n")
        with client.stream("GET", "/events") as events:
            client.post(f"/scenes/{_SCENE}").raise_for_status()
            for entry in _entries(events):
                console.print(f"{entry['kind']:<9} {escape(entry['title'])} [dim]{escape(entry['technical'])}[/]")
                if entry["facts"].get("state") == "ends":
                    if entry["tone"] != "good":
                        raise CheckError(f"{entry['title']}: {entry['detail']}")
                    return
    raise CheckError("the timeline broke off")


def _entries(events: httpx.Response) -> Iterator[dict[str, Any]]:
    for line in events.iter_lines():
        told = json.loads(line.removeprefix("data: ")) if line.startswith("data: ") else {}
        if "kind" in told:
            yield told


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        console.print("\nEnded.")
    except node.NodeError as error:
        console.print(f"{escape(str(error))}\n`make demo` needs none.", style="red", soft_wrap=True)
        sys.exit(1)
    except (terraform.TerraformError, LocalAWSError, CheckError) as error:
        console.print(escape(str(error)), style="red", soft_wrap=True)
        sys.exit(1)
