"""A retried call gets the answer of its first attempt, if that one was carried out and only its answer was lost.

SDKs name an invocation in `amz-sdk-invocation-id`, the same for all its attempts. On a loaded machine an answer is lost
now and then after a table was made; the retry would find "Table already exists" and fail a whole `terraform apply`.
Only Terraform is spared this: what the functions call must bear it, as on AWS.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]

_KEPT = 500


def replaying(application: Application) -> Application:
    """Wrap an ASGI application."""
    answers: OrderedDict[bytes, list[dict[str, Any]]] = OrderedDict()
    running: dict[bytes, asyncio.Lock] = {}

    async def wrapped(scope: dict[str, Any], receive: Any, send: Any) -> None:
        headers = dict(scope.get("headers", []))
        invocation = headers.get(b"amz-sdk-invocation-id")
        if scope["type"] != "http" or not invocation or b"terraform" not in headers.get(b"user-agent", b"").lower():
            await application(scope, receive, send)
            return
        # A first attempt that is still being carried out is waited for.
        async with running.setdefault(invocation, asyncio.Lock()):
            if invocation in answers:
                for message in answers[invocation]:
                    await send(message)
            else:
                await first(invocation, scope, receive, send)

    async def first(invocation: bytes, scope: dict[str, Any], receive: Any, send: Any) -> None:
        answer: list[dict[str, Any]] = []

        async def keep(message: dict[str, Any]) -> None:
            answer.append(message)
            is_whole = message["type"] == "http.response.body" and not message.get("more_body")
            if is_whole and answer[0]["status"] < 300:
                answers[invocation] = answer
                while len(answers) > _KEPT:
                    running.pop(answers.popitem(last=False)[0], None)
            await send(message)

        await application(scope, receive, keep)

    return wrapped
