"""What a module registry expects to find, and whoever copies an example.

https://developer.hashicorp.com/terraform/language/modules/develop/structure
https://developer.hashicorp.com/terraform/registry/modules/publish#requirements
"""

import re
import tomllib
from pathlib import Path

import pytest

from dev import reference
from dev.package import ROOT

MODULES = [path for path in sorted((ROOT / "modules").iterdir()) if path.is_dir()]
EXAMPLES = [path for path in sorted((ROOT / "examples").iterdir()) if path.is_dir()]
STANDARD = {"README.md", "main.tf", "outputs.tf", "variables.tf", "versions.tf"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
END_TO_END = "".join(path.read_text() for path in (ROOT / "tests" / "e2e").glob("test_*.py"))

every_folder = pytest.mark.parametrize("folder", [ROOT, *MODULES, *EXAMPLES], ids=lambda folder: folder.name)
every_module = pytest.mark.parametrize("module", [ROOT, *MODULES], ids=lambda module: module.name)
every_example = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def code(folder: Path) -> str:
    return "".join(path.read_text() for path in folder.glob("*.tf"))


@every_folder
def test_the_structure_is_the_standard_one(folder):
    assert names(folder) >= STANDARD
    for kind, file in (("variable", "variables.tf"), ("output", "outputs.tf")):
        assert code(folder).count(f'\n{kind} "') == f"\n{(folder / file).read_text()}".count(f'\n{kind} "')


@every_folder
def test_the_versions_are_the_same_everywhere(folder):
    required = r'^ +(?:required_version|source|version) += (".*")$'
    of_the_module, here = (
        re.findall(required, (at / "versions.tf").read_text(), re.MULTILINE) for at in (ROOT, folder)
    )
    assert here == of_the_module == ['">= 1.9"', '"hashicorp/aws"', '">= 5.100, < 7.0"']


def test_a_registry_would_take_the_repository():
    assert re.fullmatch(r"terraform-[a-z]+-[a-z-]+", PROJECT["name"])
    assert PROJECT["description"]
    assert names(ROOT) >= {"LICENSE", "CHANGELOG.md", "UPGRADING.md", "examples", "modules"}
    assert (ROOT / "LICENSE").read_text().split()[:2] == ["Apache", "License"]


def test_the_version_is_that_of_the_newest_release():
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == "[Unreleased]"
    releases = [re.fullmatch(r"\[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d", heading) for heading in headings[1:]]
    assert all(releases)
    assert not releases or releases[0][1] == PROJECT["version"]


@every_module
def test_a_module_brings_no_provider_of_its_own(module):
    """Or it could be used neither with `for_each` nor `depends_on`, and its resources not destroyed without it."""
    assert re.findall(r"^(?:provider|data) .*", code(module), re.MULTILINE) == []


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_a_nested_module_is_explained_and_tested(module):
    assert f"modules/{module.name}" in (ROOT / "README.md").read_text()
    assert list(module.glob("tests/*.tftest.hcl"))
    assert f'"modules" / "{module.name}"' in END_TO_END


@every_example
def test_an_example_asks_for_nothing_and_gives_what_a_client_needs(example):
    assert [
        each.name for each in reference.read(example / "variables.tf") if each.default is None or not each.summary
    ] == []
    outputs = {each.name: each.summary for each in reference.read(example / "outputs.tf")}
    assert outputs.keys() >= {"user_pool_id", "client_id", "user_table_name"}
    assert all(outputs.values())


@every_example
def test_an_example_is_explained_and_applied(example):
    readme = (example / "README.md").read_text()
    assert readme.startswith(f"# {example.name}\n")
    assert {"## Apply it on AWS", "## What it costs", "## Remove it"} <= set(readme.splitlines())
    assert f"](examples/{example.name})" in (ROOT / "README.md").read_text()
    assert f'terraform("{example.name}"' in END_TO_END


@every_example
def test_an_example_can_be_copied(example):
    """What the README says has to be changed is there once, and nothing else leads out of the folder."""
    assert re.findall(r'"(\.\./.*)"', code(example)) == ["../.."]
    assert 'source = "../.."' in (example / "main.tf").read_text()


def test_complete_has_every_input_but_those_that_make_another_sign_in_of_it():
    elsewhere = {"username_attributes", "password_required", "native_otp", "web_authn_configuration", "lambda_package"}
    of_mfa = {"mfa_configuration", "software_token_mfa_configuration", "email_mfa_configuration"}
    call = (ROOT / "examples" / "complete" / "main.tf").read_text().split('module "cognito_otp"')[1].split("\n}\n")[0]
    there = set(re.findall(r"^  (\w+) +=", call, re.MULTILINE)) - {"source"}
    inputs = {each.name for each in reference.read(ROOT / "variables.tf")}
    assert inputs - there == elsewhere | of_mfa
    for name in elsewhere | {"mfa_configuration"}:
        assert name in call  # in a comment that says why not
