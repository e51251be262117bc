"""For gate 10: the declared stack, as data, as law, and as code, manifests and plans use it."""
