"""The verdicts on all items of an envelope: certificates where they are given, the judgement at length where not."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from functions.core.apps import App
from functions.core.caliper.findings import Finding, Verdict
from functions.core.caliper.validator.item import judge_at_length

DIAGNOSED = 100  # rejected items of a request


class ValidationResults(Struct, gc=False):
    """Every item's id in order, and the verdicts, by index, on all that are not clean events. Most are."""

    ids: list[str | None]
    flagged: dict[int, Verdict]

    def __iter__(self) -> Iterator[Verdict]:
        """The verdict on each item."""
        for index, identifier in enumerate(self.ids):
            yield self.flagged.get(index) or Verdict("event", accepted=True, id=identifier)


def validate_item(raw: bytes, *, data_version: str, app: App, strict: bool | None = None) -> Verdict:
    """The verdict on the exact bytes of one element of `data[]`. Never raises, whatever the bytes.

    `data_version` is the envelope's; the item's own `@context` outranks it. `strict` overrides the app's wish that
    warnings reject. The same bytes under the same app get the same verdict, in whatever order they come.
    """
    (verdict,) = validate_items([raw], data_version=data_version, app=app, strict=strict)
    return verdict


def validate_items(
    raws: Sequence[bytes], *, data_version: str, app: App, strict: bool | None = None, rejected: int = 0
) -> ValidationResults:
    """What `validate_item` says of each of an envelope's items, cheaper.

    `rejected`: how many of the same request were rejected before. Only the first DIAGNOSED are told all their errors,
    so that a request of nothing but rubbish costs little more than a good one.
    """
    results = ValidationResults([], {})
    for index, raw in enumerate(raws):
        verdict = judge_at_length(raw, data_version, app, brief=rejected >= DIAGNOSED)
        rejected += not verdict.accepted
        results.ids.append(verdict.id)
        if verdict.findings or verdict.kind != "event":
            results.flagged[index] = verdict
    if app.strict if strict is None else strict:
        results.flagged = {index: _made_strict(verdict) for index, verdict in results.flagged.items()}
    return results


def _made_strict(verdict: Verdict) -> Verdict:
    if not verdict.findings:
        return verdict
    findings = tuple(
        Finding("error", finding.code, finding.pointer, finding.message, finding.source) for finding in verdict.findings
    )
    return Verdict(verdict.kind, accepted=False, id=verdict.id, findings=findings)
