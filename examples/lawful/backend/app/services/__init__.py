"""What the application does, for one user at a time. Knows no HTTP."""
