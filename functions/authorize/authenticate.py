"""From the credential in a request to its principal: token or key → credential → app. The decision."""

from functions.authorize.credential_in_request import KeyCandidates, Token
from functions.authorize.tokens import Claims, Issuer, verify
from functions.core.times import day_of
from functions.http.gate import (
    CONTROL,
    EVENTS_READONLY,
    PEOPLE_WRITE,
    READ_EVERYTHING,
    SCOPES,
    WEBHOOKS_READONLY,
    WEBHOOKS_WRITE,
    Failure,
    Principal,
)
from functions.http.groups import ADMIN_GROUP, OPERATOR_GROUP
from functions.store.registry import Registry
from functions.store.rows.credentials import Credential
from functions.store.signers.signing_keys import KeySet

PERSON_ID_PREFIX = "person_"  # before the id that the user pool gave a person
PERSON_APPS = 50  # of one person; the context that the gateway passes on is small


def authenticate(
    sent: Token | KeyCandidates | None,
    *,
    registry: Registry,
    issuer: Issuer,
    key_set: KeySet,
    now_s: float,
    console_client_id: str = "",
) -> Principal | Failure:
    """The principal, or why there is none. Raises TRANSIENT errors if the registry or the issuer's keys cannot be read.

    A token carries the scopes that it names *and* its client is registered for, so that the registry can take a scope
    back at once. A token of the console's client is a person's: it carries the apps and scopes of the person's groups.
    Reads: one for the credential, one for its app; of a person, one for each app until one is registered.
    """
    if sent is None:
        return "no_credential"
    if isinstance(sent, KeyCandidates):
        credential = registry.find_key(sent.texts)
        if credential is None:
            return "control_character" if any(map(CONTROL.search, sent.texts)) else "unknown_key"
        return _principal(credential, credential.scopes, None, registry=registry, now_s=now_s)
    if CONTROL.search(sent.text):
        return "control_character"
    claims = verify(sent.text, issuer=issuer, key_set=key_set, now_s=now_s)
    if not isinstance(claims, Claims):
        return claims
    if console_client_id and claims.client_id == console_client_id:
        return _person(claims, registry=registry)
    credential = registry.find_client(claims.client_id)
    if credential is None:
        return "unknown_client"
    scopes = credential.scopes & claims.scopes
    return _principal(credential, scopes, claims.expires_at, registry=registry, now_s=now_s)


def _person(claims: Claims, *, registry: Registry) -> Principal | Failure:
    """A person reads the apps of their groups, and every app if they are in the admin group. They send no events.

    Operators also change the webhooks of the apps that they read, and ask for erasures and copies of their learners.
    """
    tenants = sorted(claims.groups - {ADMIN_GROUP, OPERATOR_GROUP})[:PERSON_APPS]
    app = next(filter(None, map(registry.app, tenants)), None)
    if app is None:
        return "no_app"
    return Principal(
        app=app,
        scopes=frozenset(
            {EVENTS_READONLY, WEBHOOKS_READONLY}
            | ({READ_EVERYTHING} if ADMIN_GROUP in claims.groups else set())
            | ({WEBHOOKS_WRITE, PEOPLE_WRITE} if OPERATOR_GROUP in claims.groups else set())
        ),
        kind="person",
        credential=f"{PERSON_ID_PREFIX}{claims.subject}" if claims.subject else "",
        expires_at=claims.expires_at,
        other_tenants=tuple(tenant for tenant in tenants if tenant != app.tenant),
    )


def _principal(
    credential: Credential,
    scopes: frozenset[str],
    token_end_s: float | None,
    *,
    registry: Registry,
    now_s: float,
) -> Principal | Failure:
    if credential.revoked_us is not None:
        return "revoked"
    end_s = None if credential.not_after_us is None else credential.not_after_us / 1e6
    if end_s is not None and now_s >= end_s:
        return "expired"
    app = registry.app(credential.tenant)
    if app is None:
        return "unknown_app"
    registry.note_use(credential, day_of(round(now_s * 1e6)))
    ends = [end for end in (end_s, token_end_s) if end is not None]
    return Principal(
        app=app,
        scopes=scopes & SCOPES,
        kind=credential.kind,
        credential=credential.id,
        expires_at=min(ends, default=None),
        other_tenants=tuple(tenant for tenant in credential.admin_of if tenant != app.tenant),
        limited=bool(credential.admin_of),
    )
