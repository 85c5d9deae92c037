"""What may go out: countries, the pumping guard, the budgets, test numbers, the reader's language, feedback."""

import pytest
from botocore.exceptions import ClientError

from cognito_otp import deliver
from cognito_otp.refusals import Refusal
from tests.unit.test_faults import failing

PHONE = "+14155550100"
USER = "7c1d2e3f-4a5b-4c6d-8e7f-000000000001"
VERIFIED = {"phone_number": PHONE, "phone_number_verified": "true"}


def phone(number: int, prefix: str = "+1415") -> dict[str, str]:
    return {"phone_number": f"{prefix}555{number:04d}", "phone_number_verified": "true"}


def asked_by_strangers(world, count: int, **attributes: str) -> int:
    """Have codes asked for, for that many numbers, and nobody answer; return how many messages went out."""
    before = len(world.texts())
    for number in range(count):
        world.session(f"stranger-{number}", **phone(number, **attributes))
    return world.deliver() - before


def test_a_guard_that_denies_holds_back_what_is_beyond_the_floor_and_shows_nothing(make_world, logged):
    world = make_world(FRAUD_MODE="deny")
    assert asked_by_strangers(world, 5) == 3
    assert logged().count('"pumping"') >= 2
    session, unknown = world.session(USER, **VERIFIED), world.session("nobody", known=False)
    world.deliver()
    assert session.parameters == unknown.parameters
    world.clock.advance(29)
    assert session.resend() == unknown.resend()
    assert session.parameters["resend_in"] == "1"
    assert len(world.texts()) == 3


def test_a_guard_that_is_off_counts_nothing(make_world):
    world = make_world(FRAUD_MODE="off")
    assert asked_by_strangers(world, 5) == 5
    assert not [item for item in world.items("auth-state") if item["pk"]["S"].startswith("fraud#")]


def test_a_country_may_have_thresholds_and_a_mode_of_its_own(make_world):
    world = make_world(FRAUD_MODE="deny")
    world.configure("countries", {"overrides": {"US": {"hourly_floor": 1}, "GB": {"mode": "off"}}})
    assert asked_by_strangers(world, 4) == 1
    assert asked_by_strangers(world, 4, prefix="+447700") == 4


@pytest.mark.parametrize(
    "countries", [{"blocked": ["US"]}, {"allowed": ["GB"]}, {"allowed": ["US"], "blocked": ["US"]}]
)
def test_a_country_that_is_not_allowed_is_refused_at_sign_up_in_words_and_at_sign_in_without_any(world, countries):
    world.configure("countries", countries)
    with pytest.raises(Refusal, match=r"^COUNTRY_NOT_ALLOWED$"):
        world.sign_up("x", phone_number=PHONE)
    assert world.items("identities") == []
    known, unknown = world.session(USER, **VERIFIED), world.session("nobody", known=False)
    assert world.deliver() == 0
    assert known.parameters == unknown.parameters
    world.clock.advance(15)
    assert known.resend() == unknown.resend()


def test_an_administrator_may_make_a_user_anywhere(world):
    world.configure("countries", {"blocked": ["US"]})
    world.sign_up("invited", source="AdminCreateUser", phone_number=PHONE)
    assert world.item("identities", pk="account#invited")


def test_sign_ups_have_a_budget_that_refused_ones_do_not_use_up(make_world):
    world = make_world(MAX_SIGN_UPS_PER_HOUR="2")
    world.sign_up("one", phone_number="+14155550101")
    for _ in range(3):
        with pytest.raises(Refusal, match=r"^SIGN_UP_PENDING$"):
            world.sign_up("again", phone_number="+14155550101")
    world.sign_up("two", phone_number="+14155550102")
    with pytest.raises(Refusal, match=r"^SIGN_UP_THROTTLED retry_after=3600$"):
        world.sign_up("three", phone_number="+14155550103")
    world.sign_up("invited", source="AdminCreateUser", phone_number="+14155550104")
    world.clock.advance(3600)
    world.sign_up("three", phone_number="+14155550103")


