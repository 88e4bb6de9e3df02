"""Audit lines: who read what about people, and who administered what. Pure; `functions.store.audit` writes them.

A line holds no learner's id. It holds a keyed digest of it, so that an operator with the key can find the lines about
one learner. It never holds a query string, nor the values in a path.
"""

import hmac
from collections.abc import Mapping
from hashlib import sha256

from functions.core.ids import canonical_id, digest
from functions.core.times import format_time

DIGEST_CHARS = 32  # 128 bits in hexadecimal

type Line = Mapping[str, str | int | None]


def audit_line(
    *,
    credential: str,
    kind: str,
    app: str,
    route: str,
    status: int,
    now_us: int,
    rows: int = 0,
    learner: str | None = None,
    apps: str | None = None,
    changed: str = "",
    request_id: str = "",
) -> Line:
    """The line of one request or command that was answered.

    `credential` is the id of what was presented, of that `kind` and `app`. `route`: the verb and the template of a
    path, or an operator's command with its exit code as `status`. `rows`: how many the answer holds. `learner`: the
    `learner_digest` of the one that was asked for. `apps`: those that were, if not the caller's own. `changed`: the id
    of what was changed, of which the line has the digest.
    """
    return {
        "time": format_time(now_us),
        "requestId": request_id,
        "credential": credential,
        "kind": kind,
        "app": app,
        "apps": apps,
        "route": route,
        "status": status,
        "learner": learner,
        "changed": digest(changed) if changed else None,
        "rows": rows,
    }


def learner_digest(key: bytes, learner: str) -> str:
    """The digest by which lines about a learner are found: of the id as it is compared; of an address in lower case."""
    learner = learner.strip()
    spelling = learner.lower() if "@" in learner else canonical_id(learner)
    return hmac.new(key, spelling.encode("utf-8", "surrogatepass"), sha256).hexdigest()[:DIGEST_CHARS]
