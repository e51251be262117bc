"""Within the prover: a request as FastAPI and Starlette serve it, up to the first line of the handler."""
