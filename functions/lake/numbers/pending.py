"""Whose numbers are to be made anew: learners and days, kept as small objects beside the tables until it is done.

Written before the messages of a round are deleted, removed after the numbers are committed: whatever dies between, the
numbers are made, perhaps twice, which changes nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from functions.core.ids import digest
from functions.lake.archive_line import ArchiveLine
from functions.lake.iceberg.object_store import ObjectStore

FOLDER = "pending"

type Whose = tuple[str, str]  # app and learner


@dataclass(slots=True)
class Touched:
    """Days on which facts of learners arrived, and the sessions that they name."""

    days: dict[Whose, set[str]] = field(default_factory=lambda: defaultdict(set))
    sessions: dict[Whose, set[str]] = field(default_factory=lambda: defaultdict(set))
    ownerless: dict[str, set[tuple[str, str]]] = field(default_factory=lambda: defaultdict(set))  # app → session, day

    def add(self, lines: Iterable[ArchiveLine], conflicts: Mapping[tuple[str, str], set[str]]) -> None:
        """Take note of the facts among some lines. One without a possible day counts nowhere.

        If an id has other contents on other days (`conflicts`), those days change too: another one may count now.
        """
        for line in lines:
            if line.kind not in ("event", "heartbeat") or line.day is None:
                continue
            session = line.parsed.get("sessionId") if line.kind == "heartbeat" else line.attribution.session
            if line.learner is not None:
                self.days[line.app, line.learner].add(line.day)
                if line.kind == "event":
                    self.days[line.app, line.learner] |= conflicts.get((line.tenant, line.attribution.id), set())
                if isinstance(session, str):
                    self.sessions[line.app, line.learner].add(session)
            elif isinstance(session, str):
                self.ownerless[line.app].add((session, line.day))

    def dumped(self) -> bytes:
        """As JSON, the same for the same content."""
        return orjson.dumps(
            {
                "learners": [
                    [*whose, sorted(days), sorted(self.sessions.get(whose, ()))]
                    for whose, days in sorted(self.days.items())
                ],
                "ownerless": [[app, sorted(learners)] for app, learners in sorted(self.ownerless.items())],
            }
        )

    def merge(self, dumped: bytes) -> None:
        """Add what `dumped` gave."""
        said = orjson.loads(dumped)
        for app, learner, days, sessions in said["learners"]:
            self.days[app, learner].update(days)
            self.sessions[app, learner].update(sessions)
        for app, learners in said["ownerless"]:
            self.ownerless[app].update((session, day) for session, day in learners)


class Pending:
    """The objects that say what is to be done."""

    def __init__(self, store: ObjectStore, warehouse: str) -> None:
        self._store = store
        self._folder = f"{warehouse}/{FOLDER}/"

    def note(self, lines: Sequence[ArchiveLine], conflicts: Mapping[tuple[str, str], set[str]]) -> None:
        """Say whose numbers some lines touch. The same lines again are the same object."""
        touched = Touched()
        touched.add(lines, conflicts)
        self.put(touched)

    def put(self, touched: Touched) -> None:
        """Say what was touched, if anything was."""
        if touched.days or touched.ownerless:
            body = touched.dumped()
            name = digest(body.decode())
            self._store.put(f"{self._folder}{name}.json", body)

    def listed(self) -> Iterator[tuple[str, bytes]]:
        """What is to be done, object by object."""
        for location, _ in list(self._store.listed(self._folder)):
            yield location, self._store.get(location)

    def done(self, locations: Iterable[str]) -> None:
        """Forget objects: the numbers that they ask for are committed."""
        for location in locations:
            self._store.delete(location)
