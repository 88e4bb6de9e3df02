"""Login rows: put blindly by `process` if a fact asks for heartbeats of its session, so that one can be judged.

An open session has no row of its own before a sitting of it has ended, and `validate` must say at once whether a
heartbeat is asked for.
"""

from msgspec import Struct

from functions.core.sessions.facts import Fact
from functions.store import keys
from functions.store.dynamodb.attributes import number, text
from functions.store.dynamodb.row import Key, Row


class Login(Struct, frozen=True, kw_only=True):
    """Who asked for heartbeats of a session, in which edApp, and when."""

    session: str
    learner: str | None
    edapp: str | None
    time_us: int


def login_key(pk: str, session: str) -> Key:
    """Where the login row of a session lies: with its facts."""
    return pk, keys.login_sk(session)


def login_row(pk: str, fact: Fact, *, expires_s: int) -> Row | None:
    """The row, or None if the fact asks for no heartbeats."""
    if not fact.requires_heartbeat or fact.session is None or fact.kind != "activity":
        return None
    key = login_key(pk, fact.session)
    row: Row = {
        keys.PK: key[0],
        keys.SK: key[1],
        keys.TTL: expires_s,
        "session": fact.session,
        "time": fact.entry.time_us,
    }
    optional = {"learner": fact.entry.attribution.learner, "edapp": fact.edapp}
    return row | {name: value for name, value in optional.items() if value is not None}


def login_of(row: Row) -> Login:
    """What `login_row` wrote."""
    return Login(
        session=text(row, "session"),
        learner=text(row, "learner") if "learner" in row else None,
        edapp=text(row, "edapp") if "edapp" in row else None,
        time_us=number(row, "time"),
    )
