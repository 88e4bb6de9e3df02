"""The commands on the credentials of an app: `key add|list|rotate|revoke`."""

import argparse
from typing import Any

from functions.core.times import format_time
from functions.operate.errors import RegistryError
from functions.operate.operator import Operator
from functions.operate.outcome import Outcome
from functions.operate.registry import credentials
from functions.operate.registry.credentials import Issued
from functions.operate.registry.lookup import find_app, find_credential
from functions.operate.registry.summary import credential_text, issued_text, last_used_text, state_of
from functions.store.rows.credentials import Credential

HOUR_US = 3_600_000_000


def add_key(operator: Operator, options: argparse.Namespace) -> Outcome:
    app = find_app(operator.registry, options.app)
    if options.people and not options.client:
        raise RegistryError("PEOPLE is for a client, not for a key: make key APP=… CLIENT=1 PEOPLE=1.")
    if options.client:
        issued = credentials.issue_client(
            operator.registry,
            operator.cognito,
            app,
            user_pool_id=operator.connection.user_pool_id,
            admin=options.admin,
            admin_of=_tenants(operator, options),
            people=options.people,
            label=options.label,
            not_after_us=options.expires,
            now_us=operator.clock(),
        )
    else:
        issued = credentials.issue_key(
            operator.registry,
            app,
            read=options.read,
            label=options.label,
            not_after_us=options.expires,
            now_us=operator.clock(),
        )
    return Outcome(data=_issued_data(issued, operator.clock()), text=issued_text(issued))


def _tenants(operator: Operator, options: argparse.Namespace) -> tuple[str, ...]:
    """The apps to which an admin's client is limited. Raises RegistryError if it is none, or for an unknown app."""
    names = [name.strip() for name in options.only.split(",") if name.strip()]
    if names and not options.admin:
        raise RegistryError("ONLY limits an admin's client: make key APP=… CLIENT=1 ADMIN=1 ONLY='App A,App B'.")
    return tuple(find_app(operator.registry, name).tenant for name in names)


def list_keys(operator: Operator, options: argparse.Namespace) -> Outcome:
    app = find_app(operator.registry, options.app)
    held = operator.registry.credentials(app)
    used, now_us = operator.registry.days_of_use(held), operator.clock()
    data = [
        _credential_data(credential, now_us) | {"lastUsed": last_used_text(used.get(credential.id, ""))}
        for credential in held
    ]
    lines = [credential_text(credential, now_us, last_used=used.get(credential.id, "")) for credential in held]
    text = "\n".join(lines) or f"{app.name} has no credential: `make key APP='{app.name}'` gives it one."
    return Outcome(data={"app": app.app_id, "credentials": data}, text=text)


def rotate_key(operator: Operator, options: argparse.Namespace) -> Outcome:
    app = find_app(operator.registry, options.app)
    old = find_credential(operator.registry, app, options.credential)
    now_us = operator.clock()
    issued = credentials.rotate(
        operator.registry,
        operator.cognito,
        app,
        old,
        user_pool_id=operator.connection.user_pool_id,
        overlap_us=round(options.overlap_hours * HOUR_US),
        now_us=now_us,
    )
    end_us = now_us + round(options.overlap_hours * HOUR_US)
    if old.not_after_us is not None:
        end_us = min(end_us, old.not_after_us)
    return Outcome(
        data=_issued_data(issued, now_us) | {"replaces": old.id, "replacedEnds": format_time(end_us)},
        text=f"{issued_text(issued)}\nThe old one, {old.id}, works until {format_time(end_us)}.",
    )


def revoke_key(operator: Operator, options: argparse.Namespace) -> Outcome:
    app = find_app(operator.registry, options.app)
    credential = find_credential(operator.registry, app, options.credential)
    credentials.revoke(
        operator.registry,
        operator.cognito,
        credential,
        user_pool_id=operator.connection.user_pool_id,
        now_us=operator.clock(),
    )
    return Outcome(
        data={"revoked": credential.id},
        text=f"{credential.id} is revoked. It is refused within a minute, when the gateway has forgotten it.",
    )


def _issued_data(issued: Issued, now_us: int) -> dict[str, Any]:
    return _credential_data(issued.credential, now_us) | {"secret": issued.secret}


def _credential_data(credential: Credential, now_us: int) -> dict[str, Any]:
    ends_us = credential.not_after_us
    return {
        "id": credential.id,
        "kind": credential.kind,
        "label": credential.label,
        "scopes": sorted(credential.scopes),
        "created": format_time(credential.created_us),
        "state": state_of(credential, now_us),
        "ends": None if ends_us is None else format_time(ends_us),
    }
