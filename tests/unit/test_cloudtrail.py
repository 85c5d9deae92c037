"""What EventBridge makes of CloudTrail's records of Cognito calls, by the rule and the template of maintenance.tf.

The samples in tests/fixtures/cloudtrail are written from the documentation: usernames are hidden, the user's id is in
`additionalEventData` (https://docs.aws.amazon.com/cognito/latest/developerguide/logging-using-cloudtrail.html).
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from dev.package import ROOT
from tests.unit.test_reconcile import Estate, estate, make_estate  # noqa: F401

RECORDS = Path(__file__).parent.parent / "fixtures" / "cloudtrail"
TERRAFORM = (ROOT / "maintenance.tf").read_text()
SUB = "7c1d2e3f-4a5b-4c6d-8e7f-000000000001"


def record(name: str) -> dict[str, Any]:
    sample: dict[str, Any] = json.loads((RECORDS / f"{name}.json").read_text())
    return sample


def handed_over(event: dict[str, Any]) -> dict[str, Any]:
    """Return what the function is invoked with: the template of maintenance.tf, filled in."""
    (path,) = re.findall(r'input_paths += \{ sub = "\$\.([\w.]+)" \}', TERRAFORM)
    (template,) = re.findall(r'input_template = "(.*)"\n', TERRAFORM)
    value: Any = event
    for name in path.split("."):
        value = value[name]
    template = re.sub(r"\$\{[^}]+\}", "pool", template.replace('\\"', '"'))
    made: dict[str, Any] = json.loads(template.replace("<sub>", json.dumps(value)))
    return made


@pytest.mark.parametrize("name", ["AdminDeleteUser", "AdminDisableUser", "DeleteUser"])
def test_of_a_record_the_function_gets_the_users_id_and_the_pool(name):
    assert handed_over(record(name)) == {"job": "recheck", "user_pool_id": "pool", "sub": SUB}


@pytest.mark.parametrize(
    ("name", "status"), [("AdminDeleteUser", "DELETED"), ("DeleteUser", "DELETED"), ("AdminDisableUser", "DISABLED")]
)
def test_a_record_changes_the_row_at_once_and_a_second_time_nothing(estate: Estate, name: str, status: str) -> None:  # noqa: F811
    estate.member("ada", sub=SUB)
    if name == "AdminDisableUser":
        estate.pool.users["ada"]["enabled"] = False
    else:
        del estate.pool.users["ada"]
    for _ in range(2):
        estate.handler(handed_over(record(name)), estate.context)
        assert estate.get("users", id=SUB)["status"]["S"] == status
    assert (estate.account("ada") is None) == (status == "DELETED")


def test_a_record_that_comes_late_says_nothing_of_a_user_who_is_back(estate: Estate) -> None:  # noqa: F811
    """Disabled, enabled again, and only then the first record comes."""
    estate.member("ada", sub=SUB)
    estate.handler(handed_over(record("AdminDisableUser")), estate.context)
    assert estate.get("users", id=SUB)["status"]["S"] == "ACTIVE"
