"""Every path of the API, written once: who answers it, and how the gateway is to be told of it.

Pure data without imports of ours: the stack makes the gateway's routes from it, `validate` knows its paths by it, and
the tables of routes name their paths by it. A new path is one line here; what it does stands in its table of routes
(`functions.query.routes`, `functions.http.ingest_routes`).

The gateway refuses a route that ends in a slash, and its greedy variables take the empty rest. So `{proxy+}` below a
path is that path with a slash at its end. What else lies below, the function answers with 404.
"""

import re
from typing import Literal
from urllib.parse import quote

from msgspec import Struct

type Credential = Literal["header", "path", "none"]
type AnsweredBy = Literal["query", "validate", "user pool", "manage"]


class Path(Struct, frozen=True, kw_only=True):
    """`template` is the path as callers write it, `{name}` a variable.

    `reads`: GET and HEAD, answered by `query`. `ingests`: POST, answered by `validate`, with status `accepted` if all
    went well. `issues_tokens`: POST, answered by the user pool. `changes` are verbs that are answered by `manage`.
    `credential` says where the credential is. `gateway` are the routes of the gateway that lead here: none if it needs
    no route of its own, because a greedy one or `$default` leads here.
    """

    template: str
    reads: bool = False
    ingests: bool = False
    issues_tokens: bool = False
    changes: tuple[str, ...] = ()
    accepted: int = 200
    credential: Credential = "header"
    gateway: tuple[str, ...]

    @property
    def verbs(self) -> tuple[str, ...]:
        """Every verb that some Lambda answers here, or the user pool."""
        reads = ("GET", "HEAD") if self.reads else ()
        return (*reads, *(("POST",) if self.ingests or self.issues_tokens else ()), *self.changes)

    def of(self, **variables: str) -> str:
        """The path with values in place of its variables, percent-encoded."""
        return self.template.format_map({name: quote(value, safe="") for name, value in variables.items()})


def _with_slash(template: str) -> tuple[str, ...]:
    return (template, f"{template}/{{proxy+}}")


def _read(template: str) -> Path:
    return Path(template=template, reads=True, gateway=_with_slash(template))


def _changed(template: str, *verbs: str) -> Path:
    """A path that is read, and changed by these verbs."""
    return Path(template=template, reads=True, changes=verbs, gateway=_with_slash(template))


def _open(template: str) -> Path:
    """A path that needs no credential; with a slash at its end it comes through `$default`."""
    return Path(template=template, reads=True, credential="none", gateway=(template,))


def _token(template: str) -> Path:
    return Path(template=template, issues_tokens=True, credential="none", gateway=_with_slash(template))


def _below(prefix: str, template: str, *changes: str) -> Path:
    """A path that is reached by the greedy route of `prefix`: an id may be an IRI, whose slashes are decoded."""
    return Path(template=template, reads=True, changes=changes, gateway=(f"{prefix}/{{proxy+}}",))


def _webhook(rest: str = "", *changes: str, reads: bool = False) -> Path:
    return Path(
        template=f"/webhooks/{{webhookId}}{rest}", reads=reads, changes=changes, gateway=("/webhooks/{proxy+}",)
    )


ROOT = Path(template="/", reads=True, ingests=True, gateway=("/",))
INGEST = Path(template="/caliper/event", reads=True, ingests=True, gateway=_with_slash("/caliper/event"))
KEY_IN_PATH = Path(
    template="/k/{key}", reads=True, ingests=True, credential="path", gateway=_with_slash("/k/{key}")
)  # for sensors that can set a URL and nothing else
VALIDATE = Path(template="/caliper/event/validate", ingests=True, gateway=("/caliper/event/validate",))
PLATFORM_INGEST = Path(
    template="/caliper/v1p2", ingests=True, accepted=202, gateway=_with_slash("/caliper/v1p2")
)  # 202, as TimeBack's own answer
TIMEBACK_INGEST = Path(template="/events/1.0", ingests=True, accepted=202, gateway=_with_slash("/events/1.0"))
HEARTBEAT = Path(template="/events/1.0/heartbeat", ingests=True, accepted=202, gateway=("/events/1.0/heartbeat",))

TOKEN = _token("/oauth2/token")
TIMEBACK_TOKEN = _token("/auth/1.0/token")

EVENTS = _read("/events")
SESSIONS = _read("/sessions")
RUNS = _read("/runs")
PROGRESS = _read("/progress")
INSIGHTS = _read("/insights")
REJECTIONS = _read("/rejections")
CONFLICTS = _read("/conflicts")

