"""Validates all items of an envelope: the verdict on each, and what strictness makes of it."""

from collections.abc import Iterator, Sequence

import msgspec

from functions.core.apps import App
from functions.core.caliper.findings import SERVICE, Finding, FindingCollector, Verdict
from functions.core.caliper.validator.header_validator import HeaderValidators
from functions.core.caliper.validator.item import HEADER_VALIDATORS, verdict_on
from functions.core.numbers.screening import Arrival
from functions.core.privacy.door import names_given

DIAGNOSED = 100  # rejected items of a request that get all their findings


class ValidationResults(msgspec.Struct, gc=False):
    """Every item's id in order, and the verdicts, by index, on all that are not clean events. Most are clean events."""

    ids: list[str | None]
    flagged: dict[int, Verdict]

    def __iter__(self) -> Iterator[Verdict]:
        """The verdict on each item."""
        for index, identifier in enumerate(self.ids):
            yield self.flagged.get(index) or Verdict("event", accepted=True, id=identifier)


def validate_item(
    raw: bytes, *, data_version: str, app: App, strict: bool | None = None, arrival: Arrival | None = None
) -> Verdict:
    """The verdict on the exact bytes of one element of `data[]`. Never raises, whatever the bytes.

    `data_version` is the envelope's; the item's own `@context` takes precedence. `strict` overrides the app's wish
    that warnings reject. `arrival` adds what the numbers cannot use of an event that arrives then. The same bytes under
    the same app, at the same time, get the same verdict, in whatever order they come.
    """
    (verdict,) = validate_items([raw], data_version=data_version, app=app, strict=strict, arrival=arrival)
    return verdict


def validate_items(
    raws: Sequence[bytes],
    *,
    data_version: str,
    app: App,
    strict: bool | None = None,
    arrival: Arrival | None = None,
    rejected: int = 0,
    validators: HeaderValidators = HEADER_VALIDATORS,
) -> ValidationResults:
    """The verdict of `validate_item` on each of an envelope's items.

    `rejected`: how many items of the same request were rejected before. Only the first DIAGNOSED get all their
    findings, so that a request of nothing but rubbish costs little more than a good one. `validators` apply a table of
    house rules, by default the service's own.
    """
    results = ValidationResults([], {})
    latest = "" if arrival is None else arrival.latest
    collector = FindingCollector(latest)  # nearly all events leave it empty, so one serves for many
    for index, raw in enumerate(raws):
        brief = rejected >= DIAGNOSED
        verdict = verdict_on(raw, data_version, app, validators, collector, arrival=arrival, brief=brief)
        results.ids.append(verdict.id)
        if verdict.findings or verdict.kind != "event":
            results.flagged[index] = verdict
            rejected += not verdict.accepted
            collector = FindingCollector(latest)
        elif collector.in_doubt:
            collector = FindingCollector(latest)
    if app.keeping.pseudonymous:
        _reject_names(results, raws)
    if app.strict if strict is None else strict:
        results.flagged = {index: _as_strict(verdict) for index, verdict in results.flagged.items()}
    return results


def _reject_names(results: ValidationResults, raws: Sequence[bytes]) -> None:
    """Reject what gives a person's name: nothing is rewritten, because the sender is to stop sending it."""
    for index, raw in enumerate(raws):
        members = names_given(raw)
        if not members:
            continue
        before = results.flagged.get(index) or Verdict("event", accepted=True, id=results.ids[index])
        named = ", ".join(members)
        message = f"The item gives {named} of a person, and this app is registered as pseudonymous: leave it out."
        finding = Finding("error", "names-a-person", "", message, SERVICE)
        results.flagged[index] = Verdict(
            before.kind, accepted=False, id=before.id, findings=(finding, *before.findings)
        )


def _as_strict(verdict: Verdict) -> Verdict:
    if all(finding.tolerated for finding in verdict.findings):
        return verdict
    findings = tuple(
        finding if finding.tolerated else msgspec.structs.replace(finding, severity="error")
        for finding in verdict.findings
    )
    return Verdict(verdict.kind, accepted=False, id=verdict.id, findings=findings)
