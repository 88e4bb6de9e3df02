"""Erasing a person from everything that the stack keeps, and giving a person everything that it keeps of them."""
