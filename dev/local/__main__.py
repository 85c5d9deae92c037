"""`python -m dev.local`: a local AWS in the foreground, until Ctrl-C."""

import argparse
import signal
import threading
from types import FrameType

from dev.local.server import LocalAWS


def main() -> None:
    """Serve, print what to export, wait for the end."""
    parser = argparse.ArgumentParser(prog="python -m dev.local", description="An AWS on this computer.")
    parser.add_argument("--port", type=int, default=0, help="the port on 127.0.0.1 (default: a free one)")
    arguments = parser.parse_args()
    end = threading.Event()

    def finish(_signal: int, _frame: FrameType | None) -> None:
        end.set()

    signal.signal(signal.SIGTERM, finish)
    signal.signal(signal.SIGINT, finish)
    with LocalAWS(arguments.port) as aws:
        for name, value in aws.variables().items():
            print(f"export {name}={value}")
        print(f"# SMS: {aws.endpoint_url}/_ministack/sns/sms-messages")
        print(f"# e-mail: {aws.endpoint_url}/_ministack/ses/messages")
        print("# The local AWS runs until Ctrl-C.", flush=True)
        end.wait()


if __name__ == "__main__":
    main()
