"""From what a request shows to who is asking: token or key → credential → app. The decision."""

from functions.authorize.presented import Keys, Token
from functions.authorize.tokens import Claims, Issuer, verify
from functions.core.times import day_of
from functions.http.gate import CONTROL, SCOPES, Failure, Principal
from functions.store.registry import Registry
from functions.store.rows.credentials import Credential
from functions.store.signing_keys import KeySet


def verdict(
    shown: Token | Keys | None, *, registry: Registry, issuer: Issuer, key_set: KeySet, now_s: float
) -> Principal | Failure:
    """The principal, or why there is none. Raises where the registry or the issuer's keys cannot be reached.

    A token may do what it names *and* its client is registered for, so that the register can take a scope
    back at once. Reads: one for the credential, one for its app.
    """
    if shown is None:
        return "no_credential"
    if isinstance(shown, Keys):
        credential = registry.find_key(shown.candidates)
        if credential is None:
            return "control_character" if any(map(CONTROL.search, shown.candidates)) else "unknown_key"
        return _principal(credential, credential.scopes, None, registry=registry, now_s=now_s)
    if CONTROL.search(shown.text):
        return "control_character"
    claims = verify(shown.text, issuer=issuer, key_set=key_set, now_s=now_s)
    if not isinstance(claims, Claims):
        return claims
    credential = registry.find_client(claims.client_id)
    if credential is None:
        return "unknown_client"
    scopes = credential.scopes & claims.scopes
    return _principal(credential, scopes, claims.expires_at, registry=registry, now_s=now_s)


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
    return Principal(app=app, scopes=scopes & SCOPES, kind=credential.kind, expires_at=min(ends, default=None))
