"""Scan the module, its nested modules and the examples with checkov.

`python -m dev.checkov <checkov>` runs the command that is named (it pins its own boto3, so it has an environment of its
own: `make checkov`) with the settings in `.checkov.yml`, and fails where checkov itself would pass: for a file with
resources that it could not read, of which it has checked nothing, and for a check that is skipped without a reason.
"""

import json
import re
import subprocess
import sys
from typing import Any

from dev.terraform import ROOT

_RESOURCE = re.compile(r"^(?:resource|module) ", re.MULTILINE)


def complaints(report: dict[str, Any]) -> list[str]:
    """Return what is wrong by a report of checkov's, in lines to print."""
    results = report["results"]
    # Its parser is older than Terraform's, and knows not every expression that a validation may have.
    unread = [
        f"{file}: checkov cannot read this file, and has checked nothing in it"
        for file in results["parsing_errors"]
        if _RESOURCE.search((ROOT / file).read_text(encoding="utf-8"))
    ]
    failed = [f"{_place(each)}: {each['check_id']} {each['check_name']}" for each in results["failed_checks"]]
    unexplained = [
        f"{_place(each)}: {each['check_id']} is skipped without a reason"
        for each in results["skipped_checks"]
        if each["check_result"]["suppress_comment"] == "No comment provided"
    ]
    return unread + failed + unexplained


def _place(check: dict[str, Any]) -> str:
    return f"{check['file_path'].lstrip('/')}:{check['file_line_range'][0]} {check['resource']}"


def main(command: str) -> int:
    """Run checkov, print what is wrong, and return the exit code."""
    done = subprocess.run(
        [command, "--config-file", str(ROOT / ".checkov.yml"), "--output", "json"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    report = json.loads(done.stdout)
    found = complaints(report)
    print(*found, f"{report['summary']['passed']} passed, {len(found)} to look at", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