TIMEBACK_EVENTS = Path(template="/caliper/events", reads=True, gateway=("/caliper/events",))
TIMEBACK_EVENT = Path(
    template="/caliper/events/{externalId}", reads=True, gateway=("/caliper/events/{externalId+}",)
)  # greedy: an id may be an IRI
JOB_STATUS = _read("/jobs/{jobId}/status")
USER_INSIGHTS = _below("/insights/1.0", "/insights/1.0/users/{userId}")
USER_SESSIONS = _below("/insights/1.0", "/insights/1.0/users/{userId}/sessions")
USER_OVERVIEW = _below("/insights/1.0", "/insights/1.0/users/{userId}/overview")
SESSION_INSIGHTS = _below("/insights/1.0", "/insights/1.0/sessions/{sessionId}")
INSIGHT_TYPES = _below("/insights/1.0", "/insights/1.0/types")

ACCOUNT = _read("/account")
ARRIVALS = _read("/arrivals")
LEARNERS = _read("/learners")
VOLUME = _read("/volume")
OPERATIONS = _read("/operations")

COURSES = _read("/courses")
ALIASES = _changed("/aliases", "PUT", "DELETE")

SENDER_ALARMS = _changed("/sender-alarms", "PUT", "DELETE")
WEBHOOKS = _changed("/webhooks", "POST")
WEBHOOK = _webhook("", "PUT", "DELETE", reads=True)
WEBHOOK_ACTIVATE = _webhook("/activate", "PUT")
WEBHOOK_DEACTIVATE = _webhook("/deactivate", "PUT")
WEBHOOK_TEST = _webhook("/test", "POST")
WEBHOOK_RETRY = _webhook("/retry", "POST")
WEBHOOK_RESEND = _webhook("/resend", "POST")
WEBHOOK_ATTEMPTS = _webhook("/attempts", reads=True)
FILTERS = _changed("/webhook-filters", "POST")
FILTER = _below("/webhook-filters", "/webhook-filters/{filterId}", "PUT", "DELETE")
WEBHOOK_FILTERS = _below("/webhook-filters", "/webhook-filters/webhook/{webhookId}")

ERASURES = _changed("/erasures", "POST")
PERSON_EXPORTS = _changed("/person-exports", "POST")

EDUBRIDGE_ACTIVITY = _below("/edubridge", "/edubridge/analytics/activity")
EDUBRIDGE_WEEK = _below("/edubridge", "/edubridge/analytics/facts/weekly")
EDUBRIDGE_ENROLLMENT = _below("/edubridge", "/edubridge/analytics/enrollment/{enrollmentId}")
EDUBRIDGE_GRADES = _below("/edubridge", "/edubridge/analytics/highestGradeMastered/{studentId}/{subject}")
EDUBRIDGE_ENROLLMENTS = _below("/edubridge", "/edubridge/enrollments/user/{userId}")

HEALTH = _open("/health")
OPENAPI, DOCS = _open("/openapi.json"), _open("/docs")
SECURITY_TXT = _open("/.well-known/security.txt")  # RFC 9116 §3
CONSOLE = _open("/console")
CONSOLE_FILE = Path(
    template="/console/{file}", reads=True, credential="none", gateway=("/console/{file+}",)
)  # and, with a slash at its end, the console itself

PATHS: tuple[Path, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Path))

# Of the local stack only: no template for AWS has this route, so it is none of PATHS.
SIGN_IN_LINK = "/console/sign-in"


class GatewayRoute(Struct, frozen=True):
    """One route of the gateway. `{name+}` in its template is greedy."""

    template: str
    methods: tuple[str, ...]
    answered_by: AnsweredBy
    credential: Credential


def gateway_routes() -> list[GatewayRoute]:
    """Every route of the gateway, each once, besides `$default`."""
    routes: dict[tuple[str, AnsweredBy, Credential], dict[str, None]] = {}
    for path in PATHS:
        answered: dict[AnsweredBy, tuple[str, ...]] = {
            "query": ("GET", "HEAD") if path.reads else (),
            "validate": ("POST",) if path.ingests else (),
            "user pool": ("POST",) if path.issues_tokens else (),
            "manage": path.changes,
        }
        for template in path.gateway:
            for answered_by, verbs in answered.items():
                if verbs:
                    routes.setdefault((template, answered_by, path.credential), {}).update(dict.fromkeys(verbs))
    return [
        GatewayRoute(template, tuple(verbs), answered_by, credential)
        for (template, answered_by, credential), verbs in routes.items()
    ]


_ONE_SEGMENT = re.compile(r"\{\w+\}")
_INGEST_PATTERNS = [
    (re.compile(_ONE_SEGMENT.sub("[^/]+", path.template)), path) for path in PATHS if path.ingests
]  # one variable is one segment here: no id, only a key


def ingest_path(raw_path: str) -> Path | None:
    """The path that a POST to `raw_path` is for, with slashes at its end or none; None if nothing is sent there."""
    wanted = raw_path.rstrip("/") or "/"
    return next((path for pattern, path in _INGEST_PATTERNS if pattern.fullmatch(wanted)), None)
