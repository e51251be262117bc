"""Queries. Each names the user whose rows it may reach, or starts from a row that was already found for that user."""
