"""Within the prover: calls into libraries. What each gives, what it keeps, and which project code it calls back."""
