"""What Cognito makes of a user pool: its protection from deletion, schema, password policy, the role that sends SMS."""

from typing import Any

from dev.local import iam
from dev.local.ministack import module, replace
from dev.local.users import Response, error

_cognito = module("services.cognito", "_user_pools")
_responses = module("core.responses", "get_account_id", "get_region")

_FACTORS = ("SmsMfaConfiguration", "SoftwareTokenMfaConfiguration", "EmailMfaConfiguration")


def install() -> None:
    """Put these behaviours into MiniStack."""
    delete = _cognito._delete_user_pool

    def delete_user_pool(data: dict[str, Any]) -> Any:
        pool = _cognito._user_pools.get(data.get("UserPoolId")) or {}
        if pool.get("DeletionProtection") == "ACTIVE":
            return error(
                "InvalidParameterException",
                "The user pool cannot be deleted because deletion protection is activated. "
                "Deletion protection must be inactivated first.",
            )
        return delete(data)

    replace(_cognito, "_delete_user_pool", delete_user_pool)

    normalise = _cognito._normalize_schema_attribute

    def with_constraints(raw: dict[str, Any]) -> dict[str, Any]:
        """Give every string and number its constraints, empty where none were set, as DescribeUserPool shows them."""
        attribute: dict[str, Any] = normalise(raw)
        constraints = {"String": "StringAttributeConstraints", "Number": "NumberAttributeConstraints"}
        if attribute["AttributeDataType"] in constraints:
            attribute.setdefault(constraints[attribute["AttributeDataType"]], {})
        return attribute

    replace(_cognito, "_normalize_schema_attribute", with_constraints)

    update, configure = _cognito._update_user_pool, _cognito._set_user_pool_mfa_config

    def update_user_pool(data: dict[str, Any]) -> Any:
        """UpdateUserPool sets back to its default what it is not told."""
        answer = update(data)
        if answer[0] == 200 and "UserPoolAddOns" not in data:
            _cognito._user_pools[data["UserPoolId"]].pop("UserPoolAddOns", None)
        return answer

    replace(_cognito, "_update_user_pool", update_user_pool)

    def set_user_pool_mfa_config(data: dict[str, Any]) -> Any:
        """No MFA, no factors: Cognito refuses to be told of both, so that it drops these is taken for granted."""
        answer = configure(data)
        if answer[0] == 200 and data.get("MfaConfiguration") == "OFF":
            for factor in _FACTORS:
                _cognito._user_pools[data["UserPoolId"]].pop(factor, None)
        return answer

    replace(_cognito, "_set_user_pool_mfa_config", set_user_pool_mfa_config)

    for name in ("_create_user_pool", "_update_user_pool", "_set_user_pool_mfa_config"):
        change = getattr(_cognito, name)

        def change_user_pool(data: dict[str, Any], change: Any = change) -> Any:
            require_only_what_is_said(data)
            return sms_role_error(data) or change(data)

        replace(_cognito, name, change_user_pool)


def require_only_what_is_said(data: dict[str, Any]) -> None:
    """Fill in what a password policy leaves out: SDKs do not send false, and Cognito takes it for that."""
    policy = (data.get("Policies") or {}).get("PasswordPolicy")
    if policy is not None:
        for kind in ("Uppercase", "Lowercase", "Numbers", "Symbols"):
            policy.setdefault(f"Require{kind}", False)


def sms_role_error(data: dict[str, Any]) -> Response | None:
    """The refusal of an SMS role that Cognito, which tries it at once, cannot use; or None (developer guide, SMS)."""
    nested = (data.get("SmsMfaConfiguration") or {}).get("SmsConfiguration")
    configuration = data.get("SmsConfiguration") or nested or {}
    role = configuration.get("SnsCallerArn")
    if not role:
        return None
    region, account = _responses.get_region(), _responses.get_account_id()
    pool = f"arn:aws:cognito-idp:{region}:{account}:userpool/{data.get('UserPoolId') or f'{region}_new'}"
    if not iam.service_may_assume(role, "cognito-idp.amazonaws.com", pool, configuration.get("ExternalId")):
        return error(
            "InvalidSmsRoleTrustRelationshipException",
            "Role does not have a trust relationship allowing Cognito to assume the role",
        )
    if not iam.role_allows(role.rpartition("/")[2], "sns:Publish", ("*",)):
        return error("InvalidSmsRoleAccessPolicyException", "Role does not have permission to publish with SNS")
    return None
