"""What the Lambda `importer` needs from its environment."""

from functions.core import defaults
from functions.settings import Settings


class ImporterSettings(Settings):
    table_name: str
    registry_table_name: str
    queue_url: str
    notifications_url: str  # the queue that S3 tells of dropped files
    bucket_name: str
    retention_days: int = defaults.RETENTION_DAYS
