"""What a smoke check found: a line each, with no secret in it, and a count of all."""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

type Status = Literal["ok", "FAIL", "skipped"]

_HIDDEN = "(secret)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at: what it should be and what it is, or why it was not looked at."""

    status: Status
    what: str
    expected: str
    got: str


def compared(what: str, expected: object, got: object, *, holds: bool | None = None) -> Finding:
    """`ok` if `got` is what was expected, or if the caller found that it `holds`."""
    right = got == expected if holds is None else holds
    return Finding(status="ok" if right else "FAIL", what=what, expected=str(expected), got=str(got))


def skipped(what: str, expected: object, reason: str) -> Finding:
    return Finding(status="skipped", what=what, expected=str(expected), got=reason)


class Report:
    """Prints findings as they come. What it was told to conceal is in no line, whatever brought it there."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._concealed: set[str] = set()
        self.counts: Counter[Status] = Counter()
        self.findings: list[Finding] = []

    def conceal(self, *secrets: str) -> None:
        self._concealed.update(filter(None, secrets))

    def add(self, finding: Finding) -> None:
        self.counts[finding.status] += 1
        self.findings.append(finding)
        cells = (f"{finding.status:<7}", f"{finding.what:<46}", f"{finding.expected:<34}", finding.got)
        self._write(self.redacted("  ".join(cells).rstrip()))

    @property
    def passed(self) -> bool:
        return not self.counts["FAIL"]

    def as_dict(self) -> dict[str, Any]:
        """Every finding, without what is concealed."""
        findings = [{name: self.redacted(text) for name, text in asdict(finding).items()} for finding in self.findings]
        return {"passed": self.passed, "findings": findings}

    def redacted(self, text: str) -> str:
        """`text` on one line, without what is concealed. Longest first: one secret may contain another."""
        for secret in sorted(self._concealed, key=len, reverse=True):
            text = text.replace(secret, _HIDDEN)
        return " ".join(text.splitlines())
