"""Runs Terraform for the demo and the tests, from an installed provider mirror if there is one.

`python -m dev.terraform <arguments>` runs `terraform <arguments>` so. A mirror is looked for where the environment
variable `TERRAFORM_PROVIDER_MIRROR` says, then in the usual places for plugin mirrors; without one Terraform downloads
providers as it always does.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"

_MIRROR_VARIABLE = "TERRAFORM_PROVIDER_MIRROR"
_PROVIDER = Path("hashicorp") / "aws"
_MACHINES = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


class TerraformError(Exception):
    """Terraform failed; the text is what it printed."""


def find_mirror() -> Path | None:
    """Return a folder with `<host>/hashicorp/aws` for this platform below it, or None.

    Raises:
        TerraformError: `TERRAFORM_PROVIDER_MIRROR` names a folder that is no such mirror.
    """
    named = os.environ.get(_MIRROR_VARIABLE)
    if named:
        if not _is_mirror(Path(named)):
            raise TerraformError(f"{_MIRROR_VARIABLE}={named} holds no <host>/hashicorp/aws for {_platform()}")
        return Path(named)
    return next((place for place in _usual_places() if _is_mirror(place)), None)


def _usual_places() -> Iterator[Path]:
    # https://developer.hashicorp.com/terraform/cli/config/config-file#implied-local-mirror-directories
    yield Path.home() / ".terraform.d" / "plugins"
    share = [os.environ.get("XDG_DATA_HOME", str(Path.home() / ".local/share"))]
    share += os.environ.get("XDG_DATA_DIRS", "/usr/local/share:/usr/share").split(":")
    for place in share:
        yield Path(place) / "terraform" / "plugins"
    if os.environ.get("TF_PLUGIN_CACHE_DIR"):
        yield Path(os.environ["TF_PLUGIN_CACHE_DIR"])
    # Where images and packages put them: any folder two levels down.
    for place in ("/opt", "/usr/local/lib", "/usr/lib", "/usr/local/share", "/usr/share", "/var/lib", "/srv"):
        yield from sorted(found.parents[2] for found in Path(place).glob(f"*/*/{_PROVIDER}"))


def _platform() -> str:
    return f"{platform.system().lower()}_{_MACHINES.get(platform.machine(), platform.machine())}"


def _is_mirror(place: Path) -> bool:
    return any(place.glob(f"*/{_PROVIDER}/*/{_platform()}")) or any(place.glob(f"*/{_PROVIDER}/*_{_platform()}.zip"))


def environment(base: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return an environment (this process's) with what Terraform needs to find its provider, and to ask nothing."""
    own = {**base, "TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "CHECKPOINT_DISABLE": "1"}
    # Each run decodes the provider's large schema anew: collecting garbage less often takes a seventh off.
    own.setdefault("GOGC", "400")
    # A variable that names no file makes Terraform warn at every step.
    if not Path(own.get("TF_CLI_CONFIG_FILE", "")).is_file():
        own.pop("TF_CLI_CONFIG_FILE", None)
    mirror = find_mirror()
    if mirror is not None and "TF_CLI_CONFIG_FILE" not in own:
        own["TF_CLI_CONFIG_FILE"] = str(_configuration(mirror))
    return own


def _configuration(mirror: Path) -> Path:
    CACHE.mkdir(exist_ok=True)
    configuration = CACHE / "terraform.rc"
    lines = [
        "provider_installation {",
        f'  filesystem_mirror {{\n    path    = {json.dumps(str(mirror))}\n    include = ["hashicorp/aws"]\n  }}',
        '  direct {\n    exclude = ["hashicorp/aws"]\n  }',
        "}",
    ]
    # Written aside and moved: two processes, and two threads of one, may do this at once.
    draft = CACHE / f"terraform.rc.{os.getpid()}.{threading.get_ident()}"
    draft.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return draft.replace(configuration)


def binary() -> str:
    """Return the path of the terraform command.

    Raises:
        TerraformError: there is none.
    """
    found = shutil.which("terraform")
    if found is None:
        raise TerraformError("terraform >= 1.9 is missing: https://developer.hashicorp.com/terraform/install")
    return found


def run(
    folder: Path, variables: Mapping[str, str], *arguments: str, typed: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run `terraform <arguments>` in a folder, with those environment variables; `stdout` holds all that it printed."""
    return subprocess.run(
        [binary(), *arguments],
        cwd=folder,
        env=dict(variables),
        input=typed,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


class Terraform:
    """One root module applied with its own data and state, so that nothing is written beside its files.

    Args:
        module: the folder.
        work: an empty folder for the state and what `init` fetches.
        base: the environment to run in, e.g. that of a local AWS.
    """

    def __init__(self, module: Path, work: Path, base: Mapping[str, str] = os.environ) -> None:
        self._module = module
        self._state = work / "terraform.tfstate"
        self._environment = {**environment(base), "TF_DATA_DIR": str(work / "data")}
        self._lock = module / ".terraform.lock.hcl"
        self._had_lock = self._lock.exists()

    def init(self) -> None:
        """Fetch the provider."""
        self._run("init", "-no-color")

    def close(self) -> None:
        """Remove what `init` wrote beside the module's files."""
        if not self._had_lock:
            self._lock.unlink(missing_ok=True)

    def apply(self, **inputs: object) -> dict[str, Any]:
        """Apply and return the outputs' values."""
        self._run("apply", "-no-color", "-auto-approve", f"-state={self._state}", *_variables(inputs))
        shown: dict[str, dict[str, Any]] = json.loads(self._run("output", "-json", f"-state={self._state}"))
        return {name: output["value"] for name, output in shown.items()}

    def plan(self, **inputs: object) -> str:
        """Return the plan's text, or an empty string if there is nothing to change."""
        arguments = ("plan", "-no-color", "-detailed-exitcode", f"-state={self._state}", *_variables(inputs))
        done = self._start(*arguments)
        if done.returncode not in (0, 2):
            raise TerraformError(done.stdout)
        return done.stdout if done.returncode == 2 else ""

    def destroy(self, **inputs: object) -> str:
        """Destroy everything; return what Terraform printed."""
        return self._run("destroy", "-no-color", "-auto-approve", f"-state={self._state}", *_variables(inputs))

    def evaluate(self, expression: str, **inputs: object) -> Any:
        """Return what an expression of the module comes to, e.g. of its locals, without any resource."""
        arguments = ("console", f"-state={self._state}", *_variables(inputs))
        done = run(self._module, self._environment, *arguments, typed=f"jsonencode({expression})")
        if done.returncode != 0:
            raise TerraformError(done.stdout)
        return json.loads(json.loads(done.stdout))

    def resources(self) -> list[str]:
        """Return the addresses of what the state holds."""
        return self._run("state", "list", f"-state={self._state}").split()

    def _run(self, *arguments: str) -> str:
        done = self._start(*arguments)
        if done.returncode != 0:
            raise TerraformError(done.stdout)
        return done.stdout

    def _start(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return run(self._module, self._environment, *arguments)


def _variables(inputs: Mapping[str, object]) -> list[str]:
    return [f"-var={name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in inputs.items()]


def main() -> int:
    """Run terraform with the arguments of this process; return its exit code."""
    try:
        mirror = find_mirror()
        print(f"provider: {f'the mirror {mirror}' if mirror else 'downloaded by Terraform'}", file=sys.stderr)
        return subprocess.run([binary(), *sys.argv[1:]], env=environment(), check=False).returncode
    except TerraformError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
