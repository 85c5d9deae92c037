"""The process of the local AWS: MiniStack with the changes of this package, served on a socket that it inherits.

`python -m dev.local.app --fd N --alive-fd M --home DIR`, started by `dev.local.server` only.
"""

import argparse
import asyncio
import json
import os
import shutil
import signal
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config

# MiniStack, and with it this package, reads its settings from the environment on import.
from dev.local import (
    alarms,
    attribute_changes,
    clients,
    custom_auth,
    end_user_messaging,
    events,
    federation,
    http_apis,
    iam,
    lambdas,
    native_otp,
    pools,
    sign_up,
    sms_preferences,
    threat_protection,
    token_generation,
    user_lists,
    users,
    web_firewall,
)
from dev.local.journal import JOURNAL
from dev.local.ministack import module
from dev.local.replay import replaying

JOURNAL_PATH = "/_local/journal"


def main() -> None:
    """Serve until killed, or until the process that started this one is gone."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--fd", type=int, required=True, help="a listening socket")
    parser.add_argument("--alive-fd", type=int, required=True, help="a pipe that closes with the parent")
    parser.add_argument("--home", type=Path, required=True, help="the folder that goes with this process")
    arguments = parser.parse_args()
    threading.Thread(target=_die_with_parent, args=(arguments.alive_fd, arguments.home), daemon=True).start()

    config = Config()
    config.bind = [f"fd://{arguments.fd}"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    asyncio.run(serve(build(), config))


def build() -> Callable[..., Awaitable[None]]:
    """Install every change and return the ASGI application."""
    of_users = (
        users,
        user_lists,
        sign_up,
        attribute_changes,
        custom_auth,
        native_otp,
        pools,
        clients,
        federation,
        threat_protection,
        token_generation,
    )
    for part in (iam, lambdas, *of_users, events, end_user_messaging, sms_preferences, alarms, http_apis, web_firewall):
        part.install()
    aws = module("app", "app").app

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"] == JOURNAL_PATH:
            body = json.dumps({"triggers": JOURNAL.triggers(), "denied": JOURNAL.denied()}).encode()
            headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": body})
            return
        if scope["type"] == "http":
            JOURNAL.start_call(dict(scope["headers"]).get(b"amz-sdk-invocation-id", b"").decode("latin-1"))
        await aws(scope, receive, send)

    return replaying(application)


def _die_with_parent(pipe: int, home: Path) -> None:
    """Leave nothing behind when the parent could not: the pipe ends when it does, however it ends."""
    while os.read(pipe, 1):
        pass
    runtime = module("core.lambda_runtime", "_workers")
    for workers in list(runtime._workers.values()):
        for worker in workers:
            if worker._proc is not None:
                worker._proc.kill()
    shutil.rmtree(home, ignore_errors=True)
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    main()
