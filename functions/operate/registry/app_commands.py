"""The commands on apps and courses: `app add|change|remove`, `apps`, `course`."""

import argparse
from typing import Any

from msgspec import to_builtins

from functions.core.apps import App
from functions.core.privacy.keeping import Keeping
from functions.core.sessions.timeouts import with_timeout
from functions.core.times import FIRST_US
from functions.operate.errors import RegistryError
from functions.operate.operator import Operator
from functions.operate.outcome import Outcome
from functions.operate.registry import registration
from functions.operate.registry.keeping import keeping_of
from functions.operate.registry.lookup import find_app
from functions.operate.registry.summary import app_text, registration_text
from functions.store.rows.courses import Course

SETTINGS = ("strict", "house", "caliper_1_0", "auto_attach", "signed_by", "signed_issuer", "budget", "unique_ids")
TIMEOUTS = {"idle_minutes": "idle", "heartbeat_minutes": "heartbeat"}  # option → the app's schedule of it


def add_app(operator: Operator, options: argparse.Namespace) -> Outcome:
    schedules: dict[str, Any] = {
        setting: ((FIRST_US, minutes),)
        for name, setting in TIMEOUTS.items()
        if (minutes := getattr(options, name)) is not None
    }
    described = App(
        app_id=options.app_id or "",
        tenant="",  # follows from the id
        name=options.name,
        keeping=keeping_of(options, Keeping()) or Keeping(),
        **_settings(options),
        **schedules,
    )
    registration_result = registration.register(
        operator.registry,
        operator.cognito,
        described,
        user_pool_id=operator.connection.user_pool_id,
        admin=options.admin,
        now_us=operator.clock(),
    )
    return Outcome(
        data=to_builtins(registration_result), text=registration_text(registration_result, operator.connection)
    )


def change_app(operator: Operator, options: argparse.Namespace) -> Outcome:
    app = find_app(operator.registry, options.app)
    changes = _settings(options)
    if options.name is not None:
        changes["name"] = options.name
    keeping = keeping_of(options, app.keeping)
    if keeping is not None:
        changes["keeping"] = keeping
    for name, setting in TIMEOUTS.items():
        minutes = getattr(options, name)
        if minutes is not None:
            stack = ((FIRST_US, getattr(operator.connection, name)),)
            try:
                changes[setting] = with_timeout(
                    getattr(app, setting), default=stack, from_us=operator.clock(), minutes=minutes
                )
            except ValueError as error:
                raise RegistryError(f"--{name.replace('_', '-')}: {error}.") from error
    changed = registration.change(operator.registry, app, changes)
    return Outcome(
        data={"app": to_builtins(changed)}, text=f"Changed. Its credentials stay as they are.\n\n{app_text(changed)}"
    )


def remove_app(operator: Operator, options: argparse.Namespace) -> Outcome:
    app = find_app(operator.registry, options.app)
    revoked = registration.remove(
        operator.registry,
        operator.cognito,
        app,
        user_pool_id=operator.connection.user_pool_id,
        now_us=operator.clock(),
    )
    return Outcome(
        data={"app": to_builtins(app), "revoked": revoked},
        text=f"{app.name} is removed, its {revoked} credentials are revoked. It is refused within a minute. Everything "
        f"that it sent stays: register the id {app.app_id} again to read it.",
    )


def list_apps(operator: Operator, _options: argparse.Namespace) -> Outcome:
    apps = sorted(operator.registry.apps(), key=lambda app: app.name)
    text = "\n\n".join(map(app_text, apps)) or "No app is registered: `make app NAME='My app'` registers one."
    return Outcome(data={"apps": [to_builtins(app) for app in apps]}, text=text)


def set_course(operator: Operator, options: argparse.Namespace) -> Outcome:
    registry = operator.registry
    apps = [find_app(registry, options.app)] if options.app else registry.apps()
    if not apps:
        raise RegistryError("No app is registered: `make app NAME='My app'` registers one.")
    for app in apps:
        registry.put_course(app, Course(id=options.course, lessons=options.lessons))
    names = ", ".join(app.name for app in apps)
    return Outcome(
        data={"course": options.course, "lessons": options.lessons, "apps": [app.app_id for app in apps]},
        text=f"{options.course} has {options.lessons} lessons, for {names}.",
    )


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    """The settings that were named, and no others."""
    named = {name: getattr(options, name) for name in SETTINGS}
    named["edapps"] = None if options.edapps is None else tuple(options.edapps.split(","))
    return {name: value for name, value in named.items() if value is not None}
