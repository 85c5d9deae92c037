"""Log lines are counted by metric filters, and alarms over what is counted go off and tell their topic."""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dev.local import LocalAWS
from dev.local.alarms import evaluate


class Group:
    """A log group with one stream, and filters that count for a namespace of its own."""

    def __init__(self, aws: LocalAWS, name: str) -> None:
        self.name, self.logs, self.cloudwatch = name, aws.client("logs"), aws.client("cloudwatch")
        self.logs.create_log_group(logGroupName=name)
        self.logs.create_log_stream(logGroupName=name, logStreamName="stream")

    def count(self, metric: str, pattern: str, **transformation: Any) -> None:
        named = {"metricNamespace": self.name, "metricName": metric, "metricValue": "1"}
        self.logs.put_metric_filter(
            logGroupName=self.name,
            filterName=metric,
            filterPattern=pattern,
            metricTransformations=[{**named, **transformation}],
        )

    def write(self, *lines: dict[str, Any]) -> None:
        events = [{"timestamp": int(time.time() * 1000), "message": json.dumps(line)} for line in lines]
        self.logs.put_log_events(logGroupName=self.name, logStreamName="stream", logEvents=events)

    def metric(self, name: str, stat: str = "Sum") -> list[float]:
        now = time.time()
        query = {"Metric": {"Namespace": self.name, "MetricName": name}, "Period": 86400 * 7, "Stat": stat}
        answer = self.cloudwatch.get_metric_data(
            MetricDataQueries=[{"Id": "m", "MetricStat": query}], StartTime=now - 600, EndTime=now + 600
        )
        values: list[float] = answer["MetricDataResults"][0]["Values"]
        return values


def test_lines_that_match_are_counted_and_the_default_when_none_does(aws: LocalAWS) -> None:
    group, other = Group(aws, "counted"), Group(aws, "counted-elsewhere")
    group.count("wrong", '{ $.outcome = "wrong" }', defaultValue=0)
    group.count("never", '{ $.outcome = "never" }')
    other.write({"outcome": "wrong"})
    assert group.metric("wrong") == []
    group.write({"outcome": "wrong"}, {"outcome": "right"}, {"outcome": "wrong"})
    group.write({"outcome": "right"})
    assert group.metric("wrong") == [2]
    assert group.metric("wrong", "SampleCount") == [3]
    assert group.metric("never") == []


def test_a_pattern_that_is_none_is_refused(aws: LocalAWS) -> None:
    with pytest.raises(ClientError, match="InvalidParameterException"):
        Group(aws, "refused").count("x", "{ $.outcome = wrong }")


def queue_of(aws: LocalAWS, topic: str) -> str:
    """Subscribe a new queue to a topic, return its URL."""
    arn = "arn:aws:sqs:us-east-1:123456789012:alarmed"
    statement = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = json.dumps({"Statement": [{**statement, "Resource": arn}]})
    url = aws.client("sqs").create_queue(QueueName="alarmed", Attributes={"Policy": policy})["QueueUrl"]
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return str(url)


def test_an_alarm_over_metric_math_goes_off_tells_its_topic_and_is_over(aws: LocalAWS) -> None:
    group = Group(aws, "alarmed")
    group.count("sent", '{ $.outcome = "sent" }')
    group.count("right", '{ $.outcome = "right" }', defaultValue=0)
    topic = aws.client("sns").create_topic(Name="alarmed")["TopicArn"]
    queue = queue_of(aws, topic)

    def stat(name: str) -> dict[str, Any]:
        metric = {"Metric": {"Namespace": "alarmed", "MetricName": name}, "Period": 300, "Stat": "Sum"}
        return {"Id": name, "MetricStat": metric, "ReturnData": False}

    expression = {"Id": "share", "Expression": "IF(sent >= 2, 100 * right / sent, 100)", "ReturnData": True}
    group.cloudwatch.put_metric_alarm(
        AlarmName="alarmed",
        Metrics=[expression, stat("sent"), stat("right")],
        EvaluationPeriods=1,
        Threshold=50,
        ComparisonOperator="LessThanThreshold",
        TreatMissingData="notBreaching",
        AlarmActions=[topic],
        OKActions=[topic],
    )

    def alarm() -> dict[str, Any]:
        (described,) = group.cloudwatch.describe_alarms(AlarmNames=["alarmed"])["MetricAlarms"]
        return dict(described)

    assert alarm()["StateValue"] == "OK"
    assert [query["Id"] for query in alarm()["Metrics"]] == ["share", "sent", "right"]
    group.write({"outcome": "sent"})
    assert alarm()["StateValue"] == "OK"
    group.write({"outcome": "sent"})
    assert alarm()["StateValue"] == "ALARM"
    group.write({"outcome": "right"})
    assert alarm()["StateValue"] == "OK"
    messages = aws.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    told = [json.loads(json.loads(message["Body"])["Message"])["NewStateValue"] for message in messages]
    assert told == ["OK", "ALARM", "OK"]


def test_metric_math() -> None:
    metrics = {"a": [1.0, None, 3.0], "b": [4.0, 5.0, 0.0]}
    assert evaluate("a + b * 2 - 1", metrics) == [8, None, 2]
    assert evaluate("100 * a / b", metrics) == [25, None, None]
    assert evaluate("IF(b > 4, b, 7)", metrics) == [7, 5, 7]
    assert evaluate("SUM(METRICS())", metrics) == [5, 5, 3]
    for unknown in ("SEARCH(a)", "a if b else a", "METRICS()"):
        with pytest.raises(ValueError, match="not known here"):
            evaluate(unknown, metrics)
