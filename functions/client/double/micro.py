"""What only the double has, below `/micro`: what was sent and what became of it, forgetting it, and moving the clock.

Routes: `GET /micro/all`, `/micro/good`, `/micro/bad`, `/micro/notices`, `/micro/clock`; `POST /micro/reset`,
`/micro/clock`.
"""

import math
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import orjson

from functions.client.double.request import HttpRequest
from functions.client.double.service import CORS, Double
from functions.core.messages import Item, Message
from functions.core.times import MINUTE_US, format_time, parse_time
from functions.http.answers import Answer, answer, error

PREFIX = "/micro/"
FILTERS = ("type", "action", "actor")


def micro_answer(double: Double, request: HttpRequest) -> Answer:
    """The answer to a request whose path begins with `/micro/`."""
    path = request.target.partition("?")[0].removeprefix(PREFIX).rstrip("/")
    wanted = {name: values[-1] for name, values in parse_qs(request.target.partition("?")[2]).items()}
    answered: dict[tuple[str, str], Any] = {
        ("GET", "all"): lambda: answer(200, _all(double)),
        ("GET", "good"): lambda: _good_answer(double, wanted),
        ("GET", "bad"): lambda: answer(200, _bad(double)),
        ("GET", "notices"): lambda: answer(200, {"notices": _notices(double)}),
        ("GET", "clock"): lambda: _clock(double),
        ("POST", "clock"): lambda: _move_clock(double, request.body),
        ("POST", "reset"): lambda: _reset(double),
    }
    call = answered.get((request.method, path))
    if call is None:
        message = f"There is no {request.method} {PREFIX}{path[:40]}. " + (__doc__ or "").split("Routes: ")[1].strip()
        return error(404, "unknown-path", " ".join(message.split()))
    result: Answer = call()
    return {**result, "headers": {**result["headers"], **CORS}}


def _items(double: Double) -> Iterator[tuple[Message, Item]]:
    """What apps sent, in order of arrival, without what the service emitted itself."""
    for message in double.lambdas.archive.messages():
        if not message.system:
            yield from ((message, item) for item in message.items)


def _all(double: Double) -> dict[str, int]:
    bad = sum(item.kind == "rejection" for _, item in _items(double))
    good = sum(item.kind != "rejection" for _, item in _items(double))
    refused, dead = len(double.refusals), len(double.lambdas.dead_letters)
    return {"total": good + bad, "good": good, "bad": bad, "refused": refused, "deadLetters": dead}


def _good_answer(double: Double, wanted: dict[str, str]) -> Answer:
    unknown = sorted(set(wanted) - set(FILTERS))
    if unknown:
        return error(400, "unknown-parameter", f"`{unknown[0][:40]}` is not a filter: use {', '.join(FILTERS)}.")
    items = [
        {
            "kind": item.kind,
            "item": orjson.Fragment(item.raw),
            "warnings": list(item.findings),
            "receivedAt": format_time(message.received_us),
            "jobId": message.job,
            "sensor": message.sensor,
            "app": message.app_id,
        }
        for message, item in _items(double)
        if item.kind != "rejection" and _matches(orjson.loads(item.raw), wanted)
    ]
    return answer(200, {"items": items})


def _matches(item: dict[str, Any], wanted: dict[str, str]) -> bool:
    for name, value in wanted.items():
        held = item.get(name)
        if value != (held.get("id") if isinstance(held, dict) else held):
            return False
    return True


def _bad(double: Double) -> dict[str, Any]:
    """Rejected items with their findings, and whole requests that were refused with what they were answered."""
    rejected = [
        {
            "item": _fragment(item.raw),
            "findings": list(item.findings),
            "receivedAt": format_time(message.received_us),
            "jobId": message.job,
            "app": message.app_id,
        }
        for message, item in _items(double)
        if item.kind == "rejection"
    ]
    refused = [{**refusal, "answer": _fragment(refusal["answer"].encode())} for refusal in double.refusals]
    return {"items": rejected, "refused": refused}


def _fragment(raw: bytes) -> Any:
    """The JSON that `raw` is, or its text."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return raw.decode("utf-8", "replace")


def _notices(double: Double) -> list[dict[str, Any]]:
    """What subscribers of the event bus would get."""
    return [{"kind": kind, **detail} for kind, detail in double.lambdas.bus.notices]


def _clock(double: Double) -> Answer:
    return answer(200, {"now": format_time(double.clock.now_us())})


def _move_clock(double: Double, body: bytes) -> Answer:
    try:
        command = orjson.loads(body)
    except orjson.JSONDecodeError:
        command = None
    if isinstance(command, dict) and command.keys() == {"now"} and isinstance(command["now"], str):
        now_us = parse_time(command["now"])
    elif isinstance(command, dict) and command.keys() == {"forwardMinutes"} and _is_minutes(command["forwardMinutes"]):
        now_us = double.clock.now_us() + round(command["forwardMinutes"] * MINUTE_US)
    else:
        now_us = None
    if now_us is None:
        message = 'Send {"now": "2026-01-27T10:00:00Z"}, or {"forwardMinutes": 31}.'
        return error(400, "wrong-clock", message)
    double.set_clock(now_us)
    return _clock(double)


def _is_minutes(value: object) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and abs(value) < 60 * 24 * 366 * 50  # type: ignore[arg-type]


def _reset(double: Double) -> Answer:
    double.reset()
    return answer(200, {"status": "success", "message": "everything that was sent is forgotten"})
