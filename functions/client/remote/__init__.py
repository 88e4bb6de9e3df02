"""The commands that talk to a running service, or to its double: `send`, `play`, `tail`, `get`."""
