"""One path and verb of the API: what it calls, takes, answers, and the credential that it needs."""

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from msgspec import Struct

from functions.http.answers import JSON, Answer
from functions.http.gate import READ
from functions.http.parameters import Parameter
from functions.http.paths import Path


def named(reference: str) -> Any:
    """What `module:name` stands for; its module is imported with the first use."""
    module, _, name = reference.partition(":")
    return getattr(import_module(module), name)


class Route[R](Struct, frozen=True, kw_only=True):
    """One path and its GET. `R` is the kind of request that it takes.

    `function` names what answers it, and `position` the pattern of a cursor's inner part, both as `module:name`: a
    module is imported when its route is first asked for, because an instance serves few of all routes. `answers` names
    the shape of its 200, empty if that is not JSON: only the description of the API needs the shapes. `scope` None
    needs no credential. If `strict`, an unknown parameter is refused.
    """

    path: Path
    function: str
    description: str
    answers: str
    scope: frozenset[str] | None = READ
    parameters: Sequence[Parameter] = ()
    one_of: Sequence[str] = ()  # of these parameters exactly one must be sent
    some_of: Sequence[str] = ()  # of these at least one, which the route itself insists on
    required: Sequence[str] = ()  # and on these
    position: str = ""
    strict: bool = True
    unscoped_status: int = 403
    media_type: str = JSON
    other_media_types: Sequence[str] = ()  # of a 200: a file may be of any of them, a list comes as its reader wants
    names_people: bool = True  # whether its answers tell what learners did: each is then in the audit log
    statuses: Sequence[int] = ()  # beside 200, and 400 if it takes parameters, and 401, 403, 503 with a credential

    def call(self, request: R) -> Answer:
        """The answer to a request of this route."""
        function: Callable[[R], Answer] = named(self.function)
        return function(request)

    def cursor_pattern(self) -> str:
        """The pattern of a cursor's inner part, empty if the route's answers have no cursor."""
        return str(named(self.position)) if self.position else ""
