"""Apply, plan again, change what cannot be changed, destroy: what people stake their users on."""

import concurrent.futures
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dev import terraform
from dev.local import LocalAWS
from dev.terraform import Terraform, TerraformError
from tests.e2e.conftest import package_in_s3
from tests.e2e.dashboard import check

FOLDERS = sorted(path.parent for path in terraform.ROOT.glob("examples/*/main.tf"))
FOLDERS.append(terraform.ROOT / "tests" / "e2e" / "everything")
NAMES = [folder.name for folder in FOLDERS]
IDENTITY = "arn:aws:ses:us-east-1:123456789012:identity/example.com"


class Root:
    """A root module that calls the module with given inputs, applied."""

    def __init__(self, folder: Path, aws: LocalAWS, inputs: dict[str, object]) -> None:
        self._folder, self._inputs = folder, {"lambda_package": package_in_s3(aws), **inputs}
        self._terraform = Terraform(folder, folder / "work", aws.environment())
        (folder / "work").mkdir()
        self._write({})
        self._terraform.init()
        self._terraform.apply()

    def _write(self, change: dict[str, object]) -> None:
        call = {"source": str(terraform.ROOT), **self._inputs, **change}
        provider = {"aws": {"source": "hashicorp/aws"}}
        root = {"terraform": {"required_providers": provider}, "module": {"otp": call}}
        (self._folder / "main.tf.json").write_text(json.dumps(root))

    def plan(self, **change: object) -> str:
        self._write(change)
        return self._terraform.plan()

    def destroy(self) -> None:
        self._write({"deletion_protection": "INACTIVE"})
        self._terraform.destroy()

    def destroy_as_it_is(self) -> str:
        self._write({})
        return self._terraform.destroy()

    def apply(self, **change: object) -> None:
        self._write(change)
        self._terraform.apply()

    def resources(self) -> list[str]:
        return self._terraform.resources()


@pytest.fixture(scope="module")
def applied(aws: LocalAWS, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Terraform]:
    """Every example and the module with everything on, applied."""

    def apply(folder: Path) -> Terraform:
        work: Path = tmp_path_factory.mktemp(folder.name)
        example = Terraform(folder, work, aws.environment())
        example.init()
        example.apply()
        return example

    # A few at a time: all at once answer so late on two cores that the provider asks again for what it has made.
    with concurrent.futures.ThreadPoolExecutor(max_workers=3) as pool:
        return dict(zip(NAMES, pool.map(apply, FOLDERS), strict=True))


def left(aws: LocalAWS) -> dict[str, list[str]]:
    """Return what there is of everything that the module makes, the keys that wait for their deletion left out."""
    kms, cloudwatch = aws.client("kms"), aws.client("cloudwatch")
    keys = [key["KeyId"] for key in kms.list_keys()["Keys"]]
    return {
        "pools": [pool["Name"] for pool in aws.client("cognito-idp").list_user_pools(MaxResults=60)["UserPools"]],
        "functions": [function["FunctionName"] for function in aws.client("lambda").list_functions()["Functions"]],
        "tables": aws.client("dynamodb").list_tables()["TableNames"],
        "roles": [role["RoleName"] for role in aws.client("iam").list_roles()["Roles"] if "otp-" in role["RoleName"]],
        "logs": [group["logGroupName"] for group in aws.client("logs").describe_log_groups()["logGroups"]],
        "keys": [key for key in keys if kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] != "PendingDeletion"],
        "buses": [
            bus["Name"] for bus in aws.client("events").list_event_buses()["EventBuses"] if bus["Name"] != "default"
        ],
        "schedules": [each["Name"] for each in aws.client("scheduler").list_schedules()["Schedules"]],
        "rules": [rule["Name"] for rule in aws.client("events").list_rules()["Rules"]],
        "filters": [each["filterName"] for each in aws.client("logs").describe_metric_filters()["metricFilters"]],
        "alarms": [each["AlarmName"] for each in cloudwatch.describe_alarms()["MetricAlarms"]],
        "dashboards": [each["DashboardName"] for each in cloudwatch.list_dashboards()["DashboardEntries"]],
        "topics": [each["TopicArn"] for each in aws.client("sns").list_topics()["Topics"]],
        "identities": [each["IdentityName"] for each in aws.client("sesv2").list_email_identities()["EmailIdentities"]],
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_second_plan_is_empty(applied, name):
    assert applied[name].plan() == ""


def test_every_dashboard_shows_what_there_is(aws, applied):
    entries = aws.client("cloudwatch").list_dashboards()["DashboardEntries"]
    assert len(entries) == len(applied)
    for entry in entries:
        check(aws, entry["DashboardName"].removesuffix("-us-east-1"))


