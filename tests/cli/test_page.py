"""docs/command-line.md says what the commands do: every check, every command, every permission and none too many."""

import json
import re

import pytest

from cognito_otp_cli.doctor.examine import CHECKS, name_of
from dev.package import ROOT
from tests.cli.test_doctor import POOL_ID, cloud, end_user_messaging  # noqa: F401 (a fixture)

PAGE = (ROOT / "docs" / "command-line.md").read_text()
POLICIES = {
    name: json.loads(policy)
    for name, policy in re.findall(r"<!-- policy: (\w+) -->\n```json\n(.*?)\n```", PAGE, re.DOTALL)
}
PREFIXES = {"pinpoint-sms-voice-v2": "sms-voice", "sesv2": "ses", "service-quotas": "servicequotas"}


def test_every_check_has_its_line():
    listed = re.search(r"<!-- checks: begin -->(.*)<!-- checks: end -->", PAGE, re.DOTALL)[1]
    expected = ["module", *(name_of(check) for checks in CHECKS.values() for check in checks)]
    assert re.findall(r"^\| `([\w-]+)` \|", listed, re.MULTILINE) == expected


@pytest.mark.parametrize("command", ["doctor", "duplicates", "reconcile", "reap", "tail"])
def test_every_command_has_its_chapter_and_its_policy(command):
    assert f"\n## {command}\n" in PAGE
    assert command in POLICIES


def test_the_doctors_policy_is_what_it_asks(run, cloud):  # noqa: F811
    asked = set()
    call = cloud.call

    def record(client, operation, parameters):
        service = client.meta.service_model.service_name
        asked.add(f"{PREFIXES.get(service, service)}:{operation}")
        return call(client, operation, parameters)

    cloud.call = record
    run("doctor", "--user-pool-id", POOL_ID)
    end_user_messaging(cloud)
    run("doctor", "--user-pool-id", POOL_ID)
    granted = set()
    for statement in POLICIES["doctor"]["Statement"]:
        actions = statement["Action"]
        granted |= set([actions] if isinstance(actions, str) else actions)
    assert asked == granted
