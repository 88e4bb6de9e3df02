"""Who is asking: what the authorizer knows of a credential, how that reaches a handler, and the gate that reads it.

The authorizer never denies by itself (a denial would become the gateway's 403, and its cache spans routes): it passes
a principal or a failure as context. The first step of every handler is `gate`, which lets through only principals.
"""

import re
from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct

from functions.core.apps import App, CredentialKind

# `<resource server>/<name>`, as Cognito spells them. The TimeBack API uses those of 1.1, its platform those of 1.2.
V1P1, V1P2 = (f"https://purl.imsglobal.org/spec/caliper/{version}/scope" for version in ("v1p1", "v1p2"))
EVENT_CREATE = f"{V1P1}/event.create"
EVENTS_WRITE, EVENTS_READONLY = f"{V1P2}/events.write", f"{V1P2}/events.readonly"
WEBHOOK_CREATE, WEBHOOK_READONLY = f"{V1P1}/webhook.create", f"{V1P1}/webhook.readonly"
WEBHOOKS_WRITE, WEBHOOKS_READONLY = f"{V1P2}/webhooks.write", f"{V1P2}/webhooks.readonly"
PEOPLE_WRITE = f"{V1P2}/people.write"
ADMIN = frozenset({f"{V1P1}/admin", f"{V1P2}/admin"})
WRITE = frozenset({EVENT_CREATE, EVENTS_WRITE}) | ADMIN
# Of people who read everything and write nothing. No client can ask for it.
READ_EVERYTHING = f"{V1P2}/admin.readonly"
READ = frozenset({EVENTS_READONLY, READ_EVERYTHING}) | ADMIN
READ_ALL_APPS = frozenset({READ_EVERYTHING}) | ADMIN
MANAGE_WEBHOOKS = frozenset({WEBHOOK_CREATE, WEBHOOKS_WRITE}) | ADMIN
READ_WEBHOOKS = frozenset({WEBHOOK_READONLY, WEBHOOKS_READONLY, READ_EVERYTHING}) | MANAGE_WEBHOOKS
MANAGE_PEOPLE = frozenset({PEOPLE_WRITE}) | ADMIN  # to count, erase and copy what is kept of a learner
CHANGE_ALIASES = WRITE | MANAGE_PEOPLE  # together with READ
SCOPES = (WRITE | READ | READ_WEBHOOKS | MANAGE_PEOPLE) - {READ_EVERYTHING}  # of clients and keys

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")  # no credential, no IRI and no path of this API holds one

# Of a new credential. TimeBack's client asks for no scope and gets all that it may do. A sensor key can be read in the
# settings of an LMS: it only sends.
CLIENT_SCOPES = frozenset({EVENT_CREATE, EVENTS_WRITE, EVENTS_READONLY}) | (READ_WEBHOOKS - {READ_EVERYTHING} - ADMIN)
KEY_SCOPES = frozenset({EVENT_CREATE, EVENTS_WRITE})

type Failure = Literal[
    "no_credential",
    "unknown_key",
    "control_character",
    "unknown_client",
    "unknown_app",
    "no_app",
    "revoked",
    "expired",
    "bad_token",
    "bad_signature",
    "wrong_issuer",
    "not_an_access_token",
    "wrong_address",
    "unavailable",
]

FORBIDDEN = {"no_app", "wrong_address", "limited"}  # another credential would not help
UNAVAILABLE_RETRY_S = 60  # the gateway caches the authorizer's answer for as long

_MESSAGES: dict[str, str] = {
    "no_credential": "No credential: send `Authorization: Bearer <token or sensor key>`. "
    "A token comes from POST /oauth2/token with your client id and secret.",
    "unknown_key": "Unknown sensor key: it is mistyped or was never issued here. "
    "Check the Authorization header, or the key in the path; a registered app's operator can issue a new key.",
    "control_character": "The credential holds a control character, such as a copied line end: take it out.",
    "unknown_client": "The token's client is not registered with this service: ask its operator to register the app.",
    "unknown_app": "The app of this credential is no longer registered: ask the operator to register it again.",
    "no_app": "You are signed in and see no app: ask the operator to run `make person` with your address and the app.",
    "revoked": "This credential was revoked: use the app's current one, or ask the operator for a new one.",
    "expired": "This credential has expired: fetch a new token from POST /oauth2/token, or ask the operator for a key.",
    "bad_token": "The bearer token is not a readable JWT: fetch a new one from POST /oauth2/token.",
    "bad_signature": "The token's signature does not verify: fetch a new one from this service's POST /oauth2/token.",
    "wrong_issuer": "The token was issued by another service: fetch one from this service's POST /oauth2/token.",
    "not_an_access_token": "This is not an access token: send the `access_token` of POST /oauth2/token.",
    "wrong_address": "Send requests to the address that this service publishes, not to API Gateway's own.",
    "unavailable": "The credential could not be checked just now: send the same request again later.",
    "limited": "This is about all apps, and this credential is limited to some: use an admin's of all.",
    "no_verdict": "The request reached the service without a checked credential: "
    "send `Authorization: Bearer <token or sensor key>` to the address that the service publishes.",
}


