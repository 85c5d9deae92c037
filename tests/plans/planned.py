"""Plans of the recorded module (`dev/recorded.py`), many at once: each is a call of the module with a record of its own."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dev import recorded, terraform

# Where the record was made.
_PARTITION, _REGION = "aws", "us-east-1"

# Nothing is asked: the credentials are none, and plans do not refresh.
_NO_AWS = {
    "region": _REGION,
    "access_key": "none",
    "secret_key": "none",
    "skip_credentials_validation": True,
    "skip_metadata_api_check": True,
    "skip_requesting_account_id": True,
}

# What a condition of the module's is called when it does not hold.
_CONDITIONS = {"Resource precondition failed", "Resource postcondition failed"}

_CALLER = "elsewhere"


@dataclass(frozen=True)
class Deployment:
    """The recorded deployment, and what is different about it.

    Attributes:
        change: inputs in place of the recorded ones.
        holds: resource address to attributes in place of the recorded ones.
        after_a_change: the call has a `depends_on` on something that changes in the same run.
        place: partition and region that all of it is in.
    """

    change: Mapping[str, object] = field(default_factory=dict)
    holds: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    after_a_change: bool = False
    place: tuple[str, str] = (_PARTITION, _REGION)

    def in_its_place(self, recorded: Any) -> Any:
        """Return a part of the record as it would be in the deployment's place: ARNs, names and addresses follow."""
        text = (
            json.dumps(recorded).replace(f"arn:{_PARTITION}:", f"arn:{self.place[0]}:").replace(_REGION, self.place[1])
        )
        return json.loads(text)


@dataclass(frozen=True)
class Change:
    """What is planned for a resource: Terraform's actions, and the attributes that will be others (None: known after apply)."""

    actions: tuple[str, ...]
    attributes: Mapping[str, object]


@dataclass(frozen=True)
class Plan:
    """What one deployment's plan says.

    Attributes:
        stopped: resource address to the words with which it stops the plan.
        changes: resource address to its change, as far as the plan goes.
    """

    stopped: Mapping[str, str]
    changes: Mapping[str, Change]


def plan(folder: Path, deployments: Mapping[str, Deployment]) -> dict[str, Plan]:
    """Return the plan of each deployment, made in one run of Terraform in an empty folder.

    Raises:
        TerraformError: Terraform failed for another reason than a condition of a resource's.
    """
    # A relative path: Terraform would copy what is at an absolute one.
    source = os.path.relpath(terraform.ROOT, folder.resolve())
    (folder / "main.tf.json").write_text(json.dumps(_root(source, deployments)))
    environment = {name: value for name, value in terraform.environment().items() if not name.startswith("AWS_")}
    # Each run decodes the provider's large schema anew: collecting garbage less often takes a third off.
    environment["GOGC"] = "800"

    init = terraform.run(folder, environment, "init", "-no-color")
    if init.returncode != 0:
        raise terraform.TerraformError(init.stdout)
    # A state has the provider's whole address, which `hashicorp/aws` is short for.
    (provider,) = json.loads(terraform.run(folder, environment, "version", "-json").stdout)["provider_selections"]
    (folder / "terraform.tfstate").write_text(json.dumps(_state(source, deployments, provider)))
    planned = terraform.run(folder, environment, "plan", "-json", "-refresh=false", "-out=plan")
    errors = [line["diagnostic"] for line in map(json.loads, planned.stdout.splitlines()) if line["@level"] == "error"]
    others = {f"{error['summary']}: {error['detail']}" for error in errors if error["summary"] not in _CONDITIONS}
    if others:
        raise terraform.TerraformError("\n".join(sorted(others)))
    # A plan that is stopped is written too, as far as it goes.
    shown = json.loads(terraform.run(folder, environment, "show", "-json", "plan").stdout)

    stopped: dict[str, dict[str, str]] = {name: {} for name in deployments}
    for instance in (instance for check in shown["checks"] for instance in check.get("instances", [])):
        if instance["status"] == "fail" and "instance_key" in instance["address"]:
            deployment, address = _parts(instance["address"]["to_display"])
            stopped[deployment][address] = " ".join(problem["message"] for problem in instance["problems"])
    changes: dict[str, dict[str, Change]] = {name: {} for name in deployments}
    for resource in shown["resource_changes"]:
        if resource["change"]["actions"] != ["no-op"] and "module_address" in resource:
            deployment, address = _parts(resource["address"])
            changes[deployment][address] = _change(resource["change"])
    return {name: Plan(stopped[name], changes[name]) for name in deployments}


def _root(source: str, deployments: Mapping[str, Deployment]) -> dict[str, Any]:
    calls = {
        name: {"source": source, **each.in_its_place(recorded.inputs()), **each.change}
        for name, each in deployments.items()
    }
    for name, each in deployments.items():
        if each.after_a_change:
            calls[name]["depends_on"] = [f"terraform_data.{_CALLER}"]
    return {
        "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws"}}},
        "provider": {"aws": _NO_AWS},
        "resource": {"terraform_data": {_CALLER: {"input": "after"}}},
        "module": calls,
    }


def _state(source: str, deployments: Mapping[str, Deployment], provider: str) -> dict[str, Any]:
    before = {
        "id": _CALLER,
        "input": {"value": "before", "type": "string"},
        "output": {"value": "before", "type": "string"},
    }
    resources = [_managed("terraform_data", _CALLER, {"schema_version": 0, "attributes": before}, provider)]
    for name, deployment in deployments.items():
        left = dict(deployment.holds)
        for each in deployment.in_its_place(recorded.resources()):
            attributes = {**each["attributes"], **left.pop(_address(each), {})}
            if "filename" in attributes:
                attributes["filename"] = f"{source}/{attributes['filename']}"
            instance = {part: value for part, value in each.items() if part not in {"type", "name"}}
            managed = _managed(each["type"], each["name"], {**instance, "attributes": attributes}, provider)
            resources.append({"module": f"module.{name}", **managed})
        assert not left, f"the record has no {', '.join(left)}"
    return {
        "version": 4,
        "terraform_version": "1.9.0",
        "serial": 1,
        "lineage": "recorded",
        "outputs": {},
        "resources": resources,
    }


def _managed(kind: str, name: str, instance: Mapping[str, Any], provider: str) -> dict[str, Any]:
    owner = "terraform.io/builtin/terraform" if kind == "terraform_data" else provider
    return {"mode": "managed", "type": kind, "name": name, "provider": f'provider["{owner}"]', "instances": [instance]}


def _address(resource: Mapping[str, Any]) -> str:
    key = f"[{json.dumps(resource['index_key'])}]" if "index_key" in resource else ""
    return f"{resource['type']}.{resource['name']}{key}"


def _parts(address: str) -> tuple[str, str]:
    """Return the deployment and the resource's address in it."""
    _, deployment, rest = address.split(".", 2)
    return deployment, rest


def _change(change: Mapping[str, Any]) -> Change:
    before, after = change["before"] or {}, change["after"] or {}
    unknown = change["after_unknown"] or {}
    return Change(
        tuple(change["actions"]),
        {
            name: None if _is_unknown(unknown.get(name)) else after.get(name)
            for name in {*after, *unknown}
            if _is_unknown(unknown.get(name)) or before.get(name) != after.get(name)
        },
    )


def _is_unknown(mark: object) -> bool:
    """Tell whether anything in an attribute will be known after apply only; marks have the attribute's shape."""
    if isinstance(mark, dict):
        return any(map(_is_unknown, mark.values()))
    return any(map(_is_unknown, mark)) if isinstance(mark, list) else bool(mark)
