"""House rules: a table of what TimeBack asks beyond the standard, and the engine that applies it."""
