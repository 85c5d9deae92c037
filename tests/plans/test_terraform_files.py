"""What the Terraform files say, read without Terraform: arguments that provider 6 has too, addresses that stay, no place by name.

That provider 5.100 has the arguments is what `terraform validate` tells (test_terraform.py), where 5.100 is installed.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from dev import hcl, recorded
from dev.hcl import MODULES, Block, Resource
from dev.provider_schema import SCHEMA
from dev.terraform import ROOT

PROVIDER = json.loads(SCHEMA.read_text())
TYPES: dict[str, Any] = PROVIDER["resources"]
# What people apply; the others are for the tests.
PUBLISHED = [folder for folder in MODULES if "tests" not in folder.parts]


def name(folder: Path) -> str:
    return folder.relative_to(ROOT).as_posix()


folders = pytest.mark.parametrize("folder", MODULES, ids=name)

# Provider 6


def unknown(block: Block, known: Mapping[str, Any], where: str) -> Iterator[str]:
    """Yield what a block has that the provider has not, and what it lacks that the provider requires."""
    for argument in block.arguments:
        if known.get(argument) not in {"required", "optional"}:
            yield f"{where} has no argument {argument}"
    for argument, kind in known.items():
        if kind == "required" and argument not in block.arguments:
            yield f"{where} requires {argument}"
    for label, inner in block.blocks:
        if isinstance(known.get(label), dict):
            yield from unknown(inner, known[label], f"{where}.{label}")
        elif known.get(label) != "anything":
            yield f"{where} has no block {label}"


def problems(resource: Resource) -> list[str]:
    if resource.type == "terraform_data":
        return []
    if resource.type not in TYPES:
        return [f"{resource.type} is not recorded: python -m dev.provider_schema"]
    return list(unknown(resource.body, TYPES[resource.type]["arguments"], resource.address))


@folders
def test_provider_6_has_every_argument_and_gets_what_it_requires(folder):
    assert [problem for resource in hcl.resources(folder) for problem in problems(resource)] == []


def test_what_provider_6_lacks_would_be_seen():
    pool = Block(
        {"user_pool_name": "x"},
        (("lambda_config", Block({"pre_sign_up": "x", "on_fire": "x"}, ())), ("lambda", Block({}, ()))),
    )
    assert problems(Resource(ROOT, "pool", "aws_cognito_user_pool", pool)) == [
        "pool has no argument user_pool_name",
        "pool requires name",
        "pool.lambda_config has no argument on_fire",
        "pool has no block lambda",
    ]
    assert problems(Resource(ROOT, "new", "aws_brand_new", Block({}, ()))) != []


def read_attributes(text: str) -> set[tuple[str, str]]:
    """Return (type, attribute) of each attribute of a resource's that an expression reads."""
    found = set(re.findall(r"\b(aws_\w+)\.\w+(?:\[[^\]]*\])?\.(\w+)", text))
    for each, kind, rest in re.findall(r"\bfor (?:\w+, )?(\w+) in (aws_\w+)\.\w+ : (.*)", text):
        found |= {(kind, attribute) for attribute in re.findall(rf"\b{each}\.(\w+)", rest)}
    return found


def test_provider_6_answers_with_every_attribute_that_is_read():
    read = {pair for folder in MODULES for file in folder.glob("*.tf") for pair in read_attributes(file.read_text())}
    known = {pair for pair in read if pair[0] in TYPES}
    assert {("aws_kms_key", "arn"), ("aws_cognito_user_pool", "endpoint"), ("aws_dynamodb_table", "name")} <= known
    assert {
        (kind, attribute)
        for kind, attribute in known
        if attribute not in {*TYPES[kind]["arguments"], *TYPES[kind]["computed"]}
    } == set()


# What the schema does not say; docs/providers.md has the sources.
DEPRECATED = {
    ("aws_dynamodb_table", "global_secondary_index.hash_key"),
    ("aws_dynamodb_table", "global_secondary_index.range_key"),
    ("aws_iam_role", "managed_policy_arns"),
    ("aws_iam_role", "inline_policy"),
    ("aws_cloudwatch_event_rule", "is_enabled"),
}


