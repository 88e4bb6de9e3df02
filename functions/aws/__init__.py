"""The doors to AWS, and the only code that calls it: table, queue, archive, registry."""
