"""Where contract and code part, pair by pair: findings of gate 7, and what `contract` prints."""
