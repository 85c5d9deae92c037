"""modules/sms-account-settings, applied: it says what it does to the account, and this is what it does."""

from pathlib import Path

from dev import terraform
from dev.local import LocalAWS
from dev.terraform import Terraform


def settings(aws: LocalAWS) -> dict[str, str]:
    return aws.client("sns").get_sms_attributes()["attributes"]


def test_set_change_take_back_destroy(aws, tmp_path: Path):
    module = Terraform(terraform.ROOT / "modules" / "sms-account-settings", tmp_path, aws.environment())
    module.init()
    try:
        everything = {
            "monthly_spend_limit": 20,
            "default_sender_id": "MYAPP",
            "delivery_status_logging": {"success_sampling_rate": 10},
            "usage_report_s3_bucket": "reports",
        }
        role = module.apply(**everything)["delivery_status_role_arn"]
        assert settings(aws) == {
            "MonthlySpendLimit": "20",
            "DefaultSenderID": "MYAPP",
            "DefaultSMSType": "Transactional",
            "DeliveryStatusIAMRole": role,
            "DeliveryStatusSuccessSamplingRate": "10",
            "UsageReportS3Bucket": "reports",
        }
        assert module.plan(**everything) == ""

        module.apply(monthly_spend_limit=30)
        assert settings(aws) == {"MonthlySpendLimit": "30", "DefaultSMSType": "Transactional"}
        assert module.plan(monthly_spend_limit=30) == ""
        roles = aws.client("iam").list_roles()["Roles"]
        assert not [each for each in roles if each["RoleName"].startswith("sns-sms-delivery-status-")]

        module.destroy(monthly_spend_limit=30)
        assert settings(aws) == {}
    finally:
        module.close()
