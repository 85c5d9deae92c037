"""Whether and how often Cognito invokes a trigger."""

import time
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from dev.local import LocalAWS
from tests.local.support import allow_pool, make_pool

PHONE = "+14155550100"
DENIED = r"UnexpectedLambdaException.*PreSignUp invocation failed due to error AccessDeniedException\."


def test_a_missing_permission_is_seen(aws: LocalAWS, tmp_path: Path) -> None:
    pool = make_pool(aws, tmp_path, permission=False)
    with pytest.raises(ClientError, match=DENIED):
        pool.sign_up(PHONE)
    assert aws.trigger_log()[-1].outcome == "not allowed to be invoked by this pool"
    allow_pool(aws, pool.function, pool.arn, SourceAccount="999999999999")
    allow_pool(aws, pool.function, "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_other")
    with pytest.raises(ClientError, match=DENIED):
        pool.sign_up(PHONE)
    allow_pool(aws, pool.function, pool.arn)
    pool.sign_up(PHONE)


def test_a_deleted_function_is_seen(aws: LocalAWS, tmp_path: Path) -> None:
    pool = make_pool(aws, tmp_path)
    aws.client("lambda").delete_function(FunctionName=pool.function.name)
    with pytest.raises(ClientError, match=DENIED):
        pool.sign_up(PHONE)


def test_an_alias_needs_a_permission_of_its_own(aws: LocalAWS, tmp_path: Path) -> None:
    pool = make_pool(aws, tmp_path)
    functions = aws.client("lambda")
    version = functions.publish_version(FunctionName=pool.function.name)["Version"]
    arn = functions.create_alias(FunctionName=pool.function.name, Name="live", FunctionVersion=version)["AliasArn"]
    aws.client("cognito-idp").update_user_pool(UserPoolId=pool.id, LambdaConfig={"PreSignUp": arn})
    with pytest.raises(ClientError, match=DENIED):
        pool.sign_up(PHONE)
    allow_pool(aws, pool.function, pool.arn, Qualifier="live")
    pool.sign_up(PHONE)


def test_slow_triggers_run_three_times_with_one_event(hasty_aws: LocalAWS, tmp_path: Path) -> None:
    code = """
    def react(event):
        time.sleep(1.2)
        with open(os.environ["EVENTS"] + ".done", "a") as file:
            file.write("x")
        return event
    """
    pool = make_pool(hasty_aws, tmp_path, code)
    began = time.monotonic()
    message = (
        r"UnexpectedLambdaException.*PreSignUp invocation failed due to error Socket timeout while invoking Lambda"
    )
    with pytest.raises(ClientError, match=message):
        pool.sign_up(PHONE)
    assert time.monotonic() - began < 10
    runs = [run for run in hasty_aws.trigger_log() if run.function == pool.function.name]
    assert [(run.attempt, run.outcome) for run in runs] == [(1, "timed out"), (2, "timed out"), (3, "timed out")]
    time.sleep(2.5)
    events = pool.function.events()
    assert len(events) == 3
    assert events[0] == events[1] == events[2]
    # Nothing cancelled the attempts that were given up.
    assert Path(f"{pool.function.events_file}.done").read_text() == "xxx"


def test_a_second_attempt_may_succeed(hasty_aws: LocalAWS, tmp_path: Path) -> None:
    code = """
    def react(event):
        with open(os.environ["EVENTS"]) as file:
            if len(file.readlines()) == 1:
                time.sleep(2)
        return default(event)
    """
    pool = make_pool(hasty_aws, tmp_path, code, triggers=("PreSignUp",))
    pool.sign_up(PHONE)
    assert pool.function.sources() == ["PreSignUp_SignUp"] * 2


def test_the_functions_own_time_limit_is_an_error_and_not_retried(aws: LocalAWS, tmp_path: Path) -> None:
    pool = make_pool(aws, tmp_path, "def react(event): time.sleep(3)", timeout=1)
    message = r"PreSignUp failed with error \d{4}-\S+Z [0-9a-f-]{36} Task timed out after 1\.00 seconds\."
    with pytest.raises(ClientError, match=message):
        pool.sign_up(PHONE)
    assert len(pool.function.events()) == 1


def test_a_module_that_does_not_load_is_an_error(aws: LocalAWS, tmp_path: Path) -> None:
    pool = make_pool(aws, tmp_path, "import ministack")
    with pytest.raises(ClientError, match=r"UserLambdaValidationException.*No module named 'ministack'"):
        pool.sign_up(PHONE)


def test_a_function_that_raised_stays_warm(aws: LocalAWS, tmp_path: Path) -> None:
    code = """
    count = 0
    def react(event):
        global count
        count += 1
        raise Exception(f"call {count}")
    """
    pool = make_pool(aws, tmp_path, code)
    for number in (1, 2, 3):
        with pytest.raises(ClientError, match=f"call {number}\\."):
            pool.sign_up(PHONE)
