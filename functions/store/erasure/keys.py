"""Keys of erasures, and of what is asked about a person, as `functions.store.keys` has those of everything else.

item                     pk                             sk                            table
erasure                  GONE#<tenant>                  <digest of identifier>        registry
until when there is one  GONE#<tenant>                  UNTIL                         registry
request about a person   <tenant>#P                     <request>                     events
what expired of an app   <tenant>#P#EXPIRED             ARCHIVE                       events
"""

ERASURES = "GONE#"
UNTIL = "UNTIL"
REQUESTS = "*#P"  # of every tenant: `manage` may write these of the events table and no others


def erased_pk(tenant: str) -> str:
    """The partition of an app's erasures."""
    return f"{ERASURES}{tenant}"


def expired_key(tenant: str) -> tuple[str, str]:
    """Where it is noted up to which object the archive of an app has expired."""
    return f"{tenant}#P#EXPIRED", "ARCHIVE"


def requests_pk(tenant: str) -> str:
    """The partition of what was asked about an app's people."""
    return f"{tenant}#P"
