"""Node.js: finds it, and installs the packages of a folder's package-lock.json."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

from dev.terraform import CACHE

_LEAST = (20, 19)  # Vite's


class NodeError(Exception):
    """Node.js is missing or too old, or npm failed, with what it printed."""


def find() -> str:
    """Return the path of `node`, of which npm is a part.

    Raises:
        NodeError: one of them is missing, or it is too old.
    """
    wanted = ".".join(str(part) for part in _LEAST)
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        raise NodeError(f"Node.js >= {wanted} with npm is missing: https://nodejs.org")
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    version = re.match(r"v(\d+)\.(\d+)", said)
    if version is None or tuple(int(part) for part in version.groups()) < _LEAST:
        raise NodeError(f"Node.js >= {wanted} is needed, this is {said.strip()}")
    return node


def install(folder: Path) -> str:
    """Install what the folder's package-lock.json names into its node_modules, if it is not there; return `find()`.

    Runs side by side wait for each other.

    Raises:
        NodeError: see `find`; or npm failed.
    """
    node = find()
    CACHE.mkdir(parents=True, exist_ok=True)
    lock = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    installed = folder / "node_modules" / ".installed"
    with (CACHE / "npm.lock").open("w") as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        if not installed.is_file() or installed.read_text() != lock:
            npm(folder, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
            installed.parent.mkdir(exist_ok=True)
            installed.write_text(lock)
    return node


def npm(folder: Path, *arguments: str) -> str:
    """Run npm in a folder; return what it printed.

    Raises:
        NodeError: it failed.
    """
    find()
    # npm's own cache would be in the home folder, which may not be one to write to.
    settings = {"npm_config_cache": str(CACHE / "npm"), "npm_config_update_notifier": "false"}
    done = subprocess.run(
        ["npm", *arguments],
        cwd=folder,
        env={**os.environ, **settings},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise NodeError(f"npm {' '.join(arguments)} failed:\n{done.stdout}")
    return done.stdout
