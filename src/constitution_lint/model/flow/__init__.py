"""The prover: an abstract interpreter that follows one request through dependencies, handler, services and queries."""
