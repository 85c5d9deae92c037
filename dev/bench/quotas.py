"""What quotas allow: functions that a sign-up and a sign-in start, and Cognito's calls against an account's quotas."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from dev.bench.flows import FIRST, REFUSED, RETURNING, SIGN_UP, Act, Person, Stage, stages
from dev.bench.report import Result, Table, Target
from dev.bench.systems import BY_CODE, BY_HAND, DELIVERY, MODULE

Life = Mapping[str, Act]

_COGNITO = "cognito-identity-provider"


@dataclass(frozen=True)
class Quota:
    """How often an account may call some of Cognito's operations in a region, whatever the pool.

    Attributes:
        per_second: by default.
        can_be_raised: AWS raises it, for money.
        operations: that share it; of those that are called here.
    """

    per_second: int
    can_be_raised: bool
    operations: tuple[str, ...]


QUOTAS = {
    "UserAuthentication": Quota(120, True, ("InitiateAuth",)),
    "UserAuthentication, answers": Quota(360, True, ("RespondToAuthChallenge",)),
    "UserCreation": Quota(50, True, ("SignUp", "ConfirmSignUp")),
    "UserRead": Quota(120, True, ("AdminGetUser",)),
    "UserList": Quota(30, False, ("ListUsers",)),
    "UserUpdate": Quota(25, False, ("AdminUpdateUserAttributes", "AdminDeleteUser")),
}
"""By category, as https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html has them. Answers to challenges
are counted apart, and may be three times as many."""

_CATEGORIES = {operation: name for name, quota in QUOTAS.items() for operation in quota.operations}


def run(progress: Callable[[str], None]) -> Result:
    """Let somebody sign up and in on each system, count, and compute."""
    progress("one person each, who signs up, signs in twice, and signs up again in vain")
    with stages() as made:
        return compared(made)


def compared(made: Mapping[str, Stage]) -> Result:
    """Compare the module with what is made by hand."""
    module, by_hand = _life(made[MODULE]), _life(made[BY_HAND])
    by_code = Person(made[BY_CODE]).sign_up()
    sign_ups = [module[SIGN_UP], module[REFUSED], by_code]
    sign_ins = [module[FIRST], module[RETURNING]]
    fixed = "calls against quotas that cannot be raised"
    return Result(
        [_rates(module, by_hand), _calls(module, by_hand), _environments(module, by_hand)],
        [
            Target(f"{fixed}, of a returning sign-in", 0, _not_raisable(module[RETURNING])),
            Target(f"{fixed}, of any sign-up", 0, max(map(_not_raisable, sign_ups))),
            Target(f"{fixed}, of a first sign-in", 1, _not_raisable(module[FIRST])),
            Target("functions of a sign-in, besides delivery", 1, max(len(_functions(act)) for act in sign_ins)),
        ],
    )


def counted(act: Act) -> Counter[str]:
    """Count Cognito's calls by category: the client's, and those that functions make.

    Raises:
        KeyError: an operation whose quota is not known.
    """
    made = (operation for run in act.runs for service, operation in run.calls if service == _COGNITO)
    return Counter(_CATEGORIES[operation] for operation in (*act.apis, *made))


def per_second(calls: Counter[str], *, raised: bool = False) -> tuple[float, str]:
    """Return how often something can be done in a second, and the category that allows no more.

    Args:
        calls: of one time, by category.
        raised: leave out what can be raised.

    Returns:
        tuple: infinity and `""` if nothing limits it.
    """
    limits = [
        (QUOTAS[name].per_second / count, name)
        for name, count in calls.items()
        if not (raised and QUOTAS[name].can_be_raised)
    ]
    return min(limits, default=(math.inf, ""))


def _life(stage: Stage) -> Life:
    person = Person(stage)
    sign_up, first, returning = person.sign_up(), person.sign_in(FIRST), person.sign_in(RETURNING)
    refused = person.sign_up_again()
    return {act.kind: act for act in (sign_up, first, sign_up + first, returning, refused)}


def _not_raisable(act: Act) -> int:
    return sum(count for name, count in counted(act).items() if not QUOTAS[name].can_be_raised)


def _rates(module: Life, by_hand: Life) -> Table:
    rows = []
    for kind in (SIGN_UP, f"{SIGN_UP} and {FIRST}", RETURNING):
        one, other = (per_second(counted(system[kind])) for system in (module, by_hand))
        raised = (per_second(counted(system[kind]), raised=True)[0] for system in (module, by_hand))
        cells = (cell for rate, name in (one, other) for cell in (_shown(rate), name))
        rows.append([kind, *cells, f"{one[0] / other[0]:.1f}", *map(_shown, raised)])
    return Table(
        "How many a second an account's quotas allow",
        [
            "",
            *("module", "by what", "by hand", "by what", "module / by hand"),
            *("module, all raised that can be", "by hand, the same"),
        ],
        rows,
        "Default quotas of an account in a region, which everything there shares. The module's one call whose quota "
        "cannot be raised tells the pool, at an account's first sign-in, that the number is verified; it is made again "
        "later if it is refused. How many texts go out is another limit, often a lower one.",
    )


def _calls(module: Life, by_hand: Life) -> Table:
    kinds = (SIGN_UP, FIRST, RETURNING)
    rows = []
    for name, quota in QUOTAS.items():
        cells = [f"{counted(system[kind])[name]}" for kind in kinds for system in (module, by_hand)]
        raisable = "" if quota.can_be_raised else ", cannot be raised"
        rows.append([f"{name} ({quota.per_second} a second{raisable})", *cells])
    columns = [f"{kind}{system}" for kind in kinds for system in ("", ", by hand")]
    return Table("Calls of Cognito, by quota", ["", *columns], rows, "Those of clients and those of functions.")


def _environments(module: Life, by_hand: Life) -> Table:
    rows = []
    for kind in (SIGN_UP, FIRST, RETURNING):
        triggers = {run.trigger for run in module[kind].runs}
        sets = (_names(module[kind]), triggers, _names(by_hand[kind]))
        rows.append([kind, *map(_besides_delivery, sets)])
    return Table(
        "Functions that have to be warm",
        ["", "module", "the same, one function per trigger", "by hand"],
        rows,
        "A function that is not warm makes somebody wait for its start, each of them once in a row. Nobody's answer "
        "waits for `delivery`, only the text; by hand it is sent while the client waits.",
    )


def _names(act: Act) -> set[str]:
    return {run.function for run in act.runs}


def _functions(act: Act) -> set[str]:
    return _names(act) - {DELIVERY}


def _besides_delivery(names: Iterable[str]) -> str:
    others = set(names) - {DELIVERY}
    return f"{len(others)}{' and delivery' if DELIVERY in names else ''}"


def _shown(rate: float) -> str:
    return "no limit" if math.isinf(rate) else f"{rate:.3g}"
