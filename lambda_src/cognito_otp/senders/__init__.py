"""One module per provider that carries a message to a destination."""
