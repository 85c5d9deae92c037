"""From a trigger's name to its module, and what becomes of an error on the way out."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from cognito_otp import aws, event_log, refusals
from cognito_otp.refusals import Refusal
from cognito_otp.triggers.event import TriggerEvent

Handler = Callable[[dict[str, Any], object], dict[str, Any]]


class Route(NamedTuple):
    """What handles a trigger.

    Attributes:
        handle: fills in the event's response.
        event: what a refusal or an error is logged as, see docs/logs.md.
        fails_open: an error is logged and the event goes back as it is then.
    """

    handle: Callable[[TriggerEvent], None]
    event: str
    fails_open: bool = False


def dispatch(routes: Mapping[str, Route]) -> Handler:
    """Return a Lambda handler that answers the named triggers and passes every other event through untouched.

    A refusal's token is all that leaves: Cognito shows an exception's text to the public.

    Args:
        routes: trigger name as in `triggerSource` before the underscore, e.g. `"PreSignUp"`.
    """
    by_name = {name.lower(): route for name, route in routes.items()}

    def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
        trigger = TriggerEvent(event)
        route = by_name.get(trigger.source.partition("_")[0].lower())
        if route is not None:
            with event_log.about(correlation_id=trigger.challenge_id, sub=trigger.sub):
                _answer(route, trigger)
        return event

    return handler


def _answer(route: Route, trigger: TriggerEvent) -> None:
    try:
        with aws.trigger_budget():
            route.handle(trigger)
    except Refusal as refusal:
        if route.fails_open:
            event_log.failure(route.event, refusal, reason=refusal.token)
            return
        event_log.decision(route.event, "refused", reason=refusal.token, retry_after=refusal.retry_after)
        raise
    except Exception as error:  # whatever it is, its text must not reach the public
        event_log.failure(route.event, error)
        if not route.fails_open:
            raise Refusal(refusals.SERVICE_UNAVAILABLE) from None
