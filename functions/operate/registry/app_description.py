"""A registration as an operator describes it, checked."""

import re
from copy import replace

from functions.core.apps import App
from functions.core.ids import canonical_id
from functions.core.sessions.timeouts import MOST_MINUTES
from functions.operate.errors import RegistryError
from functions.operate.registry.keeping import check_keeping
from functions.store import keys

HOUSES = ("timeback",)
NAME_CHARS = 256  # CONTRACT a.11
_KEYS_URL = re.compile(r"(https://|http://127\.0\.0\.1:)\S+")  # plain only to this machine itself
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")


def checked(described: App) -> App:
    """`described` as it may be registered: trimmed, its ids in their one spelling, speaking for its own id if it names
    no other. The tenant follows from the id, whatever `described` says. RegistryError if any of it is malformed.
    """
    name, app_id = described.name.strip(), canonical_id(described.app_id.strip())
    if not name or len(name) > NAME_CHARS or not name.isprintable():
        raise RegistryError(f"The name must have 1 to {NAME_CHARS} printable characters, as in make app NAME='My app'.")
    if not _IRI.fullmatch(app_id):
        raise RegistryError(f"The app id {app_id!r} is not an IRI: give a UUID, `urn:uuid:<UUID>` or an https URL.")
    spoken_for = tuple(dict.fromkeys(canonical_id(edapp.strip()) for edapp in described.edapps if edapp.strip()))
    for edapp in spoken_for:
        if "*" in edapp[:-1] or any(char.isspace() for char in edapp):
            raise RegistryError(f"The edApp {edapp!r} is neither an id nor a prefix that ends in `*`.")
    if described.house and described.house not in HOUSES:
        raise RegistryError(
            f"There are no house rules {described.house!r}: leave it out, or use {' or '.join(HOUSES)}."
        )
    signed_by = described.signed_by
    if signed_by and not _KEYS_URL.fullmatch(signed_by):
        raise RegistryError(f"{signed_by!r} is not the URL of a JWK set: give one that begins with https://.")
    if described.signed_issuer and not signed_by:
        raise RegistryError("An issuer is checked in signed bodies only: give the URL of the JWK set with it.")
    for name_of_timeout, schedule in (("idle", described.idle), ("heartbeat", described.heartbeat)):
        if any(not 0 < minutes <= MOST_MINUTES for _, minutes in schedule):
            raise RegistryError(f"The {name_of_timeout} timeout must be over 0 and at most {MOST_MINUTES} minutes.")
    check_keeping(described.keeping)
    return replace(described, app_id=app_id, tenant=keys.tenant_of(app_id), name=name, edapps=spoken_for or (app_id,))
