"""AWS WAF in front of user pools: rate-based rules, scoped down by what they match in the headers of a call.

MiniStack keeps web ACLs and what they are associated with, and stops nobody. Calls with AWS credentials are not looked
at (developer guide, "Associate an AWS WAF web ACL with a user pool"); the words of the refusal are as users reported
them. AWS looks every few seconds and estimates; here each call is counted.
"""

import json
import re
import threading
import time
from collections import defaultdict, deque
from collections.abc import Mapping
from typing import Any

from dev.local.ministack import module, replace

_cognito = module("services.cognito", "_pool_for_client")
_waf = module("services.waf", "_associations", "_resolve_local_web_acl")
_responses = module("core.responses", "error_response_json")

_IP = "127.0.0.1"  # all that a server on this computer sees
_BLOCKED = "Request not allowed due to WAF block."

_lock = threading.Lock()
_seen: defaultdict[tuple[str, str, str], deque[float]] = defaultdict(deque)


def install() -> None:
    """Put these behaviours into MiniStack."""
    others = _cognito.handle_request

    async def handle_request(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any]
    ) -> Any:
        if _is_blocked(headers, body):
            return _responses.error_response_json("ForbiddenException", _BLOCKED, 403)
        return await others(method, path, headers, body, query_params)

    replace(_cognito, "handle_request", handle_request)


def _is_blocked(headers: Mapping[str, str], body: bytes) -> bool:
    """Count a call of the public API by each rule that it falls under; tell whether one of them blocks it."""
    service, _, operation = headers.get("x-amz-target", "").rpartition(".")
    if service != "AWSCognitoIdentityProviderService" or headers.get("authorization"):
        return False
    pool = _cognito._pool_for_client(json.loads(body or b"{}").get("ClientId"))[0]
    arn = _waf._associations.get(pool["Arn"]) if pool else None
    if not arn:
        return False
    shown = {**headers, "x-amzn-cognito-operation-name": operation}
    rules = [rule for rule in _waf._resolve_local_web_acl(arn)[0].get("Rules", []) if "Block" in rule.get("Action", {})]
    return any([_exceeds(arn, rule, shown) for rule in rules])  # noqa: C419 - each rule counts the call


def _exceeds(arn: str, rule: dict[str, Any], headers: Mapping[str, str]) -> bool:
    rate = rule["Statement"].get("RateBasedStatement")
    if rate is None or not _matches(rate["ScopeDownStatement"], headers):
        return False
    now, window = time.monotonic(), rate.get("EvaluationWindowSec", 300)
    with _lock:
        times = _seen[arn, rule["Name"], _IP]
        while times and times[0] <= now - window:
            times.popleft()
        times.append(now)
        return len(times) > int(rate["Limit"])


def _matches(statement: dict[str, Any], headers: Mapping[str, str]) -> bool:
    """Whether a call's headers match; what is not known here is an error rather than a guess."""
    ((kind, match),) = statement.items()
    if kind == "OrStatement":
        return any(_matches(each, headers) for each in match["Statements"])
    if kind != "RegexMatchStatement":
        raise NotImplementedError(f"web ACLs with a {kind} are not simulated here")
    value = headers.get(match["FieldToMatch"]["SingleHeader"]["Name"])
    return value is not None and re.search(match["RegexString"], value) is not None
