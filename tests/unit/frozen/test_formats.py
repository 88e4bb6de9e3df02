"""What earlier versions wrote is read by this one: messages in the queue, archive lines, rows, cursors.

The files are never changed. A version that writes another format adds a folder of its own, and docs/upgrading.md says
what changed.
"""

import re
from pathlib import Path
from typing import Any

import orjson
import pytest

from functions.core.ids import digest
from functions.core.messages import Message, unpack
from functions.http.cursors import binding, read_cursor
from functions.store import keys
from functions.store.archive import messages_of
from functions.store.dynamodb.row import Row, decode
from functions.store.quarantine.rejections import from_row
from functions.store.rows.apps import app_of, is_removed
from functions.store.rows.courses import Course, course_of
from functions.store.rows.credentials import credential_of
from functions.store.rows.events import fact_of_row

FROZEN = Path(__file__).parent
VERSIONS = sorted(path.name for path in FROZEN.iterdir() if re.fullmatch(r"\d+\.\d+\.\d+", path.name))
APP_ID = "https://frozen.example.org/app"
TENANT = keys.tenant_of(APP_ID)
EVENT_ID = "urn:uuid:00000000-0000-4000-8000-0000000000e1"
RECEIVED_US = 1_772_442_000_000_000

every_version = pytest.mark.parametrize("version", VERSIONS)


def check(message: Message) -> None:
    assert (message.tenant, message.app_id, message.job) == (TENANT, APP_ID, "j" * 22)
    assert message.received_us == RECEIVED_US
    event, rejection = message.items
    assert (event.kind, orjson.loads(event.raw)["id"]) == ("event", EVENT_ID)
    assert list(event.findings) == [{"code": "a", "pointer": "/b", "message": "c"}]
    assert (rejection.kind, rejection.raw) == ("rejection", b"{]")


def row(version: str, name: str) -> Row:
    typed: dict[str, Any] = orjson.loads((FROZEN / version / "rows.json").read_bytes())
    return decode(typed[name])


def test_there_is_a_version() -> None:
    assert VERSIONS


@every_version
def test_a_message_of_an_earlier_version_is_read(version: str) -> None:
    check(unpack((FROZEN / version / "message.txt").read_text().strip()))


@every_version
def test_an_archive_object_of_an_earlier_version_is_read(version: str) -> None:
    (message,) = messages_of((FROZEN / version / "archive.ndjson").read_bytes().splitlines())
    check(message)


@every_version
def test_an_event_row_of_an_earlier_version_is_read(version: str) -> None:
    fact = fact_of_row(row(version, "event"))
    assert (fact.entry.id, fact.app_id, fact.entry.received_us) == (EVENT_ID, APP_ID, RECEIVED_US)
    assert fact.entry.attribution.session == "urn:uuid:00000000-0000-4000-8000-0000000000b1"
    assert fact.entry.attribution.learner == "urn:uuid:00000000-0000-4000-8000-0000000000a1"


@every_version
def test_a_rejection_of_an_earlier_version_is_read(version: str) -> None:
    (rejected,) = from_row(row(version, "rejection"))
    assert (rejected.tenant, rejected.raw, rejected.index) == (TENANT, b"{]", 1)
    assert [finding["code"] for finding in rejected.findings] == ["not-json"]


@every_version
def test_the_registry_of_an_earlier_version_is_read(version: str) -> None:
    app = app_of(row(version, "app"))
    assert (app.app_id, app.tenant, app.edapps, app.house) == (APP_ID, TENANT, ("*",), "timeback")
    assert not is_removed(row(version, "app"))
    credential = credential_of(row(version, "credential"))
    assert (credential.digest, credential.tenant, credential.label) == (digest("ck_frozen"), TENANT, "l")
    assert (credential.not_after_us, credential.revoked_us) == (None, None)
    assert course_of(row(version, "course")) == Course(id="MATH-3", lessons=30)


@every_version
def test_a_cursor_of_an_earlier_version_goes_on(version: str) -> None:
    text = (FROZEN / version / "cursor.txt").read_text().strip()
    assert read_cursor(text, binding("/events", TENANT), "position") == (TENANT, "position")
