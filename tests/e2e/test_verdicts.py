"""One judge: `caliper validate`, `POST /caliper/event/validate` and `POST /caliper/event` say the same of each payload.

The project's own payloads are compared always; the shared corpus too, if it lies beside this repository.
"""

import json
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from functions.client.__main__ import main
from tests.bench import rubbish
from tests.bench.corpus import CORPORA, payloads
from tests.e2e.conftest import Stack
from tests.e2e.envelopes import another_app, now
from tests.e2e.test_recordings import bearer
from tests.payloads import V1P1, V1P2, Payloads, envelope
from tests.unit.client.test_positions import CASES

HOUSES = ("", "timeback")
RUBBISH = (rubbish.numbers, rubbish.empty, rubbish.headless, rubbish.nulls, rubbish.mistyped, rubbish.hollow)
FINDING = ("severity", "code", "pointer", "message", "source")

WRONG: tuple[Any, ...] = ([{}], "yesterday", {"id": 7}, 7.5)

type Verdicts = dict[str, Any]


@pytest.fixture(scope="module")
def headers_of(stack: Stack) -> Mapping[str, dict[str, str]]:
    """The credential of an app for each house: it may speak for every edApp."""
    apps = {house: another_app(stack, house=house) for house in HOUSES}
    return {house: {"Authorization": f"Bearer {bearer(stack, app)}"} for house, app in apps.items()}


def own_bodies() -> list[bytes]:
    """Good events in the shapes that real senders send, faults in each of their properties, and refused requests."""
    generator = Payloads(7)
    good = [make(generator.urn()) for make in generator.mix().values()]
    faulty = [
        {name: value for name, value in event.items() if name != missing} | ({missing: wrong} if wrong else {})
        for number, event in enumerate(good)
        for missing in event
        for wrong in (None, WRONG[number % len(WRONG)])
    ]
    whole = [envelope(*good), envelope(*good[:3], *good[:3]), envelope(*faulty, version=V1P1)]
    whole += [envelope(event) for event in faulty[::9]]
    whole += [envelope(good[0], version="9.9"), {"data": good[:1]}, envelope()]
    single = [text.replace("⟦", "") for name, text in CASES.items() if "NDJSON" not in name]
    bodies = [json.dumps(body).encode() for body in [*whole, whole[:2]]]
    return [*bodies, *(make(5, 1) for make in RUBBISH), *(text.encode() for text in single)]


def corpus_bodies() -> list[bytes]:
    return [body for corpus in CORPORA for _, body in payloads(corpus)]


def in_envelope(body: bytes) -> bytes:
    """A bare event or entity as a sender sends it; everything else as it is."""
    try:
        value = json.loads(body)
    except ValueError:
        return body
    if isinstance(value, dict) and not {"data", "sensor"} & value.keys():
        return json.dumps(envelope(value, version=V1P2) | {"sendTime": now()}).encode()
    return body


def verdicts_of_command(
    bodies: Sequence[bytes], house: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> list[Verdicts]:
    """What `caliper validate` prints of each body."""
    numbers = count()
    paths = [folder / f"{next(numbers):05}.json" for _ in bodies]
    for path, body in zip(paths, bodies, strict=True):
        path.write_bytes(body)
    main(["validate", "--format", "json", *(["--house", house] if house else []), *map(str, paths)])
    files = json.loads(capsys.readouterr().out)["files"]
    return [_verdicts_of_file(file["items"]) for file in files]


def _verdicts_of_file(items: Sequence[Mapping[str, Any]]) -> Verdicts:
    if [item["outcome"] for item in items] == ["refused"]:
        (finding,) = items[0]["findings"]
        return {"refused": {name: finding[name] for name in ("code", "pointer", "message")}}
    return {
        "rejected": [(item["envelope"], item["index"]) for item in items if item["outcome"] == "rejected"],
        "findings": sorted(
            (item["envelope"], item["index"], item["id"] or "", *map(finding.get, FINDING))
            for item in items
            for finding in item["findings"]
        ),
    }


def verdicts_of_service(http: httpx.Client, url: str, headers: Mapping[str, str], body: bytes) -> Verdicts:
    """What the service answers if it is asked to check a body."""
    answer = http.post(f"{url}/caliper/event/validate", content=body, headers={**headers, **JSON})
    said = answer.json()
    if answer.status_code != 200:
        return _refused(said)
    located = [*said["errors"], *said["warnings"]]
    assert "more findings than fit" not in said["message"]
    return {
        "rejected": sorted({(row.get("envelope", 0), row["index"]) for row in said["errors"]}),
        "findings": sorted(
            (row.get("envelope", 0), row["index"], row["id"] or "", *map(row.get, FINDING)) for row in located
        ),
    }


def rejected_by_service(http: httpx.Client, url: str, headers: Mapping[str, str], body: bytes) -> Verdicts:
    """What the service answers if it is sent a body: what was refused, or which items were rejected."""
    answer = http.post(f"{url}/caliper/event", content=body, headers={**headers, **JSON})
    said = answer.json()
    if "jobId" not in said:
        return _refused(said)
    return {"rejected": sorted((row.get("envelope", 0), row["index"]) for row in said.get("errors", ()))}


def _refused(said: Mapping[str, Any]) -> Verdicts:
    (error,) = said["errors"]
    return {"refused": error}


JSON = {"Content-Type": "application/json"}
BODIES = {
    "own": own_bodies,
    "corpus": corpus_bodies,
}


@pytest.mark.parametrize("house", HOUSES, ids=["standard", "timeback"])
@pytest.mark.parametrize("source", BODIES)
def test_the_command_and_the_service_say_the_same_of_every_payload(
    stack: Stack,
    headers_of: Mapping[str, dict[str, str]],
    source: str,
    house: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    bodies = [in_envelope(body) for body in BODIES[source]()]
    assert bodies
    standard = verdicts_of_command(bodies, "", tmp_path, capsys)
    expected = verdicts_of_command(bodies, house, tmp_path, capsys) if house else standard
    assert len(expected) == len(standard) == len(bodies)
    url, headers = stack.endpoint.url, headers_of[house]
    for body, verdicts, verdicts_of_standard in zip(bodies, expected, standard, strict=True):
        assert verdicts_of_service(stack.http, url, headers, body) == verdicts, body
        if house and verdicts == verdicts_of_standard:
            continue  # it was sent to the app without a house
        sent = rejected_by_service(stack.http, url, headers, body)
        assert sent == {name: value for name, value in verdicts.items() if name in sent}, body
        assert ("refused" in sent) == ("refused" in verdicts), body
