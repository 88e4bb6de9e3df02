"""What the Lambda `deliver` needs from its environment."""

from functions.settings import Settings


class DeliverSettings(Settings):
    """`allow_loopback` as in ManageSettings. What was tried for days is put into the queue `given_up_url`."""

    table_name: str
    registry_table_name: str = ""
    bucket_name: str
    deliveries_url: str
    given_up_url: str
    bus_name: str = ""
    allow_loopback: bool = False
