"""Routes: HTTP in, HTTP out, and nothing decided here that a service could decide."""
