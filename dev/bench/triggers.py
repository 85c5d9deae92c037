"""What a trigger costs a warm function: calls, DynamoDB's units, the processor's time; beside what is made by hand."""

import statistics
from collections.abc import Callable, Mapping, Sequence

from dev.bench.flows import FIRST, RETURNING, SIGN_UP, WRONG_GUESS, Act, Stage, live, stages
from dev.bench.measure import Spread, in_turns, ratio
from dev.bench.report import Bar, Result, Table, Target
from dev.bench.systems import BY_HAND, CLEANUP, DELIVERY, MODULE

ROUNDS = 100

Life = Mapping[str, Act]

_ROWS = (
    (
        SIGN_UP,
        ("PreSignUp", CLEANUP),
        "two at once get two accounts for one e-mail; an e-mail can break the search; anybody can remove who is about "
        "to confirm",
    ),
    (SIGN_UP, ("PostConfirmation",), "a row that could not be written stays away"),
    (RETURNING, ("DefineAuthChallenge",), "looks at the last answer only, whatever it answered"),
    (
        RETURNING,
        ("CreateAuthChallenge", DELIVERY),
        "no limit of texts, by number or country; sends again when Cognito repeats; a guessable code in plain text, "
        "which dies with the session",
    ),
    (RETURNING, ("VerifyAuthChallengeResponse",), "guesses are limited in one session only"),
    (RETURNING, ("PostAuthentication",), "no row is repaired, no changed number is followed"),
    (FIRST, ("CreateAuthChallenge", DELIVERY), "as above"),
    (FIRST, ("VerifyAuthChallengeResponse",), "nothing to activate: the sign-up had a text of its own"),
    (WRONG_GUESS, ("VerifyAuthChallengeResponse",), "guesses are counted nowhere"),
    (WRONG_GUESS, ("DefineAuthChallenge",), "three more guesses in the next session"),
    (WRONG_GUESS, ("CreateAuthChallenge",), "nobody is told how many guesses are left"),
)
_ACCOUNT = f"{SIGN_UP} and {FIRST}"


def run(progress: Callable[[str], None]) -> Result:
    """Let people sign up and in, in turns, and sum up."""
    progress(f"{ROUNDS} people each, who sign up, sign in twice and mistype once")
    with stages() as made:
        return compared(made[MODULE], made[BY_HAND], ROUNDS)


def compared(module: Stage, by_hand: Stage, rounds: int) -> Result:
    """Compare the module with what is made by hand."""
    taken = in_turns({MODULE: lambda: _life(module), BY_HAND: lambda: _life(by_hand)}, rounds)
    ours, theirs = taken[MODULE], taken[BY_HAND]
    return Result(
        [_totals(ours, theirs), _by_trigger(ours, theirs)],
        [
            Target(
                "AWS calls before a returning user's challenge is answered",
                3,
                max(life[RETURNING].before_challenge for life in ours),
            ),
            Target(
                "AWS calls that decide a guess",
                1,
                max(life[kind].until_answered for life in ours for kind in (RETURNING, WRONG_GUESS)),
            ),
            Target("write units of a returning sign-in", 10, max(life[RETURNING].write_units for life in ours)),
        ],
        [
            Bar(f"processor time of a {kind}", BY_HAND, _ratio(ours, theirs, kind).median)
            for kind in (_ACCOUNT, RETURNING)
        ],
    )


def _life(stage: Stage) -> Life:
    life = live(stage)
    return {**life, _ACCOUNT: life[SIGN_UP] + life[FIRST]}


def _ratio(module: Sequence[Life], by_hand: Sequence[Life], kind: str) -> Spread:
    return ratio(*([life[kind].milliseconds for life in lives] for lives in (module, by_hand)))


def _totals(module: Sequence[Life], by_hand: Sequence[Life]) -> Table:
    rows = []
    for kind in (SIGN_UP, FIRST, _ACCOUNT, RETURNING, WRONG_GUESS):
        one, other = module[-1][kind], by_hand[-1][kind]
        times = _ratio(module, by_hand, kind).shown(1) if other.calls else "makes no call by hand"
        rows.append([kind, *_counted(one), str(one.messages), *_counted(other), str(other.messages), times])
    headings = ("calls", "write units", "read units", "messages")
    columns = ["", *headings, *(f"by hand: {heading}" for heading in headings), "processor time, module / by hand"]
    return Table(
        "What people do, in all functions",
        columns,
        rows,
        "Both are warm. Units are computed from the requests. Processor time is the function's own and botocore's, for "
        "requests, signatures and answers; sockets, TLS, waiting and what answers (in the same process: a DynamoDB, "
        "moto) are left out. It is less by hand because less is done there, see the next table. Both write a row for "
        "each user. Messages by hand: Cognito's own at sign-up, and another one to sign in. An account's first sign-in "
        "makes one call more before the challenge (may this number be sent a code unverified?) and writes five units "
        "more (the account becomes active, the pool was told); it does so once.",
    )


def _by_trigger(module: Sequence[Life], by_hand: Sequence[Life]) -> Table:
    rows = []
    for kind, triggers, lacking in _ROWS:
        cells = []
        for lives in (module, by_hand):
            parts = [life[kind].of(*triggers) for life in lives]
            milliseconds = statistics.median(part.milliseconds for part in parts)
            cells += [" / ".join(_counted(parts[-1])), f"{milliseconds:.2f}"] if parts[-1].runs else ["none", ""]
        rows.append([f"{kind}: {' + '.join(triggers)}", *cells, lacking])
    return Table(
        "By trigger: calls / write units / read units",
        ["", "module", "ms", "by hand", "ms", "what is not done by hand"],
        rows,
        "A sign-in runs DefineAuthChallenge twice. What a first one has in common with a returning one is left out. "
        "One call decides a guess; an account's first right code is answered when the account is active, too. "
        "`delivery` runs beside the triggers, and nobody waits for it; `pre_sign_up_cleanup` is called by the client.",
    )


def _counted(act: Act) -> list[str]:
    return [f"{count:g}" for count in (act.calls, act.write_units, act.read_units)]
