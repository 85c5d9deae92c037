"""Options that several commands have."""

import click

USER_POOL_ID = click.option("--user-pool-id", required=True, metavar="ID", help="The pool, e.g. us-east-1_AbCdEf123.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
