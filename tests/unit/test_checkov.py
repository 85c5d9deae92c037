"""What `make checkov` takes from a report of checkov's."""

from typing import Any

import pytest

from dev import checkov


def finding(comment: str = "") -> dict[str, Any]:
    return {
        "check_id": "CKV_AWS_28",
        "check_name": "Ensure backup is enabled",
        "file_path": "/storage.tf",
        "file_line_range": [102, 134],
        "resource": "aws_dynamodb_table.auth_state",
        "check_result": {"suppress_comment": comment},
    }


@pytest.mark.parametrize(
    ("results", "said"),
    [
        (
            {"failed_checks": [finding()]},
            "storage.tf:102 aws_dynamodb_table.auth_state: CKV_AWS_28 Ensure backup is enabled",
        ),
        ({"parsing_errors": [str(checkov.ROOT / "triggers.tf")]}, "triggers.tf: checkov cannot read this file"),
        ({"skipped_checks": [finding("No comment provided")]}, "CKV_AWS_28 is skipped without a reason"),
    ],
)
def test_what_is_complained_of(results, said):
    nothing: dict[str, Any] = {"failed_checks": [], "parsing_errors": [], "skipped_checks": []}
    (complaint,) = checkov.complaints({"results": nothing | results})
    assert said in complaint


def test_a_reason_is_enough():
    results = {"failed_checks": [], "parsing_errors": [], "skipped_checks": [finding("It is short-lived")]}
    assert checkov.complaints({"results": results}) == []


def test_a_file_that_holds_no_resource_need_not_be_read():
    results = {"failed_checks": [], "parsing_errors": [str(checkov.ROOT / "variables.tf")], "skipped_checks": []}
    assert checkov.complaints({"results": results}) == []
