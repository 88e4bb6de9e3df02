"""The cost model adds up, and says what it should at the corners."""

from copy import replace

import pytest

from infra.config import Config
from tests.bench import bill, prices
from tests.bench.cost import (
    INFREQUENT_ACCESS,
    STANDARD,
    Measured,
    Workload,
    batch_of,
    cheaper_from_days,
    customer_key,
    deployed,
    fixed,
    floor,
    kept,
    month_kept,
    nearest,
    optional,
    per_million,
    reference,
    request_units,
    slower,
    table_cost,
    variable,
)
from tests.bench.inputs import SIZES, access_log
from tests.bench.lake import cost as lake

MEASURED: Measured = {
    "wru_per_event": 1,
    "wru_per_event_index_by_id": 1,
    "cost.row_bytes": 600,
    "cost.index_bytes": 250,
    "cost.session_wru": 20,
    "cost.session_timed_out_wru": 2,
    "cost.session_close_rru": 20,
    "cost.session_index_rows": 3,
    "cost.session_calls": 10,
    "cost.close_cpu_ms": 5,
    "cost.process_cpu_ms:batch": 5,
    "cost.process_cpu_ms:message": 0.1,
    "cost.process_cpu_ms:event": 0.1,
    "cost.process_log_bytes": 250,
    "cost.validate_log_bytes": 250,
    "cost.access_log_bytes": 450,
    "cost.sweep_cpu_ms": 20,
    "cost.reference_validate_cpu_ms": 1,
    "cost.reference_process_cpu_ms": 3,
    "cost.reference_wru": 2,
    "cost.deliver_sends": 1,
    "cost.deliver_rru": 0.5,
    "cost.deliver_attempt_wru": 1,
    "cost.deliver_log_bytes": 250,
    **{f"cost.deliver_posts:{size}": max(1, size / 100) for size in (1, 10, 100, 1000)},
    **{f"cost.deliver_gets:{size}": 1 for size in (1, 10, 100, 1000)},
    **{f"cost.deliver_queries:{size}": 1 for size in (1, 10, 100, 1000)},
    **{f"cost.deliver_cpu_ms:{size}": 5 + size / 50 for size in (1, 10, 100, 1000)},
    **{f"cost.validate_cpu_ms:{size}": 1 + size / 50 for size in SIZES},
    **{f"cost.answer_bytes:{size}": 400 for size in SIZES},
    **{f"cost.message_bytes:{size}": 350 + 150 * size for size in SIZES},
    **{f"cost.request_bytes:{size}": 1100 * size for size in SIZES},
    **{f"cost.archive_bytes:{size}": 200 for size in (1, 10, 100, 1000)},
    **{f"cost.batch_wru:{size}": 5 + size / 20 for size in (1, 10, 100, 1000)},
}

LAKE: Measured = {
    "lake.event_cpu_us": 300,
    "lake.object_cpu_us": 600,
    "lake.maintain_cpu_us": 30,
    "lake.lookup_cpu_us": 1000,
    "lake.run_cpu_ms": 300,
    "lake.parquet_bytes": 240,
    **{f"lake.run_calls:{name}": 20 for name in ("s3 PUT", "s3 GET", "glue POST", "sqs POST")},
}


def work(size: int, rate: float = 1e6) -> Workload:
    return Workload(events_per_day=rate, events_per_request=size)


def test_a_price_is_summed_tier_by_tier() -> None:
    price = prices.Price("unit", 1000, ((1e6, 2.0), (3e6, 1.0), (prices.ALL, 0.5)), "nowhere")
    assert price.cost(0) == 0
    assert price.cost(500_000) == pytest.approx(1000)
    assert price.cost(1e6) == pytest.approx(2000)
    assert price.cost(4e6) == pytest.approx(2000 + 2000 + 500)


def test_every_price_has_a_source_and_tiers_that_rise_without_end() -> None:
    assert prices.PRICES
    for name, price in prices.PRICES.items():
        limits = [limit for limit, _ in price.tiers]
        assert price.source, name
        assert limits == sorted(limits), name
        assert limits[-1] == prices.ALL, name
        assert all(usd > 0 for _, usd in price.tiers), name


def test_a_key_of_ones_own_costs_a_dollar_and_some_cents_of_requests() -> None:
    quiet = customer_key(Workload(events_per_day=1000, events_per_request=1), MEASURED)
    assert quiet["customer's key (optional)"] == 1
    # 12 functions and a worker, each for table and bucket once in five minutes of a month: 8,640 times
    assert quiet["customer's key: requests"] == pytest.approx(2 * 13 * 8640 / 10_000 * 0.03, rel=0.01)
    busy = customer_key(Workload(events_per_day=1e9, events_per_request=100), MEASURED)
    assert sum(quiet.values()) < sum(busy.values()) < 20


def test_the_model_at_a_point_is_the_sum_worked_out_by_hand() -> None:
    terms = per_million(variable(work(10), MEASURED), work(10))
    assert terms["API Gateway"] == pytest.approx(0.10)
    assert terms["DynamoDB: write events"] == terms["DynamoDB: index by id"] == pytest.approx(0.625)
    # 25,000 sessions × (22 WRU × $0.625 + 20 RRU × $0.125) per million of each
    assert terms["DynamoDB: sessions, index rows"] == pytest.approx(0.025 * (22 * 0.625 + 20 * 0.125))
    # 100,000 invocations of 10 ms at 1,769 MB
    assert terms["Lambda validate"] == pytest.approx(0.1 * 0.20 + 100_000 * 0.010 * 1769 / 1024 * 0.0000133334)


