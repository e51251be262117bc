"""Where contract and code part, pair by pair: gate 7 turns each difference into a finding, `contract --diff` prints it."""
