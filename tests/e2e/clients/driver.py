"""Runs the Python of a page of docs/clients, as driver.mjs runs the JavaScript."""

import json
import runpy
import sys

page = runpy.run_path(sys.argv[1])
for line in sys.stdin:
    order = json.loads(line)
    try:
        said = {"result": page[order["call"]](*order["given"])}
    except Exception as error:
        said = {"refusal": page["refusal"](error)}
    sys.stdout.write(json.dumps(said, default=str) + "\n")
    sys.stdout.flush()
