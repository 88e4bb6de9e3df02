"""One path and verb of the API: what it calls, takes, answers, and the credential that it needs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from functions.http.answers import JSON, Answer
from functions.http.gate import READ
from functions.http.parameters import Parameter
from functions.http.paths import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Route[R]:
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
    other_media_types: Sequence[str] = ()  # of a 200 that is text: a file may be of any of them
    statuses: Sequence[int] = ()  # beside 200, and 400 if it takes parameters, and 401, 403, 503 with a credential
