"""The registered app: who a credential speaks for, and how its events are to be judged.

Read by the authorizer from the registry, carried in the request's context to `validate` and `query`.
"""

from typing import Literal

from msgspec import Struct, field

from functions.core.ids import canonical_id
from functions.core.privacy.keeping import Keeping
from functions.core.sessions.timeouts import Schedule, Timeouts
from functions.core.usage.budgets import Budget

type CredentialKind = Literal["key", "client", "person"]

# A colon ends a part of a URN. In a URL it may begin a password, with another host behind it.
_BOUNDARIES, _BOUNDARIES_IN_URLS = "/?#:", "/?#"


def _is_within(identifier: str, prefix: str) -> bool:
    """Whether `identifier` begins with `prefix`, and the prefix ends where a part of the identifier ends."""
    if not identifier.startswith(prefix):
        return False
    boundaries = _BOUNDARIES_IN_URLS if "://" in prefix else _BOUNDARIES
    return identifier == prefix or prefix[-1:] in ("", *_BOUNDARIES) or identifier[len(prefix)] in boundaries


class App(Struct, frozen=True, kw_only=True):
    """A registration. It may speak for the `edApp` ids in `edapps`.

    One ending in `*` stands for all ids that begin with it, as far as a boundary: `https://a.example*` admits
    `https://a.example/x`, but not `https://a.example.org` or `https://a.example@b`. `*` alone is any id.
    """

    app_id: str
    tenant: str
    name: str = ""
    edapps: tuple[str, ...] = ()
    strict: bool = False
    house: str = ""  # "timeback": the house rules bind its standard events too
    caliper_1_0: bool = False
    signed_by: str = ""  # URL of a JWK set: every body it sends must be signed by one of these keys
    signed_issuer: str = ""  # what `iss` of a signed body must say; anything if it is empty
    budget: Budget = field(default_factory=Budget)  # what it may use in a minute
    auto_attach: bool = False  # events that name no session join the learner's, as if they said urn:tag:auto-attach
    idle: Schedule = ()  # the app's own idle timeouts; empty: those of the stack
    heartbeat: Schedule = ()  # and its own timeouts between heartbeats
    unique_ids: bool = False  # a second content under an event's id is refused to quarantine
    keeping: Keeping = field(default_factory=Keeping)  # for how long what it sends is kept, and what is not kept

    def timeouts(self, default: Timeouts) -> Timeouts:
        """How long a learner of this app may be inactive; `default` is the stack's."""
        if not self.idle and not self.heartbeat:
            return default
        return Timeouts(idle=self.idle or default.idle, heartbeat=self.heartbeat or default.heartbeat)

    def speaks_for(self, edapp: str) -> bool:
        """Whether an event of this app may carry `edapp`."""
        wanted = canonical_id(edapp)
        for allowed in self.edapps:
            if allowed.endswith("*"):
                if _is_within(edapp, allowed[:-1]) or _is_within(wanted, allowed[:-1]):
                    return True
            elif canonical_id(allowed) == wanted:
                return True
        return False
