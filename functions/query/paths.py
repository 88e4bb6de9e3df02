"""Which route a path leads to, and which verbs it takes.

Ingest paths are listed too, for the answer to a wrong verb; they never get here with the right one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from functions.query.routes import ROUTES, Route

# What `validate` and the token endpoint answer: path → verbs.
ELSEWHERE: Mapping[str, tuple[str, ...]] = {
    "/": ("POST",),
    "/caliper/event": ("POST",),
    "/k/{key}": ("POST",),
    "/caliper/v1p2": ("POST",),
    "/caliper/event/validate": ("POST",),
    "/events/1.0": ("POST",),
    "/events/1.0/heartbeat": ("POST",),
    "/oauth2/token": ("POST",),
    "/auth/1.0/token": ("POST",),
}


@dataclass(frozen=True, slots=True)
class Match:
    """A path that exists: its route (None where another Lambda answers it), its variables, the verbs it takes."""

    route: Route | None
    variables: Mapping[str, str]
    allowed: tuple[str, ...]


def match(path: str) -> Match | None:
    """What a path leads to. A trailing slash is no other path: never a redirect."""
    for pattern, template in _patterns():
        found = pattern.fullmatch(path)
        if found is None:
            continue
        route = next((one for one in ROUTES if one.path == template), None)
        verbs = ("GET", "HEAD") if route else ()
        return Match(route, found.groupdict(), (*verbs, *ELSEWHERE.get(template, ()), "OPTIONS"))
    return None


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Paths without variables first, so that none is taken for a variable's value."""
    templates = dict.fromkeys([*(route.path for route in ROUTES), *ELSEWHERE])
    ordered = sorted(templates, key=lambda template: (template.count("{"), -len(template)))
    return [(_pattern(template), template) for template in ordered]


def _pattern(template: str) -> re.Pattern[str]:
    """A variable may hold slashes: ids are IRIs, and gateways decode them."""
    parts = re.split(r"\{(\w+)\}", template.rstrip("/"))
    text = "".join(f"(?P<{part}>.+?)" if n % 2 else re.escape(part) for n, part in enumerate(parts))
    return re.compile(text + "/*", re.DOTALL)
