"""In-memory doors: the table, the queue, the archive and the bus of a service that runs in one process."""
