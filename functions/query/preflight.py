"""The answer to a browser that asks whether a page of another origin may call (Fetch, "CORS-preflight request").

If origins are configured, the gateway sets CORS headers of its own and drops ours, but its `$default` route takes
OPTIONS too: the status is that of `query` (HTTP APIs, "Configuring CORS"), and without a 2xx the browser does not call.
AWS does not document which headers the gateway adds to a preflight that reaches a function, so all are here as well.
"""

from collections.abc import Mapping

from functions.http.answers import Answer, error
from functions.settings import CORS_HEADERS, CORS_MAX_AGE_S, CORS_METHODS


def is_preflight(method: str, headers: Mapping[str, str]) -> bool:
    """Header names are in lower case, as HTTP APIs hand them on."""
    return method == "OPTIONS" and "access-control-request-method" in headers


def preflight(headers: Mapping[str, str], cors_origins: str) -> Answer:
    """204 for a page whose origin is among `cors_origins`, on every path, so that it may read a 404 too. Else 403."""
    origin = headers.get("origin", "")
    allowed = cors_origins.split(",")
    if origin and any(_covers(pattern, origin) for pattern in allowed):
        cors_headers = {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Methods": ",".join(CORS_METHODS),
            "Access-Control-Allow-Headers": ",".join(CORS_HEADERS),
            "Access-Control-Max-Age": str(CORS_MAX_AGE_S),
            "Vary": "Origin",
        }
        return {"statusCode": 204, "headers": cors_headers, "body": ""}
    return error(
        403,
        "cross-origin",
        f"Pages of the origin {origin[:200] or '(none was sent)'} may not call this API from a browser: have its "
        "operator deploy it with that origin among `cors_origins`.",
    )


def _covers(pattern: str, origin: str) -> bool:
    """HTTP APIs take an origin, `*` for all of them, and `https://*` or `http://*` for all of a scheme."""
    return origin == pattern or (pattern.endswith("*") and origin.startswith(pattern[:-1]))
