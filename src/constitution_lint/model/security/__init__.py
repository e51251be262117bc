"""For gate 2: secrets, tokens, CORS, passwords and SQL text, and what documents plan for them."""
