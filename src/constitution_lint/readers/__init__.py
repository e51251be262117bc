"""Readers: one module a file kind, each a pure function of one file's bytes to facts; the only code that knows syntax."""
