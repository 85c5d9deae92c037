"""The README names every refusal, and the checkout stays small."""

import subprocess

from cognito_otp import refusals
from dev.package import ROOT

README = (ROOT / "README.md").read_text()


def test_every_refusal_is_explained():
    tokens = [value for name, value in vars(refusals).items() if name.isupper() and isinstance(value, str)]
    assert len(tokens) == 16
    assert [token for token in tokens if f"`{token}" not in README] == []


def test_a_checkout_is_at_most_5_mb():
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert sum((ROOT / name).stat().st_size for name in files.split("\0") if name) < 5 * 2**20


def test_every_example_has_what_a_registry_expects():
    for example in (path for path in (ROOT / "examples").iterdir() if path.is_dir()):
        present = {path.name for path in example.iterdir()}
        assert {"README.md", "main.tf", "outputs.tf", "variables.tf", "versions.tf"} <= present, example.name
