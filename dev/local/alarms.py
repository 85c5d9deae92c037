"""Metric filters that count, and alarms that go off: MiniStack keeps the filters, and drops what an alarm computes.

To Terraform, which speaks the old query protocol, it also shows little of an alarm.
CloudWatch looks at alarms by the minute; here they are looked at when somebody asks for them.
"""

import ast
import functools
import json
import operator
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from dev.local import query_protocol
from dev.local.filter_patterns import PatternError, compile_pattern
from dev.local.ministack import module, replace

_logs = module("services.cloudwatch_logs", "_metric_filters", "_log_groups")
_metrics = module(
    "services.cloudwatch",
    "_alarms",
    "_metrics",
    "_dims_from_list",
    "_dims_key",
    "_calc_stats",
    "_stat_value",
    "_record_history",
    "_dispatch_alarm_actions",
    "record_metric",
    "_xml",
)
_responses = module("core.responses", "error_response_json")

_OPERATIONS = query_protocol.operations("cloudwatch", "PutMetricAlarm", "DescribeAlarms")

Series = list[float | None]
"""One value for each period, the latest last; None where there is no data."""


def install() -> None:
    """Put these behaviours into MiniStack."""
    append = _logs._append_log_events

    def append_and_count(stream: dict[str, Any], events: list[dict[str, Any]]) -> None:
        append(stream, events)
        _count(stream, events)

    replace(_logs, "_append_log_events", append_and_count)

    put_filter = _logs._put_metric_filter

    def put_metric_filter(data: dict[str, Any]) -> Any:
        try:
            compile_pattern(data.get("filterPattern", ""))
        except PatternError as error:
            return _responses.error_response_json("InvalidParameterException", f"Invalid filter pattern: {error}", 400)
        return put_filter(data)

    replace(_logs, "_put_metric_filter", put_metric_filter)

    put_alarm = _metrics._put_metric_alarm

    def put_metric_alarm(params: Any, data: dict[str, Any], is_cbor: bool, is_json: bool = False) -> Any:
        if not is_cbor and not is_json:
            data = query_protocol.read(params, _OPERATIONS["PutMetricAlarm"].input_shape)
        answer = put_alarm(params, data, is_cbor, is_json or not is_cbor)
        if answer[0] != HTTPStatus.OK:
            return put_alarm(params, data, is_cbor, is_json)
        if data.get("Metrics"):
            alarm = _metrics._alarms[data["AlarmName"]]
            for name in ("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Period", "Unit", "Dimensions"):
                alarm.pop(name, None)
            alarm["Metrics"] = data["Metrics"]
        return answer if is_cbor or is_json else _metrics._xml(HTTPStatus.OK, "PutMetricAlarmResponse", "")

    replace(_metrics, "_put_metric_alarm", put_metric_alarm)
    replace(_metrics, "_evaluate_alarm", functools.partial(_evaluate, _metrics._evaluate_alarm))

    describe = _metrics._describe_alarms

    def describe_alarms(params: Any, data: dict[str, Any], is_cbor: bool, is_json: bool = False) -> Any:
        _metrics._evaluate_all_alarms()
        if is_cbor or is_json:
            return describe(params, data, is_cbor, is_json)
        operation = _OPERATIONS["DescribeAlarms"]
        status, _headers, body = describe(params, query_protocol.read(params, operation.input_shape), False, True)
        if status != HTTPStatus.OK:
            return describe(params, data, False)
        written = query_protocol.write(json.loads(body), operation.output_shape)
        return _metrics._xml(
            status, "DescribeAlarmsResponse", f"<DescribeAlarmsResult>{written}</DescribeAlarmsResult>"
        )

    replace(_metrics, "_describe_alarms", describe_alarms)


def _count(stream: dict[str, Any], events: list[dict[str, Any]]) -> None:
    """Let the filters of a stream's group count new events; a default counts when none matches."""
    groups = {
        name for name, group in _logs._log_groups.items() if any(each is stream for each in group["streams"].values())
    }
    for (group, _name), metric_filter in list(_logs._metric_filters.items()):
        if group not in groups:
            continue
        matches = compile_pattern(metric_filter["filterPattern"])
        matched = sum(matches(event["message"]) for event in events)
        for transformation in metric_filter["metricTransformations"]:
            names = (transformation["metricNamespace"], transformation["metricName"])
            unit = transformation.get("unit", "None")
            for _ in range(matched):
                _metrics.record_metric(*names, float(transformation["metricValue"]), unit)
            if not matched and transformation.get("defaultValue") is not None:
                _metrics.record_metric(*names, transformation["defaultValue"], unit)


