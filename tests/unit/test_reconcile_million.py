"""`reconcile` over many users: flat memory, and a kill half-way leaves nobody out."""

import os
import subprocess
import sys

import pytest

from dev.package import ROOT
from dev.reconcile_million import Walk

FEW, MANY = 4_000, 16_000
MARGIN = 3 * 1024  # KiB


def test_after_a_kill_half_way_nobody_is_left_out_and_nothing_is_done_twice_that_matters():
    walk = Walk(3_000)
    report = walk.run(kill_at=0.5)
    each = 3_000 // 100
    assert report["drift"] == {
        "account_orphaned": each,
        "claims": each,
        "row_fields": 2 * each,
        "row_missing": each,
        "row_orphaned": each,
    }
    assert walk.left_out() == 0
    assert walk.unhealed() == 0
    assert 0 < walk.listed_twice() <= 60  # the page in the middle of which it died


def test_without_a_kill_no_page_is_listed_twice():
    walk = Walk(3_000)
    walk.run(kill_at=None)
    assert (walk.left_out(), walk.unhealed(), walk.listed_twice()) == (0, 0, 0)


def peak(users: int, *, keeps_pages: bool = False) -> int:
    """Walk in a process of its own; return the peak of its memory in KiB."""
    keeping = """
    kept = []
    list_users = million.Clients.list_users
    million.Clients.list_users = lambda self, **asked: kept.append(list_users(self, **asked)) or kept[-1]
    """
    code = f"""if True:
    import logging
    from dev import reconcile_million as million
    logging.disable(logging.CRITICAL)
    {keeping if keeps_pages else ""}
    walk = million.Walk({users})
    walk.run()
    print(walk.memory[100])
    """
    path = os.pathsep.join([str(ROOT / "lambda_src"), str(ROOT)])
    said = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=True
    )
    return int(said.stdout)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_users():
    assert peak(MANY) - peak(FEW) < MARGIN
    # What is measured would show it: kept pages of the list alone are more than that.
    assert peak(MANY, keeps_pages=True) - peak(FEW, keeps_pages=True) > 2 * MARGIN
