"""The plan and the package compose and count SMS alike: `messages.tf` against `messages.py` and `sms_segments.py`."""

import base64
import dataclasses
import json
import random
import re
import subprocess
import unicodedata
from pathlib import Path

import pytest

from cognito_otp import sms_segments
from cognito_otp.messages import Messages
from dev import terraform

pytestmark = pytest.mark.slow

BASIC = sorted(sms_segments._BASIC - {"\r", "\n"})
EXTENSION = sorted(sms_segments._EXTENSION)
ALPHABETS = [
    BASIC,
    BASIC * 5 + EXTENSION,
    EXTENSION,
    [*BASIC, "\n", "\r", "\r\n"],
    [*BASIC * 5, *"áíóúçãõêłşğ"],
    [*"किसी को न बताएँ।क्षत्रश्रज़"],
    ["a", "😀", "👨\u200d👩\u200d👧", "🇩🇪", "👍🏽", "❤\ufe0f"],
    [*"abce", "e\u0301", "\u0301", "\u212b", "\u2126"],
    [chr(point) for point in range(0x20, 0x2FF)],
]
# Around what one segment holds, two, three.
LENGTHS = [0, 1, 20, 60, 62, 63, 64, 120, 126, 127, 145, 150, 152, 153, 154, 160, 190, 300, 310, 450]
PLACEHOLDER_LIKE = re.compile(r"\{[a-z_]+\}")


def random_templates() -> dict[str, str]:
    """Return SMS by made-up locale (`qaa` to `qtz` are for private use), the same in every run."""
    chance = random.Random(23)
    templates = {}
    for alphabet in ALPHABETS:
        for length in LENGTHS:
            text = "".join(chance.choices(alphabet, k=length))
            name = f"qaa-{len(templates):03}"
            templates[name] = chance.choice(["{code} %s.", "%s {minutes} {code}", "{app_name}%s {code}"]) % (
                PLACEHOLDER_LIKE.sub("", text)
            )
    return templates


@pytest.mark.parametrize(
    ("inputs", "machines"),
    [
        ({"otp": {"length": 6, "ttl_seconds": 300}, "delivery": {"app_name": "Example"}}, {}),
        (
            {"otp": {"length": 10, "ttl_seconds": 600}, "delivery": {"app_name": "{code} [Šop] {minutes}"}},
            {"web_otp_domain": "login.example.com", "android_app_hash": "FA+9qCX9VSu"},
        ),
    ],
    ids=["short", "long"],
)
def test_the_plan_counts_as_the_package_does(tmp_path: Path, inputs, machines):
    templates = random_templates()
    assert len(templates) >= 150
    variables = {
        "name": "shop",
        **inputs,
        "sms": machines,
        "messages": {locale: {"sms": text} for locale, text in templates.items()},
    }
    counted = evaluated(tmp_path, variables, "local.sms_segments")

    # Terraform normalises every string that it reads.
    overrides = {locale: {"sms": unicodedata.normalize("NFC", text)} for locale, text in templates.items()}
    messages = Messages(inputs["delivery"]["app_name"], "en", overrides, **machines)
    code, ttl = "0" * inputs["otp"]["length"], inputs["otp"]["ttl_seconds"]
    expected = {
        locale: dataclasses.asdict(sms_segments.segments(messages.compose("sms", code, ttl, locale).text))
        for locale in counted
    }
    assert set(templates) < set(expected)
    assert {size["segments"] for size in expected.values()} >= {1, 2, 3}
    assert {size["encoding"] for size in expected.values()} == {"GSM-7", "UCS-2"}
    assert counted == expected


def evaluated(work: Path, variables: dict[str, object], expression: str) -> dict[str, object]:
    """Return what an expression of the module's comes to with these inputs."""
    (work / "inputs.tfvars.json").write_text(json.dumps(variables))
    environment = {**terraform.environment(), "TF_DATA_DIR": str(work / "data")}
    done = terraform.run(terraform.ROOT, environment, "init", "-backend=false", "-no-color")
    assert done.returncode == 0, done.stdout
    console = subprocess.run(
        [terraform.binary(), "console", f"-var-file={work / 'inputs.tfvars.json'}", f"-state={work / 'none'}"],
        cwd=terraform.ROOT,
        env=environment,
        input=f"base64encode(jsonencode({expression}))\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert console.returncode == 0, console.stderr
    shown = re.search(r'"([A-Za-z0-9+/=]+)"', console.stdout)
    assert shown, console.stdout + console.stderr
    value: dict[str, object] = json.loads(base64.b64decode(shown[1]))
    return value
