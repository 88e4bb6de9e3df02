"""Which route a path leads to, and which verbs it takes."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from msgspec import Struct

from functions.http.paths import PATHS, Path
from functions.http.route import Route


class Match[R](Struct, frozen=True):
    """A path that exists: its route (None if another Lambda answers it), its variables, the verbs that it takes."""

    path: Path
    route: Route[R] | None
    variables: Mapping[str, str]
    allowed: tuple[str, ...]


class Router[R]:
    """The routes of one Lambda among all `paths` of the API."""

    def __init__(self, routes: Sequence[Route[R]], paths: Iterable[Path] = PATHS) -> None:
        self._routes = {route.path.template: route for route in routes}
        self._paths = tuple(paths)

    def match(self, path: str) -> Match[R] | None:
        """What a path leads to. A trailing slash is not another path: never a redirect."""
        for pattern, candidate in self._patterns:
            matched = pattern.fullmatch(path)
            if matched is None:
                continue
            route = self._routes.get(candidate.template)
            # With some of these verbs the gateway sends it to another Lambda.
            return Match(candidate, route, matched.groupdict(), (*candidate.verbs, "OPTIONS"))
        return None

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], Path]]:
        """Paths without variables first, so that none is taken for a variable's value."""
        ordered = sorted(self._paths, key=lambda path: (path.template.count("{"), -len(path.template)))
        return [(_pattern(path.template), path) for path in ordered]


def _pattern(template: str) -> re.Pattern[str]:
    """An id may hold slashes: it is an IRI, and gateways decode it."""
    parts = re.split(r"\{(\w+)\}", template.rstrip("/"))
    variables = {"key": "[^/]+", "jobId": "[^/]+", "subject": "[^/]+"}
    text = "".join(
        f"(?P<{part}>{variables.get(part, '.+?')})" if n % 2 else re.escape(part) for n, part in enumerate(parts)
    )
    return re.compile(text + "/*", re.DOTALL)
