"""Within the prover: what Python's expressions, calls, control flow and built-in types mean to abstract values."""
