"""Tokens: issued by the pool at every path that clients know, refused to a wrong secret, with the claims we read."""

import base64
import json
from collections.abc import Iterator
from typing import Any

from functions.http.gate import CLIENT_SCOPES
from functions.http.paths import TIMEBACK_TOKEN, TOKEN
from functions.operate.smoke.report import Finding, compared
from functions.operate.smoke.trial import Trial

PATHS = tuple(template + slash for template in (TOKEN.template, TIMEBACK_TOKEN.template) for slash in ("", "/"))


def check(trial: Trial) -> Iterator[Finding]:
    for path in PATHS:
        for form in (False, True):
            answer = trial.take_token(path, trial.app.client_secret, form=form)
            token = str(answer.json().get("access_token", ""))
            trial.keep_token(token)
            got = f"{answer}, {'a token' if token else 'no token'}"
            yield compared(f"POST {path}, {'form' if form else 'Basic'}", "200, a token", got)
    answer = trial.take_token(PATHS[0], "a-wrong-secret")
    yield compared("a wrong secret", "400 or 401", str(answer), holds=answer.status in (400, 401))
    claims = claims_of(trial.token())
    pool = trial.connection.user_pool_id
    issuer = f"https://cognito-idp.{pool.partition('_')[0]}.amazonaws.com/{pool}"
    yield compared("claim iss", issuer, claims.get("iss"))
    yield compared("claim client_id", trial.app.client_id, claims.get("client_id"))
    missing = CLIENT_SCOPES - set(str(claims.get("scope", "")).split())
    yield compared("claim scope", f"{len(CLIENT_SCOPES)} scopes", f"{len(CLIENT_SCOPES) - len(missing)} scopes")


def claims_of(token: str) -> dict[str, Any]:
    """The claims of a JWT, unverified; none if it is no JWT."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}
