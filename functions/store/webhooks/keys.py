"""Keys of webhooks, as `functions.store.keys` has those of everything else.

item                     pk (after the tenant)          sk                   table
active webhooks          H                              ACTIVE               registry
webhook                  H                              W#<webhook>          registry
filter of a webhook      H                              F#<filter>           registry
endpoint that fails      H                              S#<webhook>          registry
attempt of a delivery    H#<webhook>                    <time>#<message>     events
"""

ACTIVE_WEBHOOKS = "ACTIVE"
WEBHOOK = "W#"
FILTER = "F#"
ENDPOINT = "S#"
PARTITIONS = "*#H"  # of every tenant: `manage` and `deliver` may write these of the registry and no others


def webhooks_pk(tenant: str) -> str:
    return f"{tenant}#H"


def attempts_pk(tenant: str, webhook: str) -> str:
    return f"{tenant}#H#{webhook}"
