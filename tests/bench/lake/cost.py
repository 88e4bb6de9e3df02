"""What the lake costs beside the service: dollars a million events, a fixed part, and how far one function goes."""

import math
import re

from tests.bench.cost import DAYS, GB, Measured, Workload, batch_of, deployed, per_million
from tests.bench.loopback import ROOT
from tests.bench.prices import cost

MEMORY_GB = 3008 / 1024
GET_MS, CALL_MS = 15.0, 30.0  # that S3 and the other services take to answer; assumed
COLD_START_S = 3.0  # DuckDB and pyiceberg are imported; each hourly run is a cold start
RECEIVED_AT_ONCE = 10
ALARMS = 3


def minutes_between_runs() -> float:
    """The setting `lake_minutes`, read off the source of the stack."""
    match = re.search(r"lake_minutes: int = Field\((\d+)", (ROOT / "infra" / "config.py").read_text())
    assert match is not None
    return float(match.group(1))


def runs() -> float:
    """A month."""
    return DAYS * 1440 / minutes_between_runs()


def work_seconds(work: Workload, measured: Measured, *, looked_up: bool = True) -> float:
    """Seconds a month that loading takes beside what each run takes anyhow."""
    objects = work.events / batch_of(work, measured).events
    lookup_us = measured["lake.lookup_cpu_us"] if looked_up else 0.0
    event_us = measured["lake.event_cpu_us"] + lookup_us + measured["lake.maintain_cpu_us"]
    return (work.events * event_us + objects * (measured["lake.object_cpu_us"] + GET_MS * 1000)) / 1e6


def variable(work: Workload, measured: Measured, *, looked_up: bool = True) -> dict[str, float]:
    """Dollars a month. `looked_up`: ids may come twice, so each is looked up in the table's index."""
    objects = work.events / batch_of(work, measured).events
    return {
        "lake: Lambda": cost("lambda_gb_s", work_seconds(work, measured, looked_up=looked_up) * MEMORY_GB),
        "lake: look ids up": cost("rru", work.events / 2 if looked_up else 0),
        "lake: notifications": cost("sqs_request", objects * (1 + 2 / RECEIVED_AT_ONCE)),
        "lake: read the archive": cost("s3_get", objects),
    }


def fixed(measured: Measured) -> dict[str, float]:
    """Dollars a month for a run an hour that finds little."""
    calls = {name.partition(":")[2]: count for name, count in measured.items() if name.startswith("lake.run_calls:")}
    seconds = COLD_START_S + measured["lake.run_cpu_ms"] / 1000 + sum(calls.values()) * CALL_MS / 1000
    return {
        "lake: runs": runs() * (math.ceil(seconds * 1000) / 1000 * MEMORY_GB * cost("lambda_gb_s", 1))
        + cost("s3_put", runs() * calls.get("s3 PUT", 0))
        + cost("s3_get", runs() * calls.get("s3 GET", 0))
        + cost("glue_request", runs() * calls.get("glue POST", 0)),
        "lake: alarms": cost("alarm", ALARMS),
    }


def month_kept(work: Workload, measured: Measured) -> dict[str, float]:
    """Dollars for keeping a month's events in the tables for one month."""
    return {"keep a month: lake": cost("s3_gb", work.events * measured["lake.parquet_bytes"] / GB)}


def most_events_per_day(work: Workload, measured: Measured, *, looked_up: bool) -> float:
    """With how many events a day the one function keeps up, in batches as those of `work`."""
    per_event_s = work_seconds(work, measured, looked_up=looked_up) / work.events
    return deployed("lake", "LAKE_SECONDS") / 900 * 86_400 / per_event_s


def print_lake(measured: Measured, works: list[Workload]) -> None:
    """The part of the bill that is the lake's."""
    print("\nThe lake, dollars per million events (1 K, 1 M and 1 B a day, each at 1, 10 and 100 events a request)\n")
    each = [per_million(variable(work, measured), work) for work in works]
    for name in each[0]:
        _row(name, [terms[name] for terms in each])
    _row("LAKE", [sum(terms.values()) for terms in each])
    _row(
        "  apps with unique ids", [sum(per_million(variable(w, measured, looked_up=False), w).values()) for w in works]
    )
    _row("keep a month: lake", [sum(per_million(month_kept(work, measured), work).values()) for work in works])
    for name, usd in fixed(measured).items():
        print(f"  {name:36}${usd:.2f} a month")
    for looked_up in (True, False):
        most = [most_events_per_day(work, measured, looked_up=looked_up) / 1e6 for work in works]
        _row(f"keeps up with, M a day{'' if looked_up else ' (unique ids)'}", most)
    scanned = {name.partition(":")[2]: size for name, size in measured.items() if name.startswith("lake.scan_bytes:")}
    if scanned:
        print(f"\nWhat a question reads of {measured['lake.scan_events']:,.0f} events, and its price in Athena\n")
        for name, size in scanned.items():
            print(f"  {name:36}{size / 1e6:12.1f} MB  ${cost('athena_tb', size / 1e12):.5f}")


def _row(name: str, values: list[float]) -> None:
    print(f"  {name:36}" + "".join(f"{value:9.3f}" for value in values))
