"""For gate 5: what was put in for a demonstration, told apart from what only looks like it."""
