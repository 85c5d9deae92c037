"""docs/clients.md leads to every client's page and names every refusal; the pages' code is there for the tests to run."""

import json
import re

import pytest

from cognito_otp import refusals
from dev.package import ROOT
from tests.client_pages import FOLDER, blocks, pages, programs

INDEX = (ROOT / "docs" / "clients.md").read_text()
CLIENTS = [page.stem for page in pages()]
RUN = [
    ("amazon-cognito-identity-js", "js"),
    ("amplify-js", "js"),
    ("aws-sdk", "python"),
    ("aws-sdk", "js"),
    ("http", "python"),
    ("pycognito", "python"),
]
BY_PASSWORD = [("amazon-cognito-identity-js", "js"), ("amplify-js", "js"), ("pycognito", "python")]


def text_of(client: str) -> str:
    return (FOLDER / f"{client}.md").read_text()


def test_the_index_leads_to_every_page():
    assert sorted(set(re.findall(r"\]\(clients/([\w-]+)\.md\)", INDEX))) == CLIENTS


@pytest.mark.parametrize("client", CLIENTS)
def test_every_page_leads_to_the_calls_or_to_the_page_that_does(client):
    links = re.findall(r"\]\(([^)]+)\)", text_of(client))
    assert "amplify-js.md" in links if client == "react-native" else "../clients.md#the-calls" in links


def test_every_refusal_stands_at_a_call_that_gives_it():
    tokens = [value for name, value in vars(refusals).items() if name.isupper() and isinstance(value, str)]
    calls = INDEX.partition("## Refusals")[2]
    assert [token for token in tokens if f"`{token}`" not in calls] == []


def test_every_parameter_of_a_challenge_has_its_place_on_the_screen():
    readme = (ROOT / "README.md").read_text().partition("### What the client is told")[2].partition("\n###")[0]
    told = re.findall(r"^\| `(\w+)` \|", readme, re.MULTILINE)
    assert len(told) == 7
    screen = INDEX.partition("## What a screen shows")[2].partition("\n## ")[0]
    first_cells = "".join(re.findall(r"^\| (`[^|]+) \|", screen, re.MULTILINE))
    assert sorted(re.findall(r"`(\w+)`", first_cells)) == sorted(told)


def test_the_programs_that_the_end_to_end_tests_run():
    assert programs("sign-in") == RUN
    assert programs("password") == BY_PASSWORD
    assert programs("curl") == [("http", "sh")]


@pytest.mark.parametrize(("client", "language"), RUN)
def test_a_program_is_whole(client, language):
    names = [block.name for block in blocks(client) if block.language == language and block.name != "password"]
    assert names == ["configure", "sign-up", "sign-in", "resend", "refusal", "enter", "session"]


@pytest.mark.parametrize("client", CLIENTS)
def test_no_code_of_a_page_that_is_run_is_left_out(client):
    text = text_of(client)
    assert len(blocks(client)) == text.count("<!-- run: ")
    if blocks(client):
        assert len(re.findall(r"^```(?:js|python)$", text, re.MULTILINE)) == sum(
            block.language != "sh" for block in blocks(client)
        )
    else:
        assert "not run" in text


def test_the_pages_name_the_versions_that_are_run():
    locked = [
        json.loads((ROOT / "tests" / "e2e" / folder / "package.json").read_text())["dependencies"]
        for folder in ("amplify", "clients")
    ]
    versions = {library: version for each in locked for library, version in each.items()}
    required = dict(
        re.findall(r"^(boto3|pycognito)==([\d.]+)", (ROOT / "dev" / "requirements.txt").read_text(), re.MULTILINE)
    )
    assert len(required) == 2
    for client, version in {
        "amplify-js": versions["aws-amplify"],
        "react-native": versions["aws-amplify"],
        "amazon-cognito-identity-js": versions["amazon-cognito-identity-js"],
        "aws-sdk": versions["@aws-sdk/client-cognito-identity-provider"],
        "pycognito": required["pycognito"],
    }.items():
        assert version in text_of(client), client
    assert required["boto3"] in text_of("aws-sdk")
