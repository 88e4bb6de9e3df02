"""What validation says: findings about one item, the verdict on it, the refusal of a whole request.

Wrong data is a value, so all three are plain immutable values and nothing here raises. They are msgspec structs, not
dataclasses: one verdict is made for every event, and a frozen dataclass costs ten times as much to make.
"""

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

MAX_ID_BYTES = 2_048  # of an identifier that rows are looked up by; no browser or server takes longer URLs either
MAX_SENSOR_BYTES = 2_048  # it is stored with each message
MAX_ITEM_BYTES = 262_144  # 256 KiB
MAX_FINDINGS = 5  # of an item; if there are more, one finding with the code "more" says so
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

# Sources of rules, in words that a reader can look up: a section of the standard, an RFC, one of TimeBack's documents
# (see `rules.timeback`), or one of these two.
STANDARD = "Caliper 1.1 and 1.2"
SERVICE = "this service"  # its own limits, which the description of the API lists

type Severity = Literal["error", "warning"]
type ItemKind = Literal["event", "entity", "unknown"]


class Finding(Struct, frozen=True, gc=False):
    """One departure from a rule: where it is (JSON pointer into the item, RFC 6901), what is wrong, and whose rule.

    The pointer of a missing property names the place where it belongs.
    """

    severity: Severity
    code: str
    pointer: str
    message: str
    source: str
    tolerated: bool = False  # stays a warning for a strict app too

    def as_dict(self) -> dict[str, str]:
        return {
            "severity": self.severity,
            "code": self.code,
            "pointer": self.pointer,
            "message": self.message,
            "source": self.source,
        }


class Verdict(Struct, frozen=True, gc=False):
    """The result for one item. `id` is the item's own, or the one derived for a 1.0 event, which has none."""

    kind: ItemKind
    accepted: bool
    id: str | None
    findings: tuple[Finding, ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == "warning")


class FindingCollector:
    """Collects an item's findings, MAX_FINDINGS of each severity, so that warnings never crowd out errors.

    `full` says that at least one finding had no room. `in_doubt` says that the numbers may not be able to use all of an
    event; `latest` is the last second that it may tell of (functions.core.numbers.screening).
    """

    __slots__ = ("_errors", "_warnings", "full", "in_doubt", "latest")

    def __init__(self, latest: str = "") -> None:
        self._errors: list[Finding] = []
        self._warnings: list[Finding] = []
        self.full = False
        self.in_doubt = False
        self.latest = latest

    @property
    def rejects(self) -> bool:
        return bool(self._errors)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Errors first."""
        return (*self._errors, *self._warnings)

    def warn(self, code: str, pointer: str, message: str, source: str = STANDARD) -> None:
        self.report("warning", code, pointer, message, source)

    def reject(self, code: str, pointer: str, message: str, source: str = STANDARD) -> None:
        self.report("error", code, pointer, message, source)

    def report(self, severity: Severity, code: str, pointer: str, message: str, source: str) -> None:
        collected = self._warnings if severity == "warning" else self._errors
        if len(collected) >= MAX_FINDINGS:
            self.full = True
        else:
            if len(pointer) > _POINTER_CHARS:
                pointer = bounded_pointer(pointer)
            collected.append(Finding(severity, code, pointer, message, source))

    def add(self, finding: Finding) -> None:
        collected = self._warnings if finding.severity == "warning" else self._errors
        if len(collected) >= MAX_FINDINGS:
            self.full = True
        else:
            collected.append(finding)

    def add_first(self, warnings: Iterable[Finding]) -> None:
        """Add warnings that must be told before all others, even if there is no room for those then."""
        self._warnings[:0] = warnings
        self.full = self.full or len(self._warnings) > MAX_FINDINGS
        del self._warnings[MAX_FINDINGS:]

    def verdict(self, kind: ItemKind, identifier: str | None) -> Verdict:
        """The verdict that follows from the findings."""
        if not self._warnings and not self._errors:
            return Verdict(kind, True, identifier)  # noqa: FBT003 -- a keyword costs as much as the whole verdict
        findings = self.findings
        if len(findings) > MAX_FINDINGS or self.full:
            message = f"There are more findings; these are the first {MAX_FINDINGS}."
            findings = (*findings[:MAX_FINDINGS], Finding("warning", "more", "", message, SERVICE))
        return Verdict(kind, not self._errors, identifier, findings)


class Refusal(Struct, frozen=True):
    """A request that is refused as a whole: nothing of it is stored. `status` is the HTTP status of the answer."""

    status: int
    code: str
    message: str
    pointer: str = ""


def clip(term: str) -> str:
    """A term of the vocabulary as a message may show it: printable, quoted, short.

    Messages show only types, actions and other terms. They describe a value that may name a learner by its JSON type.
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
    """The pointer, or its longest ancestor within the limit, so that it still resolves."""
    if len(pointer) <= _POINTER_CHARS:
        return pointer
    return pointer[: pointer.rfind("/", 0, _POINTER_CHARS + 1)]


def json_type(value: object) -> str:
    """The name of the value's JSON type, for messages."""
    return "an empty string" if value == "" else _JSON_TYPES.get(type(value), "an object")
