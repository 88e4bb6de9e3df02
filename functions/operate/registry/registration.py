"""Registering an app: described, checked, written, and given its first two credentials."""

import re
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from functions.core.apps import App
from functions.core.ids import canonical_id
from functions.operate.registry.credentials import Cognito, issue_client, issue_key
from functions.operate.registry.lookup import RegistrationError
from functions.store import keys
from functions.store.registry import Registry

HOUSES = ("timeback",)
NAME_CHARS = 256  # CONTRACT a.11
_KEYS_URL = re.compile(r"(https://|http://127\.0\.0\.1:)\S+")  # plain only to this machine itself
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A registered app with its first two credentials."""

    app: App
    client_id: str
    client_secret: str = field(repr=False)
    sensor_key: str = field(repr=False)


def register(
    registry: Registry,
    cognito: Cognito,
    *,
    user_pool_id: str,
    name: str,
    app_id: str = "",
    edapps: Sequence[str] = (),
    strict: bool = False,
    house: str = "",
    caliper_1_0: bool = False,
    auto_attach: bool = False,
    signed_by: str = "",
    admin: bool = False,
    now_us: int | None = None,
) -> Registration:
    """Register an app, with an OAuth client that writes and reads and a sensor key that only writes.

    `app_id` is an IRI (a new `urn:uuid:` where empty); `edapps` are the `edApp` ids it may speak for, by
    default its own id alone: an LMS that carries many tools needs a prefix with `*`, or `*`. `signed_by`: the URL of
    a JWK set with which it signs all that it sends. `admin`: the client may read what every app sent. Raises
    RegistrationError where name or id is taken or malformed; then nothing is written.
    """
    now_us = time.time_ns() // 1000 if now_us is None else now_us
    app = described(
        name=name,
        app_id=app_id or uuid.uuid4().urn,
        edapps=edapps,
        strict=strict,
        house=house,
        caliper_1_0=caliper_1_0,
        auto_attach=auto_attach,
        signed_by=signed_by,
    )
    if any(other.name == app.name for other in registry.apps()):
        raise RegistrationError(f"An app named {app.name!r} is registered already: choose another name, or see `apps`.")
    if not registry.add_app(app, now_us=now_us):
        raise RegistrationError(f"{app.app_id} is registered already: change it with --change, or see `key add`.")
    client = issue_client(registry, cognito, app, user_pool_id=user_pool_id, admin=admin, now_us=now_us)
    key = issue_key(registry, app, now_us=now_us)
    return Registration(
        app=app,
        client_id=client.credential.client_id,
        client_secret=client.secret,
        sensor_key=key.secret,
    )


def described(
    *,
    name: str,
    app_id: str,
    edapps: Sequence[str] = (),
    strict: bool = False,
    house: str = "",
    caliper_1_0: bool = False,
    auto_attach: bool = False,
    signed_by: str = "",
) -> App:
    """The app of that description; RegistrationError where any of it is malformed."""
    name, app_id = name.strip(), canonical_id(app_id.strip())
    if not name or len(name) > NAME_CHARS or not name.isprintable():
        raise RegistrationError(f"The name must have 1 to {NAME_CHARS} printable characters.")
    if not _IRI.fullmatch(app_id):
        raise RegistrationError(f"The app id {app_id!r} is no IRI: give a UUID, `urn:uuid:<UUID>` or an https URL.")
    spoken_for = tuple(dict.fromkeys(canonical_id(edapp.strip()) for edapp in edapps if edapp.strip()))
    for edapp in spoken_for:
        if "*" in edapp[:-1] or any(char.isspace() for char in edapp):
            raise RegistrationError(f"The edApp {edapp!r} is neither an id nor a prefix that ends in `*`.")
    if house and house not in HOUSES:
        raise RegistrationError(f"There are no house rules {house!r}: leave it out, or use {' or '.join(HOUSES)}.")
    if signed_by and not _KEYS_URL.fullmatch(signed_by):
        raise RegistrationError(f"{signed_by!r} is no URL of a JWK set: give one that begins with https://.")
    return App(
        app_id=app_id,
        tenant=keys.tenant_of(app_id),
        name=name,
        edapps=spoken_for or (app_id,),
        strict=strict,
        house=house,
        caliper_1_0=caliper_1_0,
        auto_attach=auto_attach,
        signed_by=signed_by,
    )
