"""Runs a function as Lambda does, for its start to be measured: its runtime's own client, and AWS behind TLS."""
