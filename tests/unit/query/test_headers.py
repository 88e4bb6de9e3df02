"""The headers of answers that are no JSON, in full: what a browser may do with them, and how long they are kept."""

import pytest

from functions.query.console.files import SECURITY_POLICY, version
from tests.unit.query.world import World

OF_CONSOLE = {
    "Content-Security-Policy": SECURITY_POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
}
KEPT, TODAY = "public, max-age=31536000, immutable", "{version}"
OLD = "0123456789abcdef"


@pytest.mark.parametrize(
    ("path", "media_type", "kept"),
    [
        ("/console", "text/html; charset=utf-8", "no-cache"),
        (f"/console/{TODAY}/app.js", "text/javascript; charset=utf-8", KEPT),
        (f"/console/console/{TODAY}/app.js", "text/javascript; charset=utf-8", KEPT),
        (f"/console/{OLD}/app.js", "text/javascript; charset=utf-8", "no-store"),
        (f"/console/console/{OLD}/app.js", "text/javascript; charset=utf-8", "no-store"),
    ],
)
def test_a_file_of_the_console_is_kept_for_as_long_as_it_stays_the_same(path: str, media_type: str, kept: str) -> None:
    answer = World().ask_raw(path.replace(TODAY, version()))
    assert answer["statusCode"] == 200
    headers = {"Content-Type": media_type, "Cache-Control": kept, **OF_CONSOLE}
    assert {name: answer["headers"].get(name) for name in headers} == headers
    assert set(answer["headers"]) <= {*headers, "X-Request-ID"}


@pytest.mark.parametrize("path", [f"/console/{OLD}/index.html", "/console/app.js", f"/console/{OLD}/none.js"])
def test_the_console_has_no_other_files(path: str) -> None:
    assert World().refused(path) == (404, "unknown-file")


def test_the_policy_of_the_console_lets_nothing_in_from_elsewhere() -> None:
    assert SECURITY_POLICY.split("; ") == [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
