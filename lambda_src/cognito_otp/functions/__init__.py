"""Entry points: each module's `handler` is what one Lambda function is configured with.

While Lambda imports one of them, Python's garbage collector rests: it would look again and again through what is to
stay, for a fifth of the time that initialisation takes. Where the process is somebody else's, it is left alone.
"""

import gc
import os

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
_IN_LAMBDA = "AWS_LAMBDA_RUNTIME_API" in os.environ

if _IN_LAMBDA:
    gc.disable()


def initialised() -> None:
    """Let the garbage collector look after what is made from now on; said by each module when its handler is built."""
    if _IN_LAMBDA:
        gc.freeze()
        gc.enable()
