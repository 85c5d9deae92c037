"""What sign-ins and monitoring cost in dollars: `python -m dev.costs` prints the two tables of docs/costs.md.

Computed from the page's own table of units (which a test holds against what is counted in a run), the runs of functions
below (which a test counts too) and the dated prices in `dev/prices.toml`.
"""

import re
import tomllib
from typing import Any

from dev.package import ROOT

PAGE = ROOT / "docs" / "costs.md"
PRICES: dict[str, Any] = tomllib.loads((ROOT / "dev" / "prices.toml").read_text(encoding="utf-8"))

RUNS = {
    "sign-up": 2,
    "first sign-in": 6,
    "returning sign-in": 6,
    "wrong guess": 3,
    "resend": 4,
    "unknown user's request": 3,
}
"""Runs of all functions for each thing that a person does."""

TEXTS = {"first sign-in": 1, "returning sign-in": 1, "resend": 1}

METRICS = 12
"""Metrics that monitoring counts."""

ALARM_METRICS = 16
"""Metrics that its alarms look at, with one client."""

_THOUSAND = 1000
_GIGABYTE = 1e9


def units() -> dict[str, tuple[int, int]]:
    """Return DynamoDB's write and read units of each row of the page."""
    rows = re.findall(r"^\| ([a-z' -]+) \| \d+ \| (\d+) \| (\d+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return {what: (int(writes), int(reads)) for what, writes, reads in rows}


def per_thousand() -> str:
    """Return the page's table of dollars for a thousand times, as Markdown."""
    country = "United States"
    lines = [
        f"| a thousand times | runs | DynamoDB | Lambda | logs | together | SMS to the {country} |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for what, runs in RUNS.items():
        writes, reads = units()[what]
        dynamodb = _THOUSAND * (writes * PRICES["dynamodb"]["write_unit"] + reads * PRICES["dynamodb"]["read_unit"])
        assumed = PRICES["assumed"]
        seconds = assumed["milliseconds_of_a_run"] / 1000 * assumed["gigabytes_of_memory"]
        lambdas = _THOUSAND * runs * (PRICES["lambda"]["run"] + seconds * PRICES["lambda"]["gb_second"])
        logs = _THOUSAND * runs * assumed["bytes_logged_by_a_run"] / _GIGABYTE * PRICES["logs"]["gigabyte_written"]
        sms = _THOUSAND * TEXTS.get(what, 0) * PRICES["sms"][country]
        amounts = [f"{amount:.4f}" for amount in (dynamodb, lambdas, logs, dynamodb + lambdas + logs)]
        lines.append(f"| {what} | {runs} | {' | '.join(amounts)} | {f'{sms:.2f}' if sms else ''} |")
    return "\n".join(lines)


def besides() -> str:
    """Return the page's table of what is billed by message and by user, as Markdown."""
    lines = ["| besides | USD |", "|---|--:|"]
    for country, price in PRICES["sms"].items():
        lines.append(f"| 1,000 texts, {country} | {_THOUSAND * price:.2f} |")
    lines.append(f"| 1,000 e-mails | {_THOUSAND * PRICES['email']['message']:.2f} |")
    for tier, price in PRICES["cognito"].items():
        lines.append(f"| 1,000 monthly users, {tier.capitalize()} | {_THOUSAND * price:.2f} |")
    return "\n".join(lines)


def monitoring() -> str:
    """Return the page's table of what monitoring costs a month, as Markdown."""
    prices = PRICES["cloudwatch"]
    rows = {
        f"{METRICS} metrics": METRICS * prices["metric"],
        "the dashboard (an account's first three are free)": prices["dashboard"],
        f"the alarms, over {ALARM_METRICS} metrics": ALARM_METRICS * prices["metric_in_an_alarm"],
    }
    lines = ["| a month | USD |", "|---|--:|", *(f"| {what} | {amount:.2f} |" for what, amount in rows.items())]
    return "\n".join([*lines, f"| together | {sum(rows.values()):.2f} |"])


if __name__ == "__main__":
    print(per_thousand(), besides(), monitoring(), sep="\n\n")
