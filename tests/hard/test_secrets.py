"""After people have signed up and in: codes, keys, phone numbers and e-mail addresses, looked for wherever AWS keeps text.

On an applied example: every log line, every item, the parameters that clients are told, the metrics, what the functions
are configured with, Terraform's state and its next plan. dev/load searches the same for thousands of sign-ins, requests
and hand-overs included.
"""

import contextlib
import json
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cognito_otp.keyed_hash import Purpose
from dev import terraform
from dev.load.leaks import spellings
from dev.local import PATIENT, LocalAWS
from dev.person import Person, wrong

NAME = "otp-phone-username"
PLACES = (
    *("parameters", "log lines", "items of identities", "items of auth-state", "metric filters"),
    *("metrics", "functions' settings", "the state"),
)
FUNCTIONS = ("sign-up", "sign-in", "delivery", "maintenance")


class Estate:
    """The example phone-username, applied, and everything secret that has passed through it."""

    def __init__(self, aws: LocalAWS, root: terraform.Terraform, state: Path) -> None:
        self.aws, self.root, self._state = aws, root, state
        self.outputs = root.apply()
        self.secrets: dict[str, set[str]] = {"a code": set(), "a key": set(), "a phone number": set()}
        self.secrets["an e-mail address"] = set()
        self.told: list[Mapping[str, str]] = []

    def person(self, number: str, email: str) -> Person:
        self.secrets["a phone number"] |= {number, number[1:]}
        self.secrets["an e-mail address"] |= {email, email.partition("@")[0]}
        return Person(self.aws, self.outputs["client_id"], number)

    def is_told(self, answer: Mapping[str, Any]) -> None:
        """Remember what a client was told; its own username is Cognito's parameter."""
        told = answer.get("ChallengeParameters", {})
        self.told.append({name: value for name, value in told.items() if name != "USERNAME"})

    def live(self) -> None:
        """Let people sign up and in, mistype, ask again, and strangers ask for nobody's codes."""
        for digit in range(4):
            email = f"grace.hopper.{'ghjk'[digit]}@example.com"
            person = self.person(f"+1415555016{digit}", email)
            person.sign_up(email=email)
            self.is_told(person.start_sign_in())
            code = person.wait_for_code()
            self.secrets["a code"] |= {code, wrong(code)}
            self.is_told(person.resend())
            self.is_told(person.answer(wrong(code)))
            self.is_told(person.answer(code))
            with pytest.raises(ClientError, match="OTP_THROTTLED"):
                person.start_sign_in()
        stranger = self.person("+14155550199", "nobody.at.all@example.com")
        self.is_told(stranger.start_sign_in())
        self.secrets["a code"].add("098765")
        self.is_told(stranger.answer("098765"))

    def settings(self, function: str) -> dict[str, str]:
        """Return a function's environment."""
        functions = self.aws.client("lambda")
        described = functions.get_function_configuration(FunctionName=f"{NAME}-{function}")
        settings: dict[str, str] = described["Environment"]["Variables"]
        return settings

    def derive_keys(self) -> None:
        """Ask KMS for what the functions derive."""
        kms = self.aws.client("kms")
        for purpose in Purpose:
            answer = kms.generate_mac(
                KeyId=self.settings("sign-in")["CODE_KEY_ID"],
                Message=purpose.value.encode(),
                MacAlgorithm="HMAC_SHA_256",
            )
            self.secrets["a key"] |= spellings(answer["Mac"])

    def places(self) -> Iterator[tuple[str, str]]:
        """Yield each place and its text."""
        yield "parameters", json.dumps(self.told)
        logs = self.aws.client("logs")
        for group in logs.describe_log_groups()["logGroups"]:
            for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"]):
                yield "log lines", "\n".join(event["message"] for event in page["events"])
        for table in ("identities", "auth-state"):
            for page in self.aws.client("dynamodb").get_paginator("scan").paginate(TableName=f"{NAME}-{table}"):
                yield f"items of {table}", json.dumps(page["Items"])
        cloudwatch = self.aws.client("cloudwatch")
        yield "metrics", json.dumps(cloudwatch.list_metrics()["Metrics"])
        yield "alarms", json.dumps(cloudwatch.describe_alarms()["MetricAlarms"], default=str)
        yield "metric filters", json.dumps(logs.describe_metric_filters()["metricFilters"])
        yield "functions' settings", json.dumps([self.settings(each) for each in FUNCTIONS])
        yield "the plan", self.root.plan()
        # What has changed on AWS since it was applied is read into the state.
        self.root._run("apply", "-refresh-only", "-auto-approve", "-no-color", f"-state={self._state}")
        yield "the state", self._state.read_text()

    def found(self) -> set[str]:
        """Return which secrets stand where, without quoting them."""
        return {
            f"{kind} in {place}"
            for place, text in self.places()
            for kind, secrets in self.secrets.items()
            for secret in secrets
            if stands_in(secret, text)
        }