class Principal(Struct, frozen=True, kw_only=True):
    """An app that sent a valid credential. `expires_at` is in unix seconds; None never expires.

    `credential` is its id, safe to show (a person's is of the user pool). A person, or who is `limited`, reads others.
    """

    app: App
    scopes: frozenset[str]
    kind: CredentialKind
    credential: str = ""
    expires_at: float | None = None
    other_tenants: tuple[str, ...] = ()
    limited: bool = False

    @property
    def is_admin(self) -> bool:
        """Whether it may read what every app sent."""
        return not self.limited and not self.scopes.isdisjoint(READ_ALL_APPS)


_PRINCIPAL = msgspec.json.Decoder(Principal)


class Denial(Struct, frozen=True):
    """Why a request goes no further: the status, code and message to answer with, and when to try again."""

    status: int
    code: str
    message: str
    retry_after_s: int | None = None

    @property
    def headers(self) -> dict[str, str]:
        """`WWW-Authenticate` if the credential is at fault (RFC 6750 §3), else `Retry-After`."""
        if self.retry_after_s is not None:
            return {"Retry-After": str(self.retry_after_s)}
        if self.code in FORBIDDEN:
            return {}  # the credential is not at fault
        if self.code == "no_credential":
            return {"WWW-Authenticate": "Bearer"}  # no error code if no credential was sent (RFC 6750 §3.1)
        error = self.code if self.code == "insufficient_scope" else "invalid_token"
        return {"WWW-Authenticate": f'Bearer error="{error}"'}


def gate(
    context: Mapping[str, Any] | None,
    *,
    scope: str | frozenset[str],
    now_s: float,
    unscoped_status: int = 403,
) -> Principal | Denial:
    """The principal of a request, or the denial to answer with. A context that cannot be read is denied.

    `context` is the authorizer's (see `authorizer_context`); `scope` is one scope or a set of which one is enough;
    `now_s` is unix time, because the authorizer's cached answer may outlive the token. An app without the scope gets
    `unscoped_status`: 403; ingest passes 401, as Caliper 1.2 says. A credential that could not be checked is 503.
    """
    context = context if isinstance(context, Mapping) else {}
    failure = context.get("failure")
    if failure is not None:
        return _denied(failure if isinstance(failure, str) else "no_verdict")
    principal = _principal_of(context)
    if principal is None:
        return _denied("no_verdict")
    if principal.expires_at is not None and not now_s < principal.expires_at:  # a NaN does not pass either
        return _denied("expired")
    wanted = {scope} if isinstance(scope, str) else scope
    if principal.scopes.isdisjoint(wanted):
        needed = " or ".join(sorted(wanted - READ_ALL_APPS or wanted - {READ_EVERYTHING}))
        held = " ".join(sorted(principal.scopes)) or "none"
        return Denial(
            unscoped_status,
            "insufficient_scope",
            f"This credential lacks the scope for this route: it needs {needed} and carries {held}. "
            "Ask for that scope with the token, or have the operator allow it.",
        )
    return _denied("limited") if wanted == READ_ALL_APPS and not principal.is_admin else principal


def authorizer_context(event: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The authorizer's context of an HTTP API request (payload format 2.0), or None if it has none."""
    context: Any = event
    for step in ("requestContext", "authorizer", "lambda"):
        context = context.get(step) if isinstance(context, Mapping) else None
    return context if isinstance(context, Mapping) else None


def principal_context(principal: Principal) -> dict[str, str]:
    """A principal as strings that the gateway passes on to a handler's `gate`. The access log names the first three."""
    names = {"app": principal.app.app_id, "tenant": principal.app.tenant, "credential": principal.credential}
    return {key: name for key, name in names.items() if name} | {"principal": msgspec.json.encode(principal).decode()}


def failure_context(failure: Failure) -> dict[str, str]:
    """A failure as context; `gate` turns it into the answer."""
    return {"failure": failure}


def _denied(code: str) -> Denial:
    code = code if code in _MESSAGES else "no_verdict"
    message = _MESSAGES[code]
    if code == "unavailable":
        return Denial(503, code, message, UNAVAILABLE_RETRY_S)
    return Denial(403 if code in FORBIDDEN else 401, code, message)


def _principal_of(context: Mapping[str, Any]) -> Principal | None:
    """The principal that `principal_context` wrote, or None if it is missing or something else."""
    written = context.get("principal")
    if not isinstance(written, str):
        return None
    try:
        principal = _PRINCIPAL.decode(written)
    except msgspec.DecodeError:  # not JSON, or not of these fields
        return None
    return principal if principal.app.app_id and principal.app.tenant else None
