"""The judged items of one file, and how many came to what."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from functions.client.validating.judgement import Judged

OUTCOMES = ("clean", "warnings", "rejected", "refused")


@dataclass(frozen=True, slots=True)
class FileReport:
    """One file with every item that was judged in it."""

    name: str
    judged: Sequence[Judged]

    @property
    def counts(self) -> Counter[str]:
        return Counter(item.outcome for item in self.judged)

    @property
    def accepted(self) -> bool:
        """Whether the service would store all of it."""
        return not (self.counts["rejected"] or self.counts["refused"])


def summary_line(report: FileReport) -> str:
    """The counts in words."""
    counts = report.counts
    items = sum(counts.values()) - counts["refused"]
    if counts["refused"] and not items:
        return f"{report.name}: refused"
    parts = [f"{counts['clean'] + counts['warnings']} of {items} accepted"]
    parts += [f"{counts[name]} {word}" for name, word in _WORDS if counts[name]]
    return f"{report.name}: {', '.join(parts)}"


_WORDS = (("warnings", "with warnings"), ("rejected", "rejected"), ("refused", "documents refused"))
