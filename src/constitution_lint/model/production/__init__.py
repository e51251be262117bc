"""Gate 5's judgement: what was put in for a demonstration, told from what only looks like it."""
