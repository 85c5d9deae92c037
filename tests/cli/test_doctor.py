"""Every check of the doctor: nothing to say of a healthy deployment, the right word for each thing that is wrong."""

import copy
import functools
import json
from datetime import UTC, datetime
from typing import Any

import boto3
import botocore.client
import pytest
from botocore.exceptions import ClientError

import cognito_otp_cli.session
from cognito_otp_cli.doctor.examine import CHECKS, name_of

POOL_ID = "us-east-1_Pool12345"
POOL = f"arn:aws:cognito-idp:us-east-1:123456789012:userpool/{POOL_ID}"
ROLE = "arn:aws:iam::123456789012:role/app-sms"
IDENTITY = "arn:aws:ses:us-east-1:123456789012:identity/example.com"
KEY = "arn:aws:kms:us-east-1:123456789012:key/k"
NAMES = {
    "sign_up": "app-sign-up",
    "sign_in": "app-sign-in",
    "delivery": "app-delivery",
    "maintenance": "app-maintenance",
}
NOW = datetime.now(UTC)


def arn(key: str) -> str:
    return f"arn:aws:lambda:us-east-1:123456789012:function:{NAMES[key]}"


TABLES = {
    "USER_TABLE": "app-users",
    "IDENTITIES_TABLE": "app-identities",
    "AUTH_STATE_TABLE": "app-auth-state",
    "CODE_KEY_ID": KEY,
    "USERNAME_ATTRIBUTES": "phone_number",
    "CHANNELS": "sms,email",
}
ENVIRONMENTS = {
    "sign_up": TABLES,
    "sign_in": {**TABLES, "CODE_TTL_SECONDS": "300"},
    "delivery": {
        **TABLES,
        "SMS_PROVIDER": "sns",
        "EMAIL_IDENTITY_ARN": IDENTITY,
        "EMAIL_FROM": "App <login@example.com>",
    },
    "maintenance": {**TABLES, "RECONCILE_INTERVAL_HOURS": "24"},
}


def function(key: str) -> dict[str, Any]:
    return {
        "FunctionName": NAMES[key],
        "Handler": f"cognito_otp.functions.{key}.handler",
        "Runtime": "python3.13",
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "Environment": {"Variables": dict(ENVIRONMENTS[key])},
    }


def permission(**conditions: str) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cognito-idp.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Condition": {"ArnLike": {"AWS:SourceArn": conditions.get("arn", POOL)}},
    }
    if conditions.get("arn") == "":
        del statement["Condition"]
    return {"Policy": json.dumps({"Statement": [statement]})}


def quota(category: str, *, adjustable: bool = True, measured: bool = True) -> dict[str, Any]:
    metric = {
        "MetricNamespace": "AWS/Usage",
        "MetricName": "CallCount",
        "MetricDimensions": {"Resource": category, "Type": "API"},
    }
    return {
        "QuotaName": f"Rate of {category} requests",
        "Value": 120.0,
        "Adjustable": adjustable,
        **({"UsageMetric": metric} if measured else {}),
    }


