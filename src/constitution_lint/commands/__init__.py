"""The commands, one module each: a click command named `command`, which `cli` imports when it is used."""
