"""What the Lambda `manage` needs from its environment."""

from functions.settings import Settings


class ManageSettings(Settings):
    table_name: str
    registry_table_name: str = ""
    deliveries_url: str
    person_requests_url: str = ""  # the queue of `privacy`
    audit_group: str = ""  # the log group of audit lines; empty: they go into the function's own log
    allow_loopback: bool = False  # on the local stack a webhook's target may be this machine
