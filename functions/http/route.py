"""One path and verb of the API: what it calls, takes, answers, and the credential that it needs."""

from collections.abc import Callable, Sequence

from msgspec import Struct

from functions.http.answers import JSON, Answer
from functions.http.gate import READ
from functions.http.parameters import Parameter
from functions.http.paths import Path


class Route[R](Struct, frozen=True, kw_only=True):
    """One path and its GET. `R` is the kind of request that `call` takes.

    `answers` names the shape of its 200, empty if that is not JSON: by name, because the shapes take 10 ms of CPU to
    import, and only the description of the API needs them. `scope` None needs no credential. `position` is the pattern
    of a cursor's inner part. If `strict`, an unknown parameter is refused.
    """

    path: Path
    call: Callable[[R], Answer]
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
