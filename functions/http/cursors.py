"""Where a list continues, as one opaque word that is valid only for the query that it came from.

It is neither secret nor signed: it says where to read on, the credential says what may be read. It carries a digest of
the route, the reader and the other parameters, so that a cursor of another query is refused.
"""

import base64
import binascii
import re

import orjson

from functions.core.ids import digest


def binding(*parts: str | None) -> str:
    """What ties a cursor to one query of one reader."""
    return digest(orjson.dumps(parts).decode())


def cursor(bound_to: str, tenant: str, position: str) -> str:
    """The word for `position` in the list of `tenant`'s items."""
    return base64.urlsafe_b64encode(orjson.dumps([bound_to, tenant, position])).rstrip(b"=").decode()


def read_cursor(text: str, bound_to: str, positions: str) -> tuple[str, str] | None:
    """Tenant and position that `cursor` wrote for the same query, or None. `positions` is the pattern of the latter."""
    try:
        raw = base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
        parts = orjson.loads(raw)
    except (binascii.Error, ValueError):
        return None
    match parts:
        case [str(bound), str(tenant), str(position)]:
            valid = bound == bound_to and (not position or re.fullmatch(positions, position, re.ASCII))
            return (tenant, position) if valid else None
    return None
