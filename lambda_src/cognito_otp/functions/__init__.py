"""Entry points: each module's `handler` is what one Lambda function is configured with."""
