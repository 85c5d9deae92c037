"""Record what Terraform remembers of the module, so that plans of changes to it need no AWS.

`python -m dev.recorded` applies the module with `inputs.json` to the local AWS and writes `state.json` beside it: a
resource a line, its attributes without those that are null (the provider fills these in), and nothing of this
computer. The plans in `tests/plans` begin from it. It also adds the addresses of new resources to `addresses.json`,
which keeps those of old ones. Record again with each release: what an older module left behind is what people upgrade
from.

`inputs.json` has no `web_acl`: the schema of a web ACL is so deep that each costs a plan seconds.
"""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dev.hcl import resources as resources_in
from dev.local import LocalAWS
from dev.terraform import ROOT, Terraform

FOLDER = ROOT / "tests" / "fixtures" / "recorded"
INPUTS = FOLDER / "inputs.json"
STATE = FOLDER / "state.json"
ADDRESSES = FOLDER / "addresses.json"

_KEPT = ("index_key", "schema_version", "sensitive_attributes")


def inputs() -> dict[str, Any]:
    """Return the inputs that the record was made with."""
    recorded: dict[str, Any] = json.loads(INPUTS.read_text(encoding="utf-8"))
    return recorded


def resources() -> list[dict[str, Any]]:
    """Return what the record holds of each resource: its type and name, and what a state holds of an instance."""
    recorded: list[dict[str, Any]] = json.loads(STATE.read_text(encoding="utf-8"))
    return recorded


def addresses() -> dict[str, list[str]]:
    """Return the addresses of the resources that were ever released, by the module's folder."""
    released: dict[str, list[str]] = json.loads(ADDRESSES.read_text(encoding="utf-8"))
    return released


def declared() -> dict[str, list[str]]:
    """Return the addresses that the module and the nested ones have now, by folder."""
    folders = [ROOT, *sorted(ROOT.glob("modules/*/"))]
    return {
        folder.relative_to(ROOT).as_posix(): sorted(each.address for each in resources_in(folder)) for folder in folders
    }


def record() -> list[dict[str, Any]]:
    """Apply the module and return what `resources()` is to return from now on."""
    with tempfile.TemporaryDirectory() as work, LocalAWS() as aws:
        folder = Path(work)
        call = {"source": str(ROOT), **inputs()}
        (folder / "main.tf.json").write_text(json.dumps({"module": {"otp": call}}), encoding="utf-8")
        root = Terraform(folder, folder, aws.environment())
        root.init()
        root.apply()
        state = json.loads((folder / "terraform.tfstate").read_text(encoding="utf-8"))
    return sorted(_instances(state), key=lambda each: (each["type"], each["name"], str(each.get("index_key"))))


def _instances(state: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for resource in state["resources"]:
        for instance in resource["instances"]:
            attributes = {name: value for name, value in instance["attributes"].items() if value is not None}
            if "filename" in attributes:
                # Under this computer's folders.
                attributes["filename"] = f"lambda_package/{Path(attributes['filename']).name}"
            if attributes.get("client_secret"):
                attributes["client_secret"] = "a-secret"
            kept = {name: value for name, value in instance.items() if name in _KEPT and value not in (None, [])}
            yield {"type": resource["type"], "name": resource["name"], **kept, "attributes": attributes}


if __name__ == "__main__":
    recorded = record()
    STATE.write_text("[\n" + ",\n".join(map(json.dumps, recorded)) + "\n]\n", encoding="utf-8")
    released = addresses() if ADDRESSES.exists() else {}
    kept = {folder: sorted({*now, *released.get(folder, [])}) for folder, now in declared().items()}
    ADDRESSES.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
    print(f"{STATE.relative_to(ROOT)}: {len(recorded)} resources, {STATE.stat().st_size} bytes")
