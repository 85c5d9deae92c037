"""The group of commands: quick help, the session that is asked for, and one line for whatever AWS refuses."""

import subprocess
import sys

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ParamValidationError

from cognito_otp_cli import main as group
from cognito_otp_cli.errors import explanation, missing_permission
from cognito_otp_cli.main import main
from dev.package import ROOT

COMMANDS = list(group._COMMANDS)


def test_help_lists_every_command_and_imports_nothing_heavy():
    check = (
        "import sys\nfrom cognito_otp_cli.main import main\n"
        "try: main(['--help'])\nfinally: print(*sorted({'boto3', 'botocore', 'rich'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", check],
        cwd=ROOT,
        env={"PYTHONPATH": "lambda_src:cli", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert all(f"\n  {name} " in done.stdout for name in COMMANDS)
    assert done.stderr.strip() == ""


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_that_begins_with_its_line(run, command):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert main.get_command(None, command).get_short_help_str(200) == group._COMMANDS[command][1]


def test_an_unknown_command_is_refused(run):
    result = run("nothing")
    assert result.exit_code == 2
    assert "No such command 'nothing'" in result.stderr


def test_the_version_is_the_packages(run):
    assert run("--version").stdout.startswith("cognito-otp, version ")


POOL = ("--user-pool-id", "us-east-1_Nothing12")


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """No credentials, no region, no configuration."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return tmp_path


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "migrate"])
def test_without_a_region_one_line_says_so(run, nowhere, command):
    result = run(command, "--user-pool-id", "my_pool")
    assert result.exit_code == 2
    assert result.stderr == "Error: No AWS region: set --region or AWS_REGION, or a region in the profile.\n"


def test_without_credentials_one_line_says_so(run, nowhere):
    result = run("doctor", *POOL, "--region", "us-east-1")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: No AWS credentials: set AWS_PROFILE or --profile")
    assert result.stderr.count("\n") == 1


def test_an_unknown_profile_is_named(run, nowhere):
    result = run("doctor", *POOL, "--profile", "nobody")
    assert result.exit_code == 2
    assert "nobody" in result.stderr


@pytest.mark.parametrize(
    ("before", "after", "variables", "region"),
    [
        (("--region", "eu-west-1"), (), {}, "eu-west-1"),
        ((), ("--region", "eu-west-1"), {}, "eu-west-1"),
        (("--region", "eu-west-2"), ("--region", "eu-west-1"), {}, "eu-west-1"),
        ((), (), {"AWS_REGION": "eu-west-1"}, "eu-west-1"),
        ((), (), {"AWS_DEFAULT_REGION": "eu-west-1"}, "eu-west-1"),
        ((), (), {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-2"}, "eu-west-1"),
        (("--profile", "mine"), (), {}, "eu-west-3"),
        ((), ("--profile", "mine"), {}, "eu-west-3"),
        ((), (), {"AWS_PROFILE": "mine"}, "eu-west-3"),
        ((), ("--profile", "mine"), {"AWS_REGION": "eu-west-1"}, "eu-west-1"),
    ],
)
def test_the_region_is_found_as_the_aws_cli_finds_it(
    run, session, nowhere, monkeypatch, before, after, variables, region
):
    (nowhere / "config").write_text("[profile mine]\nregion = eu-west-3\n")
    (nowhere / "credentials").write_text("[mine]\naws_access_key_id = a\naws_secret_access_key = b\n")
    for name, value in {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", **variables}.items():
        monkeypatch.setenv(name, value)
    result = run(*before, "doctor", *POOL, *after)
    assert result.exit_code == 2
    assert f"There is no user pool us-east-1_Nothing12 in {region} (by its id it is in us-east-1" in result.stderr


def test_without_a_region_it_is_that_of_the_pools_id(run, session, nowhere, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "a")
    monkeypatch.chdir(nowhere)
    elsewhere = "eu-central-1_Nothing12"
    for arguments in (
        ("doctor", "--user-pool-id", elsewhere),
        ("migrate", "--from", elsewhere, "--to", "eu-central-1_b"),
    ):
        result = run(*arguments)
        assert result.exit_code == 2
        assert result.stderr == f"Error: There is no user pool {elsewhere} in eu-central-1.\n"


def refused(code, message="", operation="Scan"):
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


@pytest.mark.parametrize(
    ("message", "action"),
    [
        ("User: u is not authorized to perform: dynamodb:Scan on resource: r", "dynamodb:Scan"),
        ("User: u is not authorized to perform: SNS:GetSMSAttributes on resource: r", "SNS:GetSMSAttributes"),
        ("User `u' is not authorized to perform `ses:GetAccount' on resource `r'", "ses:GetAccount"),
        ("User: u is not authorized to perform: sms-voice:DescribeSpendLimits because no policy", "sms-voice:DescribeSpendLimits"),
        ("no", "Scan"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("code", ["AccessDenied", "AccessDeniedException", "AuthorizationError"])
def test_the_missing_permission_is_named(code, message, action):
    assert missing_permission(refused(code, message)) == action
    assert explanation(refused(code, message)).startswith(f"Permission missing: {action}.")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (refused("ExpiredTokenException"), "have expired"),
        (refused("UnrecognizedClientException"), "does not know these credentials"),
        (refused("TooManyRequestsException", "Rate exceeded", "ListUsers"), "ListUsers: TooManyRequestsException: Rate exceeded"),
        (EndpointConnectionError(endpoint_url="https://x"), "AWS cannot be reached"),
        (ParamValidationError(report="Invalid length\nInvalid type"), "Invalid length Invalid type"),
    ],
)  # fmt: skip
def test_other_refusals_have_words_too(error, words):
    assert words in explanation(error)
    assert "\n" not in explanation(error)
    assert missing_permission(error) is None


def test_a_bug_is_no_refusal_of_aws():
    assert explanation(KeyError("x")) is None


def test_a_refusal_anywhere_ends_a_command_with_one_line(run, session, monkeypatch):
    import botocore.client

    def refuse(client, operation, parameters):
        raise refused(
            "AccessDeniedException", "User: u is not authorized to perform: cognito-idp:DescribeUserPool", operation
        )

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", refuse)
    for command in ("doctor", "duplicates", "reconcile", "reap", "tail"):
        result = run(command, *POOL)
        assert result.exit_code == 2
        assert result.stderr.startswith("Error: Permission missing: cognito-idp:DescribeUserPool.")
        assert result.stderr.count("\n") == 1
