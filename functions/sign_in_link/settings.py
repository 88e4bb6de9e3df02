"""What the Lambda `sign_in_link` needs from its environment."""

from functions.settings import Settings


class SignInLinkSettings(Settings):
    table_name: str
