"""The defaults of the value classes of the core are of the types that their fields are said to have."""

import pytest

from functions.core import apps, jobs, message_format, messages
from functions.core.caliper import findings, validated_request
from functions.core.caliper.envelope import envelope, parts
from functions.core.caliper.house_rules import engine
from functions.core.caliper.house_rules import table as caliper_house_rules_table
from functions.core.caliper.schema import compiled, entities
from functions.core.caliper.schema import events as caliper_schema_events
from functions.core.caliper.validator import header_validator, value_checks
from functions.core.insights import insight
from functions.core.numbers import progress, totals
from functions.core.privacy import erased, json_text, keeping
from functions.core.sender_alarms import alarms, school_hours
from functions.core.sessions import draft as sessions_draft
from functions.core.sessions import facts, sitting, timer
from functions.core.timeline import attribution
from functions.core.totals import resolution, slice_totals, tallies, united
from functions.core.usage import budgets
from functions.core.webhooks import body, delivery, webhook
from tests.unit.default_types import fields_with_defaults, wrong_defaults

MODULES = [
    apps,
    envelope,
    parts,
    findings,
    engine,
    caliper_house_rules_table,
    compiled,
    entities,
    caliper_schema_events,
    validated_request,
    header_validator,
    value_checks,
    insight,
    jobs,
    message_format,
    messages,
    progress,
    totals,
    erased,
    json_text,
    keeping,
    alarms,
    school_hours,
    sessions_draft,
    facts,
    sitting,
    timer,
    attribution,
    resolution,
    slice_totals,
    tallies,
    united,
    budgets,
    body,
    delivery,
    webhook,
]


DEFAULTS = [
    pytest.param(fields_with_defaults(module), wrong_defaults(module), id=module.__name__) for module in MODULES
]


@pytest.mark.parametrize(("fields", "wrong"), DEFAULTS)
def test_a_default_is_of_the_type_of_its_field(fields: list[str], wrong: list[str]) -> None:
    assert fields
    assert wrong == []
