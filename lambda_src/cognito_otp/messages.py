"""The words of a message."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Message:
    """What is sent: `text` on every channel, `subject` where the channel has one."""

    subject: str
    text: str


def compose(app_name: str, code: str, ttl: int) -> Message:
    """Return the message that carries a code: it names the service, the code's life, and that nobody else may have it.

    Args:
        app_name: the service's name as people know it.
        code: digits.
        ttl: the code's life in seconds, told in whole minutes.
    """
    minutes = max(1, ttl // 60)
    life = "1 minute" if minutes == 1 else f"{minutes} minutes"
    return Message(
        subject=f"Your {app_name} code",
        text=f"{code} is your {app_name} code. It expires in {life}. Do not share it with anyone.",
    )