TEST_NUMBERS = {"codes": {PHONE: "424242"}, "until": "2027-02-01T00:00:00+01:00"}  # the clock stands at 2027-01-15


def test_a_test_number_signs_up_as_anybody_does(world):
    world.configure("test_numbers", TEST_NUMBERS)
    world.sign_up(USER, phone_number=PHONE)
    session = world.session(USER, phone_number=PHONE)
    assert world.deliver() == 0
    assert session.answer("424242")
    assert world.user(USER)["phone_number_verified"] == "true"


def test_settings_that_are_being_removed_keep_nobody_out(world, caplog):
    """Terraform removes the item first, and its hash from the environment after it."""
    world.environment |= {"TEST_NUMBERS_HASH": "gone", "COUNTRIES_HASH": "gone", "MESSAGES_HASH": "gone"}
    world.assemble()
    assert [record.outcome for record in caplog.records if record.message == "configuration"] == ["missing"] * 5
    session = world.session(USER, **VERIFIED)
    world.deliver()
    assert session.answer(world.code())


def test_a_refusal_for_one_destination_does_not_show(world, logged):
    refusal = {
        "Error": {"Code": "ConflictException"},
        "Reason": "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION",
        "ResponseMetadata": {"HTTPStatusCode": 400},
    }
    failing(world.clients["sns"], "publish", ClientError(refusal, "SendTextMessage"), times=1)
    known, unknown = world.session(USER, **VERIFIED), world.session("nobody", known=False)
    assert world.deliver() == 0
    assert known.resend() == unknown.resend()
    assert known.parameters["resend_in"] == "30"
    assert "BLOCKED_BY_PROTECT_CONFIGURATION" in logged()


def test_a_delivery_stops_trying_before_it_counts_as_overdue(world, monkeypatch):
    moment, tried = [0.0], []
    monkeypatch.setattr(deliver.time, "monotonic", lambda: moment[0])
    monkeypatch.setattr(deliver.time, "sleep", lambda pause: moment.__setitem__(0, moment[0] + pause))

    def publish(**_):
        tried.append(moment[0])
        moment[0] += 3
        throttled = {"Error": {"Code": "Throttling"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
        raise ClientError(throttled, "Publish")

    world.clients["sns"].publish = publish
    session = world.session(USER, **VERIFIED)
    world.deliver()
    assert tried == [0, 3.5, 7.5]
    session.answer("no code")
    assert session.parameters["resend_in"] == "0"


def test_a_message_is_in_the_readers_language(world):
    world.configure("messages", {"de": {"sms": "{code} ist Dein Code."}})
    world.session(USER, **VERIFIED, locale="de_AT")
    world.session("other", **phone(101), locale="fr")
    world.deliver()
    german, french = world.texts()
    assert german.endswith(" ist Dein Code.")
    assert "votre code Example" in french


class Feedback:
    """Stands for End User Messaging."""

    def __init__(self) -> None:
        self.sent, self.received = [], []

    def send_text_message(self, **parameters: str) -> dict[str, str]:
        self.sent.append(parameters)
        return {"MessageId": f"message-{len(self.sent)}"}

    def put_message_feedback(self, **parameters: str) -> None:
        self.received.append(parameters)


@pytest.mark.parametrize("wanted", ["true", "false"])
def test_a_provider_that_asks_is_told_what_arrived(world, wanted):
    world.environment |= {"SMS_PROVIDER": "end_user_messaging", "SMS_FEEDBACK": wanted, "FRAUD_MODE": "off"}
    provider = world.clients["pinpoint-sms-voice-v2"] = Feedback()
    world.assemble()
    session = world.session(USER, **VERIFIED)
    world.deliver()
    world.clock.advance(30)
    session.resend()
    world.deliver()
    assert session.answer(provider.sent[-1]["MessageBody"].split()[0])
    world.deliver()
    told = [{"MessageId": "message-2", "MessageFeedbackStatus": "RECEIVED"}] if wanted == "true" else []
    assert provider.received == told
