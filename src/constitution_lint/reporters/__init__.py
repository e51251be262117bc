"""Reporters: one module a format, each a pure function from the report to text."""
