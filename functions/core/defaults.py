"""Settings of a deployment that it need not choose: each default is written here, and nowhere else.

`infra.config` offers them, the Lambdas' `functions.settings` fall back to them, and so do the folds and the double.
A name is that of the setting, in capitals.
"""

IDLE_MINUTES: float = 30
HEARTBEAT_MINUTES: float = 5
RETENTION_DAYS = 400  # of an event in the table, from its arrival; the archive keeps all
SWEEP_INVOCATIONS = 8  # that share a sweep if very much is due
IDLING_GAP_MINUTES: float = 10  # between two activities, with no active time reported in between
IDLING_INACTIVE_SECONDS = 300  # reported as inactive, over the whole session
SHOPPING_LESSONS = 3  # different lessons begun one after another, none completed
SHOPPING_MINUTES: float = 10  # within which they are begun
