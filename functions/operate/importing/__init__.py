"""Bringing in what was recorded elsewhere: files of events, judged and queued as if they were sent, behind all else."""
