"""`make cost`: what the service costs, term by term, beside the reference pattern and the floor."""

import json
import os
import sys

from tests.bench.cost import (
    DAYS,
    INFREQUENT_ACCESS,
    RETENTION_DAYS,
    STANDARD,
    WAITS_MS,
    Measured,
    Workload,
    batch_of,
    cheaper_from_days,
    customer_key,
    fixed,
    floor,
    kept,
    month_kept,
    nearest,
    optional,
    per_million,
    reference,
    slower,
    table_cost,
    variable,
)
from tests.bench.files import measured
from tests.bench.lake.cost import print_lake
from tests.bench.prices import LOOKED_UP, PRICES

RATES = {"1 K": 1e3, "1 M": 1e6, "1 B": 1e9}  # events a day
SIZES = (1, 10, 100)  # events a request
GOALS = {1: 5.7, 10: 2.4, 100: 2.1}
CUTS = {
    "API Gateway": "more events in a request: sensors may send up to 5 MB",
    "answers to the internet": "shorter answers",
    "Lambda validate": "more events in a request; most of it is waiting for SQS",
    "Lambda process": "larger batches (the window), fewer calls",
    "SQS": "more events in a request; no fair-queue group",
    "DynamoDB: write events": "provisioned capacity: $0.18 where the load is even enough to use it up",
    "DynamoDB: index by id": "leaving out GET /events?id= and job states, which it answers",
    "DynamoDB: sessions, index rows": "a longer idle timeout (fewer evaluations), fewer sessions of more events",
    "DynamoDB: manifests, jobs, counts": "larger batches (the window)",
    "DynamoDB: read session timers": "larger batches: one read a learner and batch",
    "logs": "the access log, which the gateway writes for every request",
    "S3: put": "larger batches (the window)",
}


def main() -> None:
    figures = measured()
    _prices()
    _terms(figures)
    _months(figures)
    _beside(figures)
    _largest(figures)
    _table_class(figures, days=float(os.environ.get("RETENTION_DAYS", RETENTION_DAYS)))
    _load(figures)
    print_lake(figures, _works())


def _prices() -> None:
    print(f"List prices, us-east-1, looked up {LOOKED_UP}\n")
    for name, price in PRICES.items():
        tiers = " / ".join(f"${usd:g}" for _, usd in price.tiers)
        per = f" per {price.per:,.0f}" if price.per != 1 else ""
        print(f"  {name:18} {tiers:38}{per:14} {price.unit:46} {price.source}")


def _row(name: str, values: list[float], width: int = 9, digits: int = 3) -> str:
    return f"  {name:36}" + "".join(f"{value:{width}.{digits}f}" for value in values)


def _works() -> list[Workload]:
    return [Workload(events_per_day=rate, events_per_request=size) for rate in RATES.values() for size in SIZES]


def _terms(figures: Measured) -> None:
    works = _works()
    each = [per_million(variable(work, figures), work) for work in works]
    print("\nDollars per million events\n")
    print(f"  {'events a day':36}" + "".join(f"{name:>9}" for name in RATES for _ in SIZES))
    print(f"  {'events a request':36}" + "".join(f"{size:>9}" for _ in RATES for size in SIZES))
    for name in each[0]:
        print(_row(name, [terms[name] for terms in each]))
    print(_row("VARIABLE", [sum(terms.values()) for terms in each]))
    print(_row("  goal", [GOALS[work.events_per_request] for work in works]))
    for extra in (month_kept, optional):
        beside = [per_million(extra(work, figures), work) for work in works]
        for name in beside[0]:
            print(_row(name, [terms[name] for terms in beside]))
    print(_row("kept 400 days (archive: a year)", [kept(work, figures) / work.events * 1e6 for work in works]))
    doubled = [per_million(variable(slower(work), figures), work) for work in works]
    print(_row("variable, if AWS answers half as fast", [sum(terms.values()) for terms in doubled]))
    print(f"  Waits that are assumed, not measured (ms): {WAITS_MS}")


