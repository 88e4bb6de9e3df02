"""Links that open the console of a local stack signed in: rows that are taken once. On AWS there is no such route.

`infra.local` writes them, the Lambda `sign_in_link` takes them.
"""

from functions.store import keys
from functions.store.dynamodb.attributes import number, text
from functions.store.dynamodb.conditions import VERSION
from functions.store.dynamodb.row import Key, Row
from functions.store.dynamodb.table import Table
from functions.store.rows.credentials import credential_key, digest_of

LINK_S = 15 * 60


def link_key(code: str) -> Key:
    """Where the link of a code lies: by its digest, as credentials do, so that the table holds no code."""
    pk, _ = credential_key(digest_of(code))
    return pk, keys.LINK


def put_link(table: Table, code: str, token: str, *, now_us: int) -> None:
    """Let `code` be exchanged for `token` once, within LINK_S."""
    ends_s = now_us // 1_000_000 + LINK_S
    pk, sk = link_key(code)
    row: Row = {keys.PK: pk, keys.SK: sk, keys.TTL: ends_s, "token": token, VERSION: 1}
    table.put_all([row])


def take_token(table: Table, code: str, *, now_us: int) -> str | None:
    """The token of `code`, None if the code is unknown, too old or was taken already."""
    key = link_key(code)
    row = table.get_all([key]).get(key)
    if row is None or number(row, VERSION) != 1 or now_us >= number(row, keys.TTL) * 1_000_000:
        return None
    taken: Row = {keys.PK: key[0], keys.SK: key[1], keys.TTL: row[keys.TTL], VERSION: 2}
    return text(row, "token") if table.put_if(taken, 1) else None