class Cloud:
    """Answers AWS calls from a table: `service.Operation` to a dict, an error code, or a function of the parameters."""

    def __init__(self) -> None:
        self.pool: dict[str, Any] = {
            "Id": POOL_ID,
            "Arn": POOL,
            "Name": "app",
            "DeletionProtection": "ACTIVE",
            "UsernameAttributes": ["phone_number"],
            "AutoVerifiedAttributes": ["phone_number"],
            "UsernameConfiguration": {"CaseSensitive": False},
            "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["phone_number"]},
            "AccountRecoverySetting": {"RecoveryMechanisms": [{"Name": "admin_only", "Priority": 1}]},
            "SmsConfiguration": {"SnsCallerArn": ROLE, "ExternalId": "app"},
            "LambdaConfig": {
                "PreSignUp": arn("sign_up"),
                "PostConfirmation": arn("sign_up"),
                "DefineAuthChallenge": arn("sign_in"),
                "CreateAuthChallenge": arn("sign_in"),
                "VerifyAuthChallengeResponse": arn("sign_in"),
                "PostAuthentication": arn("sign_in"),
            },
        }
        self.client: dict[str, Any] = {
            "ClientId": "c",
            "ClientName": "app",
            "ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            "PreventUserExistenceErrors": "ENABLED",
            "AuthSessionValidity": 5,
            "WriteAttributes": ["name"],
        }
        self.functions = {key: function(key) for key in NAMES}
        self.trust: dict[str, Any] = {
            "Statement": {
                "Effect": "Allow",
                "Principal": {"Service": "cognito-idp.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {
                    "StringEquals": {"sts:ExternalId": "app", "aws:SourceAccount": "123456789012"},
                    "ArnLike": {"aws:SourceArn": "arn:aws:cognito-idp:us-east-1:123456789012:userpool/*"},
                },
            }
        }
        self.table: dict[str, Any] = {"TableStatus": "ACTIVE", "DeletionProtectionEnabled": True}
        self.walk: dict[str, Any] | None = {
            "number": {"N": str(int(NOW.timestamp()) - 60)},
            "finished_at": {"N": str(int(NOW.timestamp()) - 30)},
            "users": {"N": "7"},
            "drift": {"M": {}},
        }
        self.metrics: dict[str, float] = {}
        self.answers: dict[str, Any] = {
            "cognito-idp.DescribeUserPool": lambda _: {"UserPool": self.pool},
            "cognito-idp.ListUserPoolClients": {"UserPoolClients": [{"ClientId": "c"}]},
            "cognito-idp.DescribeUserPoolClient": lambda _: {"UserPoolClient": self.client},
            "lambda.GetFunctionConfiguration": self._function,
            "lambda.GetPolicy": permission(),
            "lambda.GetAccountSettings": {"AccountLimit": {"ConcurrentExecutions": 1000}},
            "sns.GetSMSSandboxAccountStatus": {"IsInSandbox": False},
            "sns.GetSMSAttributes": {"attributes": {"MonthlySpendLimit": "100", "DeliveryStatusIAMRole": "r"}},
            "iam.GetRole": lambda _: {"Role": {"AssumeRolePolicyDocument": self.trust}},
            "iam.SimulatePrincipalPolicy": {"EvaluationResults": [{"EvalDecision": "allowed"}]},
            "pinpoint-sms-voice-v2.DescribeProtectConfigurations": {
                "ProtectConfigurations": [{"ProtectConfigurationId": "protect-1", "AccountDefault": True}]
            },
            "pinpoint-sms-voice-v2.GetProtectConfigurationCountryRuleSet": {
                "CountryRuleSet": {"US": {"ProtectStatus": "ALLOW"}, "GG": {"ProtectStatus": "BLOCK"}}
            },
            "pinpoint-sms-voice-v2.DescribeAccountAttributes": {
                "AccountAttributes": [{"Name": "ACCOUNT_TIER", "Value": "PRODUCTION"}]
            },
            "pinpoint-sms-voice-v2.DescribeSpendLimits": {
                "SpendLimits": [{"Name": "TEXT_MESSAGE_MONTHLY_SPEND_LIMIT", "EnforcedLimit": 100}]
            },
            "sesv2.GetEmailIdentity": {"VerifiedForSendingStatus": True},
            "sesv2.GetAccount": {
                "SendingEnabled": True,
                "ProductionAccessEnabled": True,
                "SendQuota": {"Max24HourSend": 1000.0, "SentLast24Hours": 10.0},
            },
            "dynamodb.DescribeTable": self._table,
            "dynamodb.DescribeContinuousBackups": {
                "ContinuousBackupsDescription": {
                    "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "ENABLED"}
                }
            },
            "dynamodb.DescribeTimeToLive": {
                "TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}
            },
            "dynamodb.GetItem": self._checkpoint,
            "kms.DescribeKey": {"KeyMetadata": {"KeyId": "k", "KeyState": "Enabled"}},
            "logs.FilterLogEvents": {"events": []},
            "cloudwatch.GetMetricData": self._metric,
            "service-quotas.ListServiceQuotas": {"Quotas": [quota("UserAuthentication"), quota("UserUpdate")]},
        }

    def call(self, client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        answer = self.answers[f"{client.meta.service_model.service_name}.{operation}"]
        answer = answer(parameters) if callable(answer) else answer
        if isinstance(answer, str):
            text = f"User: u is not authorized to perform: {answer}" if ":" in answer else "no"
            error = "AccessDeniedException" if ":" in answer else answer
            raise client.exceptions.from_code(error)({"Error": {"Code": error, "Message": text}}, operation)
        return copy.deepcopy(answer)

    def _function(self, parameters: dict[str, Any]) -> dict[str, Any] | str:
        name = parameters["FunctionName"].rpartition(":")[2]
        for configuration in self.functions.values():
            if configuration["FunctionName"] == name:
                return configuration
        return "ResourceNotFoundException"

    def _table(self, parameters: dict[str, Any]) -> dict[str, Any]:
        key = "id" if parameters["TableName"].endswith("users") else "pk"
        return {"Table": {"KeySchema": [{"AttributeName": key}], **self.table}}

    def _checkpoint(self, parameters: dict[str, Any]) -> dict[str, Any]:
        assert parameters["Key"] == {"pk": {"S": "job#reconcile"}}
        return {"Item": {"pk": {"S": "job#reconcile"}, "walk": {"M": self.walk}}} if self.walk else {}

    def _metric(self, parameters: dict[str, Any]) -> dict[str, Any]:
        metric = parameters["MetricDataQueries"][0]["MetricStat"]["Metric"]
        value = self.metrics.get(metric["MetricName"])
        return {"MetricDataResults": [{"Id": "asked", "Values": [] if value is None else [0.0, value]}]}


@pytest.fixture
def cloud(monkeypatch):
    cloud = Cloud()

    def call(client, operation, parameters):
        return cloud.call(client, operation, parameters)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)
    # What is slow about a session is reading the services' models.
    monkeypatch.setattr(cognito_otp_cli.session, "_session", one_session)
    return cloud