def test_events_cost_less_in_larger_requests_and_never_less_than_the_floor() -> None:
    assert bill.RATES
    for rate in bill.RATES.values():
        totals = [sum(per_million(variable(work(size, rate), MEASURED), work(size, rate)).values()) for size in SIZES]
        floors = [sum(per_million(floor(work(size, rate)), work(size, rate)).values()) for size in SIZES]
        assert totals == sorted(totals, reverse=True)
        assert all(total > least for total, least in zip(totals, floors, strict=True))


def test_the_reference_pattern_costs_more_at_every_size() -> None:
    for size in SIZES:
        ours, theirs = variable(work(size), MEASURED), reference(work(size), MEASURED)
        assert sum(theirs.values()) > 1.5 * sum(ours.values())


def test_batches_grow_with_the_rate_up_to_the_limits_of_the_event_source() -> None:
    assert batch_of(work(10, 1e3), MEASURED).messages == 1
    assert 1 < batch_of(work(1, 1e6), MEASURED).messages < 500
    assert batch_of(work(1, 1e9), MEASURED).messages == deployed("lambdas/process", "BATCH_MESSAGES")
    largest = batch_of(work(100, 1e9), MEASURED)
    assert largest.messages * MEASURED["cost.message_bytes:100"] < 6e6


def test_a_slower_aws_costs_lambda_time_and_nothing_else() -> None:
    now, later = variable(work(1), MEASURED), variable(slower(work(1)), MEASURED)
    dearer = {name for name in now if later[name] > now[name]}
    assert dearer <= {name for name in now if name.startswith("Lambda")}
    assert "Lambda validate" in dearer


def test_what_is_kept_longer_costs_more() -> None:
    assert kept(work(10), MEASURED) > sum(month_kept(work(10), MEASURED).values())


def test_what_runs_anyhow_costs_a_few_dollars_a_month() -> None:
    assert 0 < sum(fixed(MEASURED).values()) < 10


def test_a_size_that_was_not_measured_takes_the_nearest_by_ratio() -> None:
    assert nearest(MEASURED, "cost.batch_wru", 31) == 5 + 10 / 20
    assert nearest(MEASURED, "cost.batch_wru", 33) == 5 + 100 / 20
    assert nearest(MEASURED, "cost.batch_wru", 0) == 5 + 1 / 20


def test_every_term_of_the_bill_says_what_would_cut_it() -> None:
    small = {"Lambda authorize", "Lambda timeout (closing)"}
    assert variable(work(1), MEASURED).keys() - small <= bill.CUTS.keys()


def test_settings_of_the_stack_are_read_off_its_source() -> None:
    assert deployed("lambdas/process", "BATCH_MESSAGES") == 500
    assert 0 < deployed("config", "BATCHING_WINDOW_SECONDS") <= 5
    assert "requestId" in access_log()


@pytest.mark.parametrize("size", SIZES)
def test_the_units_of_the_table_cost_what_the_terms_say(size: int) -> None:
    terms = variable(work(size), MEASURED)
    written, read = request_units(work(size), MEASURED)
    of_table = sum(usd for name, usd in terms.items() if name.startswith("DynamoDB"))
    assert prices.cost("wru", written) + prices.cost("rru", read) == pytest.approx(of_table)


def test_infrequent_access_is_cheaper_from_the_days_that_the_model_names() -> None:
    days = cheaper_from_days(work(10), MEASURED)
    assert 0 < days < 400
    for shift, cheaper in ((-1, STANDARD), (1, INFREQUENT_ACCESS)):
        costs = {of: table_cost(work(10), MEASURED, of, days=days + shift) for of in (STANDARD, INFREQUENT_ACCESS)}
        assert min(costs, key=costs.__getitem__) is cheaper


def test_the_default_class_is_the_cheaper_one_for_the_default_retention() -> None:
    for size in SIZES:
        standard, infrequent = (
            table_cost(work(size), MEASURED, of, days=Config.model_fields["retention_days"].default)
            for of in (STANDARD, INFREQUENT_ACCESS)
        )
        assert infrequent < standard
    assert Config.model_fields["table_class"].default == INFREQUENT_ACCESS.name


def test_the_lake_costs_more_if_batches_are_small_and_ids_are_looked_up() -> None:
    measured = {**MEASURED, **LAKE}
    small, large = (sum(per_million(lake.variable(work(size), measured), work(size)).values()) for size in (1, 100))
    spared = sum(per_million(lake.variable(work(100), measured, looked_up=False), work(100)).values())
    assert small > large > spared > 0
    assert sum(lake.fixed(measured).values()) < 3


def test_the_lake_keeps_up_with_more_events_if_none_is_looked_up() -> None:
    measured = {**MEASURED, **LAKE}
    most = [lake.most_events_per_day(work(100, 1e9), measured, looked_up=looked_up) for looked_up in (True, False)]
    assert 10e6 < most[0] < most[1] < 1e9


def test_a_webhook_costs_what_was_counted_of_its_deliveries() -> None:
    name = "one webhook (optional)"
    few = Workload(events_per_day=1e3, events_per_request=1)
    many = Workload(events_per_day=1e6, events_per_request=100)
    for work in (few, many):
        before = optional(work, MEASURED)[name]
        for counted in ("posts", "gets", "queries", "cpu_ms"):
            doubled = {key: value * (1 + key.startswith(f"cost.deliver_{counted}")) for key, value in MEASURED.items()}
            assert optional(work, doubled)[name] > before, counted
        assert optional(replace(work, waits=2), MEASURED)[name] > before
    assert optional(few, MEASURED)[name] / few.events > 5 * optional(many, MEASURED)[name] / many.events
