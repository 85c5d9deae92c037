"""The way from the page to the local AWS: forwards its calls, and notes them without what is secret in them."""

import asyncio
import json
import time
import uuid
from collections.abc import Mapping
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dev.demo_web.calls import Call
from dev.demo_web.timeline import Timeline, Words
from dev.demo_web.watcher import Watcher

# Who calls, by the path's end; the page calls without one.
ACTORS = {
    "": "Your page",
    "person": "The person's page",
    "second": "The second device",
    "owner": "The owner's page",
    "attacker": "The attacker",
}

_SERVICE = "AWSCognitoIdentityProviderService"
_SECONDS = 60.0
_LARGEST = 64 * 1024


class Door:
    """Forwards to one local AWS.

    Args:
        endpoint_url: the local AWS's.
        row_url: the read API's address in the example's outputs; None if it has none.
        timeline: where calls and answers are noted.
        watcher: is asked to look after each call, so that what a call led to stands before its answer.
    """

    def __init__(self, endpoint_url: str, row_url: str | None, timeline: Timeline, watcher: Watcher) -> None:
        self._endpoint_url = endpoint_url
        self._row_url = row_url
        self._timeline = timeline
        self._watcher = watcher
        # No proxy of the environment comes between this process and the local AWS.
        self._client = httpx.AsyncClient(trust_env=False, timeout=_SECONDS)
        self._who: dict[str, str] = {}  # what people typed, by the name that Cognito gave them

    async def cognito(self, request: Request) -> Response:
        """Forward a call of Cognito's API."""
        actor = ACTORS.get(request.path_params["actor"].strip("/"))
        service, _, operation = request.headers.get("x-amz-target", "").partition(".")
        if actor is None or service != _SERVICE or not operation.isalnum():
            return _error(400, "UnknownOperationException", "This is no call of Cognito's API.")
        length = request.headers.get("content-length", "")
        content = await request.body() if length.isdecimal() and int(length) <= _LARGEST else b"too long"
        body = _object(content)
        if body is None:
            return _error(400, "SerializationException", "The call's body is not JSON, or too long.")
        responses = body.get("ChallengeResponses")
        known = self._who.get(str(responses.get("USERNAME")), "") if isinstance(responses, Mapping) else ""
        call = Call.read(operation, body, known)
        headers = {
            "content-type": request.headers.get("content-type", "application/x-amz-json-1.1"),
            "x-amz-target": f"{_SERVICE}.{operation}",
        }
        status, answer = await self._noted(
            call.asked(actor),
            call.who,
            httpx.Request("POST", f"{self._endpoint_url}/", headers=headers, content=content),
            lambda status, answer: self._answered(call, status, answer),
        )
        return Response(answer, status, media_type="application/x-amz-json-1.1")

    async def row(self, request: Request) -> Response:
        """Forward the page's wish for its own row to the read API."""
        if self._row_url is None:
            return _error(404, "NotFoundException", "This example has no read API.")
        headers = {"authorization": request.headers.get("authorization", "")}
        status, answer = await self._noted(
            Words("Your page asks the read API for the person's row", "With the ID token as proof.", "GET /row"),
            "",
            httpx.Request("GET", self._row_url, headers=headers),
            _row_answered,
        )
        return Response(answer, status, media_type="application/json")

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _noted(self, asked: Words, who: str, request: httpx.Request, answered: Any) -> tuple[int, bytes]:
        name = str(uuid.uuid4())
        request.headers["amz-sdk-invocation-id"] = name
        self._watcher.called(name, who)
        self._timeline.note("call", asked, call=name)
        begun = time.monotonic()
        try:
            response = await self._client.send(request)
            status, content = response.status_code, response.content
        except httpx.HTTPError as error:
            body = {"__type": "ServiceUnavailableException", "message": f"The local AWS: {error!r}"}
            status, content = 503, json.dumps(body).encode()
        milliseconds = round((time.monotonic() - begun) * 1000, 1)
        at = time.time()
        await asyncio.to_thread(self._watcher.answered, name)
        words = answered(status, _object(content) or {})
        self._timeline.note("answer", words, at=at, call=name, milliseconds=milliseconds)
        return status, content

    def _answered(self, call: Call, status: int, answer: Mapping[str, Any]) -> Words:
        parameters = answer.get("ChallengeParameters") or {}
        for name in (parameters.get("USERNAME"), answer.get("UserSub")):
            if name and call.who:
                self._who[str(name)] = call.who
        return call.answered(status, answer)


def _row_answered(status: int, _answer: Mapping[str, Any]) -> Words:
    if status == 200:
        return Words("The page gets the person's own row", "And nobody else's.", "", "good")
    return Words("The read API gives no row", "", f"HTTP {status}", "bad")


def _object(content: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(content or b"{}")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _error(status: int, name: str, message: str) -> Response:
    return JSONResponse({"__type": name, "message": message}, status)
