"""What the Lambda `intake` needs from its environment."""

from functions.settings import Settings


class IntakeSettings(Settings):
    """`canvas_app`: the id of the app whose events come through the intake queue."""

    registry_table_name: str
    queue_url: str
    canvas_app: str
