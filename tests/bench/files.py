"""Where the bench leaves its figures, and how the cost model gets them: measured on the spot where they are missing."""

from collections.abc import Iterable

import orjson

from tests.bench.loopback import ROOT
from tests.bench.measure import Figure

RESULTS = ROOT / ".local" / "bench.json"


def known() -> dict[str, float]:
    """The figures of the last run, by name."""
    return dict(orjson.loads(RESULTS.read_bytes())) if RESULTS.exists() else {}


def keep(figures: Iterable[Figure]) -> None:
    """Add figures to those of earlier runs."""
    RESULTS.parent.mkdir(exist_ok=True)
    values = known() | {figure.name: figure.value for figure in figures}
    RESULTS.write_bytes(orjson.dumps(values, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))


def measured() -> dict[str, float]:
    """All that the cost model needs; runs those parts of the bench that never ran."""
    from tests.bench.parts import run

    if "cost.row_bytes" not in known():
        keep(run("cost"))
    if "cost.deliver_rru" not in known():
        keep(run("deliver"))
    if "wru_per_event" not in known():
        keep(run("wru"))
    if "lake.event_cpu_us" not in known():
        keep(run("lake"))
    return known()
