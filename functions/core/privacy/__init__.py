"""Erasing a person from what others sent too: who is meant, where a text names them, and what stays of it."""
