"""The emulator behind a guard, as a program of its own: `emulator` starts it.

The emulator runs code that it is given and checks no signature, so a web page that a developer visits must not reach
it. The guard refuses a foreign Host (a page whose name was pointed at this machine) and a foreign Origin, and takes a
call to AWS only with the key of this start. The API of the stack itself has credentials of its own, so it is let
through, and its own CORS settings decide about Origins.

Imports nothing of this project: the Lambdas of the emulator must not find it.
"""

import hmac
import json
import os
import re
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

import ministack.app as ministack

LOCAL_NAME = re.compile(r"([\w-]+\.)*(localhost|127\.0\.0\.1)(:\d+)?")
LOCAL_ORIGIN = re.compile(r"https?://(localhost|127\.0\.0\.1)(:\d+)?")
API = re.compile(r"/_aws/execute-api/.*", re.DOTALL)
# Asked without a key: health, tokens (which need a client's secret or a code), the login page (which needs a person's
# password), and the public keys of the user pool.
OPEN = re.compile(r"/_ministack/health|/oauth2/(token|authorize)|/login|/[\w-]+/\.well-known/jwks\.json")
SESSION_TOKEN = re.compile(rb"<SessionToken>([^<]+)</SessionToken>")

type Scope = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
type Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
type Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]


def guarded(app: Asgi, *, key: str) -> Asgi:
    """`app`, for requests of this machine with the key, or with one that STS gave to a holder of the key."""
    issued = {key}

    async def guard(scope: Scope, receive: Receive, send: Send) -> None:
        refusal = why_refused(scope, issued) if scope["type"] in ("http", "websocket") else ""
        if not refusal:
            await app(scope, receive, noting(issued, send) if is_sts(scope) else send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            media_type, body = refusal_body(refusal, xml=is_sts(scope))
            headers = [(b"content-type", media_type), (b"content-length", str(len(body)).encode())]
            await send({"type": "http.response.start", "status": 403, "headers": headers})
            await send({"type": "http.response.body", "body": body})

    return guard


def refusal_body(refusal: str, *, xml: bool) -> tuple[bytes, bytes]:
    """Media type and body of a refusal, as the protocol of the called service has it: STS speaks XML."""
    if xml:
        error = f"<Error><Type>Sender</Type><Code>AccessDenied</Code><Message>{escape(refusal)}</Message></Error>"
        return b"text/xml", f"<ErrorResponse>{error}</ErrorResponse>".encode()
    return b"application/json", json.dumps({"__type": "AccessDeniedException", "message": refusal}).encode()


def is_sts(scope: Scope) -> bool:
    """Whether this is a call of STS: `cdk` assumes a role before it deploys."""
    return scope["type"] == "http" and "/sts/aws4_request" in headers_of(scope).get("authorization", "")


def noting(issued: set[str], send: Send) -> Send:
    """`send`, which keeps the session tokens of an answer of STS."""
    body = b""

    async def note(event: MutableMapping[str, Any]) -> None:
        nonlocal body
        body += event.get("body", b"")
        issued.update(token.decode() for token in SESSION_TOKEN.findall(body))
        await send(event)

    return note


def headers_of(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def why_refused(scope: Scope, issued: Collection[str]) -> str:
    """Why a request is not let through; empty if it is."""
    headers = headers_of(scope)
    if not LOCAL_NAME.fullmatch(headers.get("host", "")):
        return "This emulator answers to 127.0.0.1 and localhost only."
    if API.fullmatch(scope["path"]):
        return ""
    origin = headers.get("origin")
    if origin is not None and not LOCAL_ORIGIN.fullmatch(origin):
        return "This emulator takes no requests of web pages."
    if OPEN.fullmatch(scope["path"]) and "x-amz-target" not in headers:  # that would name an action of AWS
        return ""
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    session_token = headers.get("x-amz-security-token") or query.get("X-Amz-Security-Token", [""])[0]
    if not any(hmac.compare_digest(session_token.encode(), key.encode()) for key in issued):
        return (
            "This emulator takes AWS calls only with the key of its start: `aws_key` in endpoint.json, as the session "
            "token (AWS_SESSION_TOKEN)."
        )
    return ""


if __name__ == "__main__":
    ministack.app = guarded(ministack.app, key=os.environ["AWS_SESSION_TOKEN"])
    ministack.main()