def _months(figures: Measured) -> None:
    print("\nDollars a month\n")
    works = _works()
    once = sum(fixed(figures).values())
    moving = [
        sum(variable(work, figures).values()) + optional(work, figures)["EventBridge (optional)"] for work in works
    ]
    stored = [sum(month_kept(work, figures).values()) for work in works]
    print(_row("variable, with EventBridge", moving, 12, 2))
    print(_row("keeping that month's events", stored, 12, 2))
    for name, usd in fixed(figures).items():
        print(_row(name, [usd] * len(works), 12, 2))
    total = [a + b + once for a, b in zip(moving, stored, strict=True)]
    print(_row("TOTAL, first month", total, 12, 2))
    lasting = [a + once + kept(work, figures) for a, work in zip(moving, works, strict=True)]
    print(_row("TOTAL, once 400 days are kept", lasting, 12, 2))
    keyed = [customer_key(work, figures) for work in works]
    for name in keyed[0]:
        print(_row(name, [terms[name] for terms in keyed], 12, 2))
    print("  An OAuth client costs $6.00 a month besides (Cognito); a sensor key nothing.")


def _beside(figures: Measured) -> None:
    print("\nBeside it, per million events (1 M events a day)\n")
    print(f"  {'events a request':36}" + "".join(f"{size:>9}" for size in SIZES))
    works = [Workload(events_per_day=1e6, events_per_request=size) for size in SIZES]
    print(_row("floor", [sum(per_million(floor(work), work).values()) for work in works]))
    for title, model in (("this service", variable), ("reference pattern", reference)):
        print(_row(title, [sum(per_million(model(work, figures), work).values()) for work in works]))
    for name in reference(works[0], figures):
        print(_row(f"    reference: {name}", [per_million(reference(w, figures), w)[name] for w in works]))


def _largest(figures: Measured) -> None:
    print("\nThe three largest terms, and what would cut each\n")
    for size in SIZES:
        work = Workload(events_per_day=1e6, events_per_request=size)
        terms = per_million(variable(work, figures), work)
        print(f"  {size} events a request")
        for name, usd in sorted(terms.items(), key=lambda term: -term[1])[:3]:
            print(f"    ${usd:5.2f}  {name:32} {CUTS.get(name, '')}")


def _table_class(figures: Measured, *, days: float) -> None:
    print(f"\nThe table, per million events, kept for {days:g} days (RETENTION_DAYS=…)\n")
    print(f"  {'events a day':36}" + "".join(f"{name:>9}" for name in RATES for _ in SIZES))
    print(f"  {'events a request':36}" + "".join(f"{size:>9}" for _ in RATES for size in SIZES))
    works = _works()
    costs = {
        of.name: [table_cost(work, figures, of, days=days) / work.events * 1e6 for work in works]
        for of in (STANDARD, INFREQUENT_ACCESS)
    }
    for name, values in costs.items():
        print(_row(f"table_class={name}", values))
    print(_row("cheaper for infrequent access, from", [cheaper_from_days(work, figures) for work in works], digits=0))
    standard, infrequent = (sum(costs[of.name]) for of in (STANDARD, INFREQUENT_ACCESS))
    cheapest = INFREQUENT_ACCESS if infrequent < standard else STANDARD
    saved = 1 - min(standard, infrequent) / max(standard, infrequent)
    print(f"  For {days:g} days choose table_class={cheapest.name}: {saved:.0%} less over these workloads.")


def _load(figures: Measured) -> None:
    print("\nLoad, on an even day (peaks are two to four times that)\n")
    print(f"  {'':36}" + "".join(f"{name + '/' + str(size):>11}" for name in RATES for size in SIZES))
    works = _works()
    batches = [batch_of(work, figures) for work in works]
    validate_s = [
        (nearest(figures, "cost.validate_cpu_ms", w.events_per_request) + w.wait_ms("send")) / 1000 for w in works
    ]
    per_s = [work.events / DAYS / 86_400 for work in works]
    print(_row("requests/s", [work.requests_per_s for work in works], 11, 2))
    print(_row("validate at once", [w.requests_per_s * s for w, s in zip(works, validate_s, strict=True)], 11, 2))
    print(_row("events in a batch", [batch.events for batch in batches], 11, 0))
    at_once = [rate / batch.events * batch.ms / 1000 for rate, batch in zip(per_s, batches, strict=True)]
    print(_row("process at once", at_once, 11, 2))
    print(_row("table writes/s (WCU)", per_s, 11, 1))


if __name__ == "__main__":
    if "--json" in sys.argv:
        works = _works()
        dollars = {
            f"{work.events_per_day:g}/{work.events_per_request}": per_million(variable(work, measured()), work)
            for work in works
        }
        print(json.dumps(dollars))
    else:
        main()
