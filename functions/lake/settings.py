"""What the Lambda `lake` needs from its environment."""

from functions.settings import IdleSettings


class LakeSettings(IdleSettings):
    """Where the lake reads, and where its tables are."""

    table_name: str
    registry_table_name: str
    archive_bucket: str
    lake_bucket: str
    lake_queue_url: str
    database: str
    memory: str = "1200MB"  # of DuckDB; the rest is Python's
    threads: int = 2  # of DuckDB: as many as the function has cores
