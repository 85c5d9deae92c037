"""`make bench`, the walks: nobody is left out, and a cost that grows faster than the users is found."""

import pytest

from cognito_otp_cli.migrate.rows import Rows
from dev import migrate_million
from dev.bench import walks
from dev.bench.walks import Taken, exponent

pytestmark = pytest.mark.slow

SIZES = (10_000, 100_000, 1_000_000)


@pytest.mark.parametrize("power", [0, 1, 1.5, 2])
def test_the_exponent_is_the_power_with_which_a_cost_grows(power):
    assert exponent(SIZES, [0.003 * size**power for size in SIZES]) == pytest.approx(power)


def test_the_exponent_is_that_of_the_line_nearest_to_all():
    # By hand: the logs to the base of 10 are (4, 5, 6) and (0, 2, 2), so the slope is (0 - -1 + 2 - 1) / 2.
    assert exponent(SIZES, [1, 100, 100]) == pytest.approx(1)


def taken(seconds: tuple[float, ...], memory: tuple[int, ...]) -> list[Taken]:
    return [
        Taken(users, each, before=50_000, peak=50_000 + own, wrong=0)
        for users, each, own in zip(SIZES, seconds, memory, strict=True)
    ]


STRAIGHT, SQUARE = (2.0, 20.0, 200.0), (2.0, 200.0, 20_000.0)
FLAT, IN_STEP, FASTER = (9_000, 9_000, 9_000), (33_000, 330_000, 3_300_000), (33_000, 660_000, 13_200_000)


def missed(reconcile: list[Taken], migrate: list[Taken]) -> list[str]:
    found = walks.report({"reconcile": reconcile, "migrate": migrate})
    return [target.what for target in found.targets if not target.is_met]


def test_straight_lines_meet_every_target():
    assert missed(taken(STRAIGHT, FLAT), taken(STRAIGHT, IN_STEP)) == []


def test_control_a_walk_that_grows_with_the_square_is_found():
    assert missed(taken(SQUARE, FLAT), taken(STRAIGHT, IN_STEP)) == ["reconcile: time over users, exponent"]
    assert missed(taken(STRAIGHT, FLAT), taken(SQUARE, IN_STEP)) == ["migrate: time over users, exponent"]


def test_control_memory_that_grows_is_found():
    growing = ["reconcile: memory for 1,000,000 users over that for 10,000"]
    assert missed(taken(STRAIGHT, IN_STEP), taken(STRAIGHT, IN_STEP)) == growing
    assert missed(taken(STRAIGHT, FLAT), taken(STRAIGHT, FASTER)) == ["migrate: memory over users, exponent"]


def test_the_table_has_a_line_for_each_walk_and_says_what_a_user_takes():
    (table,) = walks.report({"reconcile": taken(STRAIGHT, FLAT), "migrate": taken(STRAIGHT, IN_STEP)}).tables
    assert len(table.rows) == 2 * len(SIZES)
    assert table.rows[-1] == ["migrate, 1,000,000 users", "0.200", "5,000", "49", "3223", "0"]
    assert "3.4 KB" in table.notes


@pytest.mark.parametrize("walk", walks.WALKS)
def test_a_walk_in_a_process_of_its_own_does_all_of_it(walk):
    found = walks.alone(walk, 300)
    assert (found.users, found.wrong) == (300, 0)
    assert found.seconds > 0
    assert found.peak > found.before > 10_000


# The simulation of `migrate`


@pytest.mark.parametrize("kill_at", [None, 0, 400, 401, 402, 403])
def test_everybody_is_moved_once_also_if_the_process_dies_on_the_way(kill_at, tmp_path):
    move = migrate_million.Move(300, tmp_path)
    move.run(kill_at)
    assert move.wrong() == 0
    assert sum(move.cloud.made) == 300 - 2 * 3


def test_control_who_is_moved_wrongly_is_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(migrate_million.Cloud, "admin_set_user_password", lambda self, **asked: {})
    move = migrate_million.Move(100, tmp_path)
    move.run()
    assert move.wrong() == 98


def test_control_a_row_without_the_applications_fields_is_refused(tmp_path, monkeypatch):
    moved = Rows._moved
    lossy = lambda self, old, *rest: moved(self, {**old, "plan": {"S": "lost"}}, *rest)  # noqa: E731
    monkeypatch.setattr(Rows, "_moved", lossy)
    with pytest.raises(AssertionError, match="is not"):
        migrate_million.Move(100, tmp_path).run()
