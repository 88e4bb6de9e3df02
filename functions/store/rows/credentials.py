"""Credentials as rows of the register: a sensor key or an OAuth client is found by its digest.

Of a key nothing else is written: whoever reads the table cannot send with what is in it.
"""

from dataclasses import dataclass

from functions.core.apps import CredentialKind
from functions.store import keys
from functions.store.dynamodb.attributes import number, text, texts
from functions.store.dynamodb.row import Key, Row
from functions.store.dynamodb.table import VERSION

_PREFIX = "K#"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A sensor key or an OAuth client of one app. Several may be live at once, so that they overlap.

    `id` is safe to show: the digest by which the row is found. `client_id` is empty for a key.
    """

    id: str
    kind: CredentialKind
    tenant: str
    scopes: frozenset[str]
    label: str = ""
    client_id: str = ""
    created_us: int
    not_after_us: int | None = None
    revoked_us: int | None = None


def id_of(secret_or_client: str) -> str:
    """The id of the credential that is shown by this text."""
    return keys.credential_pk(secret_or_client).removeprefix(_PREFIX)


def credential_key(credential_id: str) -> Key:
    """Where the credential of that id lies."""
    return f"{_PREFIX}{credential_id}", keys.CREDENTIAL


def credential_row(credential: Credential) -> Row:
    """`credential` as it is first written."""
    pk, sk = credential_key(credential.id)
    row: Row = {
        keys.PK: pk,
        keys.SK: sk,
        keys.BY_ID_PK: keys.credential_ref(credential.tenant),
        "kind": credential.kind,
        "tenant": credential.tenant,
        "scopes": sorted(credential.scopes),
        "label": credential.label,
        "client_id": credential.client_id,
        "created_us": credential.created_us,
        VERSION: 1,
    }
    ends = {"not_after_us": credential.not_after_us, "revoked_us": credential.revoked_us}
    return row | {name: value for name, value in ends.items() if value is not None}


def credential_of(row: Row) -> Credential:
    """The credential that `credential_row` wrote, with what became of it since."""
    return Credential(
        id=text(row, keys.PK).removeprefix(_PREFIX),
        kind="key" if row["kind"] == "key" else "client",
        tenant=text(row, "tenant"),
        scopes=frozenset(texts(row, "scopes")),
        label=text(row, "label"),
        client_id=text(row, "client_id"),
        created_us=number(row, "created_us"),
        not_after_us=number(row, "not_after_us") if "not_after_us" in row else None,
        revoked_us=number(row, "revoked_us") if "revoked_us" in row else None,
    )
