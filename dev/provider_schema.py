"""Record which arguments, blocks and attributes the resource types of this repository have in provider 6.

The module also runs with a provider that is not installed here. The npm package `@cdktf/provider-aws` carries its
schema as TypeScript: `python -m dev.provider_schema` fetches it (37 MB), checks it against its hash and writes
`tests/fixtures/provider-6.json` for the types that the Terraform files use; a test holds the files against it. Run it
when a new resource type comes. The package knows no deprecations: docs/providers.md lists them by hand.
"""

import base64
import hashlib
import json
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from dev.hcl import MODULES, resources
from dev.terraform import ROOT

SCHEMA = ROOT / "tests" / "fixtures" / "provider-6.json"

_PACKAGE = "@cdktf/provider-aws"
_VERSION = "21.22.1"
_SHA512 = "BuSHeaQFUL9l33pBzIMRT7cTQ69AM2mLtijjteCPhVQRmvuhuj9Lvfymf7knAMhYqAT6+Lrls9jiGVW/Us3zrQ=="

# A property of an interface. The name as Terraform has it stands in the comment before.
_INTERFACE = re.compile(r"^export interface (\w+)[^{\n]*\{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_PROPERTY = re.compile(r"/\*\*\n(?P<comment>.*?)\*/\s+readonly \w+(?P<optional>\??): (?P<type>\w*)", re.DOTALL)
_NAME = re.compile(r"#(\w+) \w+#\1\}")
# What a resource answers with and nobody sets, in the class itself, after those of its blocks.
_CLASS = re.compile(r"^class \w+ extends cdktf\.TerraformResource", re.MULTILINE)
_COMPUTED = re.compile(r"^ +// (\w+) - computed: true, optional: false", re.MULTILINE)

Arguments = dict[str, Any]
"""Argument to `required` or `optional`; block to what it holds, or to `anything`."""


def used_types() -> set[str]:
    """Return the types of the provider's resources that the Terraform files use."""
    return {each.type for folder in MODULES for each in resources(folder) if each.type.startswith("aws_")}


def schema(types: Iterable[str]) -> dict[str, Any]:
    """Return what the file holds: the provider's `version`, and by type its `arguments` and what it has `computed`.

    Raises:
        RuntimeError: npm is missing, or what it brought is not what is expected.
    """
    with tempfile.TemporaryDirectory() as work:
        package = _fetch(Path(work))
        version = re.search(r"/providers/hashicorp/aws/([\d.]+)/", (package / "lib/iam-role/index.d.ts").read_text())
        if version is None:
            raise RuntimeError(f"{_PACKAGE} does not say of which provider it is")
        return {"version": version[1], "resources": {name: _resource(package, name) for name in sorted(types)}}


def _fetch(work: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise RuntimeError("npm is not installed")
    subprocess.run([npm, "pack", f"{_PACKAGE}@{_VERSION}", "--silent"], cwd=work, check=True, stdout=subprocess.DEVNULL)
    (archive,) = work.glob("*.tgz")
    if base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() != _SHA512:
        raise RuntimeError(f"{archive.name} is not the file that is expected")
    with tarfile.open(archive) as files:
        files.extractall(work, filter="data")
    return work / "package"


def _resource(package: Path, name: str) -> dict[str, Any]:
    folder = package / "lib" / name.removeprefix("aws_").replace("_", "-")
    declared = "".join(path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.d.ts")))
    interfaces = dict(_INTERFACE.findall(declared))
    (config,) = (interface for interface in interfaces if f"interface {interface} extends cdktf." in declared)
    code = (folder / "index.js").read_text(encoding="utf-8")
    own = _CLASS.search(code)
    if own is None:
        raise RuntimeError(f"{folder.name} has no class of a resource")
    return {"arguments": _arguments(interfaces, config), "computed": _COMPUTED.findall(code, own.end())}


def _arguments(interfaces: dict[str, str], interface: str) -> Arguments:
    arguments: Arguments = {}
    for each in _PROPERTY.finditer(interfaces[interface]):
        (name,) = _NAME.findall(each["comment"])
        if f"* {name} block" in each["comment"]:
            # Blocks that hold each other without end have no type there.
            arguments[name] = _arguments(interfaces, each["type"]) if each["type"] in interfaces else "anything"
        else:
            arguments[name] = "optional" if each["optional"] else "required"
    return arguments


def main() -> None:
    """Write the file."""
    SCHEMA.write_text(text(schema(used_types())), encoding="utf-8")
    print(f"{SCHEMA.relative_to(ROOT)}: {SCHEMA.stat().st_size} bytes")


def text(recorded: dict[str, Any]) -> str:
    """Return the file's text: a line per resource type, so that a new version's changes can be read."""
    rows = ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in recorded["resources"].items())
    return f'{{"version": {json.dumps(recorded["version"])}, "resources": {{\n{rows}\n}}}}\n'


if __name__ == "__main__":
    main()
