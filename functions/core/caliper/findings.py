"""What judging says: findings about one item, the verdict on it, the refusal of a whole request.

Wrong data is a value, so all three are plain immutable values; nothing here raises. They are msgspec structs, not
dataclasses: one verdict is made for every event, and a frozen dataclass costs ten times as much to make.
"""

from typing import Literal

from msgspec import Struct

MAX_ID_CHARS = 2_048  # of an identifier that rows are found by; no browser or server takes longer URLs either
MAX_SENSOR_CHARS = 2_048  # it is kept beside each event
MAX_ITEM_BYTES = 262_144  # 256 KiB
MAX_FINDINGS = 5  # an item; what lies beyond is told by one finding with the code "more"
_TERM_CHARS = 60
_POINTER_CHARS = 300
_JSON_TYPES = {
    type(None): "null",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "an array",
}

# Whose rule a finding tells of, in words that its reader can look up: a section of the standard, an RFC, a document of
# TimeBack's (`timeback`), or
STANDARD = "Caliper 1.1 and 1.2"
SERVICE = "this service"  # its limits, in the description of the API

Severity = Literal["error", "warning"]
Kind = Literal["event", "entity", "unknown"]


class Finding(Struct, frozen=True, gc=False):
    """One departure: where (JSON pointer, RFC 6901, into the item), what was found and expected, whose rule.

    The pointer of a missing property names the place where it should stand.
    """

    severity: Severity
    code: str
    pointer: str
    message: str
    source: str

    def as_dict(self) -> dict[str, str]:
        return {
            "severity": self.severity,
            "code": self.code,
            "pointer": self.pointer,
            "message": self.message,
            "source": self.source,
        }


class Verdict(Struct, frozen=True, gc=False):
    """The judgement of one item. `id` is the item's own, or the one derived for a 1.0 event, which has none."""

    kind: Kind
    accepted: bool
    id: str | None
    findings: tuple[Finding, ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == "warning")


class Notes:
    """Findings on one item as they are made, bounded: errors are never crowded out by warnings."""

    __slots__ = ("_errors", "_warnings", "full")

    def __init__(self) -> None:
        self._errors: list[Finding] = []
        self._warnings: list[Finding] = []
        self.full = False

    @property
    def rejecting(self) -> bool:
        return bool(self._errors)

    @property
    def found(self) -> tuple[Finding, ...]:
        """Errors first, at most MAX_FINDINGS of each."""
        return (*self._errors, *self._warnings)

    def note(
        self, code: str, pointer: str, message: str, source: str = STANDARD, severity: Severity = "warning"
    ) -> None:
        to = self._warnings if severity == "warning" else self._errors
        if len(to) >= MAX_FINDINGS:
            self.full = True
        else:
            if len(pointer) > _POINTER_CHARS:
                pointer = bounded_pointer(pointer)
            to.append(Finding(severity, code, pointer, message, source))

    def reject(self, code: str, pointer: str, message: str, source: str = STANDARD) -> None:
        self.note(code, pointer, message, source, "error")

    def add(self, finding: Finding) -> None:
        to = self._warnings if finding.severity == "warning" else self._errors
        if len(to) >= MAX_FINDINGS:
            self.full = True
        else:
            to.append(finding)

    def verdict(self, kind: Kind, identifier: str | None) -> Verdict:
        """The verdict these findings come to."""
        found = self.found
        if len(found) > MAX_FINDINGS or self.full:
            message = f"There are more findings; the first {MAX_FINDINGS} are told."
            more = Finding("warning", "more", "", message, SERVICE)
            found = (*found[:MAX_FINDINGS], more)
        return Verdict(kind, not self._errors, identifier, found)


class Refusal(Struct, frozen=True):
    """A request refused as a whole: nothing of it is stored. `status` is the HTTP status to answer with."""

    status: int
    code: str
    message: str
    pointer: str = ""


def clip(term: str) -> str:
    """A term of the vocabulary as a message may show it: printable, quoted, short.

    Only types, actions and the like are shown; a value that may name a learner is described by its JSON type.
    """
    short = term if len(term) <= _TERM_CHARS else term[: _TERM_CHARS - 1] + "…"
    if short.isprintable():
        return f'"{short}"'
    return '"' + "".join(char if char.isprintable() else "?" for char in short) + '"'


def step(key: str | int) -> str:
    """One reference token of a JSON pointer, with its slash (RFC 6901 §3)."""
    if isinstance(key, int):
        return f"/{key}"
    if "~" in key or "/" in key:
        key = key.replace("~", "~0").replace("/", "~1")
    return "/" + key


def bounded_pointer(pointer: str) -> str:
    """The pointer, or its longest ancestor within the bound, so that it still resolves."""
    if len(pointer) <= _POINTER_CHARS:
        return pointer
    return pointer[: pointer.rfind("/", 0, _POINTER_CHARS)]


def json_type(value: object) -> str:
    """What JSON calls the value, for messages."""
    return "an empty string" if value == "" else _JSON_TYPES.get(type(value), "an object")
