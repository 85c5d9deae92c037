"""Functions to hold beside the module's, whose first events make the same calls."""
