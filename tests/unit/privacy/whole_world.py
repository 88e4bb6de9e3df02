"""A world with something of a person in every place that an erasure looks into, and the same of others beside it."""

import gzip
import json
from typing import Any

from msgspec import structs

from functions.core.messages import Item, Message, pack
from functions.privacy.office import Office
from functions.privacy.person import Person, find_person, with_every_id
from functions.store.erasure.requests import PersonRequest, request_row
from functions.store.imports.drop_folder import ANSWERED, DROPPED, Dropped
from functions.store.people.aliases import add_alias
from functions.store.people.roster import Enrolment, RosterUser, put_roster
from tests.payloads import APP, Json
from tests.unit.privacy.erasing_world import ADA, BEN, MAIL, NAME, TEACHER, ErasingWorld, finding
from tests.unit.privacy.letter_box import URL, LetterBox
from tests.unit.query.world import app_of

TENANT = app_of(APP).tenant
ALSO_ADA = "https://school.example/people/ada"
PERSON = {"id": ADA, "type": "Person", "name": NAME, "email": MAIL}
SESSION = "urn:uuid:5e550000-0000-4000-8000-0000000000aa"
LEARNERS = (ADA, BEN, TEACHER)
DAY = 24 * 60
RUNS = ("urn:x:run:1", "urn:x:run:2")


class WholeWorld(ErasingWorld):
    """Two months of two courses, two conflicts, rejections, dead letters, files, copies, an alias and a roster."""

    def __init__(self) -> None:
        super().__init__()
        self.letters = LetterBox()
        self._numbers = iter(range(1000))
        self._send_all()
        self._settle_all()
        self._note_people()
        self._put_letters()
        self._put_files()

    def office(self) -> Office:
        office = super().office()
        return structs.replace(office, doors=structs.replace(office.doors, dead_letters=(self.letters, URL)))

    def person(self) -> Person:
        return with_every_id(find_person(self.table, app_of(APP), ADA), self.table, self.table)

    def of(self, learner: str, minute: int, **changed: Any) -> Json:
        """An event of a learner, under an id of its own unless it says one."""
        identifier = f"urn:uuid:e0e00000-0000-4000-8000-{next(self._numbers):012d}"
        actor = PERSON if learner == ADA else learner
        return self.event(minute, **{"id": identifier, "actor": actor, **changed})

    def _send_all(self) -> None:
        for month in range(2):  # March and April
            first = month * 40 * DAY
            self.set_clock(first + 30)
            self.send(*(event for learner in LEARNERS for event in self._of_month(learner, month, first)))
            self.store(*self.parts)  # SQS delivers it again: a second version of the same object
        login = self.payloads.logged_in(ADA, SESSION, requiresHeartbeat=True) | {"eventTime": self.time(40 * DAY + 31)}
        self.send(login | {"id": "urn:uuid:10910000-0000-4000-8000-000000000001", "actor": PERSON})
        self.send(self.of(ALSO_ADA, 40 * DAY + 32))
        self.send_items(Item("entity", json.dumps(PERSON).encode()), Item("entity", attempt(ADA)))
        self.send_items(Item("entity", attempt(BEN)))
        names = {"about": PERSON}
        self.send(*(self.of(BEN, 40 * DAY + 33 + number, extensions=names) for number in range(2)))
        for number in range(3):
            self.send_items(
                *(rejected(self.of(learner, number)) for learner in (ADA, BEN)),
                rejected(self.of(BEN, number, extensions=names)),
            )

    def _of_month(self, learner: str, month: int, first: int) -> list[Json]:
        own = [
            self.of(learner, first + number, extensions={"courseId": f"c-{number}", "runId": RUNS[number]})
            for number in range(2)
        ]
        return [*own, self.of(learner, first + 5, id=f"urn:uuid:c0f00000-0000-4000-8000-00000000000{month}")]

    def _settle_all(self) -> None:
        for minute in (41 * DAY, 42 * DAY, 43 * DAY):
            self.set_clock(minute)
            self.walk()
            self.sweep()
            self.drain()

    def _note_people(self) -> None:
        add_alias(self.table, TENANT, person=ADA, alias=ALSO_ADA)
        enrolments = [Enrolment(learner=name, course="c-1", name=name) for name in (ADA, BEN)]
        users = [RosterUser(learner=name, name=name) for name in (ADA, BEN)]
        put_roster(self.table, TENANT, users=users, courses=[], enrolments=enrolments, imported_us=1)

    def _put_letters(self) -> None:
        about = self.of(BEN, 1, extensions={"about": PERSON})
        for events in ([self.of(ADA, 1)], [self.of(ADA, 2), self.of(BEN, 2)], [about], [self.of(BEN, 3)]):
            self.letters.put(letter(*events), group="g1")
        self.letters.put(letter(self.of(ADA, 4), tenant="another"))
        for body in ("no message", "another"):
            self.letters.put(body)

    def _put_files(self) -> None:
        for number in range(2):
            self.archive.put_file(f"exports/r{number}.zip", b"of a person")
            self.table.put_all([request_row(done(f"r{number}", f"exports/r{number}.zip"))])
        self.table.put_all([request_row(done("r9", ""))])
        of_ada, of_ben = (f'{{"actor":"{learner}"}}\n'.encode() for learner in (ADA, BEN))
        for name, body, status in (("a", of_ada, "done"), ("b", of_ada, "importing"), ("c", of_ben, "done")):
            dropped = Dropped(TENANT, f"{name}.ndjson", len(body))
            self.archive.put_file(dropped.key, body)
            self.archive.put_file(dropped.beside("json"), json.dumps({"status": status}).encode())
        self.archive.put_file(f"{DROPPED}{TENANT}/d.ndjson.gz", gzip.compress(of_ada))
        self.archive.put_file(f"{ANSWERED}{TENANT}/d.ndjson.gz.json", b'{"status":"refused"}')
        self.archive.put_file(f"{ANSWERED}{TENANT}/a.ndjson.rejects", of_ada + of_ben + of_ada)


def attempt(learner: str) -> bytes:
    return json.dumps({"id": f"urn:x:attempt:{learner[-2:]}", "type": "Attempt", "assignee": learner}).encode()


def rejected(event: Json) -> Item:
    return Item("rejection", json.dumps(event).encode(), [finding("odd")])


def letter(*events: Json, tenant: str = TENANT) -> str:
    items = [Item("event", json.dumps(event).encode()) for event in events]
    return pack(Message(tenant=tenant, app_id=APP, job="j" * 22, received_us=1_772_442_000_000_000, items=items))


def done(request: str, file: str) -> PersonRequest:
    """A copy that was made for a person of the app."""
    return PersonRequest(id=request, tenant=TENANT, kind="export", asked_us=1, changed_us=2, state="done", file=file)
