"""What a dashboard's body must be for CloudWatch, and that all it shows is there.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

import json
import re
from typing import Any

from dev.local import LocalAWS
from tests.log_page import documented, fields_of

GRID = 24
REQUIRED = {
    "text": {"markdown"},
    "alarm": {"alarms", "title"},
    "log": {"query", "region", "title", "view"},
    "metric": {"metrics", "region", "title", "view"},
}
OPTIONAL = {"metric": {"stat", "period", "yAxis", "annotations", "setPeriodToTimeRange"}}

# What Lambda and Cognito publish by themselves, as their guides list it.
PUBLISHED = {
    "AWS/Lambda": ({"AsyncEventsDropped", "Duration", "Throttles"}, ["FunctionName"]),
    "AWS/Cognito": ({"SignInSuccesses", "SignInThrottles", "SignUpThrottles"}, ["UserPool", "UserPoolClient"]),
}


def check(aws: LocalAWS, name: str) -> None:
    """Look at the dashboard of the module of that name."""
    cloudwatch = aws.client("cloudwatch")
    body = json.loads(cloudwatch.get_dashboard(DashboardName=f"{name}-us-east-1")["DashboardBody"])
    assert set(body) == {"start", "widgets"}
    taken: set[tuple[int, int]] = set()
    for widget in body["widgets"]:
        assert set(widget) == {"type", "x", "y", "width", "height", "properties"}
        cells = {
            (x, y)
            for x in range(widget["x"], widget["x"] + widget["width"])
            for y in range(widget["y"], widget["y"] + widget["height"])
        }
        assert max(x for x, _y in cells) < GRID
        assert not cells & taken
        taken |= cells
        kind, properties = widget["type"], widget["properties"]
        assert REQUIRED[kind] <= set(properties) <= REQUIRED[kind] | OPTIONAL.get(kind, set()), properties
        assert properties.get("region", "us-east-1") == "us-east-1"
        if kind == "metric":
            _check_metrics(aws, name, properties)
        elif kind == "log":
            _check_query(aws, name, properties["query"])
        elif kind == "alarm":
            there = {alarm["AlarmArn"] for alarm in cloudwatch.describe_alarms()["MetricAlarms"]}
            assert properties["alarms"]
            assert set(properties["alarms"]) <= there
    rows = max(y for _x, y in taken) + 1
    assert {y for _x, y in taken} == set(range(rows)), "a gap"
    assert "Failures" in [widget["properties"].get("title") for widget in body["widgets"]]


def _check_metrics(aws: LocalAWS, name: str, properties: dict[str, Any]) -> None:
    assert properties["view"] in ("timeSeries", "singleValue")
    assert properties["stat"] in ("Sum", "Maximum")
    assert properties["period"] % 60 == 0
    assert properties["metrics"]
    for mark in properties["annotations"]["horizontal"]:
        assert {"label", "value"} <= set(mark) <= {"label", "value", "color"}
    ids = {each[-1]["id"] for each in properties["metrics"] if "id" in each[-1]}
    for *line, shown in properties["metrics"]:
        assert set(shown) <= {"label", "id", "visible", "expression"}
        if "expression" in shown:
            assert line == []
            assert set(re.findall(r"[a-z]\w*", shown["expression"])) <= ids
            continue
        namespace, metric, *dimensions = line
        if namespace == "cognito-otp":
            assert (metric, dimensions) in [(counted, []) for counted in _counted(aws, name)]
            continue
        published, names = PUBLISHED[namespace]
        assert metric in published
        assert dimensions[::2] == names
        if namespace == "AWS/Lambda":
            assert aws.client("lambda").get_function(FunctionName=dimensions[1])
        else:
            assert aws.client("cognito-idp").describe_user_pool_client(UserPoolId=dimensions[1], ClientId=dimensions[3])


def _counted(aws: LocalAWS, name: str) -> set[str]:
    """Return the metrics that filters count for a pool."""
    pages = aws.client("logs").get_paginator("describe_metric_filters").paginate()
    filters = [each for page in pages for each in page["metricFilters"] if each["filterName"].startswith(f"{name}-")]
    return {each["metricTransformations"][0]["metricName"] for each in filters}


def _check_query(aws: LocalAWS, name: str, query: str) -> None:
    *sources, rest = re.split(r"(?<=') \| (?!SOURCE)", query, maxsplit=1)
    groups = re.findall(r"SOURCE '([^']+)'", " ".join(sources))
    there = aws.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{name}-")["logGroups"]
    # The example's own functions have logs too.
    ours = re.compile(rf"/aws/lambda/{name}-(sign-up|sign-in|delivery|maintenance)")
    assert set(groups) == {group["logGroupName"] for group in there if ours.fullmatch(group["logGroupName"])}
    assert [stage.split()[0] for stage in rest.split(" | ")][-1] in ("limit", "stats")
    # Each of these is part of "<event> <outcome>", as the log has them.
    steps = {f"{event} {outcome}" for event, outcome in documented()}
    for part in re.findall(r"strcontains\(step, '([^']+)'\)", rest):
        assert any(part in step for step in steps), part
    for outcome in re.findall(r"'(\w+)'", (re.findall(r"outcome in \[(.*?)\]", rest) or [""])[0]):
        assert any(outcome == each for _event, each in documented()), outcome
    made = set(re.findall(r" as (\w+)", rest))
    words = set(re.findall(r"[A-Za-z_]+", re.sub(r"'[^']*'", "", rest)))
    language = set(
        "filter fields stats sort limit by as in desc sum count concat strcontains coalesce ispresent".split()
    )
    known = fields_of("always") | fields_of("failures") | {field for each in documented().values() for field in each}
    assert words - language - made <= known, words - language - made - known
