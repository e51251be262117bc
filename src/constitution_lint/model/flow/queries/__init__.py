"""Within the prover: statements and the sessions and drivers that run them, and whose rows each of them reaches."""
