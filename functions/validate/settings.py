"""What the Lambda `validate` needs from its environment."""

from functions.settings import Settings


class ValidateSettings(Settings):
    table_name: str
    queue_url: str
