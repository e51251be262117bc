"""Under gate 2: secrets, tokens, openings and SQL text, and what documents plan of them."""
