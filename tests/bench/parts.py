"""The parts of the bench by name, so that one can be run alone."""

import os
from collections.abc import Callable, Iterator

from functions.metrics import NAMESPACE_VARIABLE
from functions.process import handler as process_module
from functions.validate import handler as validate_module
from tests.bench import (
    counting,
    courses,
    delivering,
    doubling,
    edubridge,
    importing,
    inputs,
    items,
    life,
    misuse,
    processing,
    reading,
    replaying,
    sweeping,
    totals,
    validating,
)
from tests.bench.inputs import redirected
from tests.bench.lake import loading, scanning
from tests.bench.loopback import served
from tests.bench.measure import Figure
from tests.bench.samples import bodies


def _over_loopback(part: Callable[[str], Iterator[Figure]]) -> Iterator[Figure]:
    with served() as url:
        yield from part(url)


SCANNED_EVENTS = 1_000_000  # `python -m tests.bench.lake.scanning` copies ten times as many

PARTS: dict[str, Callable[[], Iterator[Figure]]] = {
    "validate": validating.speed,
    "size": validating.by_size,
    "rubbish": validating.rubbish,
    "validate_vs_reference": lambda: _over_loopback(validating.against_reference),
    "process": lambda: _over_loopback(processing.speed),
    "calls": counting.calls,
    "wru": lambda: iter(items.figures()),
    "misuse": misuse.figures,
    "reads": reading.figures,
    "totals": totals.figures,
    "edubridge": edubridge.figures,
    "courses": courses.figures,
    "doubling": doubling.figures,
    "sweep": sweeping.figures,
    "replay": replaying.figures,
    "life": life.figures,
    "import": lambda: importing.figures(next(bodies(1, 14))),
    "deliver": lambda: _over_loopback(delivering.figures),
    "cost": lambda: _over_loopback(inputs.figures),
    "lake": lambda: _over_loopback(loading.figures),
    "lake_scans": lambda: scanning.figures(SCANNED_EVENTS),
}


def run(*names: str) -> Iterator[Figure]:
    """The figures of the named parts (all, where none is named) as they are measured."""
    os.environ[NAMESPACE_VARIABLE] = "Caliper"  # as deployed: log lines carry metrics
    for module in (process_module, validate_module):
        redirected(module.logger)  # the handlers' log lines are no figures
    for name in names or PARTS:
        yield from PARTS[name]()
