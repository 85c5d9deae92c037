"""examples/web-app: what Terraform and the triggers tell the page is what the page reads and what the README says."""

import re

import pytest

from cognito_otp import refusals
from dev.package import ROOT

EXAMPLE = ROOT / "examples" / "web-app"
README = (EXAMPLE / "README.md").read_text()
OUTPUT = re.search(
    r'^output "site_config" \{\n.*?^\}\n', (EXAMPLE / "outputs.tf").read_text(), re.DOTALL | re.MULTILINE
)[0]
KEYS = re.findall(r"^    (\w+) += ", OUTPUT, re.MULTILINE)
# The page's own list, in order: `const KEYS: Record<keyof Config, ...> = {` and a line for each.
READ = re.findall(
    r"^  (\w+): \[",
    re.search(r"^const KEYS.*?^\};", (EXAMPLE / "site" / "src" / "config.ts").read_text(), re.DOTALL | re.MULTILINE)[0],
    re.MULTILINE,
)
ONLY_ELSEWHERE = {"userPoolEndpoint"}  # not AWS
FILES = README.partition("<!-- files: begin -->")[2].partition("<!-- files: end -->")[0]
SOURCES = sorted(
    path.relative_to(EXAMPLE / "site").as_posix()
    for folder in ("src", "test")
    for path in (EXAMPLE / "site" / folder).rglob("*")
    if path.is_file()
)


def test_the_output_has_every_key_that_the_page_reads():
    assert KEYS
    assert set(READ) - set(KEYS) == ONLY_ELSEWHERE
    assert set(KEYS) <= set(READ)


def test_the_output_to_copy_is_the_examples_but_for_the_api():
    (block,) = re.findall(r'^```hcl\n(output "site_config".*?)^```', README, re.DOTALL | re.MULTILINE)
    assert block == re.sub(r"^    rowUrl .*\n", "", OUTPUT, flags=re.MULTILINE)


def test_the_readme_explains_every_key():
    table = README.partition("| key |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE)))) == set(READ)


@pytest.mark.parametrize("source", SOURCES)
def test_the_readme_names_every_file(source):
    assert f"`{source}`" in FILES or f"`{source.rpartition('/')[0]}/`" in FILES


def test_the_readme_names_no_file_that_is_gone():
    first_column = re.findall(r"^\| (`[^|]+`) \|", FILES, re.MULTILINE)
    named = re.findall(r"`([^`]+)`", "".join(first_column))
    assert named
    assert [name for name in named if not (EXAMPLE / "site" / name).exists()] == []


def test_the_page_knows_every_token_that_triggers_refuse_with():
    source = (EXAMPLE / "site" / "src" / "refusals.ts").read_text()
    known = re.search(r"^export const MODULE_TOKENS = \[\n(.*?)^\]", source, re.DOTALL | re.MULTILINE)[1]
    tokens = {value for name, value in vars(refusals).items() if name.isupper()}
    assert set(re.findall(r"'(\w+)'", known)) == tokens
