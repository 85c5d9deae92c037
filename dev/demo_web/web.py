"""Serves the console, the page and the way to the local AWS, on 127.0.0.1 only and from one origin."""

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from hypercorn.asyncio import serve
from hypercorn.config import Config
from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dev import site
from dev.demo_web.door import Door
from dev.demo_web.scenes import SCENES, BusyError, Stage
from dev.demo_web.timeline import Timeline
from dev.demo_web.watcher import Watcher
from dev.local import LocalAWS

_HOST = "127.0.0.1"
_STATIC = Path(__file__).parent / "static"
_NEWS_SECONDS = 0.1
_KEEP_ALIVE_SECONDS = 15.0

_OWN_FILES = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'"
_CONSOLE_POLICY = f"{_OWN_FILES}; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
# The console shows the page in a frame.
_PAGE_POLICY = f"{_OWN_FILES}; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"


class WebDemo:
    """The demonstration for the length of a `with` block, over a local AWS to which an example is applied.

    Args:
        aws: the local AWS.
        outputs: the example's: `user_pool_id`, `user_table_name`, `site_config` (JSON text) and `row_url`, if it has a
            read API.
        page: the folder with the built page; None builds it.
        port: 0 takes a free one.

    Raises:
        OSError: the port is taken.
        dev.node.NodeError: the page cannot be built.
    """

    def __init__(self, aws: LocalAWS, outputs: Mapping[str, Any], *, page: Path | None = None, port: int = 0) -> None:
        self._page = page or site.build()
        self._config: dict[str, Any] = json.loads(outputs["site_config"])
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._listener.bind((_HOST, port))
            self._listener.listen(128)
        except OSError:
            self._listener.close()
            raise
        self.url = f"http://{_HOST}:{self._listener.getsockname()[1]}"
        self._has_rows = "row_url" in outputs
        self._timeline = Timeline()
        self._watcher = Watcher(aws, outputs, self._timeline)
        self._door = Door(aws.endpoint_url, outputs.get("row_url"), self._timeline, self._watcher)
        self._stage = Stage(aws, self._config, self.url, self._timeline, self._watcher)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True, name="demo-web")

    def __enter__(self) -> Self:
        self._thread.start()
        self._watcher.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stage.close()
        self._watcher.stop()
        self._ended.set()
        self._thread.join()

    def _serve(self) -> None:
        config = Config()
        config.bind = [f"fd://{self._listener.detach()}"]
        config.loglevel = "WARNING"
        config.graceful_timeout = 1.0
        asyncio.run(self._serve_with(config))

    async def _serve_with(self, config: Config) -> None:
        asyncio.get_running_loop().set_exception_handler(_tell_failures)
        await serve(self._application(), config, shutdown_trigger=self._until_ended)  # type: ignore[arg-type]

    async def _until_ended(self) -> None:
        while not self._ended.is_set():
            await asyncio.sleep(_NEWS_SECONDS)

    def _application(self) -> Starlette:
        @contextlib.asynccontextmanager
        async def lifespan(_application: Starlette) -> AsyncIterator[None]:
            yield
            await self._door.close()

        return Starlette(
            lifespan=lifespan,
            routes=[
                Route("/", self._console),
                Mount("/static", StaticFiles(directory=_STATIC)),
                Route("/site/config.json", self._page_config),
                Mount("/site", StaticFiles(directory=self._page, html=True)),
                Route("/cognito/{actor:path}", self._door.cognito, methods=["POST"]),
                Route("/row", self._door.row),
                Route("/events", self._events),
                Route("/scenes", self._scenes),
                Route("/scenes/{name}", self._play, methods=["POST"]),
            ],
            # By another name of this computer, another site's page could come in (DNS rebinding).
            middleware=[
                Middleware(TrustedHostMiddleware, allowed_hosts=[_HOST, "localhost"], www_redirect=False),
                Middleware(_Guarded),
            ],
        )

    async def _console(self, _request: Request) -> Response:
        return FileResponse(_STATIC / "index.html")

    async def _page_config(self, request: Request) -> Response:
        here = str(request.base_url)
        config = {**self._config, "userPoolEndpoint": f"{here}cognito/"}
        config.pop("rowUrl", None)
        return JSONResponse({**config, "rowUrl": f"{here}row"} if self._has_rows else config)

    async def _scenes(self, _request: Request) -> Response:
        told = [
            {"name": name, "title": scene.title, "description": scene.description} for name, scene in SCENES.items()
        ]
        return JSONResponse(told)

    async def _play(self, request: Request) -> Response:
        try:
            self._stage.play(request.path_params["name"])
        except KeyError:
            return PlainTextResponse("There is no such scene.", 404)
        except BusyError:
            return PlainTextResponse("Another scene is being played.", 409)
        return PlainTextResponse("The scene begins.", 202)

    async def _events(self, request: Request) -> Response:
        name, _, number = request.headers.get("last-event-id", "").partition("-")
        since = int(number) if name == self._timeline.name and number.isdecimal() else 0
        return StreamingResponse(self._told_since(since), media_type="text/event-stream")

    async def _told_since(self, entry_id: int) -> AsyncIterator[str]:
        """Yield server-sent events: `begin` tells of which timeline they are, then one for each entry."""
        yield f"event: begin\ndata: {json.dumps({'timeline': self._timeline.name})}\n\n"
        sent_at = time.monotonic()
        while not self._ended.is_set():
            for entry in self._timeline.since(entry_id):
                yield f"id: {self._timeline.name}-{entry.id}\ndata: {json.dumps(entry.as_dict())}\n\n"
                entry_id, sent_at = entry.id, time.monotonic()
            if time.monotonic() - sent_at > _KEEP_ALIVE_SECONDS:
                yield ": still here\n\n"
                sent_at = time.monotonic()
            await asyncio.sleep(_NEWS_SECONDS)


def _tell_failures(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Report what failed; that a browser was still connected at the end is no failure (Python 3.11 says it is)."""
    if not isinstance(context.get("exception"), asyncio.CancelledError):
        loop.default_exception_handler(context)


class _Guarded:
    """Refuses what other sites' pages send, and adds the headers that browsers protect people by."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is not None and origin != f"http://{headers.get('host')}":
            await PlainTextResponse("Only for the page that is served here.", 403)(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = MutableHeaders(scope=message)
                own["content-security-policy"] = _PAGE_POLICY if scope["path"].startswith("/site") else _CONSOLE_POLICY
                own["cache-control"] = "no-store"
                own["cross-origin-opener-policy"] = "same-origin"
                own["cross-origin-resource-policy"] = "same-origin"
                own["referrer-policy"] = "no-referrer"
                own["x-content-type-options"] = "nosniff"
            await send(message)

        await self._app(scope, receive, send_guarded)
