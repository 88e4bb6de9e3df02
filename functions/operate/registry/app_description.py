"""A registration as an operator describes it, checked."""

import re
from collections.abc import Sequence
from typing import Any

from msgspec.structs import asdict

from functions.core.apps import App
from functions.core.ids import canonical_id
from functions.core.privacy.keeping import Keeping
from functions.core.sessions.timeouts import MOST_MINUTES, Schedule
from functions.core.usage.budgets import Budget
from functions.operate.errors import RegistryError
from functions.operate.registry.keeping import check_keeping
from functions.store import keys

HOUSES = ("timeback",)
NAME_CHARS = 256  # CONTRACT a.11
_KEYS_URL = re.compile(r"(https://|http://127\.0\.0\.1:)\S+")  # plain only to this machine itself
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")


def build_app(
    *,
    name: str,
    app_id: str,
    edapps: Sequence[str] = (),
    strict: bool = False,
    house: str = "",
    caliper_1_0: bool = False,
    auto_attach: bool = False,
    signed_by: str = "",
    signed_issuer: str = "",
    budget: Budget | None = None,
    idle: Schedule = (),
    heartbeat: Schedule = (),
    unique_ids: bool = False,
    keeping: Keeping | None = None,
) -> App:
    """The app of that description; RegistryError if any of it is malformed."""
    name, app_id = name.strip(), canonical_id(app_id.strip())
    if not name or len(name) > NAME_CHARS or not name.isprintable():
        raise RegistryError(f"The name must have 1 to {NAME_CHARS} printable characters, as in make app NAME='My app'.")
    if not _IRI.fullmatch(app_id):
        raise RegistryError(f"The app id {app_id!r} is not an IRI: give a UUID, `urn:uuid:<UUID>` or an https URL.")
    spoken_for = tuple(dict.fromkeys(canonical_id(edapp.strip()) for edapp in edapps if edapp.strip()))
    for edapp in spoken_for:
        if "*" in edapp[:-1] or any(char.isspace() for char in edapp):
            raise RegistryError(f"The edApp {edapp!r} is neither an id nor a prefix that ends in `*`.")
    if house and house not in HOUSES:
        raise RegistryError(f"There are no house rules {house!r}: leave it out, or use {' or '.join(HOUSES)}.")
    if signed_by and not _KEYS_URL.fullmatch(signed_by):
        raise RegistryError(f"{signed_by!r} is not the URL of a JWK set: give one that begins with https://.")
    if signed_issuer and not signed_by:
        raise RegistryError("An issuer is checked in signed bodies only: give the URL of the JWK set with it.")
    for name_of_timeout, schedule in (("idle", idle), ("heartbeat", heartbeat)):
        if any(not 0 < minutes <= MOST_MINUTES for _, minutes in schedule):
            raise RegistryError(f"The {name_of_timeout} timeout must be over 0 and at most {MOST_MINUTES} minutes.")
    check_keeping(keeping or Keeping())
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
        signed_issuer=signed_issuer,
        budget=budget or Budget(),
        idle=idle,
        heartbeat=heartbeat,
        unique_ids=unique_ids,
        keeping=keeping or Keeping(),
    )


def description(app: App) -> dict[str, Any]:
    """The arguments of `build_app` that give `app`."""
    return {name: value for name, value in asdict(app).items() if name != "tenant"}
