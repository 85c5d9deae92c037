"""Who may be invoked by EventBridge and its Scheduler, which MiniStack does not ask, and what CloudTrail tells them."""

import functools
import json
import os
import time
import uuid
from typing import Any

from dev.local import iam, lambdas, users
from dev.local.journal import JOURNAL
from dev.local.ministack import module, replace

_events = module("services.eventbridge", "_put_events")
_scheduler = module("services.scheduler", "_schedules", "_SCHEDULE_TICK_INTERVAL")
_cloudtrail = module("services.cloudtrail", "_visible_trail_items")
_cognito = module("services.cognito", "_user_pools", "_user_pool_for_access_token")
_responses = module("core.responses", "get_account_id", "get_region")

# Of the user guide, "Set up the execution role": what the service's role needs, by the target's service.
_TARGET_ACTIONS = {"lambda": "lambda:InvokeFunction", "sqs": "sqs:SendMessage", "sns": "sns:Publish"}

_HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"


def install() -> None:
    """Put these behaviours into MiniStack."""
    # MiniStack looks every ten seconds whether a schedule is due: a test would wait for that.
    _scheduler._SCHEDULE_TICK_INTERVAL = float(os.environ.get("LOCAL_AWS_SCHEDULER_SECONDS", "1"))

    invoke = _events._invoke_target

    def invoke_if_allowed(target: dict[str, Any], event: dict[str, Any], rule: dict[str, Any], *rest: Any) -> None:
        if may_invoke(rule["Arn"], target):
            invoke(target, event, rule, *rest)

    replace(_events, "_invoke_target", invoke_if_allowed)

    for name in ("_admin_delete_user", "_admin_disable_user", "_admin_enable_user"):
        change = getattr(_cognito, name)
        replace(_cognito, name, functools.partial(_recorded_admin_call, change, _api_name(name)))
    delete = _cognito._delete_user

    def delete_user(data: dict[str, Any]) -> Any:
        user, _pool = _cognito._user_pool_for_access_token(data.get("AccessToken", ""))
        answer = delete(data)
        if user and answer[0] == 200:
            record("DeleteUser", {"accessToken": _HIDDEN}, users.attributes(user)["sub"])
        return answer

    replace(_cognito, "_delete_user", delete_user)


def may_invoke(source_arn: str, target: dict[str, Any]) -> bool:
    """Whether a rule or a schedule may invoke its target; what is refused goes to the journal.

    A schedule uses its role, which must trust the Scheduler (user guide, "Confused deputy prevention": for the group's
    ARN). A rule invokes functions by their resource policy.
    """
    arn = target.get("Arn", "")
    service = arn.split(":")[2]
    if ":schedule/" in source_arn:
        role = target["RoleArn"]
        group = source_arn.rpartition("/")[0].replace(":schedule/", ":schedule-group/")
        if not iam.service_may_assume(role, "scheduler.amazonaws.com", group):
            JOURNAL.deny("sts:AssumeRole", role, "scheduler.amazonaws.com", explicit=False)
            return False
        action = _TARGET_ACTIONS.get(service)
        return action is None or iam.role_allows(role.rpartition("/")[2], action, (arn,))
    if service != "lambda":
        return True
    allowed = iam.service_may_invoke(lambdas.resource_policy(arn), arn, "events.amazonaws.com", source_arn)
    if not allowed:
        JOURNAL.deny("lambda:InvokeFunction", arn, "events.amazonaws.com", explicit=False)
    return allowed


def record(api: str, parameters: dict[str, str], sub: str) -> None:
    """Put CloudTrail's record of a call on the default bus, as it does in an account with a trail.

    The user's name is hidden and the id is beside it (https://docs.aws.amazon.com/cognito/latest/developerguide/
    logging-using-cloudtrail.html); on AWS it takes some minutes.
    """
    if not any(trail.get("IsLogging") for _region, _name, trail in _cloudtrail._visible_trail_items()):
        return
    region, account = _responses.get_region(), _responses.get_account_id()
    detail = {
        "eventVersion": "1.09",
        "userIdentity": {"type": "IAMUser", "accountId": account},
        "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "eventSource": "cognito-idp.amazonaws.com",
        "eventName": api,
        "awsRegion": region,
        "sourceIPAddress": "127.0.0.1",
        "userAgent": "local",
        "requestParameters": parameters,
        "responseElements": None,
        "additionalEventData": {"sub": sub},
        "requestID": str(uuid.uuid4()),
        "eventID": str(uuid.uuid4()),
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": account,
        "eventCategory": "Management",
    }
    entry = {"Source": "aws.cognito-idp", "DetailType": "AWS API Call via CloudTrail", "Detail": json.dumps(detail)}
    _events._put_events({"Entries": [entry]}, allow_aws_source=True)


def _recorded_admin_call(change: Any, api: str, data: dict[str, Any]) -> Any:
    pool = _cognito._user_pools.get(data.get("UserPoolId"))
    user = users.find(pool, data.get("Username"), by_sub=True) if pool else None
    answer = change(data)
    if user and answer[0] == 200:
        record(api, {"userPoolId": data["UserPoolId"], "username": _HIDDEN}, users.attributes(user)["sub"])
    return answer


def _api_name(function: str) -> str:
    return "".join(word.capitalize() for word in function.strip("_").split("_"))
