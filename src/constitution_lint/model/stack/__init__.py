"""Under gate 10: the declared stack, as data, as law, and as what code, manifests and plans make of it."""
