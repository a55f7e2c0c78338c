"""What refers to the legacy class in one parsed file, and what becomes of it."""
