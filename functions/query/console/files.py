"""`GET /console`: the files of the console, as the package holds them in `functions/console`.

The page names its script and style below a digest of all files. So a browser may keep them for a year, and never runs
one version's script with the style of another. Only the page itself is asked for anew each time.
"""

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path

from functions.http.answers import HTML, Answer, error
from functions.query.request import Request

FOLDER = Path(__file__).parents[2] / "console"
PAGE = "index.html"
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
# Nothing from elsewhere, nothing inline. The login page is navigated to, which no directive here governs.
SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": SECURITY_POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# Below the page's own path once more, because a browser that asks for `/console/` resolves links below that.
_FILE = re.compile(r"(?:console/)?(?P<digest>[0-9a-f]{16})/(?P<name>[\w./-]+)")


@cache
def files() -> Mapping[str, str]:
    """Every file by its name in the folder, those of other projects (`vendor`) included."""
    return {
        path.relative_to(FOLDER).as_posix(): path.read_text()
        for path in sorted(FOLDER.rglob("*"))
        if path.suffix in MEDIA_TYPES or path.name == PAGE
    }


@cache
def version() -> str:
    """A digest of all files."""
    return hashlib.sha256(repr(sorted(files().items())).encode()).hexdigest()[:16]


def get_page(request: Request) -> Answer:
    """The page, with what it needs to know of this deployment."""
    settings = request.settings
    known = {"version": version(), "client": settings.console_client_id, "login": settings.login_url}
    body = files()[PAGE]
    for name, value in known.items():
        body = body.replace(f"%{name}%", escape(value))
    return {"statusCode": 200, "headers": {"Content-Type": HTML, "Cache-Control": "no-cache", **_HEADERS}, "body": body}


def get_file(request: Request) -> Answer:
    """A script or style. One of an older version is answered too, with today's, and is not to be kept."""
    file_name = _FILE.fullmatch(request.path["file"])
    name = file_name["name"] if file_name else ""
    body = files().get(name) if name != PAGE else None
    if file_name is None or body is None:
        return error(404, "unknown-file", "The console has no such file: open /console.")
    current = file_name["digest"] == version()
    kept = "public, max-age=31536000, immutable" if current else "no-store"
    media_type = MEDIA_TYPES[Path(name).suffix]
    return {"statusCode": 200, "headers": {"Content-Type": media_type, "Cache-Control": kept, **_HEADERS}, "body": body}
