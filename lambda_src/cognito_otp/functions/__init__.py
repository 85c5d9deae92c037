"""Entry points: each module's `handler` is what one Lambda function is configured with.

While one of them is imported, Python's garbage collector rests: it would look again and again through what is to stay,
for a fifth of the time that initialisation takes.
"""

import gc

gc.disable()


def initialised() -> None:
    """Let the garbage collector look after what is made from now on; said by each module when its handler is built."""
    gc.freeze()
    gc.enable()
