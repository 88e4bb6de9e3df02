"""A request about a person, in as many runs as it takes: each run does what it has time for and says what is next."""

import io
from collections import Counter
from collections.abc import Callable, Sequence
from copy import replace

import msgspec
from msgspec import Struct

from functions.core.apps import App
from functions.core.times import format_time
from functions.privacy.erase import SETTLED_US, begin, code_of, counting, walk_once, with_learned
from functions.privacy.errors import PrivacyError
from functions.privacy.office import Office, in_order, publish, write_receipt
from functions.privacy.person import Person, find_person, with_every_id
from functions.privacy.timed_versions import Paused, TimedVersions
from functions.store.erasure.exports import Exports
from functions.store.erasure.requests import PersonRequest, State, request_row
from functions.store.erasure.versions import FIRST_DAY, LAST_DAY
from functions.store.erasure.work import Work, WorkQueue

SETTLED_S = SETTLED_US // 1_000_000
UNKNOWN = "No learner of this address is stored: name the learner's IRI."
TOO_LARGE = "The archive is too large for one run of the function: an operator's `make export-person` reads all of it."


class Desk(Struct, frozen=True, kw_only=True):
    """What the function works with. `app` gives a registered app by its tenant, `apps` all, removed ones too."""

    office: Office
    queue: WorkQueue
    exports: Exports
    app: Callable[[str], App | None]
    apps: Callable[[], Sequence[App]]


def work_on(work: Work, desk: Desk, *, time_left: Callable[[], bool]) -> State:
    """Do what there is time for; the rest is put into the queue. The same again comes to the same end."""
    try:
        person, work = _person_of(work, desk)
        if work.kind == "export":
            return _export(work, person, desk, time_left)
        return _walk(work, person, desk, time_left)
    except PrivacyError as refusal:
        return _note(work, desk, "refused", reason=str(refusal))


def _person_of(work: Work, desk: Desk) -> tuple[Person, Work]:
    """Whom a request means. Raises PrivacyError if that is no one, or if an erasure is not confirmed."""
    app = desk.app(work.tenant) or App(app_id=work.app, tenant=work.tenant)
    if work.learners:
        return Person(app=app, learners=tuple(work.learners), addresses=tuple(work.addresses)), work
    doors = desk.office.doors
    person = with_every_id(find_person(doors.table, app, work.learner), doors.table, doors.registry)
    if not person.learners:
        raise PrivacyError(UNKNOWN)
    if work.kind == "erase" and work.code != code_of([person]):
        raise PrivacyError("The code is not that of this erasure: ask without a code, and send the one of the answer.")
    known = {"learners": person.learners, "addresses": person.addresses, "before_us": desk.office.clock()}
    return person, msgspec.structs.replace(work, **known)


def _walk(work: Work, person: Person, desk: Desk, time_left: Callable[[], bool]) -> State:
    doors = replace(
        desk.office.doors, versions=TimedVersions(desk.office.doors.versions, time_left, work.after or FIRST_DAY)
    )
    office, days = replace(desk.office, doors=doors), (work.after or FIRST_DAY, LAST_DAY)
    if work.kind == "count":
        record, erasing = None, counting(person, doors, before_us=work.before_us, days=days)
        erasing.note_describes(work.describes)
    else:
        record, erasing = begin(person, office, request=work.request, before_us=work.before_us, days=days)
    erasing.in_courses.update(work.in_courses)
    counts = Counter(work.counts)
    try:
        again = walk_once(erasing, counts) or work.learned
    except Paused as paused:
        known = {
            "learned": work.learned or bool(erasing.learned),
            "addresses": [*work.addresses, *erasing.learned],
            "describes": erasing.noted_describes() if record is None else (),
            "in_courses": sorted(erasing.in_courses),
        }
        return _later(msgspec.structs.replace(work, after=paused.after, counts=dict(counts), **known), desk)
    addresses = [*work.addresses, *erasing.learned]
    anew = msgspec.structs.replace(
        work,
        after="",
        learned=False,
        addresses=addresses,
        describes=(),
        in_courses=sorted(erasing.in_courses),
        counts=dict(counts),
    )
    if again:  # what was counted is counted anew; what was erased is not there any more
        return _later(msgspec.structs.replace(anew, counts={} if record is None else dict(counts)), desk)
    if record is None:
        return _note(work, desk, "done", counts=counts, code=code_of([person]))
    if work.walk == 1:
        publish(record, office)
        return _later(msgspec.structs.replace(anew, walk=2), desk, delay_s=SETTLED_S)
    write_receipt(with_learned(record, erasing), counts, office, finished_at=format_time(office.clock()))
    return _note(work, desk, "done", counts=counts)


def _export(work: Work, person: Person, desk: Desk, time_left: Callable[[], bool]) -> State:
    from functions.privacy.person_export import export_person  # an erasure does without its folds

    doors = replace(desk.office.doors, versions=TimedVersions(desk.office.doors.versions, time_left, FIRST_DAY))
    file = io.BytesIO()
    try:
        exported = export_person([person], doors, file, now_us=desk.office.clock())
    except Paused:
        raise PrivacyError(TOO_LARGE) from None
    key = desk.exports.put(work.request, file.getvalue())
    return _note(work, desk, "done", counts=exported.files, file=key)


def _later(work: Work, desk: Desk, *, delay_s: int = 0) -> State:
    state = _note(work, desk, "running", counts=Counter(work.counts))
    desk.queue.send(work, delay_s=delay_s)  # last: the next run may be done before this one goes on
    return state


def _note(work: Work, desk: Desk, state: State, *, counts: Counter[str] | None = None, **rest: str) -> State:
    assert work.kind != "expire"
    request = PersonRequest(
        id=work.request,
        tenant=work.tenant,
        kind=work.kind,
        asked_us=work.asked_us,
        state=state,
        changed_us=desk.office.clock(),
        counts=in_order(counts or {}),
        **rest,
    )
    desk.office.doors.table.put_all([request_row(request)])
    return state
