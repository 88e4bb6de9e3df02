"""Which route a path leads to, and which verbs it takes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from functions.http.ingest_routes import WRITES
from functions.http.route import Route
from functions.query.routes import ROUTES

_POSTS = {write.path: ("POST",) for write in WRITES}  # these never get here with the right verb


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
        return Match(route, found.groupdict(), (*verbs, *_POSTS.get(template, ()), "OPTIONS"))
    return None


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Paths without variables first, so that none is taken for a variable's value."""
    templates = dict.fromkeys([*(route.path for route in ROUTES), *_POSTS])
    ordered = sorted(templates, key=lambda template: (template.count("{"), -len(template)))
    return [(_pattern(template), template) for template in ordered]


def _pattern(template: str) -> re.Pattern[str]:
    """An id may hold slashes: it is an IRI, and gateways decode it."""
    parts = re.split(r"\{(\w+)\}", template.rstrip("/"))
    variables = {"key": "[^/]+", "jobId": "[^/]+"}
    text = "".join(
        f"(?P<{part}>{variables.get(part, '.+?')})" if n % 2 else re.escape(part) for n, part in enumerate(parts)
    )
    return re.compile(text + "/*", re.DOTALL)
