"""What the Lambda `privacy` needs from its environment."""

from functions.settings import ProcessSettings


class PrivacySettings(ProcessSettings):
    """`requests_url`: its own queue. Without a lake the names of its parts are empty."""

    requests_url: str
    lake_bucket: str = ""
    lake_queue_url: str = ""
    database: str = ""
    memory: str = "1200MB"  # of DuckDB
