"""Which version of the standard a context names.

Contexts are never fetched: they are compared as strings (STANDARD: trailing slash and https are seen in the wild).
"""

V1P0 = "v1p0"
V1P1 = "v1p1"
V1P2 = "v1p2"
# A 1.1 event under one of the six -extension contexts: the 1.2 vocabulary of that profile, back-ported.
V1P1_EXTENDED = "v1p1+"

CONTEXT_1_1 = "http://purl.imsglobal.org/ctx/caliper/v1p1"
CONTEXT_1_2 = "http://purl.imsglobal.org/ctx/caliper/v1p2"
CONTEXT_1_0 = "http://purl.imsglobal.org/ctx/caliper/v1/Context"
SUPPORTED_DATA_VERSIONS = (CONTEXT_1_1, CONTEXT_1_2)

EXTENSION_PROFILES = ("Feedback", "ResourceManagement", "Search", "Survey", "ToolLaunch", "ToolUse")

_BASE = "purl.imsglobal.org/ctx/caliper/"
_VERSIONS = {
    "v1p1": V1P1,
    "v1p2": V1P2,
    "v1": V1P0,
    "v1p0": V1P0,  # in no text, but meant
    "v1/context": V1P0,
    "v1/envelope": V1P0,
    **{f"v1p1/{name.lower()}profile-extension": V1P1_EXTENDED for name in EXTENSION_PROFILES},
}


def version_of(context: object) -> str | None:
    """The version a context string names, or None. Scheme, case, a trailing slash and a fragment do not matter."""
    if not isinstance(context, str) or len(context) > 200:
        return None
    scheme, _, address = context.partition("://")
    if scheme.lower() not in ("http", "https"):
        return None
    address = address.lower().rstrip("/#")
    return _VERSIONS.get(address[len(_BASE) :]) if address.startswith(_BASE) else None
