"""Links that open the console of a local stack signed in: rows that are taken once. On AWS there is no such route.

`infra.local` writes them, the Lambda `sign_in_link` takes them.
"""

from functions.core.ids import digest
from functions.store import keys
from functions.store.dynamodb.attributes import number, text
from functions.store.dynamodb.row import Row
from functions.store.dynamodb.table import VERSION, Table

LINK_S = 15 * 60


def link_pk(code: str) -> str:
    return f"K#{digest(code)}"


def put_link(table: Table, code: str, token: str, *, now_us: int) -> None:
    """Let `code` be exchanged for `token` once, within LINK_S."""
    ends_s = now_us // 1_000_000 + LINK_S
    row: Row = {keys.PK: link_pk(code), keys.SK: keys.LINK, keys.TTL: ends_s, "token": token, VERSION: 1}
    table.put_all([row])


def take_token(table: Table, code: str, *, now_us: int) -> str | None:
    """The token of `code`, None if the code is unknown, too old or was taken already."""
    key = (link_pk(code), keys.LINK)
    row = table.get_all([key]).get(key)
    if row is None or number(row, VERSION) != 1 or now_us >= number(row, keys.TTL) * 1_000_000:
        return None
    taken: Row = {keys.PK: key[0], keys.SK: key[1], keys.TTL: row[keys.TTL], VERSION: 2}
    return text(row, "token") if table.put_if(taken, 1) else None
