"""Where contract and code differ, pair by pair: findings of gate 7, and what `contract` prints."""
