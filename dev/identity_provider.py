"""An identity provider that vouches for whoever comes, and the way of a browser through it."""

import base64
import http.server
import json
import threading
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

import urllib3

from dev.local import LocalAWS


class IdentityProvider:
    """The token endpoint of an OIDC provider, while the `with` block lasts: a code holds the claims that it is for."""

    def __enter__(self) -> Self:
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _TokenEndpoint)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def token_url(self) -> str:
        """Where Cognito changes a code for tokens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/token"


class _TokenEndpoint(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        (code,) = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())["code"]
        body = json.dumps({"access_token": "theirs", "id_token": f"{_encoded({'alg': 'none'})}.{code}."}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def _encoded(what: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(what).encode()).decode().rstrip("=")


def sign_in(aws: LocalAWS, client_id: str, provider: str, callback: str, **claims: Any) -> dict[str, Any]:
    """Sign in by a provider, which knows those claims; return the tokens, or what the application is told instead."""
    asked = {
        "client_id": client_id,
        "response_type": "code",
        "identity_provider": provider,
        "redirect_uri": callback,
        "scope": "openid email",
        "state": "the application's",
    }
    to_provider = _redirect(f"{aws.endpoint_url}/oauth2/authorize?{urlencode(asked)}")
    back = {"code": _encoded(claims), "state": to_provider["state"]}
    to_application = _redirect(f"{aws.endpoint_url}/oauth2/idpresponse?{urlencode(back)}")
    assert to_application.pop("state") == "the application's"
    if "error" in to_application:
        return to_application
    return tokens(aws, grant_type="authorization_code", redirect_uri=callback, client_id=client_id, **to_application)


def _redirect(url: str) -> dict[str, str]:
    answer = urllib3.request("GET", url, redirect=False)
    assert answer.status == 302, answer.data
    return {name: value for name, (value,) in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def tokens(aws: LocalAWS, **asked: str) -> dict[str, Any]:
    """Ask the token endpoint; return what it answers."""
    answer = urllib3.request(
        "POST",
        f"{aws.endpoint_url}/oauth2/token",
        body=urlencode(asked),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    found: dict[str, Any] = answer.json()
    return found
