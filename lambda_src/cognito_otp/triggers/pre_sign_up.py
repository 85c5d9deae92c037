"""PreSignUp: one account per person. Claims the identifiers; then confirms the account, unless Cognito sends a code.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-sign-up.html
"""

import functools
from dataclasses import dataclass
from typing import Any

from cognito_otp import clock, countries, destinations, event_log, identifiers, refusals
from cognito_otp.accounts import ADMIN, FEDERATED, MIGRATED, NATIVE, SIGN_UP
from cognito_otp.aws import FAILURES
from cognito_otp.budgets import Budget
from cognito_otp.countries import CountryPolicy
from cognito_otp.hooks import PreSignUpHook
from cognito_otp.identities import Claimant, Identities, Reclaim
from cognito_otp.maintenance_function import MaintenanceFunction
from cognito_otp.refusals import Refusal
from cognito_otp.settings import CHANNEL_ATTRIBUTES, Channels
from cognito_otp.triggers.event import TriggerEvent
from cognito_otp.user_pool import UserPool

_ORIGINS = {
    "PreSignUp_SignUp": SIGN_UP,
    "PreSignUp_AdminCreateUser": ADMIN,
    "PreSignUp_ExternalProvider": FEDERATED,
}
_REQUIRED = {"phone_number": refusals.PHONE_NUMBER_REQUIRED, "email": refusals.EMAIL_REQUIRED}


@dataclass(frozen=True)
class InLimbo:
    """What is done about accounts that never answered a code and keep their owner from signing up.

    Attributes:
        maintenance: who removes them.
        reclaim_after_seconds: age from which one may be removed.
    """

    maintenance: MaintenanceFunction
    reclaim_after_seconds: int


@dataclass(frozen=True)
class PreSignUp:
    """The trigger, with what it needs.

    Attributes:
        identities: where identifiers are claimed.
        channels: tells which attribute the first code will need.
        countries: tells whose phone numbers people may sign up with.
        budget: sign-ups an hour in all; None if there is no limit.
        hook: the caller's own function, which may veto; None if there is none.
        cognito: botocore cognito-idp client, asked for the holder of a claim that is in the way.
        native: whether Cognito's own one-time passwords confirm accounts, and no code of ours does.
        auto_confirms: whether accounts are confirmed here; not if Cognito sends a code of its own.
        limbo: who removes accounts that never answered a code; None if their owner can just sign in.
    """

    identities: Identities
    channels: Channels
    countries: CountryPolicy
    budget: Budget | None
    hook: PreSignUpHook | None
    cognito: Any
    native: bool = False
    auto_confirms: bool = True
    limbo: InLimbo | None = None

    def __call__(self, event: TriggerEvent) -> None:
        """Claim, and confirm a person's own sign-up; never verify: in an alias pool that can move another's alias.

        Raises:
            Refusal: an identifier is missing, invalid, of a country that is not allowed, taken, or being decided on; or
                too many people sign up, or the caller's hook vetoes. A hook that fails lets nobody pass.
        """
        origin = _ORIGINS.get(event.source)
        if origin is None:
            return
        if origin == ADMIN and event.client_metadata.get("origin") == MIGRATED:
            origin = MIGRATED  # whoever may call AdminCreateUser may say so
        event_log.learned(origin=origin)
        if origin == SIGN_UP:
            self._require_country(event)
            self._claim_within_budget(event, self._destination_attribute(event))
            event.response["autoConfirmUser"] = self.auto_confirms
        else:
            self._claim(event, origin, clock.now())
        event_log.decision("sign_up", "accepted")

    def _claim_within_budget(self, event: TriggerEvent, to_be_proven: str) -> None:
        now = clock.now()
        retry_after = self.budget.take(now) if self.budget else None
        if retry_after is not None:
            raise Refusal(refusals.SIGN_UP_THROTTLED, retry_after=retry_after)
        is_new = False
        try:
            if self.hook:
                self.hook.ask(event)
            is_new = self._claim(event, NATIVE if self.native else SIGN_UP, now, to_be_proven)
        finally:
            # Nobody was made, so nobody is billed: strangers cannot use the budget up with numbers that are taken.
            if self.budget and not is_new:
                self._give_back(self.budget, now)

    def _give_back(self, budget: Budget, now: int) -> None:
        try:
            budget.give_back(now)
        except FAILURES as error:  # the refusal is what the client must hear, not this
            event_log.failure("sign_up_budget", error)

    def _claim(self, event: TriggerEvent, origin: str, now: int, to_be_proven: str | None = None) -> bool:
        auto_confirmed = origin == SIGN_UP and self.auto_confirms
        claimant = Claimant(
            event.username,
            event.attributes,
            event.client_id,
            origin,
            auto_confirmed,
            to_be_proven=to_be_proven,
            signs_in_by=self.channels.username_attributes,
        )
        reclaim = None
        if self.limbo:
            ask = functools.partial(self.limbo.maintenance.reclaim, event.user_pool_id)
            reclaim = Reclaim(self.limbo.reclaim_after_seconds, ask)
        user_exists = UserPool(self.cognito, event.user_pool_id).has
        return self.identities.claim(claimant, now=now, user_exists=user_exists, reclaim=reclaim)

    def _destination_attribute(self, event: TriggerEvent) -> str:
        """Return the attribute that the first code goes to."""
        usernames = [each for each in self.channels.username_attributes if event.attributes.get(each)]
        if len(usernames) > 1:
            # Both would be sign-in names at once, and one code proves one of them: the other could be a stranger's.
            raise Refusal(refusals.ONE_IDENTIFIER_ONLY)
        channel = self.channels.first_for(event.attributes)
        if channel is None:
            raise Refusal(_REQUIRED[CHANNEL_ATTRIBUTES[self.channels.for_first_code[0]]])
        event_log.learned(**destinations.facts(channel, destinations.address_of(channel, event.attributes)))
        return CHANNEL_ATTRIBUTES[channel]

    def _require_country(self, event: TriggerEvent) -> None:
        """Refuse a number of a country that is not allowed, and one that its numbering plan cannot have.

        A second spelling of a number would be a second account. Here and nowhere else, and for a person's own sign-up
        only: plans change, and a table that is behind must keep nobody from signing in and no administrator from
        making a user.
        """
        value = event.attributes.get("phone_number")
        if not value:
            return
        number = identifiers.phone_number(value)
        if not countries.is_possible(number):
            raise Refusal(refusals.PHONE_NUMBER_INVALID)
        country = countries.country(number)
        event_log.learned(country=country)
        if not self.countries.allows(country):
            raise Refusal(refusals.COUNTRY_NOT_ALLOWED)
