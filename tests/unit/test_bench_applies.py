"""`make bench`, the deployments: both are counted alike, compared round by round, and gone whatever happens."""

import re
import tempfile
from pathlib import Path

import pytest

from dev import hcl, terraform
from dev.bench import applies
from dev.bench.applies import HANDMADE, OURS, THEIRS, Deployment, MiscountError
from dev.local import LocalAWS

pytestmark = pytest.mark.slow

TRIGGERS = {
    "pre_sign_up",
    "post_confirmation",
    "define_auth_challenge",
    "create_auth_challenge",
    "verify_auth_challenge_response",
}
FUNCTIONS = {f"{name}.py" for name in (*TRIGGERS, "pre_sign_up_cleanup")}


def test_each_function_made_by_hand_is_a_file_and_stands_in_terraform():
    files = {path.name for path in HANDMADE.glob("*.py")} - {"__init__.py"}
    assert files == FUNCTIONS
    text = (HANDMADE / "main.tf").read_text()
    assert [name for name in files if name.removesuffix(".py") not in text] == []


def test_scanners_leave_the_bad_example_alone():
    assert "  - dev/" in (terraform.ROOT / ".checkov.yml").read_text().partition("skip-path:")[2].splitlines()
    assert "BAD EXAMPLE ON PURPOSE" in (HANDMADE / "main.tf").read_text()


class Root:
    """What stands for Terraform, and says what it is given."""

    def __init__(self, *, changes: str = "", destroyed: int = 3) -> None:
        self._changes, self._destroyed = changes, destroyed

    def resources(self) -> list[str]:
        return [
            'module.x.aws_lambda_function.this["sign_in"]',
            "aws_cognito_user_pool.users",
            "module.x.data.aws_region.here",
            "data.aws_region.here",
            "module.x.aws_lambda_function_event_invoke_config.data[0]",
        ]

    def plan(self) -> str:
        return self._changes

    def destroy(self) -> str:
        return f"Destroy complete! Resources: {self._destroyed} destroyed."


def test_resources_are_counted_without_what_is_only_read():
    deployment = Deployment(OURS, Root())
    deployment.count()
    assert len(deployment.resources) == 3
    deployment.plan_again()
    deployment.destroy()


def test_a_count_that_terraform_does_not_confirm_is_found():
    deployment = Deployment(OURS, Root(destroyed=13))
    deployment.count()
    with pytest.raises(MiscountError, match="had 3 resources"):
        deployment.destroy()


def test_a_second_plan_with_changes_is_found():
    with pytest.raises(MiscountError, match="is not what was applied:\n1 to change"):
        Deployment(OURS, Root(changes="1 to change")).plan_again()


def test_rounds_are_compared_with_each_other_and_functions_are_counted():
    both = {OURS: [2.0, 4.0], THEIRS: [4.0, 8.0]}
    steps = ("apply", "second plan, empty", "destroy", *applies.SIGN_INS)
    resources = {OURS: Root().resources(), THEIRS: ["aws_lambda_function.a", "aws_lambda_function.b"]}
    found = applies.report({**dict.fromkeys(steps, both), applies.FROM_S3: {OURS: [1.0, 2.0]}}, resources)
    rows = {row[0]: row[1:] for table in found.tables for row in table.rows}
    assert rows["functions"] == ["1", "2", "0.50"]
    assert rows["apply, s"] == ["3.0 (2.2 to 3.8)", "6.0 (4.4 to 7.6)", "0.50 (0.50 to 0.50)"]
    assert rows["apply, the package in S3, s"][-1] == "0.25 (0.25 to 0.25)"
    assert rows["a returning person, ms"][0] == "3000 (2200 to 3800)"
    assert [bar.ratio for bar in found.bars] == [0.5] * len(found.bars)


@pytest.mark.parametrize("error", [KeyboardInterrupt, terraform.TerraformError])
def test_nothing_is_left_after_an_end_on_the_way(error, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    started = []

    def initialise(self: terraform.Terraform) -> None:
        self._lock.touch()

    def fail(self: terraform.Terraform, **_inputs: object) -> None:
        (process,) = started
        assert process.poll() is None
        raise error

    start = LocalAWS._start
    monkeypatch.setattr(LocalAWS, "_start", lambda aws: (start(aws), started.append(aws._process)))
    monkeypatch.setattr(terraform.Terraform, "init", initialise)
    monkeypatch.setattr(terraform.Terraform, "apply", fail)
    with pytest.raises(error):
        applies.run(lambda _line: None)
    (process,) = started
    assert process.poll() is not None
    assert list(tmp_path.iterdir()) == []
    assert not (HANDMADE / ".terraform.lock.hcl").exists()


@pytest.mark.slow
def test_terraform_plans_as_many_resources_by_hand_as_the_files_declare(tmp_path):
    """One of each kind for each trigger, and what is there once."""
    declared = sum(len(TRIGGERS) if '["*"]' in each.address else 1 for each in hcl.resources(HANDMADE))
    packages = applies.packages(tmp_path / "packages")
    (tmp_path / "work").mkdir()
    with LocalAWS() as aws:
        root = terraform.Terraform(HANDMADE, tmp_path / "work", aws.environment())
        try:
            root.init()
            plan = root.plan(packages=str(packages))
        finally:
            root.close()
    assert re.findall(r"Plan: (\d+) to add, 0 to change, 0 to destroy", plan) == [str(declared)]


def test_a_package_holds_one_function(tmp_path: Path):
    made = applies.packages(tmp_path / "packages")
    assert {path.with_suffix(".py").name for path in made.iterdir()} == FUNCTIONS
