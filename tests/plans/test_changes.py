"""What changes to a deployment that people live on: plans of the real provider on what Terraform remembered of one, without an AWS.

Some must stop in words, some must replace exactly what is said, and most must touch nothing but what they are about.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from dev import recorded
from tests.plans.planned import Change, Deployment, Plan, plan

pytestmark = pytest.mark.slow

POOL = "aws_cognito_user_pool.this[0]"
USERS = "aws_dynamodb_table.users[0]"
IDENTITIES = "aws_dynamodb_table.identities[0]"
AUTH_STATE = "aws_dynamodb_table.auth_state[0]"
RECORDED = recorded.inputs()


def user_table(**keys: object) -> dict[str, object]:
    """Return the recorded input `user_table` with keys in place of its own."""
    return {"user_table": {**RECORDED["user_table"], **keys}}


# What must stop


@dataclass(frozen=True)
class Stop:
    """A deployment whose plan must stop: resource address to words that it must say."""

    deployment: Deployment
    words: Mapping[str, str]


RENAMED = {USERS: "A table cannot be renamed", AUTH_STATE: "raise pool_generation to 2"}
# With the protection gone in the same commit, nothing else is in the way.
UNPROTECTED = {"deletion_protection": "INACTIVE"}

# The pool and the User table do not depend on each other: some are about both.
STOPS = {
    "name": Stop(Deployment({"name": "store"}), RENAMED),
    "unprotected_name": Stop(Deployment({"name": "store", **UNPROTECTED}), RENAMED),
    "username_attributes_and_table_name": Stop(
        Deployment({"username_attributes": ["email"], **user_table(name="people"), **UNPROTECTED}),
        {POOL: "raise pool_generation to 2", USERS: 'set user_table = { name = "shop-users" } to keep it'},
    ),
    "alias_attributes_and_table_key": Stop(
        Deployment(
            {
                "username_attributes": [],
                "alias_attributes": ["phone_number"],
                **user_table(key_name="userId"),
                **UNPROTECTED,
            }
        ),
        {
            POOL: 'the inputs ask for name "shop", username_attributes [], alias_attributes [phone_number]',
            "terraform_data.user_table_key[0]": 'set user_table.key_name = "id" to keep it',
        },
    ),
    "case_sensitive": Stop(
        Deployment({"case_sensitive": True, **UNPROTECTED}), {POOL: "case_sensitive false; the inputs ask for"}
    ),
    # What an import may bring.
    "pool_of_another_name_and_table_with_two_keys": Stop(
        Deployment(holds={POOL: {"name": "bazaar"}, USERS: {"range_key": "email"}}),
        {POOL: 'has name "bazaar"', USERS: 'has another key than "id" alone'},
    ),
    "pool_with_aliases": Stop(
        Deployment(holds={POOL: {"username_attributes": [], "alias_attributes": ["email", "phone_number"]}}),
        {POOL: 'has name "shop", username_attributes [], alias_attributes [email, phone_number]'},
    ),
    "pool_without_the_block": Stop(
        Deployment(holds={POOL: {"username_configuration": []}}), {POOL: "case_sensitive true; the inputs ask for"}
    ),
    "table_with_another_key": Stop(
        Deployment(holds={IDENTITIES: {"hash_key": "id", "attribute": [{"name": "id", "type": "S"}]}}),
        {IDENTITIES: 'with key "id"'},
    ),
}


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Plan]:
    return plan(tmp_path_factory.mktemp("stopped"), {name: stop.deployment for name, stop in STOPS.items()})


@pytest.mark.parametrize("name", STOPS)
def test_the_plan_stops_in_words(stopped, name):
    said, words = stopped[name].stopped, STOPS[name].words
    assert said.keys() == words.keys()
    for address in words:
        assert words[address] in said[address]


# What must be planned, and nothing else


@dataclass(frozen=True)
class Growth:
    """A key more in a map of the caller's.

    Attributes:
        where: the input, or "<input>.<key>" if the map is within an object.
        more: the key and its value. It sorts before those that are there: whatever is numbered would move.
        changes: resource address to Terraform's action; nothing else may change.
    """

    where: str
    more: Mapping[str, object]
    changes: Mapping[str, str]


def function(*names: str) -> dict[str, str]:
    return {f'aws_lambda_function.this["{name}"]': "update" for name in names}


def item(name: str) -> dict[str, str]:
    return {f'aws_dynamodb_table_item.configuration["{name}"]': "update"}


# What else changes with the clients.
OF_CLIENTS = {"aws_cloudwatch_dashboard.this[0]": "update"}

# A new input that is a map, or has one, is a line here. Record it with a key first, or nothing there could move.
GROWTH = [
    Growth("clients", {"admin": {}}, {'aws_cognito_user_pool_client.this["admin"]': "create", **OF_CLIENTS}),
    Growth("schema", {"city": {}}, {POOL: "update"}),
    Growth("messages", {"de": {"sms": "{code} ist Ihr Code."}}, {**item("messages"), **function("sign_up", "delivery")}),
    Growth("test_numbers.codes", {"+14155550101": "111222"}, {**item("test_numbers"), **function("delivery")}),
    Growth("fraud.country_overrides", {"CA": {"mode": "off"}}, {**item("countries"), **function("sign_up", "delivery")}),
    Growth(
        "user_table.attribute_map", {"given_name": "first"}, {**item("user_row"), **function("sign_up", "sign_in", "maintenance")},
    ),
    Growth(
        "user_table.constant_attributes", {"a": "b"}, {**item("user_row"), **function("sign_up", "sign_in", "maintenance")},
    ),
    Growth(
        "identity_providers",
        {"Acme": RECORDED["identity_providers"]["Corporate"]},
        {'aws_cognito_identity_provider.this["Acme"]': "create", 'terraform_data.unreadable_details["Acme"]': "create", 'aws_cognito_user_pool_client.this["web"]': "update"},
    ),
    Growth(
        "resource_servers",
        {"https://admin.example.com": {"scopes": {"all": "Everything"}}},
        {'aws_cognito_resource_server.this["https://admin.example.com"]': "create"},
    ),
    Growth("groups", {"admins": {}}, {'aws_cognito_user_group.this["admins"]': "create"}),
    Growth(
        "domain.ui_customization",
        {"web": {"css": ".logo-customizable { max-width: 60%; }"}},
        {'aws_cognito_user_pool_ui_customization.this["web"]': "create"},
    ),
    Growth(
        "risk_configuration",
        {"app": RECORDED["risk_configuration"]["server"]},
        {'aws_cognito_risk_configuration.this["app"]': "create"},
    ),
    Growth("lambda.functions", {"delivery": {"memory_size": 1024}}, function("delivery")),
    Growth("lambda.environment", {"ALPHA": "1"}, function("sign_up", "sign_in", "delivery", "maintenance")),
]  # fmt: skip


def grown() -> dict[str, Any]:
    """Return the recorded inputs with every key of GROWTH."""
    inputs: dict[str, Any] = copy.deepcopy(RECORDED)
    for growth in GROWTH:
        at = inputs
        for part in growth.where.split("."):
            at = at.setdefault(part, {})
        at.update(growth.more)
    return inputs


def in_another_order(value: Any, name: str = "") -> Any:
    """Return the same with keys and members the other way round; the order of channels means something."""
    if isinstance(value, dict):
        return {key: in_another_order(value[key], key) for key in reversed(value)}
    return list(reversed(value)) if isinstance(value, list) and name != "channels" else value


ANEW = {
    "name": "store",
    "username_attributes": [],
    "alias_attributes": ["email", "phone_number", "preferred_username"],
    "case_sensitive": True,
    **user_table(name="shop-users"),
}

PLACES = [("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1"), ("aws", "ap-southeast-5")]

PLANNED = {
    "as_it_is": Deployment(),
    "after_a_change": Deployment(after_a_change=True),
    "in_another_order": Deployment(in_another_order(RECORDED)),
    "old_pool": Deployment({"case_sensitive": True}, holds={POOL: {"username_configuration": []}}),
    "other_tags": Deployment({"tags": {"team": "identity"}}),
    "without_a_client": Deployment(
        {"clients": {name: each for name, each in RECORDED["clients"].items() if name != "app"}}
    ),
    "unprotected": Deployment({"deletion_protection": "INACTIVE"}),
    **{region: Deployment(place=(partition, region)) for partition, region in PLACES},
    "next_generation": Deployment({"pool_generation": 2}),
    "next_generation_anew": Deployment({"pool_generation": 2, **ANEW}),
    "grown": Deployment(grown()),
}


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Plan]:
    plans = plan(tmp_path_factory.mktemp("planned"), PLANNED)
    assert {name: each.stopped for name, each in plans.items() if each.stopped} == {}
    return plans


def beyond_the_record(planned: Mapping[str, Plan], name: str) -> dict[str, Change]:
    """Return what is planned for a deployment and not for the recorded one: the module may be newer than its record.

    What the recorded one would get anew is left out.
    """
    before, after = planned["as_it_is"].changes, planned[name].changes
    beyond = {}
    for address, change in after.items():
        same = before.get(address, Change((), {}))
        attributes = {
            part: value
            for part, value in change.attributes.items()
            if part not in same.attributes or same.attributes[part] != value
        }
        if same.actions != ("create",) and (attributes or same.actions != change.actions):
            beyond[address] = Change(change.actions, attributes)
    return beyond


def replaced(changes: Mapping[str, Change]) -> set[str]:
    """Return the resources that are replaced or removed, without their keys."""
    return {address.partition("[")[0] for address, change in changes.items() if "delete" in change.actions}


def test_an_upgrade_replaces_and_removes_nothing(planned):
    assert replaced(planned["as_it_is"].changes) == set()


@pytest.mark.parametrize("name", ["after_a_change", "in_another_order", "old_pool"])
def test_nothing_changes(planned, name):
    assert beyond_the_record(planned, name) == {}


@pytest.mark.parametrize(("partition", "region"), PLACES)
def test_everything_follows_the_partition_and_the_region(planned, partition, region):
    there = PLANNED[region].in_its_place
    before = {
        address: (change.actions, there(change.attributes)) for address, change in planned["as_it_is"].changes.items()
    }
    changes = planned[region].changes
    assert {address: (change.actions, dict(change.attributes)) for address, change in changes.items()} == before


def test_a_key_more_in_each_map_touches_nothing_else(planned):
    changes = beyond_the_record(planned, "grown")
    expected = {address: action for growth in GROWTH for address, action in growth.changes.items()}
    assert {address: "/".join(change.actions) for address, change in changes.items()} == expected


def test_a_key_less_touches_nothing_else(planned):
    changes = beyond_the_record(planned, "without_a_client")
    assert {address: "/".join(change.actions) for address, change in changes.items()} == {
        'aws_cognito_user_pool_client.this["app"]': "delete",
        **OF_CLIENTS,
    }


def test_tags_replace_nothing(planned):
    changes = beyond_the_record(planned, "other_tags")
    assert {POOL, USERS, IDENTITIES, AUTH_STATE} < changes.keys()
    assert {change.actions for change in changes.values()} == {("update",)}
    assert {name for change in changes.values() for name in change.attributes} == {"tags", "tags_all"}


def test_taking_the_protection_off_is_all_that_it_does(planned):
    changes = beyond_the_record(planned, "unprotected")
    assert {address: dict(change.attributes) for address, change in changes.items()} == {
        POOL: {"deletion_protection": "INACTIVE"},
        USERS: {"deletion_protection_enabled": False},
        IDENTITIES: {"deletion_protection_enabled": False},
    }


# The pool, the tables about its users, and what has the one or the other's id in its own.
OF_A_GENERATION = {
    "aws_cognito_user_pool.this",
    "aws_cognito_user_pool_client.this",
    "aws_cognito_identity_provider.this",
    "aws_cognito_resource_server.this",
    "aws_cognito_user_group.this",
    "aws_cognito_user_pool_domain.this",
    "aws_cognito_risk_configuration.this",
    "aws_dynamodb_table.auth_state",
    "aws_dynamodb_table.identities",
    "aws_dynamodb_table_item.configuration",
    "aws_lambda_permission.cognito",
}


def test_the_next_generation_replaces_the_pool_and_what_is_about_its_users(planned):
    assert replaced(beyond_the_record(planned, "next_generation")) == OF_A_GENERATION


def test_the_next_generation_with_other_names_keeps_the_rows_and_the_key(planned):
    changes = beyond_the_record(planned, "next_generation_anew")
    assert replaced(changes) > OF_A_GENERATION
    assert changes[POOL].attributes["name"] == "store"
    assert "delete" not in changes["aws_kms_key.code[0]"].actions
    assert changes.keys().isdisjoint({USERS, "terraform_data.user_table_key[0]"})
