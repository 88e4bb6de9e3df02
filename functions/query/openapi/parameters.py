"""The parameters and path variables of a route, as OpenAPI describes them."""

from typing import Any

from functions.http.parameters import CURSOR_CHARS, ID_CHARS, Parameter
from functions.http.shapes.analytics.edubridge import ENROLLMENT, STUDENT
from functions.http.shapes.fields import EVENT_ID, JOB_ID, LEARNER, SESSION
from functions.http.shapes.webhooks.webhooks import FILTER_ID, WEBHOOK_ID

type Json = dict[str, Any]

# API Gateway cuts a decoded path at a question mark and decodes what is left once more.
IN_PATHS = "An id with `?` or `%` does not come through a path whole:"

VARIABLES: dict[str, tuple[str, str]] = {
    "externalId": (f"The event's id, percent-encoded. {IN_PATHS} ask GET /events?id= for it.", EVENT_ID),
    "jobId": ("The `jobId` of an ingest answer.", JOB_ID),
    "userId": (
        f"The learner, by bare UUID or IRI, percent-encoded. {IN_PATHS} ask GET /insights?actor= for it.",
        LEARNER.removeprefix("urn:uuid:"),
    ),
    "sessionId": (
        f"The session, by bare UUID or IRI, percent-encoded. {IN_PATHS} ask GET /insights?session= for it.",
        SESSION.removeprefix("urn:uuid:"),
    ),
    "webhookId": ("The webhook, by its id.", WEBHOOK_ID),
    "enrollmentId": ("The enrolment, as the list of a student's enrolments names it.", ENROLLMENT),
    "studentId": ("The student's sourcedId.", STUDENT),
    "subject": ("The subject.", "Math"),
    "filterId": ("The filter, by its id.", FILTER_ID),
    "key": ("A sensor key.", "your-sensor-key"),
    "file": ("The name of a file, below the digest of all, as the console's page names it.", "0123456789abcdef/app.js"),
}


def parameter_of(parameter: Parameter, *, required: bool = False) -> Json:
    schema: Json = {"type": "string", "minLength": 1, "maxLength": ID_CHARS}
    if parameter.kind == "time":
        schema = {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]}
    elif parameter.kind == "count":
        schema = {"type": "integer", "minimum": parameter.lowest, "maximum": parameter.highest}
    elif parameter.kind == "zone":
        schema = {"type": "string", "minLength": 1, "maxLength": 64}
    elif parameter.kind == "choice":
        schema = {"type": "string", "enum": list(parameter.choices)}
    elif parameter.kind == "cursor":
        schema = {"type": "string", "minLength": 1, "maxLength": CURSOR_CHARS}
    if parameter.default is not None:
        schema["default"] = parameter.default
    described = {"name": parameter.name, "in": "query", "description": parameter.description, "schema": schema}
    if parameter.example:
        described["example"] = parameter.example
    return described | ({"required": True} if required else {})


def path_variable(name: str) -> Json:
    description, example = VARIABLES[name]
    schema = {"type": "string", "minLength": 1}
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "example": example,
        "schema": schema,
    }
