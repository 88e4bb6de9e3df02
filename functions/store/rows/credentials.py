"""Credentials as rows of the registry: a sensor key or an OAuth client is found by its digest.

Of a key only the digest is written: a reader of the table cannot send with it. A second row says on which day the
credential was last used; the authorizer writes it, and no other row.
"""

from msgspec import Struct

from functions.core.apps import CredentialKind
from functions.core.ids import digest, digest_at_rest, digest_from_rest
from functions.store import keys
from functions.store.dynamodb.attributes import number, text, texts
from functions.store.dynamodb.row import Key, Row
from functions.store.dynamodb.table import VERSION

_PREFIX = "K#"
KEY_ID_PREFIX = "key_"  # a digest alone may begin with `-`, and would then be read as an option


class Credential(Struct, frozen=True, kw_only=True):
    """A sensor key or an OAuth client of one app. Several may be live at once, so that they overlap.

    `digest` is by which its row is found. `client_id` is empty for a key. From `not_after_us` on it is refused. The
    admin scope counts for the tenants `admin_of` alone, if there are any, else for all.
    """

    digest: str
    kind: CredentialKind
    tenant: str
    scopes: frozenset[str]
    label: str = ""
    client_id: str = ""
    created_us: int
    not_after_us: int | None = None
    revoked_us: int | None = None
    admin_of: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The name by which an operator means it; safe to show."""
        return self.client_id or f"{KEY_ID_PREFIX}{self.digest}"

    def has_ended(self, now_us: int) -> bool:
        """Whether its time is over; a revoked one is another matter."""
        return self.not_after_us is not None and self.not_after_us <= now_us


def digest_of(secret_or_client: str) -> str:
    """The digest of the credential that this text presents."""
    return digest(secret_or_client)


def id_at_rest(credential_id: str) -> str | bytes:
    """The id of a credential as rows of events carry it: that of a sensor key as the 16 bytes of its digest."""
    if not credential_id.startswith(KEY_ID_PREFIX):
        return credential_id
    packed = digest_at_rest(credential_id.removeprefix(KEY_ID_PREFIX))
    return packed if isinstance(packed, bytes) else credential_id


def id_from_rest(rested: str | bytes) -> str:
    """The id that `id_at_rest` was given."""
    return rested if isinstance(rested, str) else f"{KEY_ID_PREFIX}{digest_from_rest(rested)}"


def credential_key(credential_digest: str) -> Key:
    """Where the credential of that digest lies."""
    return f"{_PREFIX}{credential_digest}", keys.CREDENTIAL


def credentials_ref(tenant: str) -> str:
    """Under which the index lists the credentials of a tenant."""
    return f"C#{tenant}"


def credential_row(credential: Credential) -> Row:
    """`credential` as it is first written."""
    pk, sk = credential_key(credential.digest)
    row: Row = {
        keys.PK: pk,
        keys.SK: sk,
        keys.BY_ID_PK: credentials_ref(credential.tenant),
        "kind": credential.kind,
        "tenant": credential.tenant,
        "scopes": sorted(credential.scopes),
        "label": credential.label,
        "client_id": credential.client_id,
        "created_us": credential.created_us,
        VERSION: 1,
    }
    ends = {"not_after_us": credential.not_after_us, "revoked_us": credential.revoked_us}
    if credential.admin_of:
        row["admin_of"] = list(credential.admin_of)
    return row | {name: value for name, value in ends.items() if value is not None}


def credential_of(row: Row) -> Credential:
    """The credential that `credential_row` wrote, with its later changes."""
    return Credential(
        digest=text(row, keys.PK).removeprefix(_PREFIX),
        kind="key" if row["kind"] == "key" else "client",
        tenant=text(row, "tenant"),
        scopes=frozenset(texts(row, "scopes")),
        label=text(row, "label"),
        client_id=text(row, "client_id"),
        created_us=number(row, "created_us"),
        not_after_us=number(row, "not_after_us") if "not_after_us" in row else None,
        revoked_us=number(row, "revoked_us") if "revoked_us" in row else None,
        admin_of=texts(row, "admin_of") if "admin_of" in row else (),
    )


def use_key(credential_digest: str) -> Key:
    """Where the last use of a credential is noted."""
    return f"{keys.USE_PREFIX}{credential_digest}", keys.USE


def use_row(credential_digest: str, day: str) -> Row:
    """A use on that UTC day (`20260127`)."""
    pk, sk = use_key(credential_digest)
    return {keys.PK: pk, keys.SK: sk, "day": day}


def day_of_use(row: Row) -> str:
    """The day that `use_row` wrote."""
    return text(row, "day")
