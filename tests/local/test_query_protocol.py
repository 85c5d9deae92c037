"""The old query protocol is read and written as botocore itself does it."""

from botocore.parsers import QueryParser
from botocore.serialize import QuerySerializer

from dev.local.query_protocol import operations, read, write

ALARM = {
    "AlarmName": "a & b",
    "ActionsEnabled": False,
    "AlarmActions": ["one", "two"],
    "EvaluationPeriods": 3,
    "Threshold": 4.5,
    "Metrics": [
        {"Id": "e", "Expression": "m / 2"},
        {
            "Id": "m",
            "ReturnData": False,
            "MetricStat": {
                "Metric": {"Namespace": "n", "MetricName": "<m>", "Dimensions": [{"Name": "d", "Value": "v"}]},
                "Period": 60,
                "Stat": "p99",
            },
        },
    ],
}
OPERATIONS = operations("cloudwatch", "PutMetricAlarm", "DescribeAlarms")


def test_a_request_is_read() -> None:
    operation = OPERATIONS["PutMetricAlarm"]
    parameters = QuerySerializer().serialize_to_request(ALARM, operation)["body"]
    assert read(parameters, operation.input_shape) == ALARM


def test_an_answer_is_written() -> None:
    operation = OPERATIONS["DescribeAlarms"]
    written = write({"MetricAlarms": [{**ALARM, "StateUpdatedTimestamp": 1_800_000_000}]}, operation.output_shape)
    body = f"<R><DescribeAlarmsResult>{written}</DescribeAlarmsResult><ResponseMetadata/></R>".encode()
    shape = operation.output_shape
    shape.serialization["resultWrapper"] = "DescribeAlarmsResult"
    parsed = QueryParser().parse({"body": body, "headers": {}, "status_code": 200}, shape)
    (alarm,) = parsed["MetricAlarms"]
    assert alarm.pop("StateUpdatedTimestamp").timestamp() == 1_800_000_000
    assert alarm == ALARM
