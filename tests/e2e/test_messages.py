"""The caller's words reach the auth-state table, and an e-mail arrives as text and as HTML."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from dev import terraform
from dev.local import LocalAWS
from dev.person import Person
from dev.terraform import Terraform
from tests.e2e.conftest import package_in_s3

ADDRESS = "words@example.com"
FRENCH = {"email_html": "<p>{code} & <b>{app_name}</b></p>", "email_subject": "Votre code : « {app_name} »"}
IDENTITY = {"from": ADDRESS, "identity_arn": "${aws_sesv2_email_identity.sender.arn}"}


@pytest.fixture(scope="module")
def apply(aws: LocalAWS, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Terraform]:
    folder: Path = tmp_path_factory.mktemp("words")
    (folder / "work").mkdir()
    root = Terraform(folder, folder / "work", aws.environment())
    package = package_in_s3(aws)

    def with_messages(messages: dict[str, dict[str, str]], **inputs: object) -> Terraform:
        call = {
            "source": str(terraform.ROOT),
            "name": "words",
            "username_attributes": ["email"],
            "email": IDENTITY,
            "delivery": {"app_name": "R&D"},
            "deletion_protection": "INACTIVE",
            "lambda_package": package,
            "messages": messages,
            **inputs,
        }
        written = {
            "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws"}}},
            "resource": {"aws_sesv2_email_identity": {"sender": {"email_identity": ADDRESS}}},
            "module": {"otp": call},
            "output": {"client_ids": {"value": "${module.otp.client_ids}"}},
        }
        (folder / "main.tf.json").write_text(json.dumps(written))
        root.init()
        return root

    return with_messages


def item(aws: LocalAWS) -> object:
    key = {"pk": {"S": "config#messages"}}
    found = aws.client("dynamodb").get_item(TableName="words-auth-state", Key=key).get("Item")
    return None if found is None else json.loads(found["settings"]["S"])


def words_hash(aws: LocalAWS) -> str | None:
    found = aws.client("lambda").get_function_configuration(FunctionName="words-delivery")
    return found["Environment"]["Variables"].get("MESSAGES_HASH")


def test_words_of_ones_own_are_stored_changed_kept_and_removed(aws, apply):
    root = apply({"fr": FRENCH})
    client_id = root.apply()["client_ids"]["app"]
    assert item(aws) == {"fr": FRENCH}
    first = words_hash(aws)
    assert first
    assert root.plan() == ""

    # Meanwhile: a person signs up, and the code comes as text and as HTML.
    person = Person(aws, client_id, "reader@example.com")
    person.sign_up(email="reader@example.com")
    person.start_sign_in()
    code = person.wait_for_code()
    (sent,) = aws.emails("reader@example.com")
    assert sent["Subject"] == "Your R&D code"
    assert sent["BodyText"].split("\n")[0] == code
    assert f">{code}<" in sent["BodyHtml"]
    assert "your R&amp;D code" in sent["BodyHtml"]
    assert "AuthenticationResult" in person.answer(code)

    apply({"fr": {**FRENCH, "sms": "{code}"}}).apply()
    assert item(aws) == {"fr": {**FRENCH, "sms": "{code}"}}
    assert words_hash(aws) not in (first, None)

    # The table is replaced under the same name, and the words with it.
    apply({"fr": FRENCH}, pool_generation=2).apply()
    assert item(aws) == {"fr": FRENCH}
    assert words_hash(aws) == first

    root = apply({}, pool_generation=2)
    root.apply()
    assert item(aws) is None
    assert words_hash(aws) is None
    root.destroy()
    assert root.resources() == []
