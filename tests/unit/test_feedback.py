"""The provider of texts hears which ones arrived, if it asks; the provider of e-mails never does."""

import pytest

PHONE, EMAIL = "+14155550171", "ada@example.com"
VERIFIED = {"phone_number": PHONE, "phone_number_verified": "true", "email": EMAIL, "email_verified": "true"}


class Texts:
    """Stands for End User Messaging's client."""

    def __init__(self) -> None:
        self.bodies: list[str] = []
        self.received: list[str] = []

    def send_text_message(self, *, MessageBody: str, **_others: object) -> dict[str, str]:  # noqa: N803
        self.bodies.append(MessageBody)
        return {"MessageId": f"text-{len(self.bodies)}"}

    def put_message_feedback(self, *, MessageId: str, MessageFeedbackStatus: str) -> None:  # noqa: N803
        assert MessageFeedbackStatus == "RECEIVED"
        self.received.append(MessageId)


@pytest.fixture
def asking(make_world):
    world = make_world(CHANNELS="sms,email")
    world.clients["pinpoint-sms-voice-v2"] = Texts()
    world.environment |= {"SMS_PROVIDER": "end_user_messaging", "SMS_FEEDBACK": "true"}
    world.assemble()
    return world


def test_a_right_code_of_a_text_is_reported_once(asking):
    session = asking.session("uuid-1", **VERIFIED)
    asking.deliver()
    texts = asking.clients["pinpoint-sms-voice-v2"]
    assert not session.answer("000000" if texts.bodies[0][:6] != "000000" else "000001")
    assert session.answer(texts.bodies[0].split()[0])
    asking.deliver()
    assert texts.received == ["text-1"]


def test_a_right_code_of_an_email_is_reported_to_nobody(asking):
    session = asking.session("uuid-1", **VERIFIED)
    asking.deliver()
    session.resend("email")
    asking.deliver()
    assert session.answer(asking.code_by_email())
    assert asking.queue.payloads == []
    assert asking.clients["pinpoint-sms-voice-v2"].received == []
