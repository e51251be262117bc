"""Readers: one module a file kind, each a pure function of a file's bytes to facts; no other code knows syntax."""
