"""The registered app: who a credential speaks for, and how its events are to be judged.

Read by the authorizer from the registry, carried in the request's context to `validate` and `query`.
"""

from dataclasses import dataclass
from typing import Literal

from functions.core.ids import canonical_id

type CredentialKind = Literal["key", "client"]


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """A registration. It may speak for the `edApp` ids in `edapps`: one ending in `*` is a prefix, `*` alone is any."""

    app_id: str
    tenant: str
    name: str = ""
    edapps: tuple[str, ...] = ()
    strict: bool = False
    house: str = ""  # "timeback": the house rules bind its standard events too
    caliper_1_0: bool = False
    signed_by: str = ""  # URL of a JWK set: every body it sends must be signed by one of these keys
    auto_attach: bool = False  # events that name no session join the learner's, as if they said urn:tag:auto-attach

    def speaks_for(self, edapp: str) -> bool:
        """Whether an event of this app may carry `edapp`."""
        wanted = canonical_id(edapp)
        for allowed in self.edapps:
            if allowed.endswith("*"):
                if edapp.startswith(allowed[:-1]) or wanted.startswith(allowed[:-1]):
                    return True
            elif canonical_id(allowed) == wanted:
                return True
        return False
