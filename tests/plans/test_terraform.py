"""`terraform validate` of every root module and `terraform test` of the module, with a mocked provider: plans only."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from dev import terraform

ROOT = terraform.ROOT
Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path, running_provider: Mapping[str, str]) -> Run:
    """Return what runs `terraform` in a folder, with data of its own, and returns what it printed."""

    def terraform_in(folder: Path, *arguments: str) -> str:
        # Each run decodes the provider's large schema anew: collecting garbage less often takes a third off.
        variables = {
            **terraform.environment(),
            **running_provider,
            "TF_DATA_DIR": str(tmp_path / "data"),
            "GOGC": "800",
        }
        done = terraform.run(folder, variables, *arguments, "-no-color")
        assert done.returncode == 0, done.stdout
        return done.stdout

    return terraform_in


def names(*patterns: str) -> list[str]:
    return sorted(path.relative_to(ROOT).as_posix() for pattern in patterns for path in ROOT.glob(pattern))


# What any change to the module can break; the other files are about some inputs each, and take minutes together.
FAST = {f"tests/{name}.tftest.hcl" for name in ("defaults", "environment", "identifiers", "immutables", "policies")} | {
    "."
}


def slow_but(fast: set[str], names: list[str]) -> list[Any]:
    return [name if name in fast else pytest.param(name, marks=pytest.mark.slow) for name in names]


@pytest.mark.parametrize("file", slow_but(FAST, names("tests/*.tftest.hcl", "modules/*/tests/*.tftest.hcl")))
def test_plans(run, file):
    module = (ROOT / file).parent.parent
    run(module, "init", "-backend=false")
    said = run(module, "test", f"-filter={(ROOT / file).relative_to(module)}")
    assert "0 failed" in said
    assert "0 passed" not in said.split()


ROOTS = [
    ".",
    *names(
        "examples/*/",
        "modules/*/",
        *(f"tests/e2e/{root}/" for root in ("everything", "by-code", "functions", "protected")),
    ),
]


@pytest.mark.parametrize("folder", slow_but(FAST, ROOTS))
def test_validate(run, folder):
    run(ROOT / folder, "init", "-backend=false")
    assert "The configuration is valid" in run(ROOT / folder, "validate")


# The runner that finds an installed provider


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """A machine with no mirror in any usual place."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(terraform, "_usual_places", lambda: iter(()))
    for name in ("TF_CLI_CONFIG_FILE", "TERRAFORM_PROVIDER_MIRROR", "TF_PLUGIN_CACHE_DIR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def mirror_in(place: Path) -> Path:
    (place / "registry.example.org" / "hashicorp" / "aws" / "5.100.0" / terraform._platform()).mkdir(parents=True)
    return place


def test_without_a_mirror_terraform_downloads(nowhere):
    assert terraform.find_mirror() is None
    assert "TF_CLI_CONFIG_FILE" not in terraform.environment()


def test_a_named_mirror_is_used(nowhere, monkeypatch):
    mirror = mirror_in(nowhere / "mirror")
    monkeypatch.setenv("TERRAFORM_PROVIDER_MIRROR", str(mirror))
    assert terraform.find_mirror() == mirror
    assert str(mirror) in Path(terraform.environment()["TF_CLI_CONFIG_FILE"]).read_text()


def test_a_named_mirror_that_is_none_is_an_error_that_says_so(nowhere, monkeypatch):
    monkeypatch.setenv("TERRAFORM_PROVIDER_MIRROR", str(nowhere))
    with pytest.raises(terraform.TerraformError, match=r"TERRAFORM_PROVIDER_MIRROR=.* holds no"):
        terraform.find_mirror()


def test_a_mirror_in_a_usual_place_is_found(tmp_path, monkeypatch):
    monkeypatch.delenv("TERRAFORM_PROVIDER_MIRROR", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    mirror = mirror_in(tmp_path / ".terraform.d" / "plugins")
    assert terraform.find_mirror() == mirror


def test_a_configuration_file_that_is_not_there_is_not_used(nowhere, monkeypatch):
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(nowhere / "missing"))
    assert "TF_CLI_CONFIG_FILE" not in terraform.environment()


def test_ones_own_configuration_file_is_respected(nowhere, monkeypatch):
    own = nowhere / "own.rc"
    own.write_text("")
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(own))
    assert terraform.environment()["TF_CLI_CONFIG_FILE"] == str(own)


def test_a_missing_terraform_is_said(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(terraform.TerraformError, match=r"terraform >= 1.9 is missing"):
        terraform.binary()
