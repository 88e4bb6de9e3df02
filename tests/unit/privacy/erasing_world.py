"""Worlds in which a person is erased: what is kept of her afterwards, and what everyone else is answered."""

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from functions.core import packing
from functions.core.messages import Item
from functions.privacy.again import erase_again
from functions.privacy.erase import SETTLED_US, erase
from functions.privacy.erasure_context import Doors
from functions.privacy.office import Office
from functions.privacy.person import find_person
from functions.store import keys
from functions.store.dynamodb.row import key_of
from functions.store.dynamodb.table import rows
from functions.store.erasure.records import ErasureRecord
from functions.store.erasure.versions import FIRST_DAY, LAST_DAY
from functions.storing.pipeline import process
from tests.fakes import Calls, MemoryBus
from tests.payloads import APP, Json
from tests.unit.query.world import PROCESS, World, app_of
from tests.versioned_archive import MemoryRecords, VersionedArchive, VersionsOf

ADA = "https://school.example/users/1"
BEN = "https://school.example/users/12"
TEACHER = "https://school.example/users/7"
MAIL, NAME = "ada@school.example", "Ada Lovelace"
ALIAS = "urn:erased:5b"
PEOPLE = [ADA, BEN, TEACHER]
SESSIONS = ["urn:tag:auto-attach", *(f"urn:uuid:5e550000-0000-4000-8000-00000000000{n}" for n in range(2))]
SERVICE = {"id": APP, "type": "SoftwareApplication"}
DAYS = (FIRST_DAY, LAST_DAY)
KINDS = ["plain", "names", "mail", "posts", "assigned", "graded", "person", "attempt", "group", "bad", "broken"]


@dataclass(frozen=True)
class Sent:
    """One item as simple values that hypothesis can shrink; `number` with few values makes conflicts and repeats."""

    who: int
    minute: int
    kind: str = "plain"
    session: int = 0
    number: int = 0

    def item(self, world: World) -> Item:
        event = self._event(world)
        if self.kind == "bad":
            return Item("rejection", json.dumps(event).encode(), [finding(f"`{event['actor']}` is odd")])
        if self.kind == "broken":
            return Item("rejection", json.dumps(event).encode()[:-1], [finding("no JSON")])
        return Item("entity" if "eventTime" not in event else "event", json.dumps(event).encode())

    def _event(self, world: World) -> Json:
        ada = {"id": ADA, "type": "Person", "name": NAME, "email": MAIL}
        who = PEOPLE[self.who]
        if self.kind == "person":
            return ada if who == ADA else {"id": who, "type": "Person", "name": "B"}
        if self.kind == "attempt":
            return {"id": f"urn:x:attempt:{self.number}", "type": "Attempt", "assignee": who}
        if self.kind == "group":
            return {"id": f"urn:x:group:{self.number}", "type": "Group", "members": [ada, {"id": BEN}]}
        event = world.event(self.minute, id=f"urn:uuid:e0e00000-0000-4000-8{self.who:03d}-{self.number:012d}")
        event |= {"actor": ada if who == ADA else who, "session": SESSIONS[self.session]}
        if self.kind == "names":
            event["extensions"] = {"about": ada, "seen": [ADA, BEN]}
        elif self.kind == "mail":
            event["extensions"] = {"contact": MAIL, MAIL: 1.50}
        elif self.kind == "posts":
            event["object"] = {"id": f"{ADA}/posts/3", "type": "Message", "name": f"of {ADA}."}
        elif self.kind == "assigned":
            event["actor"] = SERVICE
            event["generated"] = {"id": "urn:x:attempt:9", "type": "Attempt", "assignee": who}
        elif self.kind == "graded":  # by a person: a bare IRI as the actor would make it the assignee's event
            event["actor"] = event["actor"] if who == ADA else {"id": who, "type": "Person"}
            event["generated"] = {"id": "urn:x:score:9", "type": "Score", "attempt": {"id": "urn:a", "assignee": ada}}
        return event


def finding(message: str) -> dict[str, str]:
    return {"severity": "error", "code": "odd", "pointer": "", "message": message, "source": "service"}


