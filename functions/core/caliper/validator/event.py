"""Validates one parsed event: its header, id and time, each of its properties, and the app that it speaks for."""

from typing import Any

from functions.core.apps import App
from functions.core.caliper.findings import FindingCollector, Verdict, json_type, step
from functions.core.caliper.terms import derived_event_id
from functions.core.caliper.validator import common_findings
from functions.core.caliper.validator.edapp import check_actor, check_edapp, check_identifier
from functions.core.caliper.validator.header_validator import EventChecks, HeaderValidators
from functions.core.caliper.values import match_event_id, match_usual_time
from functions.core.numbers.screening import Arrival, is_plain

_DEPRECATED = {"@id": "id", "@type": "type", "navigatedFrom": "referrer"}


def event_verdict(
    event: dict[str, Any],
    data_version: str,
    app: App,
    validators: HeaderValidators,
    collector: FindingCollector,
    *,
    arrival: Arrival | None,
    brief: bool,
) -> Verdict:
    """The verdict on an event, added to the findings on its text; `brief` stops at the first rejecting property."""
    named = event.get("type")
    if named is None:
        named = event.get("@type")  # 1.0
    validator = validators.for_header(
        (
            data_version,
            app.house == "timeback",
            event.get("@context"),
            named,
            event.get("action"),
            event.get("profile"),
        )
    )
    for finding in validator.findings:
        collector.add(finding)
    identifier = event.get("id")
    if type(identifier) is not str or not match_event_id(identifier):
        identifier = _check_id(event, validator.needs_id, collector)
    time: Any = event.get("eventTime")
    if type(time) is not str or not match_usual_time(time):
        collector.in_doubt = True
        _check_time(time, collector)
    if brief and collector.rejects:
        return collector.verdict("event", identifier)
    checks = validator.checks
    by_property = checks.by_property
    for name, value in event.items():
        try:
            check = by_property[name]
        except KeyError:
            if checks.source is not None and not collector.full:
                _unknown_property(name, checks, collector)
            continue
        if check is not None:
            check(value, collector)
            if brief and collector.rejects:
                return collector.verdict("event", identifier)
    _check_whole(event, identifier, checks, app, collector)
    if arrival is not None and (collector.in_doubt or time >= arrival.latest):
        _check_numbers(event, validator.event_type, arrival, collector)
    return collector.verdict("event", identifier)


def _check_whole(
    event: dict[str, Any], identifier: str | None, checks: EventChecks, app: App, collector: FindingCollector
) -> None:
    """Check the properties that are absent, id, edApp and actor, and properties against each other."""
    for name, absent in checks.absent:
        if name not in event:
            for finding in absent:
                collector.add(finding)
    check_identifier(identifier, collector)
    if "edApp" in event:
        check_edapp(event["edApp"], app, collector)
    check_actor(event.get("actor"), collector)
    if checks.joint is not None:
        checks.joint(event.get("object"), event.get("generated"), collector)


def _check_numbers(event: dict[str, Any], event_type: str, arrival: Arrival, collector: FindingCollector) -> None:
    """Warn first of values that the numbers cannot use: they change what the event counts for."""
    if not is_plain(event, event_type, arrival.latest):
        from functions.core.numbers.findings import number_findings  # most requests do without

        collector.add_first(number_findings(event, received_us=arrival.received_us, sent_us=arrival.sent_us))


def _unknown_property(name: str, checks: EventChecks, collector: FindingCollector) -> None:
    if name in _DEPRECATED:
        message = f"{name} is deprecated since 1.1; send {_DEPRECATED[name]}."
        collector.warn("deprecated", step(name), message, "Caliper 1.1 Appendix")
    elif not checks.foreign:
        message = "An event has no such property; put your own into extensions."
        collector.warn("unknown-property", step(name), message, checks.source or "")


def _check_id(event: dict[str, Any], needs_id: bool, collector: FindingCollector) -> str | None:
    value = event.get("id")
    if value is None:
        value = event.get("@id")  # 1.0
    if isinstance(value, str) and value.strip():
        finding = common_findings.on_event_id(value) if needs_id else None
        if finding is not None:
            collector.add(finding)
        return value
    if value is None and not needs_id:
        return derived_event_id(event)
    fault = "is missing" if "id" not in event else f"is {json_type(value)}"
    message = f"id {fault}; an event needs it as a string, urn:uuid:<UUID>."
    collector.reject("required", "/id", message, common_findings.EVENT)
    return None


def _check_time(value: object, collector: FindingCollector) -> None:
    if isinstance(value, str):
        finding = common_findings.on_event_time(value)
        if finding is not None:
            collector.add(finding)
        return
    code, fault = ("required", "is missing or null") if value is None else ("json-type", f"is {json_type(value)}")
    message = f"eventTime {fault}; an event needs it as 2026-01-27T10:03:00.000Z."
    collector.reject(code, "/eventTime", message, common_findings.EVENT)
