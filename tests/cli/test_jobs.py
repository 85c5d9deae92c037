"""`reconcile` and `reap`: slices of the maintenance function, to the job's end."""

import io
import json
import re

import pytest

from cognito_otp.jobs import alignment
from cognito_otp_cli.jobs import reconcile, slices
from tests.cli.test_deployment import make_functions, make_pool


class Maintenance:
    """Stands for Lambda's Invoke: answers with what a test has put there, and keeps what it was asked."""

    def __init__(self, session):
        arns = make_functions(session, "sign_up", "maintenance")
        self.pool_id = make_pool(session, PreSignUp=arns["sign_up"])
        self.answers = []
        self.asked = []

    def __call__(self, client, operation, parameters):
        assert (operation, parameters["FunctionName"]) == ("Invoke", "app-maintenance")
        self.asked.append(json.loads(parameters["Payload"]))
        answer = self.answers.pop(0)
        if isinstance(answer, str):
            body = {"errorMessage": answer, "errorType": "JobFailedError"}
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(json.dumps(body).encode())}
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}


@pytest.fixture
def maintenance(session, monkeypatch):
    import botocore.client

    maintenance = Maintenance(session)
    call = botocore.client.BaseClient._make_api_call

    def intercept(client, operation, parameters):
        return (maintenance if operation == "Invoke" else call.__get__(client))(
            *((client, operation, parameters) if operation == "Invoke" else (operation, parameters))
        )

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", intercept)
    monkeypatch.setattr(slices, "_BUSY_PAUSE", 0)
    return maintenance


def report(outcome, phase="rows", *, dry_run=False, **drift):
    return {
        "job": "reconcile",
        "outcome": outcome,
        "finished": outcome in ("finished", "resting"),
        "dry_run": dry_run,
        "phase": phase,
        "users": 120,
        "accounts": 240,
        "rows": 119,
        "drift": drift,
    }


def test_slices_follow_each_other_until_the_walk_is_finished(run, maintenance):
    maintenance.answers = [report("paused", "users"), report("paused", "accounts"), report("finished", row_missing=1)]
    result = run("reconcile", "--user-pool-id", maintenance.pool_id)
    assert result.exit_code == 0
    assert [event["job"] for event in maintenance.asked] == ["reconcile"] * 3
    assert maintenance.asked[0] == {
        "job": "reconcile",
        "user_pool_id": maintenance.pool_id,
        "seconds": 20,
        "dry_run": False,
    }
    assert "Looked at 120 users of the pool, 240 accounts and claims, 119 rows" in result.stdout
    assert "1  row_missing  users without a row" in result.stdout


def test_a_finished_walk_that_rests_is_begun_anew(run, maintenance):
    maintenance.answers = [report("resting"), report("paused"), report("finished")]
    result = run("reconcile", "--user-pool-id", maintenance.pool_id)
    assert [event.get("restart") for event in maintenance.asked] == [None, True, None]
    assert result.exit_code == 0
    assert "Everything is in line." in result.stdout


def test_another_slice_is_waited_for(run, maintenance):
    maintenance.answers = [report("busy"), report("busy"), report("finished")]
    assert run("reconcile", "--user-pool-id", maintenance.pool_id).exit_code == 0
    assert len(maintenance.asked) == 3


def test_but_not_for_ever(run, maintenance, monkeypatch):
    monkeypatch.setattr(slices, "_BUSY_AT_MOST", -1)
    maintenance.answers = [report("busy")]
    result = run("reconcile", "--user-pool-id", maintenance.pool_id)
    assert result.exit_code == 2
    assert "Another run of reconcile is at work" in result.stderr


@pytest.mark.parametrize(
    ("options", "drift", "code"),
    [
        (["--dry-run"], {"row_missing": 1}, 1),
        (["--dry-run"], {}, 0),
        ([], {"row_missing": 1}, 0),
        ([], {"conflict": 1}, 1),
        ([], {"failed": 1}, 1),
    ],
)
def test_the_exit_code_says_whether_something_is_left_to_do(run, maintenance, options, drift, code):
    maintenance.answers = [report("finished", dry_run=bool(options), **drift)]
    result = run("reconcile", "--user-pool-id", maintenance.pool_id, "--json", *options)
    assert maintenance.asked[0]["dry_run"] is bool(options)
    assert json.loads(result.stdout)["drift"] == drift
    assert result.exit_code == code


def test_what_is_left_is_not_called_repaired(run, maintenance):
    maintenance.answers = [report("finished", row_missing=2, conflict=1)]
    result = run("reconcile", "--user-pool-id", maintenance.pool_id)
    assert "Found and repaired, but for conflict:" in result.stdout


def test_every_kind_of_difference_has_words():
    kinds = re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", alignment.__doc__, re.MULTILINE)))
    assert "row_missing" in kinds
    assert {*kinds, "failed"} == set(reconcile._WORDS)


def test_a_job_that_fails_says_why_in_one_line(run, maintenance):
    maintenance.answers = ["reconcile failed: AccessDeniedException of Scan; see the log"]
    result = run("reconcile", "--user-pool-id", maintenance.pool_id)
    assert result.exit_code == 2
    assert result.stderr == "Error: app-maintenance: reconcile failed: AccessDeniedException of Scan; see the log\n"


def test_a_deployment_without_the_function_is_told(run, session):
    arns = make_functions(session, "sign_up")
    result = run("reap", "--user-pool-id", make_pool(session, PreSignUp=arns["sign_up"]))
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: There is no function app-maintenance: run terraform apply")


def reaped(finished, **outcomes):
    return {"job": "reap", "finished": finished, "outcomes": outcomes}


def test_reap_adds_its_slices_up(run, maintenance):
    maintenance.answers = [reaped(False, removed=3, code_alive=1), reaped(True, removed=2)]
    result = run("reap", "--user-pool-id", maintenance.pool_id)
    assert result.exit_code == 0
    assert "5 removed" in result.stdout
    assert "1 kept: a code is on its way to them" in result.stdout


def test_reap_says_what_failed(run, maintenance):
    maintenance.answers = [reaped(True, failed=1)]
    result = run("reap", "--user-pool-id", maintenance.pool_id, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {"job": "reap", "outcomes": {"failed": 1}}


def test_reap_with_nothing_to_do(run, maintenance):
    maintenance.answers = [reaped(True)]
    assert run("reap", "--user-pool-id", maintenance.pool_id).stdout == "No account is abandoned.\n"