def used(block: Block, within: str = "") -> Iterator[str]:
    yield from (f"{within}{argument}" for argument in block.arguments)
    for label, inner in block.blocks:
        yield f"{within}{label}"
        yield from used(inner, f"{within}{label}.")


def test_only_one_deprecated_argument_is_used():
    everything = {(each.type, part) for folder in MODULES for each in hcl.resources(folder) for part in used(each.body)}
    assert everything & DEPRECATED == {("aws_dynamodb_table", "global_secondary_index.hash_key")}


def test_the_page_names_what_is_deprecated_and_the_version_of_the_schema():
    page = (ROOT / "docs" / "providers.md").read_text()
    assert f"schema of {PROVIDER['version'].rpartition('.')[0]}," in page
    assert [part for _, part in sorted(DEPRECATED) if f"`{part}`" not in page] == []


def test_the_record_is_of_version_6_and_of_no_more_than_is_used():
    assert PROVIDER["version"].startswith("6.")
    assert {resource.type for folder in MODULES for resource in hcl.resources(folder)} - {"terraform_data"} == set(
        TYPES
    )


# Addresses


@pytest.mark.parametrize("folder", recorded.addresses())
def test_a_released_address_stays_or_is_moved(folder):
    now = {resource.address for resource in hcl.resources(ROOT / folder)}
    moved = hcl.moves(ROOT / folder)
    gone = set(recorded.addresses()[folder]) - now
    # All of a resource's instances may have been moved at once, or each by its key.
    assert {
        address for address in gone if not {each.partition("[")[0] for each in moved} & {address.partition("[")[0]}
    } == set()


# Partitions and regions

PLACES = re.compile(r"arn:aws[a-z-]*:|\b(?:[a-z]{2}|us-gov|us-iso)-[a-z]+-\d\b|amazonaws\.com")
# Services have the same principal in every partition; aws-cdk-lib's `aws_iam.ServicePrincipal` renders it so too. That of some has the region.
PRINCIPAL = re.compile(r'"[a-z-]+\.(\$\{[^}]+\}\.)?amazonaws\.com"')
# The certificate of a domain, which is CloudFront's, must be in one region of one partition, wherever the pool is.
CERTIFICATE = re.compile(r'split\(":", var\.domain\.certificate_arn\)\[[13]\] [!=]= "[a-z0-9-]+"')


def texts(value: Any) -> Iterator[str]:
    """Yield the texts in what a file declares, but for those that people read."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in {"description", "error_message", "__comments__", "__inline_comments__"}:
                yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, str):
        yield value


def places(value: Any) -> list[str]:
    return [text for text in texts(value) if PLACES.search(CERTIFICATE.sub("", PRINCIPAL.sub("", text)))]


@pytest.mark.parametrize("folder", PUBLISHED, ids=name)
def test_no_partition_region_or_domain_is_named(folder):
    assert places(list(hcl.parsed(folder).values())) == []


@pytest.mark.parametrize(
    "text", ['"arn:aws:sns:*:*:*"', '"arn:aws-cn:iam::1:role/x"', '"${x}.eu-central-1.y"', '"us-gov-west-1"', '"sqs.us-east-1.amazonaws.com"']
)  # fmt: skip
def test_a_named_place_would_be_seen(text):
    assert places({"resource": [{"policy": text, "description": text}]}) == [text]
    assert places({"principal": '"lambda.amazonaws.com"'}) == []
    assert places({"condition": '${split(":", var.domain.certificate_arn)[3] == "us-east-1"}'}) == []


def test_the_module_asks_for_no_data():
    # Under a caller's depends_on they are read at apply, and what hangs on them is planned anew.
    assert [file.name for file, content in hcl.parsed(ROOT).items() if "data" in content] == []
