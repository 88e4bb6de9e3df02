"""The shapes by their names, for the tables of routes, which must not import them."""

from typing import Any

from functions.http.shapes import (
    console,
    events,
    findings,
    ingest,
    insights,
    platform,
    service,
    sessions,
    timeback,
)
from functions.http.shapes.analytics import edubridge
from functions.http.shapes.people import aliases, courses, privacy
from functions.http.shapes.webhooks import sender_alarms, webhooks

MODULES = (
    aliases,
    console,
    courses,
    edubridge,
    events,
    findings,
    ingest,
    insights,
    platform,
    privacy,
    sender_alarms,
    service,
    sessions,
    timeback,
    webhooks,
)


def shape(name: str) -> Any:
    """The type of that name. LookupError if there is none."""
    for module in MODULES:
        named = getattr(module, name, None)
        if named is not None and named.__module__ == module.__name__:
            return named
    raise LookupError(f"no shape is called {name}")
