"""Everything that is kept of a person, as files that any program opens: for a request by GDPR 15 and 20 or FERPA.

Events, describes, heartbeats and rejected items come from the archive, each once, with the bytes that were sent;
sessions with their numbers from the table. What others sent is theirs, and is not in it.
"""

import gzip
import html
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import IO, Any

import orjson
from msgspec import Struct, field

from functions.core.ids import digest
from functions.core.messages import Item, Message
from functions.core.privacy.erased import Erased
from functions.core.privacy.masking import without_erased
from functions.core.times import LAST_US, format_time
from functions.privacy.erasure_context import Doors, learner_erasure, may_name
from functions.privacy.person import Person
from functions.store import keys
from functions.store.archive import messages_of
from functions.store.dynamodb.table import rows
from functions.store.erasure.versions import FIRST_DAY, LAST_DAY, latest_of
from functions.store.rows.sessions import session_of

INDEX = """<!doctype html><html lang="en"><meta charset="utf-8"><title>What is kept of a learner</title>
<style>body{{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}
td,th{{text-align:left;padding:.2rem 1rem .2rem 0;vertical-align:top}}</style><h1>What is kept of a learner</h1>
<p>Learner: {learners}<br>Apps: {apps}<br>Made: {made_at}</p>
<h2>Files</h2><table><tr><th>file<th>what<th>entries{files}</table>
<h2>By day</h2><table><tr><th>day<th>app<th>what<th>count{days}</table>
<p>Times are UTC. NDJSON is one JSON object a line. Events are in the format Caliper Analytics (1EdTech).</p></html>
"""
FILES = {
    "events.ndjson": "events as they were sent, and what the service emitted at the end of a session",
    "others.ndjson": "entities (a person, an attempt, a membership) and signs of presence",
    "rejected.ndjson": "what was sent and not accepted, with the reasons",
    "sessions.json": "sessions with time, points and questions",
}
_FILE_OF = {"event": "events.ndjson", "rejection": "rejected.ndjson"}


class Exported(Struct):
    """How much is in which file, and of what on which day of which app."""

    files: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(FILES, 0)))
    days: Counter[tuple[str, str, str]] = field(default_factory=Counter)


def export_person(people: Iterable[Person], doors: Doors, file: IO[bytes], *, now_us: int) -> Exported:
    """Write all that is kept of a person in these apps into a zip file; how much it is."""
    people, exported = list(people), Exported()
    parts: dict[str, list[bytes]] = {name: [] for name in FILES}
    for person in people:
        for message, item in _items(person, doors):
            name = _FILE_OF.get(item.kind, "others.ndjson")
            parts[name].append(_line(message, item))
            exported.files[name] += 1
            exported.days[format_time(message.received_us)[:10], person.app.app_id, item.kind] += 1
    sessions = [session for person in people for session in _sessions(person, doors)]
    exported.files["sessions.json"] = len(sessions)
    parts["sessions.json"].append(orjson.dumps(sessions, option=orjson.OPT_INDENT_2))
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("index.html", _index(people, exported, now_us=now_us))
        for name, lines in parts.items():
            archive.writestr(name, b"".join(lines))
    return exported


def _items(person: Person, doors: Doors) -> Iterator[tuple[Message, Item]]:
    """What one app sent that is of the person, each content once."""
    named = (learner_erasure(name, alias="", before_us=LAST_US, request="") for name in person.learners)
    theirs = Erased({erasure.digest: erasure for erasure in named})
    looks, seen = may_name(person.learners), set[str]()
    for versions in doors.versions.objects(from_day=FIRST_DAY, to_day=LAST_DAY):
        latest = latest_of(versions)
        if latest is None:
            continue
        lines = gzip.decompress(doors.versions.read(latest)[0]).splitlines()
        for message in messages_of(filter(looks, lines)):
            for item in message.items if message.tenant == person.app.tenant else ():
                content = digest(f"{item.kind} {item.raw.decode('utf-8', 'replace')}")
                if content in seen or item.kind == "erased":
                    continue
                if without_erased(item, theirs, received_us=message.received_us).kind == "erased":
                    seen.add(content)
                    yield message, item


def _line(message: Message, item: Item) -> bytes:
    line: dict[str, Any] = {
        "kind": item.kind,
        "app": message.app_id,
        "receivedAt": format_time(message.received_us),
        "sensor": message.sensor,
        "findings": list(item.findings),
    }
    try:
        orjson.loads(item.raw)
        line["item"] = orjson.Fragment(item.raw.replace(b"\n", b" ").replace(b"\r", b" "))
    except orjson.JSONDecodeError:
        line["text"] = item.raw.decode("utf-8", "replace")
    return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def _sessions(person: Person, doors: Doors) -> Iterator[dict[str, Any]]:
    for learner in person.learners:
        pk = keys.learner_pk(person.app.tenant, learner)
        for row in rows(doors.table, pk, start=keys.SESSION, end=keys.INFERRED + "~", consistent=True):
            yield {"app": person.app.app_id, **session_of(row).answer()}


def _index(people: Iterable[Person], exported: Exported, *, now_us: int) -> str:
    people = list(people)

    def row(*cells: object) -> str:
        return "\n<tr>" + "".join(f"<td>{html.escape(str(cell))}" for cell in cells)

    return INDEX.format(
        learners=html.escape(", ".join(sorted({name for person in people for name in person.learners}))),
        apps=html.escape(", ".join(person.app.name or person.app.app_id for person in people)),
        made_at=format_time(now_us),
        files="".join(row(name, what, exported.files[name]) for name, what in FILES.items()),
        days="".join(row(*place, count) for place, count in sorted(exported.days.items())),
    )
