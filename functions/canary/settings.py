"""What the Lambda `canary` needs from its environment."""

from functions.settings import Settings


class CanarySettings(Settings):
    """The functions that answer the API, by name, and how often at most the event is looked for."""

    validate_function: str
    query_function: str
    looks: int
