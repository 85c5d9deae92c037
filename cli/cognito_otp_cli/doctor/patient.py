"""The pool that is examined: what is known of it beforehand, and whom to ask for the rest."""

import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cognito_otp_cli.deployment import Deployment

if TYPE_CHECKING:
    import boto3

APPLY = "`terraform apply` puts it back."


class Patient:
    """A user pool and, if it is one of this module, its deployment.

    Args:
        session: whose credentials and region to ask with.
        pool: what DescribeUserPool says.
        deployment: None for a pool that was made elsewhere, or whose functions may not be looked at.
    """

    def __init__(self, session: "boto3.Session", pool: Mapping[str, Any], deployment: Deployment | None) -> None:
        self.pool = pool
        self.deployment = deployment
        self.region: str = session.region_name
        self.account_id = str(pool["Arn"]).split(":")[4]
        self._session = session
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()

    def client(self, service: str, region: str | None = None) -> Any:
        """Return a client; making one is not safe in two threads at once, using one is."""
        key = (service, region or self.region)
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._session.client(service, region_name=key[1])
            return self._clients[key]

    def environment(self, function: str) -> Mapping[str, str]:
        """Return the environment of one of the module's functions; empty if there is none."""
        return self.deployment.environment(function) if self.deployment else {}

    @property
    def native_otp(self) -> bool:
        """Whether Cognito itself makes the codes."""
        if self.deployment:
            return self.environment("sign_up").get("NATIVE_OTP") == "true"
        return "DefineAuthChallenge" not in self.pool.get("LambdaConfig", {})

    @property
    def channels(self) -> Sequence[str]:
        """Return the channels of the module's codes, of those that it sends itself."""
        if "PROVIDER_FUNCTION" in self.environment("delivery"):
            return []
        return [channel for channel in self.environment("sign_up").get("CHANNELS", "").split(",") if channel]

    @property
    def triggers(self) -> dict[str, str]:
        """Return the ARNs of the pool's trigger functions by the trigger's name."""
        found = {}
        for trigger, value in self.pool.get("LambdaConfig", {}).items():
            arn = value.get("LambdaArn") if isinstance(value, dict) else value
            if arn and ":lambda:" in arn:
                found[trigger] = arn
        return found

    @cached_property
    def app_clients(self) -> list[dict[str, Any]]:
        """Return what DescribeUserPoolClient says of each client of the pool."""
        cognito, pool_id = self.client("cognito-idp"), self.pool["Id"]
        pages = cognito.get_paginator("list_user_pool_clients").paginate(UserPoolId=pool_id)
        ids = [client["ClientId"] for page in pages for client in page["UserPoolClients"]]
        return [cognito.describe_user_pool_client(UserPoolId=pool_id, ClientId=each)["UserPoolClient"] for each in ids]

    def highest(
        self,
        namespace: str,
        metric: str,
        dimensions: Mapping[str, str],
        statistic: str,
        *,
        region: str | None = None,
        period: int = 300,
        hours: int = 24,
    ) -> float | None:
        """Return the highest value of a CloudWatch metric lately; None if it has none.

        Args:
            namespace: as in CloudWatch.
            metric: its name.
            dimensions: all of its dimensions.
            statistic: e.g. `"Sum"`.
            region: where the metric is, if it is not where the pool is.
            period: seconds that one value stands for.
            hours: how far back to look.
        """
        end = datetime.now(UTC)
        answer = self.client("cloudwatch", region).get_metric_data(
            StartTime=end - timedelta(hours=hours),
            EndTime=end,
            MetricDataQueries=[
                {
                    "Id": "asked",
                    "MetricStat": {
                        "Metric": {
                            "Namespace": namespace,
                            "MetricName": metric,
                            "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
                        },
                        "Period": period,
                        "Stat": statistic,
                    },
                }
            ],
        )
        values: list[float] = answer["MetricDataResults"][0]["Values"]
        return max(values, default=None)
