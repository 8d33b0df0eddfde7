"""The way from the outbox to the gateway."""
