"""What the Lambda `authorize` needs from its environment."""

from functions.settings import Settings


class AuthorizeSettings(Settings):
    registry_table_name: str
    user_pool_id: str
    console_client_id: str = ""  # the client whose tokens are people's; empty: no person may sign in
    origin_secret: str = ""  # requests must carry it in ORIGIN_HEADER; empty: nothing stands before the API
