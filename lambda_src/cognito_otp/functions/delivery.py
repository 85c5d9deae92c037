"""The `delivery` function: makes a requested code and sends it. Invoked asynchronously by `sign_in`.

The plain code exists in this function's memory and in the message, nowhere else.
"""

import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cognito_otp import aws, clock, event_log, messages
from cognito_otp.challenges import REFUSED, SENT, Challenges
from cognito_otp.dynamodb import Table
from cognito_otp.handover import HandOver
from cognito_otp.keyed_hash import KeyedHash
from cognito_otp.messages import Message
from cognito_otp.senders import ses, sns
from cognito_otp.senders.outcome import NotTakenError, RefusedError

_PAUSES = (0.5, 1.0, 2.0)  # seconds before each further try of a message that the provider did not take

Handler = Callable[[dict[str, Any], object], None]


class Deliver:
    """Carries out hand-overs.

    Args:
        challenges: decides whether there is something to send, at most once per request.
        senders: by channel, something with `send(address, message)`.
        app_name: what the message calls the service.
        length: digits of a code.
        ttl: life of a code in seconds.
    """

    def __init__(
        self,
        challenges: Challenges,
        senders: Mapping[str, sns.Sender | ses.Sender],
        app_name: str,
        length: int,
        ttl: int,
    ) -> None:
        self._challenges = challenges
        self._senders = senders
        self._app_name = app_name
        self._length = length
        self._ttl = ttl

    def __call__(self, event: dict[str, Any], _context: object) -> None:
        """Make and send the code of one hand-over.

        Three calls: the delivery is taken, the message published, the outcome noted. An AWS error before the delivery
        is taken is raised, and Lambda invokes again; after that nothing is repeated, since the message may be out.
        """
        request = HandOver.from_event(event)
        taken = self._challenges.deliver(request.challenge_id, request.generation, self._length, clock.now())
        if taken is None:
            self._log(request, "skipped")
            return
        code, sender = taken
        if request.address is None:
            self._challenges.delivered(request.challenge_id, sender, SENT)
            self._log(request, "simulated")
            return
        message = messages.compose(self._app_name, code, self._ttl)
        try:
            self._send(request.channel, request.address, message)
        except (RefusedError, NotTakenError) as refused:
            reason = refused.reason if isinstance(refused, RefusedError) else "not_taken"
            self._challenges.delivered(request.challenge_id, sender, REFUSED)
            self._log(request, "refused", reason)
        except (BotoCoreError, ClientError) as error:
            # The message may be out or not: it stays SENDING, so the code works if it arrives and is never sent twice.
            event_log.failure("delivery", error, channel=request.channel, challenge=request.challenge_id)
        else:
            self._challenges.delivered(request.challenge_id, sender, SENT)
            self._log(request, "sent")

    def _send(self, channel: str, address: str, message: Message) -> None:
        for pause in _PAUSES:
            try:
                return self._senders[channel].send(address, message)
            except NotTakenError:
                time.sleep(pause)
        return self._senders[channel].send(address, message)

    def _log(self, request: HandOver, outcome: str, reason: str | None = None) -> None:
        event_log.decision("delivery", outcome, channel=request.channel, challenge=request.challenge_id, reason=reason)


def services(environment: Mapping[str, str]) -> list[str]:
    """Return the AWS services that the configured channels need."""
    providers = {"sms": "sns", "email": "sesv2"}
    return ["dynamodb", "kms", *(providers[channel] for channel in environment["CHANNELS"].split(","))]


def assemble(environment: Mapping[str, str], clients: Mapping[str, Any]) -> Handler:
    """Build the handler from its settings and its clients (`dynamodb`, `kms`, and those of the channels).

    Raises:
        KeyError: a setting is missing.
    """
    keyed_hash = KeyedHash(clients["kms"], environment["CODE_KEY_ID"])
    senders: dict[str, sns.Sender | ses.Sender] = {}
    if "sns" in clients:
        senders["sms"] = sns.Sender(clients["sns"], environment)
    if "sesv2" in clients:
        senders["email"] = ses.Sender(clients["sesv2"], environment)
    return Deliver(
        Challenges(Table(clients["dynamodb"], environment["AUTH_STATE_TABLE"]), keyed_hash),
        senders,
        environment["APP_NAME"],
        int(environment["CODE_LENGTH"]),
        int(environment["CODE_TTL_SECONDS"]),
    )


_REGIONS = {"sns": os.environ["SMS_REGION"]} if "SMS_REGION" in os.environ else {}
handler = assemble(os.environ, aws.clients(*services(os.environ), region_overrides=_REGIONS))
