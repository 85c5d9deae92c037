"""examples/complete, end to end: a sign-in with every group of inputs set."""

import time

import pytest
from pytest_terraform import terraform

from dev.person import Person, claims

terraform("complete", scope="module", name="applied")
pytestmark = pytest.mark.usefixtures("nothing_denied")


def test_a_person_signs_up_and_in_with_everything_set(example, phone_number):
    ada = Person(example.aws, example.client_id, "ada")
    sub = ada.sign_up(phone_number=phone_number)["UserSub"]
    ada.start_sign_in()
    code = ada.wait_for_code(address=phone_number)
    assert ada.texts(phone_number)[-1].startswith(f"{code} is your Complete code, good for 5 minutes.")
    tokens = ada.answer(code)["AuthenticationResult"]
    assert claims(tokens["AccessToken"])["plan"] == "free"  # the application's own function says so
    row = example.row(sub)
    assert (row["status"], row["kind"], row["phone_number"]) == ("ACTIVE", "person", phone_number)
    assert row["createdAt"] <= row["updatedAt"]


def test_the_application_hears_of_it(example, phone_number):
    bob = Person(example.aws, example.client_id, "bob")
    sub = bob.sign_up(phone_number=phone_number)["UserSub"]
    bob.start_sign_in()
    bob.answer(bob.wait_for_code(address=phone_number))
    until = time.monotonic() + 15
    while not any(f"welcome, {sub}" in line for line in example.logged("otp-complete-extras")):
        assert time.monotonic() < until
        time.sleep(0.05)


def test_no_function_of_the_module_has_more_than_the_boundary(example):
    iam = example.aws.client("iam")
    roles = [role for role in iam.list_roles()["Roles"] if role["Path"] == "/sign-in/"]
    assert {role["RoleName"].removeprefix("otp-complete-").rpartition("-us-")[0] for role in roles} >= {
        "sign-up",
        "sign-in",
        "delivery",
        "maintenance",
    }
    for role in roles:
        boundary = iam.get_role(RoleName=role["RoleName"])["Role"]["PermissionsBoundary"]
        assert boundary["PermissionsBoundaryArn"].endswith(":policy/otp-complete-boundary")
