"""What the Lambda `query` needs from its environment."""

from functions.core import defaults
from functions.settings import IdleSettings, InsightSettings


class QuerySettings(IdleSettings, InsightSettings):
    table_name: str
    registry_table_name: str = ""
    queue_url: str = ""
    dead_letters_url: str = ""
    console_client_id: str = ""  # with which the console signs people in; empty: they paste a credential
    login_url: str = ""  # the user pool's page for it
    cors_origins: str = ""  # comma-separated: of the pages that may call from a browser
    audit_group: str = ""  # the log group of audit lines; empty: none are written
    bucket_name: str = ""  # where copies for people are; links to them are made by `query`
    security_contact: str = ""  # a URI: where weaknesses are reported
    retention_days: int = defaults.RETENTION_DAYS
