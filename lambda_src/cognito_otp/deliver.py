"""What becomes of a hand-over: the code is made, the message may or may not go out, and the outcome is noted.

The plain code exists here and in the message, nowhere else.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cognito_otp import clock, codes, destinations, event_log
from cognito_otp.admission import Admission
from cognito_otp.challenges import REFUSED, SENT, Challenges
from cognito_otp.fixed_codes import FixedCodes
from cognito_otp.handover import HandOver
from cognito_otp.messages import Messages
from cognito_otp.senders.end_user_messaging import Feedback
from cognito_otp.senders.outcome import NotTakenError, RefusedError, UnknownError
from cognito_otp.senders.outgoing import Outgoing, Sender

_PAUSES = (0.5, 1.0, 2.0)  # seconds before each further try of a message that the provider did not take
_LAST_TRY = 8.0  # seconds after the first, before the delivery counts as overdue


@dataclass(frozen=True)
class Deliver:
    """Carries out hand-overs.

    Attributes:
        challenges: decides whether there is something to send, at most once per request.
        admission: decides whether it may go out.
        fixed_codes: the test numbers.
        messages: the words.
        senders: by channel.
        feedback: tells the provider of texts that one arrived; None if it does not ask.
        length: digits of a code.
    """

    challenges: Challenges
    admission: Admission
    fixed_codes: FixedCodes
    messages: Messages
    senders: Mapping[str, Sender]
    feedback: Feedback | None
    length: int

    def __call__(self, event: dict[str, Any], _context: object) -> None:
        """Make and send the code of one hand-over, or report one that arrived.

        The delivery is taken, the message published, the outcome noted: three calls, and those of the admission. An
        AWS error before the delivery is taken is raised, and Lambda invokes again; after that nothing is repeated,
        since the message may be out.
        """
        with event_log.about():
            try:
                if "received" in event:
                    self._report_received(str(event["received"]))
                else:
                    self._carry_out(HandOver.from_event(event))
            except Exception as error:
                event_log.failure("invocation", error)
                raise

    def _carry_out(self, request: HandOver) -> None:
        event_log.learned(correlation_id=request.challenge_id)
        now = clock.now()
        address = request.address or ""
        facts = destinations.facts(request.channel, request.address)
        event_log.learned(**facts)
        country = facts["country"]
        fixed = self.fixed_codes.code(address, now)
        code = fixed or codes.generate(self.length)
        counted = None if fixed else self.admission.counted_for(country)
        taken = self.challenges.deliver(
            request.challenge_id, request.generation, request.username, code, now, country=counted
        )
        if taken is None:
            event_log.decision("delivery", "skipped")
            return
        if self._is_kept_back(request, country, now):
            # Noted as sent: whoever asked must not see a difference.
            self.challenges.delivered(request.challenge_id, taken.sender, SENT)
            return
        message = self.messages.compose(request.channel, code, taken.expires_at - now, request.locale)
        outgoing = Outgoing(address, message, code, request.channel, request.locale, taken.expires_at)
        self._send(request, outgoing, taken.sender, country, now)

    def _is_kept_back(self, request: HandOver, country: str | None, now: int) -> bool:
        """Tell whether nothing is to be sent, and log why."""
        if request.address is None:
            event_log.decision("delivery", "simulated")
            return True
        if request.address in self.fixed_codes.by_number:
            # Never sent to, also after their end: nobody owns one.
            if self.fixed_codes.code(request.address, now) is None:
                event_log.decision("delivery", "blocked", reason="test_number_over")
            else:
                event_log.warning("delivery", "test_number")
            return True
        reason = self.admission.refusal(request.channel, country, now)
        if reason is not None:
            event_log.decision("delivery", "blocked", reason=reason)
        return reason is not None

    def _send(self, request: HandOver, outgoing: Outgoing, sender: str, country: str | None, now: int) -> None:
        try:
            message_id = self._published(outgoing)
        except (RefusedError, NotTakenError) as refused:
            reason = refused.reason if isinstance(refused, RefusedError) else "not_taken"
            # What is refused for this destination alone must not show: it would tell strangers of it, and help nobody.
            self.challenges.delivered(request.challenge_id, sender, SENT if "DESTINATION" in reason else REFUSED)
            self.admission.take_back(country, now)
            event_log.decision("delivery", "refused", reason=reason)
        except (BotoCoreError, ClientError, UnknownError) as error:
            # The message may be out or not: it stays SENDING, so the code works if it arrives and is never sent twice.
            event_log.failure("delivery", error)
        else:
            asks = self.feedback is not None and request.channel == "sms"
            self.challenges.delivered(request.challenge_id, sender, SENT, message_id=message_id if asks else None)
            event_log.decision("delivery", "sent")

    def _published(self, outgoing: Outgoing) -> str | None:
        begun = time.monotonic()
        for pause in _PAUSES:
            try:
                return self.senders[outgoing.channel].send(outgoing)
            except NotTakenError:
                # Later than this the person may have asked for another one, and would get both.
                if time.monotonic() - begun + pause > _LAST_TRY:
                    raise
                time.sleep(pause)
        return self.senders[outgoing.channel].send(outgoing)

    def _report_received(self, challenge_id: str) -> None:
        challenge = self.challenges.get(challenge_id)
        if self.feedback is None or challenge is None or challenge.message_id is None:
            return
        event_log.learned(correlation_id=challenge_id)
        self.feedback.received(challenge.message_id)
        event_log.decision("feedback", "received")
