"""Mixes of inputs that no example has: applied once, a second plan has nothing to do."""

import json
from pathlib import Path

import pytest

from dev.local import LocalAWS
from dev.terraform import ROOT, Terraform
from tests.e2e.conftest import package_in_s3

EMAIL = {
    "from": "Mixed <codes@example.com>",
    "identity_arn": "arn:aws:ses:us-east-1:123456789012:identity/example.com",
}

MIXES = {
    "plain-names": {
        "username_attributes": [],
        "case_sensitive": True,
        "sign_up": {"confirmation": "code", "reclaim_after_seconds": 120},
        "delivery": {"channels": ["email"]},
        "email": {**EMAIL, "reply_to": "help@example.com"},
        "verification_message_template": {"email_subject": "Your code"},
        "user_table": {"create_row_on": "activation", "stream": "KEYS_ONLY", "point_in_time_recovery": False},
    },
    "closed": {
        "alias_attributes": ["email"],
        "email": EMAIL,
        "sign_up": {"self_service": False},
        "user_pool_tier": "LITE",
        "fraud": {"mode": "off"},
        "clients": {},
        "schema": {
            "email": {"required": True},
            "birthdate": {"required": True},
            "age": {"attribute_data_type": "Number"},
        },
        "maintenance": {"reap_schedule": "", "reconcile_schedule": ""},
        "monitoring": {"dashboard": False},
    },
    "either": {
        "username_attributes": ["email", "phone_number"],
        "delivery": {"channels": ["email", "sms"], "sms_provider": "end_user_messaging"},
        "email": EMAIL,
        "sms": {"origination_identity": "pool-0123456789abcdef0123456789abcdef", "region": "us-west-2"},
        "clients": {"app": {"read_attributes": ["email"], "write_attributes": ["email", "phone_number"]}, "site": {}},
        "user_table": {"attribute_map": {"email": None, "owner": "owner"}, "indexes": ["phone_number"]},
        "lambda": {"architecture": "x86_64", "runtime": "python3.12", "application_log_level": "DEBUG"},
    },
    "two-factors": {
        "password_required": True,
        "password_policy": {"minimum_length": 12, "require_symbols": True, "password_history_size": 5},
        "mfa_configuration": "OPTIONAL",
        "software_token_mfa_configuration": {"enabled": True},
        "user_pool_tier": "PLUS",
        "user_pool_add_ons": {"advanced_security_mode": "ENFORCED", "custom_auth_mode": "AUDIT"},
        "risk_configuration": {
            "app": {"compromised_credentials_risk_configuration": {"actions": {"event_action": "BLOCK"}}}
        },
    },
    "native": {
        "native_otp": True,
        "web_authn_configuration": {"relying_party_id": "example.com"},
        "domain": {"domain": "mix-native", "managed_login_version": 2},
        "clients": {
            "site": {
                "allowed_oauth_flows": ["code"],
                "allowed_oauth_scopes": ["openid"],
                "callback_urls": ["https://example.com/"],
                "supported_identity_providers": ["COGNITO"],
            }
        },
        "groups": {"staff": {}},
        "resource_servers": {"https://api.example.com": {"scopes": {"read": "Read"}}},
    },
}


@pytest.fixture(scope="module")
def root(aws: LocalAWS, tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    """Give a root module with all of the mixes, applied."""
    package = package_in_s3(aws)
    folder: Path = tmp_path_factory.mktemp("mixes")
    calls = {
        name: {"source": str(ROOT), "name": f"mix-{name}", "lambda_package": package, **inputs}
        for name, inputs in MIXES.items()
    }
    configuration = {"terraform": {"required_providers": {"aws": {"source": "hashicorp/aws"}}}, "module": calls}
    (folder / "main.tf.json").write_text(json.dumps(configuration))
    (folder / "work").mkdir()
    terraform = Terraform(folder, folder / "work", aws.environment())
    terraform.init()
    terraform.apply()
    return terraform


def test_a_second_plan_is_empty(root):
    assert root.plan() == ""


def test_each_mix_made_its_pool(aws, root):
    pools = {pool["Name"] for pool in aws.client("cognito-idp").list_user_pools(MaxResults=60)["UserPools"]}
    assert pools == {f"mix-{name}" for name in MIXES}