def _evaluate(of_one_metric: Callable[[Any], None], alarm: dict[str, Any]) -> None:
    """Give an alarm over `Metrics` its state, as of now; MiniStack's own way is for the others.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html, of TreatMissingData only
    `notBreaching`.
    """
    queries = alarm.get("Metrics")
    if not queries:
        of_one_metric(alarm)
        return
    known = {
        query["Id"]: _series(query["MetricStat"], alarm["EvaluationPeriods"])
        for query in queries
        if "MetricStat" in query
    }
    (result,) = (query for query in queries if query.get("ReturnData", True))
    values = known[result["Id"]] if "MetricStat" in result else evaluate(result["Expression"], known)
    compare = {
        "GreaterThanOrEqualToThreshold": operator.ge,
        "GreaterThanThreshold": operator.gt,
        "LessThanThreshold": operator.lt,
        "LessThanOrEqualToThreshold": operator.le,
    }[alarm["ComparisonOperator"]]
    breaching = sum(value is not None and compare(value, alarm["Threshold"]) for value in values)
    old = alarm["StateValue"]
    new = "ALARM" if breaching >= alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"]) else "OK"
    if new == old:
        return
    reason = f"Threshold Crossed: {values} {alarm['ComparisonOperator']} {alarm['Threshold']}"
    alarm.update(StateValue=new, StateReason=reason, StateUpdatedTimestamp=int(time.time()))
    _metrics._record_history(alarm["AlarmName"], old, new, reason)
    _metrics._dispatch_alarm_actions(alarm, old, new, reason)


def _series(wanted: dict[str, Any], periods: int) -> Series:
    """Return a metric's statistic in each of the last periods."""
    metric, now = wanted["Metric"], time.time()
    dimensions = _metrics._dims_key(_metrics._dims_from_list(metric.get("Dimensions") or []))
    points = _metrics._metrics.get((metric["Namespace"], metric["MetricName"], dimensions), [])
    values: Series = []
    for ago in range(periods, 0, -1):
        begin = now - ago * wanted["Period"]
        inside = [point for point in points if begin < point["Timestamp"] <= begin + wanted["Period"]]
        values.append(_metrics._stat_value(_metrics._calc_stats(inside), wanted["Stat"], inside) if inside else None)
    return values


_OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.GtE: operator.ge,
    ast.Gt: operator.gt,
    ast.LtE: operator.le,
    ast.Lt: operator.lt,
}


def evaluate(expression: str, metrics: dict[str, Series]) -> Series:
    """Compute a metric math expression, period by period: arithmetic, comparisons, `IF`, `SUM(METRICS())`.

    Where a metric that is named has no data there is no result; the sum leaves it out.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html

    Raises:
        ValueError: it holds anything else.
    """
    tree = ast.parse(expression, mode="eval").body
    columns = zip(*metrics.values(), strict=True)
    return [_computed(tree, dict(zip(metrics, column, strict=True))) for column in columns]


def _computed(node: ast.expr, values: dict[str, float | None]) -> Any:
    match node:
        case ast.Constant(value=int() | float() as number):
            return number
        case ast.Name(id=name):
            return values[name]
        case ast.BinOp(left=left, op=op, right=right) | ast.Compare(left=left, ops=[op], comparators=[right]):
            one, other = _computed(left, values), _computed(right, values)
            if one is None or other is None or (isinstance(op, ast.Div) and other == 0):
                return None
            return _OPERATORS[type(op)](one, other)
        case ast.Call(func=ast.Name(id="IF"), args=[condition, then, otherwise]):
            holds = _computed(condition, values)
            return None if holds is None else _computed(then if holds else otherwise, values)
        case ast.Call(func=ast.Name(id="SUM"), args=[ast.Call(func=ast.Name(id="METRICS"), args=[])]):
            there = [value for value in values.values() if value is not None]
            return sum(there) if there else None
    message = f"metric math that is not known here: {ast.unparse(node)}"
    raise ValueError(message)