def stands_in(secret: str, text: str) -> bool:
    """Tell whether a text holds a secret; digits within longer digits (times, counts, hashes) are none."""
    return re.search(rf"(?<![A-Za-z0-9]){re.escape(secret)}(?![A-Za-z0-9])", text) is not None


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    with LocalAWS(environment=PATIENT) as aws:
        work = tmp_path_factory.mktemp("estate")
        root = terraform.Terraform(terraform.ROOT / "examples" / "phone-username", work, aws.environment())
        root.init()
        made = Estate(aws, root, work / "terraform.tfstate")
        made.live()
        made.derive_keys()
        time.sleep(1)  # the last lines
        yield made


def test_nothing_secret_is_anywhere(estate):
    assert all(estate.secrets.values())
    looked_at: Counter[str] = Counter()
    for place, text in estate.places():
        looked_at[place] += len(text)
    assert all(looked_at[place] > len("[]") for place in PLACES), looked_at
    assert looked_at["the plan"] == 0, "there is nothing to be changed, and a plan that says nothing"
    assert estate.found() == set()


def test_a_metric_says_how_often_and_nothing_else(estate):
    filters = estate.aws.client("logs").describe_metric_filters()["metricFilters"]
    transformations = [each for filter_ in filters for each in filter_["metricTransformations"]]
    assert transformations
    assert {(each["metricValue"], bool(each.get("dimensions"))) for each in transformations} == {("1", False)}
    # Nor does a function write metrics by itself: by a call, or by a line in CloudWatch's embedded format.
    sources = "".join(path.read_text() for path in (terraform.ROOT / "lambda_src").rglob("*.py"))
    assert not re.search(r"put_metric_data|\b_aws\b|CloudWatchMetrics", sources)


# Last in this file: what is planted stays.
def test_control_what_is_planted_is_found_wherever_it_is(estate):
    planted = [max(secrets) for secrets in estate.secrets.values()]
    for number, secret in enumerate(planted):
        _log(estate, secret)
        for table in ("identities", "auth-state"):
            item = {"pk": {"S": f"planted {number}"}, "what": {"M": {"is": {"S": secret}}}}
            estate.aws.client("dynamodb").put_item(TableName=f"{NAME}-{table}", Item=item)
        datum = {"MetricName": "planted", "Value": 1, "Dimensions": [{"Name": "destination", "Value": secret}]}
        estate.aws.client("cloudwatch").put_metric_data(Namespace="cognito-otp", MetricData=[datum])
        estate.told.append({"planted": secret})
    # Behind Terraform's back: the next plan shows it, and the state has it once it was read.
    variables = {f"PLANTED_{number}": secret for number, secret in enumerate(planted)}
    functions, name = estate.aws.client("lambda"), f"{NAME}-sign-in"
    settings = {"Variables": {**estate.settings("sign-in"), **variables}}
    functions.update_function_configuration(FunctionName=name, Environment=settings)
    places = {*PLACES, "the plan"} - {"metric filters"}
    assert estate.found() == {f"{kind} in {place}" for kind in estate.secrets for place in places}


def _log(estate: Estate, secret: str) -> None:
    event = {"timestamp": int(time.time() * 1000), "message": json.dumps({"message": "planted", "what": secret})}
    stream = {"logGroupName": f"/aws/lambda/{NAME}-sign-in", "logStreamName": "planted"}
    logs = estate.aws.client("logs")
    with contextlib.suppress(ClientError):
        logs.create_log_stream(**stream)
    logs.put_log_events(**stream, logEvents=[event])
