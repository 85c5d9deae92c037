"""AWS on this computer: MiniStack, made to behave as Cognito, Lambda and IAM do where it does not by itself.

`LocalAWS` starts it, talks to it and stops it; `python -m dev.local` serves it in the foreground.
"""

from dev.local.server import PATIENT, Denial, LocalAWS, LocalAWSError, TriggerRun

__all__ = ["PATIENT", "Denial", "LocalAWS", "LocalAWSError", "TriggerRun"]