@functools.cache
def one_session(_place: Any) -> boto3.Session:
    return boto3.Session(region_name="us-east-1")


@pytest.fixture
def doctor(run, cloud):
    def doctor():
        result = run("doctor", "--user-pool-id", POOL_ID, "--json")
        report = json.loads(result.stdout)
        assert report["exit_code"] == result.exit_code
        return report

    return doctor


def not_ok(report):
    return [finding for finding in report["findings"] if finding["verdict"] != "ok"]


def test_a_healthy_deployment_is_ok_in_every_check(doctor):
    report = doctor()
    assert not_ok(report) == []
    assert (report["exit_code"], report["module"]) == (0, "app")
    assert {finding["check"] for finding in report["findings"]} == {
        "module",
        *(name_of(check) for checks in CHECKS.values() for check in checks),
    }


def end_user_messaging(cloud):
    cloud.functions["delivery"]["Environment"]["Variables"]["SMS_PROVIDER"] = "end_user_messaging"


def set_pool(**settings):
    return lambda cloud: cloud.pool.update(settings)


def set_client(**settings):
    return lambda cloud: cloud.client.update(settings)


def answer(**answers):
    return lambda cloud: cloud.answers.update(
        {name.replace("__", ".").replace("_", "-"): value for name, value in answers.items()}
    )


def set_environment(key, **variables):
    return lambda cloud: cloud.functions[key]["Environment"]["Variables"].update(variables)


def detach(trigger):
    return lambda cloud: cloud.pool["LambdaConfig"].pop(trigger)


def both(*changes):
    return lambda cloud: [change(cloud) for change in changes]


def trust(key, value):
    def change(cloud):
        cloud.trust["Statement"]["Condition"]["StringEquals"][key] = value

    return change


def walk(**fields):
    return lambda cloud: cloud.walk.update(fields)


def lacks_maintenance(cloud):
    del cloud.functions["maintenance"]


FAILED_LINE = {"message": json.dumps({"level": "ERROR", "message": "user_row", "aws_error": "Throttled"})}
RECOVERY = {"RecoveryMechanisms": [{"Name": "verified_phone_number", "Priority": 1}]}
EMAIL_RECOVERY = {"RecoveryMechanisms": [{"Name": "verified_email", "Priority": 1}]}
NO_ACCESS = "AccessDenied"

