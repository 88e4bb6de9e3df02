"""What the Lambda `backup` needs from its environment."""

from functions.settings import Settings


class BackupSettings(Settings):
    registry_table_name: str
    bucket_name: str
