"""The operator's commands on the register: apps, their credentials, their courses. Each prints what it did.

`__main__` says what they are called and what arguments they take; those for mishaps are in `recovery`.
"""

import argparse
import json
from dataclasses import asdict

from functions.operate.connection import Target
from functions.operate.registry import credentials, registration
from functions.operate.registry.lookup import RegistrationError, find_app, find_credential
from functions.operate.registry.summary import app_text, credential_text, issued_text, registration_text
from functions.store.dynamodb.table import DynamoTable
from functions.store.registry import Registry
from functions.store.rows.courses import Course

HOUR_US = 3_600_000_000


class Operator:
    """What every command works with: the register of one stack, its user pool, and the time."""

    def __init__(self, target: Target, now_us: int) -> None:
        self.target = target
        self.registry = Registry(DynamoTable(target.client("dynamodb"), target.table))
        self.cognito = target.client("cognito-idp")
        self.now_us = now_us


def add_app(operator: Operator, options: argparse.Namespace) -> None:
    description = {
        "name": options.name,
        "edapps": options.edapps.split(","),
        "strict": options.strict,
        "house": options.house,
        "caliper_1_0": options.caliper_1_0,
        "auto_attach": options.auto_attach,
        "signed_by": options.signed_by,
    }
    if options.change:
        app = registration.described(app_id=options.app_id, **description)
        if not operator.registry.change_app(app):
            raise RegistrationError(f"{app.app_id} is not registered: leave --change out to register it.")
        print(f"Changed. Its credentials stay as they are.\n\n{app_text(app)}")
        return
    made = registration.register(
        operator.registry,
        operator.cognito,
        user_pool_id=operator.target.user_pool_id,
        app_id=options.app_id,
        admin=options.admin,
        now_us=operator.now_us,
        **description,
    )
    if options.json:
        print(json.dumps(asdict(made)))
    else:
        print(registration_text(made, operator.target))


def list_apps(operator: Operator, _options: argparse.Namespace) -> None:
    apps = sorted(operator.registry.apps(), key=lambda app: app.name)
    print("\n\n".join(map(app_text, apps)) or "No app is registered: `app NAME` registers one.")


def add_key(operator: Operator, options: argparse.Namespace) -> None:
    app = find_app(operator.registry, options.app)
    if options.client:
        issued = credentials.issue_client(
            operator.registry,
            operator.cognito,
            app,
            user_pool_id=operator.target.user_pool_id,
            admin=options.admin,
            label=options.label,
            now_us=operator.now_us,
        )
    else:
        issued = credentials.issue_key(
            operator.registry, app, read=options.read, label=options.label, now_us=operator.now_us
        )
    print(issued_text(issued))


def list_keys(operator: Operator, options: argparse.Namespace) -> None:
    app = find_app(operator.registry, options.app)
    for credential in operator.registry.credentials(app):
        print(credential_text(credential, operator.now_us))


def rotate_key(operator: Operator, options: argparse.Namespace) -> None:
    app = find_app(operator.registry, options.app)
    old = find_credential(operator.registry, app, options.credential)
    issued = credentials.rotate(
        operator.registry,
        operator.cognito,
        app,
        old,
        user_pool_id=operator.target.user_pool_id,
        overlap_us=int(options.overlap_hours * HOUR_US),
        now_us=operator.now_us,
    )
    print(f"{issued_text(issued)}\nThe old one works for {options.overlap_hours:g} hours more.")


def revoke_key(operator: Operator, options: argparse.Namespace) -> None:
    app = find_app(operator.registry, options.app)
    credential = find_credential(operator.registry, app, options.credential)
    credentials.revoke(
        operator.registry,
        operator.cognito,
        credential,
        user_pool_id=operator.target.user_pool_id,
        now_us=operator.now_us,
    )
    print("Revoked. It is refused within a minute, when the gateway has forgotten it.")


def set_course(operator: Operator, options: argparse.Namespace) -> None:
    registry = operator.registry
    apps = [find_app(registry, options.app)] if options.app else registry.apps()
    for app in apps:
        registry.put_course(app, Course(id=options.course, lessons=options.lessons))
    names = ", ".join(app.name for app in apps) or "no app: register one first"
    print(f"{options.course} has {options.lessons} lessons, for {names}.")
