"""What a stranger meets: open paths, preflights, and refusals in our own JSON instead of the gateway's 500."""

from collections.abc import Iterator

from functions.http.paths import DOCS, EVENTS, HEALTH, INGEST, OPENAPI
from functions.operate.smoke.report import Finding, compared
from functions.operate.smoke.trial import Trial

OTHER_ORIGIN = "https://smoke.example.org"


def open_paths(trial: Trial) -> Iterator[Finding]:
    """Paths of their own, and those that only `$default` catches, which it must be allowed to (its permission)."""
    for path in (HEALTH.template, f"{HEALTH.template}/", OPENAPI.template, DOCS.template):
        yield compared(f"GET {path}", "200", str(trial.ask("GET", path)))
    for path in ("/no-such", "/no-such/either"):
        yield compared(f"GET {path}", "404 unknown-path", str(trial.ask("GET", path)))
    refused = trial.ask("DELETE", EVENTS.template)
    yield compared("DELETE /events", "405 wrong-method", str(refused))
    allow = refused.headers.get("allow", "none")
    yield compared("DELETE /events: header Allow", "with GET", allow, holds="GET" in allow)


def preflight(trial: Trial) -> Iterator[Finding]:
    """A browser's question whether a page may send: yes to an origin of `cors_origins`, no to all others."""
    gateway = trial.connection.client("apigatewayv2")
    cors = gateway.get_api(ApiId=trial.deployment.output("ApiId")).get("CorsConfiguration", {})
    origins = cors.get("AllowOrigins", [])
    origin = next((origin_pattern for origin_pattern in origins if "*" not in origin_pattern), OTHER_ORIGIN)
    answer = trial.ask(
        "OPTIONS",
        INGEST.template,
        **{
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        },
    )
    allowed = answer.headers.get("access-control-allow-origin", "none")
    got = f"{answer.status}, allow-origin {allowed}"
    if origins:
        holds = answer.status in (200, 204) and allowed in (origin, "*")
        yield compared(f"preflight of {origin}", f"204, allow-origin {origin}", got, holds=holds)
    else:
        holds = answer.status in (204, 403) and allowed == "none"
        yield compared("preflight without cors_origins", "403, allow-origin none", got, holds=holds)


def refusals(trial: Trial) -> Iterator[Finding]:
    """No credential and a wrong one."""
    yield compared("no Authorization header", "401 Unauthorized", str(trial.ask("GET", f"{EVENTS.template}?id=none")))
    answer = trial.ask("GET", f"{EVENTS.template}?id=none", authorization="Bearer nonsense")
    code = answer.json().get("code")
    got = f"{answer.status} {code or 'without our JSON'}"
    yield compared("a token that is none", "401 in JSON", got, holds=answer.status == 401 and bool(code))
    named = next((name for name in answer.headers if name.endswith("www-authenticate")), "missing")
    yield compared(
        "a token that is none: the reason in a header",
        "www-authenticate, perhaps remapped",
        named,
        holds=named != "missing",
    )