# Of the rest that cannot change tests/plans/test_changes.py has the plans.
def test_a_name_cannot_change_and_the_plan_says_the_way_out(applied):
    with pytest.raises(TerraformError) as stopped:
        applied["phone-username"].plan(name="another-name")
    said = " ".join(str(stopped.value).replace("│", " ").split())
    assert "A table's name and key cannot change: put the inputs back" in said
    assert "pool_generation" in said


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Root]:
    email = {"from": "a@example.com", "identity_arn": IDENTITY}
    with LocalAWS() as aws:
        inputs = {"name": "guarded", "email": email, "delivery": {"channels": ["email", "sms"]}}
        yield Root(tmp_path_factory.mktemp("guarded"), aws, inputs)


def test_indexes_and_a_stream_come_and_go_with_the_rows_in_place(guarded):
    shape = {
        "attribute_map": {"phone_number": "phone", "owner": "owner"},
        "constant_attributes": {"kind": "person"},
        "indexes": ["email", "phone_number"],
        "stream": "NEW_IMAGE",
    }
    guarded.apply(user_table=shape)
    assert guarded.plan(user_table=shape) == ""
    assert "must be replaced" not in guarded.plan(user_table={"indexes": ["email"]})
    guarded.apply()
    assert guarded.plan() == ""


def other_ways_in(key: str = "k1", secret: str = "s1", metadata: str = "https://a.example.com") -> dict[str, Any]:
    """Return the inputs for a provider of each kind that answers otherwise than it was told, and their client."""
    apple = {"client_id": "c", "team_id": "t", "key_id": "k", "private_key": key, "authorize_scopes": "email"}
    google = {"client_id": "g", "client_secret": secret, "authorize_scopes": "openid"}
    return {
        "domain": {"domain": "guarded"},
        "resource_servers": {"api": {"scopes": {"read": "Read"}}},
        "groups": {"admins": {}},
        "identity_providers": {
            "Google": {"provider_type": "Google", "provider_details": google},
            "Office": {"provider_type": "SAML", "provider_details": {"MetadataURL": metadata}},
            "SignInWithApple": {"provider_type": "SignInWithApple", "provider_details": apple},
        },
        "clients": {
            "app": {},
            "web": {
                "allowed_oauth_flows": ["code"],
                "allowed_oauth_scopes": ["openid", "api/read"],
                "callback_urls": ["https://example.com/in"],
            },
        },
    }


def test_other_ways_in_come_change_their_secrets_and_go(guarded):
    guarded.apply(**other_ways_in())
    changed = other_ways_in("k2", "s2", "https://b.example.com")
    for each in ("groups", "resource_servers", "clients"):
        (first, *_) = changed[each].values()
        changed[each] = {"aa": first, **changed[each]}
    said = guarded.plan(**changed)
    assert re.findall(r'identity_provider\.this\["(\w+)"\] (?:must be|will be) (replaced|updated)', said) == [
        ("Google", "updated"),
        ("Office", "updated"),
        ("SignInWithApple", "replaced"),
    ]
    # Of all others nothing changes, but for what remembers Apple's key and the dashboard, which names the clients.
    assert "Plan: 4 to add, 4 to change, 1 to destroy" in said
    guarded.apply(**changed)
    assert guarded.plan(**changed) == ""
    # The client stays, and names nothing any more of what goes.
    guarded.apply(clients={"web": {}})
    assert guarded.plan(clients={"web": {}}) == ""
    guarded.apply()


def test_a_table_that_was_there_stays_with_its_owner(aws, tmp_path):
    dynamodb = aws.client("dynamodb")
    dynamodb.create_table(
        TableName="people",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "userId", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "userId", "KeyType": "HASH"}],
    )
    row = {"userId": {"S": "1"}, "theme": {"S": "dark"}}
    dynamodb.put_item(TableName="people", Item=row)
    before = left(aws)
    table = {"create": False, "name": "people", "key_name": "userId"}
    root = Root(tmp_path, aws, {"name": "beside", "user_table": table})
    assert root.plan() == ""
    root.apply(deletion_protection="INACTIVE")
    root.destroy()
    assert left(aws) == before
    assert dynamodb.scan(TableName="people")["Items"] == [row]
    dynamodb.delete_table(TableName="people")


def test_a_refused_destroy_destroys_nothing_and_an_intended_one_everything(aws, tmp_path):
    before = left(aws)
    root = Root(tmp_path, aws, {"name": "protected"})
    there, known = left(aws), root.resources()
    with pytest.raises(TerraformError, match="deletion protection"):
        root.destroy_as_it_is()
    assert left(aws) == there
    assert root.resources() == known
    root.apply(deletion_protection="INACTIVE")
    root.destroy()
    assert left(aws) == before


def test_destroy_leaves_nothing(aws, applied):
    with concurrent.futures.ThreadPoolExecutor() as pool:
        list(pool.map(lambda example: example.destroy(), applied.values()))
    for example in applied.values():
        assert example.resources() == []
    assert not any(left(aws).values()), left(aws)