class ErasingWorld(World):
    """A world whose archive keeps versions, and whose calls can be counted and made to fail."""

    def __init__(self, batches: list[list[Sent]] | None = None, *, sweeps: bool = True) -> None:
        super().__init__(Calls())
        self.archive: VersionedArchive = VersionedArchive(self.calls)
        self.bus = MemoryBus(self.calls)
        self.records = MemoryRecords(self.calls)
        self._settle: Callable[[], bool] | None = None
        self.register(APP)
        for number, batch in enumerate(batches or []):
            self.set_clock(60 + number)
            self.send_items_of(batch)
            if number % 2 == 0:
                self.store(*self.parts)  # SQS delivers it again: a second version of the same object
        self.set_clock(600)
        for _ in range(3 if sweeps else 0):
            self.sweep()
            self.drain()

    def send_items_of(self, batch: list[Sent], **how: Any) -> None:
        self.send_items(*(sent.item(self) for sent in batch), **how)

    def store_archived(self, key: str) -> None:
        """Replay one object of the archive."""
        process(self.archive.read(key), table=self.table, archive=None, settings=PROCESS, now_us=self.now_us)

    def settle(self) -> bool:
        self.now_us += SETTLED_US
        return True

    def settle_with(self, settle: Callable[[], bool]) -> None:
        self._settle = settle

    def office(self) -> Office:
        doors = Doors(table=self.table, registry=self.table, versions=VersionsOf(self.archive), settings=PROCESS)
        return Office(
            registry=self.table,
            doors=doors,
            records=self.records,
            bus=self.bus,
            secret=b"s" * 32,
            random_text=lambda: "5b",
            clock=lambda: self.now_us,
            settle=self._settle or self.settle,
            tell=lambda _: None,
        )

    def erase(self, learner: str = ADA) -> ErasureRecord:
        person = find_person(self.table, app_of(APP), learner)
        return erase(person, self.office(), request="r1", days=DAYS)

    def erase_again(self) -> list[ErasureRecord]:
        return list(erase_again(self.office(), {}, days=DAYS))

    def rebuilt(self) -> "ErasingWorld":
        """A world whose table was built from the archive; the registry's rows were copied."""
        other = ErasingWorld()
        other.archive, other.records, other.now_us = self.archive, self.records, self.now_us
        kept = {key: row for key, row in self.table.items.items() if key[0].startswith(("GONE#", keys.APPS))}
        other.table.items = kept
        for key in sorted(self.archive.objects):
            other.store_archived(key)
        other.sweep()
        return other

    def held(self) -> list[str]:
        """Every stored byte as text: rows unpacked, all versions of the archive, records, notices."""
        texts = [unpacked(value) for row in self.table.items.values() for value in row.values()]
        texts += [body.decode("utf-8", "replace") for body in self.archive.everything()]
        texts += [repr(record) for record in self.records.records.values()]
        return [*texts, repr(self.bus.notices), *map(repr, self.table.items)]

    def answers(self, *people: str) -> dict[str, Any]:
        """What is answered about each of them, and about the app."""
        parameters: dict[str, Any] = {}
        for person in people:
            parameters[f"events {person}"] = self.all("/events", "events", actor=person)
            parameters[f"sessions {person}"] = self.all("/sessions", "sessions", actor=person)
            parameters[f"runs {person}"] = self.get("/runs", actor=person)
            parameters[f"progress {person}"] = self.get("/progress", actor=person)
        return parameters

    def listed(self) -> Any:
        """The counts of the app, in all."""
        return self.get("/caliper/events")["pagination"]["total"], self.get("/rejections")

    def counts(self) -> dict[str, int]:
        """The stored counts of days, over all shards."""
        sums: dict[str, int] = {}
        for pk in (keys.sent_pk, keys.received_pk, keys.rejected_pk):
            for row in rows(self.table, pk(keys.tenant_of(APP))):
                place, day = key_of(row)
                name = f"{place} {day if pk is keys.rejected_pk else day.partition('#')[0]}"
                sums[name] = sums.get(name, 0) + int(str(row["count"]))
        return {name: count for name, count in sums.items() if count}


def unpacked(value: object) -> str:
    if isinstance(value, bytes):
        try:
            return packing.decompress(value).decode("utf-8", "replace")
        except packing.Damaged:
            return value.decode("utf-8", "replace")
    return str(value)


def without_ada(value: Any) -> Any:
    """An answer as it is to be after the erasure: the same, but for her alias."""
    if isinstance(value, dict):
        if value.get("id") == ADA:
            return {name: kept for name, kept in value.items() if name == "type"} | {"id": ALIAS}
        return {without_ada(name): without_ada(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [without_ada(inner) for inner in value]
    if isinstance(value, str):
        swapped = value.replace(MAIL, ALIAS).replace(f"{ADA}/posts", f"{ALIAS}/posts").replace(f"{ADA}.", f"{ALIAS}.")
        return ALIAS if value == ADA else swapped
    return value


def opened(archive: VersionedArchive) -> list[Json]:
    """Every line of the latest versions, read as any reader of gzip and JSON would."""
    return [
        orjson.loads(line)
        for versions in archive.versions.values()
        if versions
        for line in gzip.decompress(list(versions.values())[-1]).splitlines()
    ]
