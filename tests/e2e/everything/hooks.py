"""Both hooks of the tests: one that vetoes when it is asked to, one that writes down what it is told."""

import json
import sys


def asked(event, _context):
    wish = event["client_metadata"].get("hook", "allow")
    if wish == "raise":
        raise RuntimeError("nothing of this goes out")
    return {"allow": wish == "allow", "reason": "nothing of this goes out"}


def told(event, _context):
    sys.stdout.write(json.dumps(event) + "\n")
