"""The sign-in page of examples/web-app beside a phone, the User table and a timeline of what happens: `make demo-web`.

`WebDemo` serves it in a thread; `python -m dev.demo_web` sets everything up around it.
"""

from dev.demo_web.web import WebDemo

__all__ = ["WebDemo"]
