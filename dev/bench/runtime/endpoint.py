"""AWS as a starting function sees it: one TLS endpoint for all services, in a process of its own.

It answers at once and keeps nothing. What can be measured with it is the caller.
"""

import base64
import contextlib
import json
import multiprocessing
import re
import socketserver
import ssl
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from multiprocessing.connection import Connection
from pathlib import Path

import botocore

_FAR = {"N": "99999999999"}
# By operation; every other one is answered with nothing in it, which is an answer too.
_ANSWERS = {
    "BatchGetItem": {"Responses": {}},
    "GenerateMac": {"Mac": base64.b64encode(bytes(32)).decode()},
    "ListUsers": {"Users": []},
    "Scan": {"Items": []},
    "UpdateItem": {"Attributes": {"pk": {"S": "key"}, "expires_at": _FAR}},
}
_PUBLISHED = b"<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>"
_SCOPE = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/")
"""Of a signature: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html."""


class Answers(BaseHTTPRequestHandler):
    """Answers each request; its server's `called` is told the service."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        """Answer a request of any of the services."""
        self.rfile.read(int(self.headers["Content-Length"]))
        scope = _SCOPE.search(self.headers["Authorization"])
        service = scope[1] if scope else ""
        self.server.called(service)  # type: ignore[attr-defined]
        status, body = 200, b""
        match service:
            case "lambda":
                status = 202
            case "sns":
                body = _PUBLISHED
            case _:
                operation = self.headers["X-Amz-Target"].rpartition(".")[2]
                body = json.dumps(_ANSWERS.get(operation, {})).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, context: ssl.SSLContext, calls: Connection) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.called = calls.send
        self._context = context

    def finish_request(self, request: object, client_address: object) -> None:
        # Here, in the connection's own thread: one that is slow to greet keeps no other waiting.
        with contextlib.suppress(OSError):  # whoever is measured is ended in the middle of it
            super().finish_request(self._context.wrap_socket(request, server_side=True), client_address)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Endpoint:
    """The endpoint.

    Attributes:
        url: where it is.
        ca_bundle: file of the authorities that a client trusts: all those of botocore's, so that they take their time
            to read as they do in Lambda, and the endpoint's own.
    """

    url: str
    ca_bundle: Path
    _calls: Connection

    def calls(self) -> Counter[str]:
        """Return how often each service was called since this was asked last."""
        counted: Counter[str] = Counter()
        while self._calls.poll():
            counted[self._calls.recv()] += 1
        return counted


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Endpoint]:
    """Run the endpoint.

    Args:
        folder: for its certificate.
    """
    import trustme  # noqa: PLC0415 - the tests go without

    authority = trustme.CA()
    ca_bundle, certificate = folder / "authorities.pem", folder / "certificate.pem"
    trusted = Path(botocore.__file__).with_name("cacert.pem").read_bytes()
    ca_bundle.write_bytes(trusted + authority.cert_pem.bytes())
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(certificate))
    calls, theirs = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(certificate, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Endpoint(f"https://127.0.0.1:{calls.recv()}", ca_bundle, calls)
    finally:
        process.terminate()
        process.join()


def _serve(certificate: Path, calls: Connection) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with _Server(context, calls) as server:
        calls.send(server.server_address[1])
        server.serve_forever()
