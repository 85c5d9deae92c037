"""Cognito's requests a second, which the whole account shares in a region, against what was used."""

from collections.abc import Iterator
from typing import Any

from cognito_otp_cli.doctor.finding import Finding, ok, warning
from cognito_otp_cli.doctor.patient import Patient

# What the module's ordinary paths count in: sign-in, sign-up, an account's first code, reconcile and duplicates.
_CATEGORIES = ("UserAuthentication", "UserCreation", "UserUpdate", "UserRead", "UserList")
_PERIOD = 300  # seconds; Cognito reports its use every five minutes
_NEARLY = 0.5  # of an average over five minutes: its busiest second is higher


def quotas(patient: Patient) -> Iterator[Finding]:
    """The busiest five minutes of the last day are far from what Cognito admits."""
    pages = patient.client("service-quotas").get_paginator("list_service_quotas").paginate(ServiceCode="cognito-idp")
    there = {quota["QuotaName"]: quota for page in pages for quota in page["Quotas"]}
    for category in _CATEGORIES:
        quota = there.get(f"Rate of {category} requests")
        if quota is not None:
            yield _judged(patient, category, quota)


def _judged(patient: Patient, category: str, quota: dict[str, Any]) -> Finding:
    allowed, metric = quota["Value"], quota.get("UsageMetric")
    fact = f"{category}: {allowed:g} requests a second"
    if not metric:
        return ok(f"{fact}; their use is not measured.")
    requests = patient.highest(
        metric["MetricNamespace"], metric["MetricName"], metric["MetricDimensions"], "Sum", period=_PERIOD
    )
    if requests is None:
        return ok(f"{fact}; CloudWatch has no figure of their use in the last day.")
    used = requests / _PERIOD
    fact = f"{fact}, {used:.1f} used in the busiest five minutes of the last day."
    if used < _NEARLY * allowed:
        return ok(fact)
    if quota["Adjustable"]:
        return warning(fact, f"Ask for more: Service Quotas, Amazon Cognito User Pools, {quota['QuotaName']}.")
    return warning(
        fact, "AWS raises this one for nobody: find what else in the account and region makes such requests."
    )
