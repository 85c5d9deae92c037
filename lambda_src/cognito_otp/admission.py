"""Whether a message may go out at all: its country, the pumping guard, the budget of all messages.

What is refused here is invisible to the client, who sees the same as if it had been sent: a stranger who learns which
countries and numbers are blocked tries others. An AWS error lets the message pass: people must get in, and the
cooldown of their destination holds without this.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cognito_otp import event_log
from cognito_otp.aws import FAILURES
from cognito_otp.budgets import Budget
from cognito_otp.countries import CountryPolicy
from cognito_otp.dynamodb import Table
from cognito_otp.fraud import Guard, Thresholds

OFF, RECORD_ONLY, DENY = "off", "record_only", "deny"


@dataclass(frozen=True)
class Admission:
    """The three checks.

    Attributes:
        countries: which countries texts may go to.
        guard: counts a country's texts.
        mode: what the guard's suspicion leads to: `off`, `record_only` or `deny`.
        modes: the same for some countries, by ISO code.
        budget: messages an hour in all; None if there is no limit.
    """

    countries: CountryPolicy
    guard: Guard
    mode: str
    modes: Mapping[str, str]
    budget: Budget | None

    @classmethod
    def from_settings(cls, table: Table, environment: Mapping[str, str], countries: Mapping[str, Any]) -> "Admission":
        """Read FRAUD_MODE and the thresholds, MAX_MESSAGES_PER_HOUR, and the country settings."""
        thresholds = Thresholds(
            daily_floor=int(environment["FRAUD_DAILY_FLOOR"]),
            hourly_floor=int(environment["FRAUD_HOURLY_FLOOR"]),
            daily_ratio=float(environment["FRAUD_DAILY_RATIO"]),
            hourly_ratio=float(environment["FRAUD_HOURLY_RATIO"]),
        )
        overrides = countries.get("overrides", {})
        numbers = {
            code: {name: value for name, value in override.items() if name != "mode"}
            for code, override in overrides.items()
        }
        budget = environment.get("MAX_MESSAGES_PER_HOUR")
        return cls(
            countries=CountryPolicy.from_settings(countries),
            guard=Guard(table, thresholds, numbers),
            mode=environment["FRAUD_MODE"],
            modes={code: override["mode"] for code, override in overrides.items() if "mode" in override},
            budget=Budget(table, "messages", int(budget)) if budget else None,
        )

    def counted_for(self, country: str | None) -> str | None:
        """Return the country that a text counts for against pumping, None if it does not."""
        return None if country is None or self._mode(country) == OFF else country

    def refusal(self, channel: str, country: str | None, now: int) -> str | None:
        """Count one message, and return why it may not go out, or None if it may.

        Costs one write unit for the budget; for a text one more and the guard's history (see `Guard.sent`).

        Args:
            channel: `"sms"` or `"email"`.
            country: of a phone number, None if it belongs to none.
            now: seconds since the epoch (UTC).

        Returns:
            `country_not_allowed`, `pumping` or `budget`.
        """
        if channel == "sms" and not self.countries.allows(country):
            return "country_not_allowed"
        try:
            return self._pumping(country, now) or self._over_budget(country, now)
        except FAILURES as error:
            event_log.failure("admission", error)
            return None

    def take_back(self, country: str | None, now: int) -> None:
        """Uncount a message that the provider refused; arguments as in `refusal`. Never raises for an AWS error."""
        try:
            self._uncount(country, now)
            if self.budget is not None:
                self.budget.give_back(now)
        except FAILURES as error:
            event_log.failure("admission", error)

    def _pumping(self, country: str | None, now: int) -> str | None:
        counted = self.counted_for(country)
        if counted is None or self.guard.sent(counted, now):
            return None
        if self._mode(counted) == RECORD_ONLY:
            event_log.decision("pumping", "suspected")
            return None
        self.guard.not_sent(counted, now)
        return "pumping"

    def _over_budget(self, country: str | None, now: int) -> str | None:
        if self.budget is None or self.budget.take(now) is None:
            return None
        self._uncount(country, now)
        return "budget"

    def _uncount(self, country: str | None, now: int) -> None:
        counted = self.counted_for(country)
        if counted is not None:
            self.guard.not_sent(counted, now)

    def _mode(self, country: str) -> str:
        return self.modes.get(country, self.mode)