SICK = [
    ("triggers", "problem", "PostAuthentication has no function", detach("PostAuthentication")),
    ("triggers", "problem", "DefineAuthChallenge is app-sign-up and not", lambda c: c.pool["LambdaConfig"].update(DefineAuthChallenge=arn("sign_up"))),
    ("triggers", "problem", "CustomMessage has no function", set_environment("sign_up", DEFAULT_LOCALE="en")),
    ("trigger-permissions", "problem", "may not invoke app-sign-up", answer(lambda__GetPolicy="ResourceNotFoundException")),
    ("trigger-permissions", "problem", "only for arn:aws:cognito-idp:us-east-1:123456789012:userpool/other", answer(lambda__GetPolicy=permission(arn=POOL.replace(POOL_ID, "other")))),
    ("trigger-permissions", "warning", "Any user pool", answer(lambda__GetPolicy=permission(arn=""))),
    ("client-flows", "problem", "ALLOW_USER_SRP_AUTH: a password opens", set_client(ExplicitAuthFlows=["ALLOW_CUSTOM_AUTH", "ALLOW_USER_SRP_AUTH"])),
    ("client-flows", "problem", "ALLOW_USER_AUTH: a password opens", set_client(ExplicitAuthFlows=["ALLOW_CUSTOM_AUTH", "ALLOW_USER_AUTH"])),
    ("client-flows", "problem", "ALLOW_USER_SRP_AUTH: a password opens", set_client(ExplicitAuthFlows=[])),
    ("client-flows", "problem", "does not allow ALLOW_CUSTOM_AUTH", set_client(ExplicitAuthFlows=["ALLOW_REFRESH_TOKEN_AUTH"])),
    ("client-flows", "problem", "on the pages of login", both(set_client(SupportedIdentityProviders=["COGNITO"]), set_pool(Domain="login"))),
    ("client-flows", "warning", "no app client", lambda c: c.answers.update({"cognito-idp.ListUserPoolClients": {"UserPoolClients": []}})),
    ("existence-errors", "problem", "whether an account exists", set_client(PreventUserExistenceErrors="LEGACY")),
    ("session-validity", "problem", "3 minutes to answer, and a code lives 300 s", set_client(AuthSessionValidity=3)),
    ("write-attributes", "warning", "all mutable attributes", set_client(WriteAttributes=[])),
    ("case", "warning", "case-sensitive", set_pool(UsernameConfiguration={})),
    ("aliases", "problem", "USERNAME_ATTRIBUTES of the functions", set_environment("sign_up", USERNAME_ATTRIBUTES="email")),
    ("aliases", "warning", "email is an alias, and Cognito never verifies it", both(set_pool(UsernameAttributes=[], AliasAttributes=["email"], UserAttributeUpdateSettings={"AttributesRequireVerificationBeforeUpdate": ["email"]}), set_environment("sign_up", USERNAME_ATTRIBUTES="", ALIAS_ATTRIBUTES="email"))),
    ("verified-before-update", "problem", "A changed phone_number counts before", set_pool(UserAttributeUpdateSettings={})),
    ("recovery", "problem", "recovered by verified_phone_number", set_pool(AccountRecoverySetting=RECOVERY)),
    ("recovery", "problem", "Cognito's default", set_pool(AccountRecoverySetting={})),
    ("recovery", "problem", "where codes go too", both(set_pool(AccountRecoverySetting=EMAIL_RECOVERY), set_environment("sign_in", PASSWORD_REQUIRED="true"))),
    ("pool-protection", "warning", "not protected", set_pool(DeletionProtection="INACTIVE")),
    ("own-messages", "problem", "SNSSandbox", set_pool(SmsConfigurationFailure="SNSSandbox")),
    ("sms-sandbox", "problem", "in the SMS sandbox", answer(sns__GetSMSSandboxAccountStatus={"IsInSandbox": True})),
    ("sms-sandbox", "problem", "in the SMS sandbox", both(end_user_messaging, lambda c: c.answers.update({"pinpoint-sms-voice-v2.DescribeAccountAttributes": {"AccountAttributes": [{"Name": "ACCOUNT_TIER", "Value": "SANDBOX"}]}}))),
    ("sms-spend", "problem", "100.00 of 100 USD this month. No more", lambda c: c.metrics.update(SMSMonthToDateSpentUSD=100)),
    ("sms-spend", "warning", "85.50 of 100", lambda c: c.metrics.update(SMSMonthToDateSpentUSD=85.5)),
    ("sms-spend", "warning", "85.50 of 100", both(end_user_messaging, lambda c: c.metrics.update(TextMessageMonthlySpend=85.5))),
    ("sms-spend", "warning", "1 USD a month", answer(sns__GetSMSAttributes={"attributes": {"DeliveryStatusIAMRole": "r"}})),
    ("sms-delivery-log", "warning", "does not log", answer(sns__GetSMSAttributes={"attributes": {"MonthlySpendLimit": "9"}})),
    ("sms-role", "problem", "has no role", set_pool(SmsConfiguration={})),
    ("sms-role", "problem", "is not there", answer(iam__GetRole="NoSuchEntity")),
    ("sms-role", "problem", 'demands sts:ExternalId = other, and Cognito comes with "app"', trust("sts:ExternalId", "other")),
    ("sms-role", "problem", "demands aws:SourceAccount = 999", trust("aws:SourceAccount", "999")),
    ("sms-role", "problem", "does not trust", lambda c: c.trust["Statement"].update(Principal={"Service": "sns.amazonaws.com"})),
    ("sms-role", "warning", "anybody's pool", lambda c: c.trust["Statement"].pop("Condition")),
    ("sms-role", "problem", "may not send texts", answer(iam__SimulatePrincipalPolicy={"EvaluationResults": [{"EvalDecision": "implicitDeny"}]})),
    ("protect-configuration", "warning", "No protect configuration", answer(pinpoint_sms_voice_v2__DescribeProtectConfigurations={"ProtectConfigurations": []})),
    ("protect-configuration", "warning", "blocks no country", answer(pinpoint_sms_voice_v2__GetProtectConfigurationCountryRuleSet={"CountryRuleSet": {}})),
    ("protect-configuration", "problem", "protect-2 is not there", set_environment("delivery", SMS_PROTECT_CONFIGURATION_ID="protect-2")),
    ("email-identity", "problem", "not verified", answer(sesv2__GetEmailIdentity={"VerifiedForSendingStatus": False})),
    ("email-identity", "problem", "is not there", answer(sesv2__GetEmailIdentity="NotFoundException")),
    ("email-identity", "problem", "does not cover", set_environment("delivery", EMAIL_FROM="login@example.org")),
    ("email-sandbox", "problem", "SES sandbox", answer(sesv2__GetAccount={"ProductionAccessEnabled": False})),
    ("email-sandbox", "problem", "paused", answer(sesv2__GetAccount={"SendingEnabled": False, "ProductionAccessEnabled": False})),
    ("email-sandbox", "warning", "900 of 1000", answer(sesv2__GetAccount={"ProductionAccessEnabled": True, "SendQuota": {"Max24HourSend": 1000, "SentLast24Hours": 900}})),
    ("tables", "warning", "app-identities is not protected", lambda c: c.table.update(DeletionProtectionEnabled=False)),
    ("tables", "problem", "is ARCHIVED", lambda c: c.table.update(TableStatus="ARCHIVED")),
    ("tables", "problem", "has the key", set_environment("sign_up", USER_TABLE_KEY="user_id")),
    ("tables", "problem", "app-users is not there", answer(dynamodb__DescribeTable="ResourceNotFoundException")),
    ("backups", "warning", "no point-in-time recovery", answer(dynamodb__DescribeContinuousBackups={"ContinuousBackupsDescription": {}})),
    ("expiry", "problem", "is DISABLED", answer(dynamodb__DescribeTimeToLive={"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}})),
    ("expiry", "problem", "by ttl", answer(dynamodb__DescribeTimeToLive={"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}})),
    ("code-key", "problem", "is Disabled", answer(kms__DescribeKey={"KeyMetadata": {"KeyId": "k", "KeyState": "Disabled"}})),
    ("code-key", "problem", "deleted on 2027-01-02", answer(kms__DescribeKey={"KeyMetadata": {"KeyId": "k", "KeyState": "PendingDeletion", "DeletionDate": datetime(2027, 1, 2, tzinfo=UTC)}})),
    ("code-key", "problem", "is gone", answer(kms__DescribeKey="NotFoundException")),
    ("functions", "problem", "app-sign-in is Failed", lambda c: c.functions["sign_in"].update(State="Failed")),
    ("functions", "problem", "update of app-delivery failed", lambda c: c.functions["delivery"].update(LastUpdateStatus="Failed")),
    ("functions", "problem", "gone is not there", lambda c: c.pool["LambdaConfig"].update(PreAuthentication=arn("sign_in").replace("app-sign-in", "gone"))),
    ("failures", "warning", "app-sign-up has failed 2 times in the last day: 2 x user_row Throttled", answer(logs__FilterLogEvents={"events": [FAILED_LINE, FAILED_LINE]})),
    ("durations", "warning", "took up to 4.5 s", lambda c: c.metrics.update(Duration=4500)),
    ("durations", "warning", "throttled: up to 3 times", lambda c: c.metrics.update(Throttles=3)),
    ("concurrency", "warning", "may run 10 functions at once", answer(lambda__GetAccountSettings={"AccountLimit": {"ConcurrentExecutions": 10}})),
    ("concurrency", "warning", "At most 900 of 1000", lambda c: c.metrics.update(ConcurrentExecutions=900)),
    ("quotas", "warning", "70.0 used in the busiest", lambda c: c.metrics.update(CallCount=21000)),
    ("reconcile", "warning", "no function app-maintenance", lacks_maintenance),
    ("reconcile", "warning", "never compared", lambda c: setattr(c, "walk", None)),
    ("reconcile", "warning", "The next was due after 24 hours", walk(finished_at={"N": "1"})),
    ("reconcile", "warning", "A comparison began on 1970-01-01", walk(finished_at={"N": "0"}, number={"N": "1"})),
    ("reconcile", "warning", "2 failed", walk(drift={"M": {"failed": {"N": "2"}}})),
    ("reconcile", "problem", "3 conflict", walk(drift={"M": {"conflict": {"N": "3"}}})),
]  # fmt: skip


@pytest.mark.parametrize(
    ("check", "verdict", "words", "change"), SICK, ids=[f"{check}: {words}" for check, _, words, _ in SICK]
)
def test_what_is_wrong_is_found_and_comes_with_advice(doctor, cloud, check, verdict, words, change):
    change(cloud)
    report = doctor()
    found = [finding for finding in not_ok(report) if finding["check"] == check]
    assert [finding["verdict"] for finding in found if words in finding["fact"]], not_ok(report)
    assert {verdict} == {finding["verdict"] for finding in found if words in finding["fact"]}
    assert all(finding["advice"] for finding in not_ok(report))
    assert report["exit_code"] == (1 if verdict == "problem" else 0)


def test_every_check_has_something_that_it_finds():
    assert {name_of(check) for checks in CHECKS.values() for check in checks} == {check for check, *_ in SICK}


def test_a_running_comparison_is_nothing_to_worry_about(doctor, cloud):
    cloud.walk["finished_at"] = {"N": "0"}
    assert not_ok(doctor()) == []


def test_quotas_without_a_measure_are_no_alarm(doctor, cloud):
    cloud.answers["service-quotas.ListServiceQuotas"] = {"Quotas": [quota("UserList", measured=False)]}
    assert not_ok(doctor()) == []
    cloud.answers["service-quotas.ListServiceQuotas"] = {"Quotas": [quota("UserUpdate", adjustable=False)]}
    cloud.metrics["CallCount"] = 120 * 300
    assert "AWS raises this one for nobody" in not_ok(doctor())[0]["advice"]


@pytest.mark.parametrize(
    ("operation", "action", "checks"),
    [
        ("lambda.GetPolicy", "lambda:GetPolicy", {"trigger-permissions"}),
        ("sns.GetSMSSandboxAccountStatus", "sns:GetSMSSandboxAccountStatus", {"sms-sandbox"}),
        ("dynamodb.DescribeTimeToLive", "dynamodb:DescribeTimeToLive", {"expiry"}),
        ("iam.SimulatePrincipalPolicy", "iam:SimulatePrincipalPolicy", {"sms-role"}),
        (
            "cloudwatch.GetMetricData",
            "cloudwatch:GetMetricData",
            {"sms-spend", "durations", "concurrency", "quotas"},
        ),
    ],
)
def test_a_missing_permission_is_named_and_makes_unknown_what_depends_on_it(doctor, cloud, operation, action, checks):
    cloud.answers[operation] = action
    report = doctor()
    assert {finding["check"] for finding in not_ok(report)} == checks
    assert {finding["verdict"] for finding in not_ok(report)} == {"unknown"}
    assert all(action in finding["advice"] for finding in not_ok(report))
    assert report["exit_code"] == 2


def test_a_problem_outweighs_what_could_not_be_asked(doctor, cloud):
    cloud.answers["lambda.GetPolicy"] = "lambda:GetPolicy"
    cloud.pool["AccountRecoverySetting"] = RECOVERY
    assert doctor()["exit_code"] == 1


def test_without_a_right_to_look_at_functions_the_pool_is_still_checked(doctor, cloud):
    cloud.answers["lambda.GetFunctionConfiguration"] = "lambda:GetFunctionConfiguration"
    report = doctor()
    unknown = {finding["check"] for finding in report["findings"] if finding["verdict"] == "unknown"}
    assert unknown == {"module", "functions"}
    assert report["module"] is None
    assert "case" in {finding["check"] for finding in report["findings"]}


def test_what_is_found_before_a_permission_is_missing_is_kept(doctor, cloud):
    cloud.answers["iam.SimulatePrincipalPolicy"] = "iam:SimulatePrincipalPolicy"
    role = [finding["verdict"] for finding in doctor()["findings"] if finding["check"] == "sms-role"]
    assert role == ["ok", "unknown"]


def test_an_error_that_is_nobodys_permission_is_told(doctor, cloud):
    def refuse(_):
        raise ClientError({"Error": {"Code": "InternalError", "Message": "try later"}}, "GetAccount")

    cloud.answers["sesv2.GetAccount"] = refuse
    unknown = not_ok(doctor())
    assert [(each["check"], each["fact"]) for each in unknown] == [
        ("email-sandbox", "GetAccount: InternalError: try later")
    ]


class TestAPoolMadeElsewhere:
    @pytest.fixture(autouse=True)
    def _theirs(self, cloud):
        for configuration in cloud.functions.values():
            configuration["Handler"] = "index.handler"

    def test_gets_what_can_be_said_of_any_pool(self, doctor):
        report = doctor()
        assert report["module"] is None
        assert [finding["check"] for finding in not_ok(report)] == ["module"]
        assert {"triggers", "client-flows", "case", "sms-role", "functions", "quotas"} <= {
            finding["check"] for finding in report["findings"]
        }

    @pytest.mark.parametrize(
        ("check", "words", "change"),
        [
            ("triggers", "CreateAuthChallenge has no function", detach("CreateAuthChallenge")),
            ("client-flows", "takes a password beside", set_client(ExplicitAuthFlows=[])),
            ("existence-errors", "whether an account exists", set_client(PreventUserExistenceErrors="LEGACY")),
            ("verified-before-update", "counts before", set_pool(UserAttributeUpdateSettings={})),
            (
                "email-identity",
                "about 50 messages",
                set_pool(
                    UsernameAttributes=["email"],
                    AutoVerifiedAttributes=["email"],
                    SmsConfiguration={},
                    UserAttributeUpdateSettings={"AttributesRequireVerificationBeforeUpdate": ["email"]},
                ),
            ),
        ],
    )
    def test_and_its_own_troubles(self, doctor, cloud, check, words, change):
        change(cloud)
        found = [finding for finding in not_ok(doctor()) if finding["check"] == check]
        assert [finding for finding in found if words in finding["fact"]]


def test_native_one_time_passwords_have_other_flows_and_triggers(doctor, cloud):
    set_environment("sign_up", NATIVE_OTP="true")(cloud)
    cloud.pool["LambdaConfig"] = {
        "PreSignUp": arn("sign_up"),
        "PostConfirmation": arn("sign_up"),
        "PostAuthentication": arn("sign_up"),
    }
    assert {finding["check"] for finding in not_ok(doctor())} == {"client-flows"}
    cloud.client["ExplicitAuthFlows"] = ["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    assert not_ok(doctor()) == []


def test_a_provider_of_ones_own_leaves_sns_and_ses_alone(doctor, cloud):
    set_environment("delivery", PROVIDER_FUNCTION="f")(cloud)
    cloud.pool["SmsConfiguration"] = {}
    cloud.pool["AutoVerifiedAttributes"] = []
    checks = {finding["check"] for finding in doctor()["findings"]}
    assert not checks & {"sms-sandbox", "sms-spend", "email-identity", "email-sandbox", "protect-configuration"}


def test_people_read_it_as_a_table(run, cloud):
    cloud.pool["DeletionProtection"] = "INACTIVE"
    result = run("doctor", "--user-pool-id", POOL_ID)
    assert result.exit_code == 0
    assert f"{POOL_ID} app, module app" in result.stdout
    assert "warning    pool-protection" in result.stdout
    assert '-> Set deletion_protection = "ACTIVE"' in result.stdout
    assert "1 warning" in result.stdout
