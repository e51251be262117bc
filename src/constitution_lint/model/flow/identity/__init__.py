"""Within the prover: who is asking. What verifies a token, whose a value is, what a role or a signature shows."""
