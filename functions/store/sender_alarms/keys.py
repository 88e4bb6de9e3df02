"""Keys of the alarms of apps, as `functions.store.keys` has those of everything else.

    item                     table      pk                   sk
    alarms of an app         registry   ALARMS               <tenant>
    what rings               events     <tenant>#F           RINGS
    warnings of a day        events     <tenant>#F           <day>#<code | *>

Warnings are counted with the manifests of a batch (`functions.store.rows.manifests`), so no event costs a write.
"""

from functions.store.dynamodb.row import Key

ALARMS, RINGS = "ALARMS", "RINGS"
LONGEST_CODE = 200  # characters: a code of `validate` has far fewer, and a sort key has 1,024 bytes


def findings_pk(tenant: str) -> str:
    """The partition of an app's warnings and of what rings."""
    return f"{tenant}#F"


def warning_key(tenant: str, day: str, code: str) -> Key:
    """Where it is counted how many items of a day were stored with a warning of a code; `EVERY_CODE`: with any."""
    return findings_pk(tenant), f"{day}#{code}"


def rings_key(tenant: str) -> Key:
    return findings_pk(tenant), RINGS


def alarms_key(tenant: str) -> Key:
    return ALARMS, tenant
