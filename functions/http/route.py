"""One path and verb of the API: what it calls, takes, answers and wants for a credential."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from functions.http.answers import JSON, Answer
from functions.http.gate import READ
from functions.http.parameters import Parameter
from functions.http.request import Request

type Call = Callable[[Request], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One path and verb. `scope` None needs no credential. `position` is the pattern of a cursor's inner part."""

    path: str
    call: Call
    about: str
    answers: str  # the name of the schema of its 200
    scope: frozenset[str] | None = READ
    parameters: Sequence[Parameter] = ()
    one_of: Sequence[str] = ()
    position: str = ""
    strict: bool = True  # an unknown parameter is refused
    unscoped_status: int = 403
    media_type: str = JSON
    statuses: Sequence[int] = ()  # beside 200, and 400 where it takes parameters, and 401, 403, 503 with a credential
