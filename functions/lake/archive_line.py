"""One line of the archive as the tables of the lake read it: what was sent, and what it says.

The first stop of an event in the lake. Every column of `events`, `raw`, `people`, `copies` and `rejections` is read off
one of these; so a row depends on its line and the stack's secret alone.
"""

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

from functions.core.caliper.terms import term, text
from functions.core.identity import identity, is_anonymous, written_id
from functions.core.ids import content_digest, digest
from functions.core.privacy.pseudonym import Pseudonyms, spellings
from functions.core.timeline.attribution import Attribution, attribute
from functions.core.times import day_of, iso_day, parse_time

EARLIEST_DAY = "20000101"  # what is dated before is an unset clock
LATEST_DAY = "20991231"  # and after this a broken one; both must not make thousands of partitions
NO_PERSON = frozenset({"SoftwareApplication", "Organization", "CourseOffering", "CourseSection", "Group"})


@dataclass(frozen=True)
class ArchiveLine:
    """A line. `kind` is event, entity, heartbeat or rejection; `raw` are the bytes that were sent."""

    archive_key: str
    kind: str
    app: str
    tenant: str
    job: str
    received_us: int
    sensor: str
    data_version: str
    send_time: str
    auto_attach: bool
    system: bool
    edapps: Sequence[str] | None
    findings: Sequence[Mapping[str, Any]]
    raw: bytes
    pseudonyms: Pseudonyms
    credential: str = ""
    sent_content: str = ""  # the digest of what was sent, where the bytes are no longer that (functions.core.privacy)

    @cached_property
    def parsed(self) -> Mapping[str, Any]:
        """The item; empty if it is no JSON object, as a rejected one may be."""
        try:
            parsed = orjson.loads(self.raw)
        except orjson.JSONDecodeError:
            return {}
        return parsed if isinstance(parsed, dict) else {}

    @cached_property
    def attribution(self) -> Attribution:
        """Whose it is, by the product's own rules."""
        return attribute(
            self.parsed,
            auto_attach=self.auto_attach,
            received_us=self.received_us,
            sent_us=parse_time(self.send_time),
        )

    @cached_property
    def content(self) -> str:
        """The digest of its content; of its bytes if they are no JSON object."""
        if self.sent_content:
            return self.sent_content
        if self.parsed:
            return content_digest(self.parsed)
        return digest(base64.b64encode(self.raw).decode())

    @cached_property
    def learner(self) -> str | None:
        """The learner; a heartbeat names it outright."""
        if self.kind == "heartbeat":
            learner = self.parsed.get("learner")
            return learner if isinstance(learner, str) else None
        return None if self.kind == "rejection" else self.attribution.learner

    @cached_property
    def actor(self) -> str | None:
        """The actor's id."""
        return written_id(self.parsed.get("actor"))

    @property
    def learner_key(self) -> str | None:
        """The learner's pseudonym."""
        return None if self.learner is None else self.pseudonyms.of(self.tenant, self.learner)

    @property
    def actor_key(self) -> str | None:
        """The actor's pseudonym."""
        return None if self.actor is None else self.pseudonyms.of(self.tenant, self.actor)

    @cached_property
    def time_us(self) -> int:
        """When it happened; when it was received if it does not say."""
        if self.kind == "event":
            return self.attribution.time_us
        stated = parse_time(self.parsed.get("eventTime"))
        return self.received_us if stated is None else stated

    @cached_property
    def day(self) -> str | None:
        """The UTC day as `2026-01-27` that it lies in. None for an impossible time.

        It depends on the content alone (a rejection's on its arrival), so every copy lies in the same partition.
        """
        if self.kind in ("rejection", "entity"):
            return iso_day(day_of(self.received_us)) if self.kind == "rejection" else possible_day(self._described_us)
        return possible_day(self.time_us)

    @property
    def _described_us(self) -> int | None:
        for name in ("dateModified", "dateCreated"):
            us = parse_time(self.parsed.get(name))
            if us is not None:
                return us
        return None

    @cached_property
    def _personal(self) -> frozenset[str]:
        """The learner and the actor, if that is a person, as other ids may hold them."""
        acts = self.actor is not None and not is_anonymous(self.actor) and not self._acts_as_software
        return spellings(self.learner, self.actor if acts else None)

    @property
    def _acts_as_software(self) -> bool:
        actor = self.parsed.get("actor")
        kind_of = term(text(actor, "type")) if isinstance(actor, dict) else ""
        return kind_of in NO_PERSON or self.actor == self.attribution.edapp

    def shielded(self, identifier: str | None, *, person: bool = False) -> str | None:
        """An id as the tables may show it: the pseudonym if it names a person or holds the id of one."""
        if not identifier:
            return None
        if person:
            return self.pseudonyms.of(self.tenant, identifier)
        return self.pseudonyms.shielded(self.tenant, identifier, self._personal)

    def entity_id(self, node: object) -> str | None:
        """The id of an entity as the tables may show it."""
        return self.shielded(identity(node), person=is_person(node))


def possible_day(us: int | None) -> str | None:
    """The UTC day of an instant as `2026-01-27`; None before 2000 and after 2099."""
    if us is None:
        return None
    day = day_of(us)
    return iso_day(day) if EARLIEST_DAY <= day <= LATEST_DAY else None


def is_person(node: object) -> bool:
    """Whether an entity describes a person, or a membership of one."""
    return isinstance(node, dict) and term(text(node, "type")) in {"Person", "TimebackUser", "Membership"}


def archive_lines(archive_key: str, ndjson: Iterable[bytes], pseudonyms: Pseudonyms) -> Iterator[ArchiveLine]:
    """The lines of one object of the archive, except those of which an erasure left the place alone."""
    for line in ndjson:
        said = orjson.loads(line)
        if said["kind"] == "erased":
            continue
        received_us = parse_time(said["received"])
        if received_us is None:
            raise ValueError(f"{archive_key}: received is not a time: {said['received']!r}")
        yield ArchiveLine(
            archive_key=archive_key,
            kind=said["kind"],
            app=said["app"],
            tenant=said["tenant"],
            job=said["job"],
            received_us=received_us,
            sensor=said["sensor"],
            data_version=said["dataVersion"],
            send_time=said.get("sendTime", ""),  # earlier lines have neither it nor `edApps`
            auto_attach=said["autoAttach"],
            system=said["system"],
            edapps=said.get("edApps"),
            findings=said["findings"] or (),
            raw=base64.b64decode(said["raw64"]) if "raw64" in said else said["raw"].encode(),
            pseudonyms=pseudonyms,
            credential=said.get("credential", ""),
            sent_content=said.get("content", ""),
        )
