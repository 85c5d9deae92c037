"""A pool that was there before is taken over with its users: import blocks, a plan that destroys nothing, a sign-in."""

import json
import re

import pytest

from dev import terraform
from dev.person import Person
from dev.terraform import Terraform, TerraformError
from tests.e2e.conftest import Applied, state_of

NUMBER, ADDRESS = "+14155550170", "ada@example.com"


@pytest.fixture(scope="module")
def old(aws):
    """Make a pool as an application has one: by hand, with a password client, a user and triggers of its own."""
    cognito = aws.client("cognito-idp")
    pool = cognito.create_user_pool(
        PoolName="legacy",
        UsernameAttributes=["phone_number"],
        AutoVerifiedAttributes=["phone_number"],
        UsernameConfiguration={"CaseSensitive": False},
        Schema=[{"Name": "plan", "AttributeDataType": "String", "Mutable": True}],
    )["UserPool"]["Id"]
    client = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="app", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    )["UserPoolClient"]["ClientId"]
    sub = next(
        each["Value"]
        for each in cognito.admin_create_user(
            UserPoolId=pool,
            Username=NUMBER,
            MessageAction="SUPPRESS",
            UserAttributes=[
                {"Name": "phone_number", "Value": NUMBER},
                {"Name": "phone_number_verified", "Value": "true"},
                {"Name": "custom:plan", "Value": "gold"},
            ],
        )["User"]["Attributes"]
        if each["Name"] == "sub"
    )
    return {"pool": pool, "client": client, "sub": sub}


class Root:
    """A root module as the README has it: the module and what is imported into it."""

    def __init__(self, folder, aws, old) -> None:
        self._folder, self._old = folder, old
        (folder / "work").mkdir()
        self.terraform = Terraform(folder, folder / "work", aws.environment())
        self.write()
        self.terraform.init()

    def write(self, **inputs: object) -> None:
        inputs = {"name": "legacy", "deletion_protection": "INACTIVE", "schema": {"plan": {}}, **inputs}
        root = {
            "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws"}}},
            "module": {"sign_in": {"source": str(terraform.ROOT), **inputs}},
            "import": [
                {"to": "module.sign_in.aws_cognito_user_pool.this[0]", "id": self._old["pool"]},
                {
                    "to": 'module.sign_in.aws_cognito_user_pool_client.this["app"]',
                    "id": f"{self._old['pool']}/{self._old['client']}",
                },
            ],
            "output": {
                "client_id": {"value": '${module.sign_in.client_ids["app"]}'},
                "user_pool_id": {"value": "${module.sign_in.user_pool_id}"},
                "user_table_name": {"value": "${module.sign_in.user_table_name}"},
            },
        }
        (self._folder / "main.tf.json").write_text(json.dumps(root))


@pytest.fixture(scope="module")
def root(aws, old, tmp_path_factory):
    return Root(tmp_path_factory.mktemp("adoption"), aws, old)


@pytest.mark.parametrize(
    "inputs",
    [
        {
            "username_attributes": ["email"],
            "email": {
                "from": "a@example.com",
                "identity_arn": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
            },
        },
        {"alias_attributes": ["phone_number"]},
        {"case_sensitive": True},
        {"name": "another"},
    ],
    ids=["username_attributes", "alias_attributes", "case_sensitive", "name"],
)
def test_an_import_that_does_not_match_stops_at_plan_in_words(root, inputs):
    root.write(**inputs)
    with pytest.raises(TerraformError) as stopped:
        root.terraform.plan()
    said = " ".join(str(stopped.value).replace("│", " ").split())
    assert 'The user pool has name "legacy", username_attributes [phone_number], alias_attributes []' in said
    assert "Cognito cannot change these" in said


def test_the_plan_imports_two_and_destroys_nothing(root):
    root.write()
    plan = root.terraform.plan()
    assert re.search(r"Plan: 2 to import, \d+ to add, 2 to change, 0 to destroy", plan)
    assert "must be replaced" not in plan


@pytest.fixture(scope="module")
def adopted(root, aws):
    root.write()
    return Applied(aws, state_of(root.terraform.apply()))


def test_the_pool_is_the_same_one_and_a_second_plan_is_empty(adopted, old, root):
    assert adopted.outputs["user_pool_id"] == old["pool"]
    assert adopted.client_id == old["client"]
    assert root.terraform.plan() == ""


def test_a_user_of_before_signs_in_by_code_and_has_a_row_and_a_claim(adopted, old, aws):
    person = Person(aws, adopted.client_id, NUMBER)
    person.start_sign_in()
    assert "AuthenticationResult" in person.answer(person.wait_for_code())
    row = adopted.row(old["sub"])
    assert (row["status"], row["phone_number"]) == ("ACTIVE", NUMBER)
    account = next(item for item in json.loads(adopted.items("identities")) if item["pk"]["S"].startswith("account#"))
    assert (account["origin"]["S"], account["st"]["S"]) == ("adopted", "ACTIVE")
    assert adopted.user(NUMBER)["custom:plan"] == "gold"


def test_the_old_password_flow_is_shut(adopted, aws):
    with pytest.raises(aws.client("cognito-idp").exceptions.InvalidParameterException):
        aws.client("cognito-idp").initiate_auth(
            ClientId=adopted.client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": NUMBER, "PASSWORD": "x"},
        )
