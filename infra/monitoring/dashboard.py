"""What an operator looks at: one dashboard in the order of an event's path, from the API to the table."""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from functions.metrics import (
    ACCEPTED,
    AHEAD,
    CONFLICTS,
    DUPLICATES,
    REJECTED,
    SESSIONS_ENDED,
    SWEEP_LAG,
    WARNED,
    Metric,
)
from infra.api import Api
from infra.lambdas.function import namespace_of
from infra.storage import Storage

MINUTE = cdk.Duration.minutes(1)


def graph(title: str, left: list[cloudwatch.Metric], right: list[cloudwatch.Metric]) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=left, right=right, width=12)


def own_metric(namespace: str, metric: Metric) -> cloudwatch.Metric:
    """One of the service's own metrics: counts are summed up, of seconds the longest is drawn."""
    return cloudwatch.Metric(
        namespace=namespace,
        metric_name=metric.name,
        dimensions_map={"service": metric.service},
        period=MINUTE,
        statistic="Sum" if metric.unit == "Count" else "Maximum",
        label=metric.name,
    )


class Dashboard(cloudwatch.Dashboard):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        api: Api,
        storage: Storage,
        functions: Mapping[str, lambda_.Function],
    ) -> None:
        table = storage.table
        namespace = namespace_of(scope)
        super().__init__(
            scope,
            construct_id,
            widgets=[
                [
                    graph(
                        "API: requests | latency p99",
                        [
                            api.http_api.metric_count(period=MINUTE, statistic="Sum"),
                            api.http_api.metric_client_error(period=MINUTE, statistic="Sum"),
                            api.http_api.metric_server_error(period=MINUTE, statistic="Sum"),
                        ],
                        [api.http_api.metric_latency(period=MINUTE, statistic="p99")],
                    ),
                    graph(
                        "Queue: sent, waiting, dead | age of the oldest (s)",
                        [
                            storage.queue.metric_number_of_messages_sent(period=MINUTE, statistic="Sum"),
                            storage.queue.metric_approximate_number_of_messages_visible(period=MINUTE),
                            storage.dead_letters.metric_approximate_number_of_messages_visible(
                                period=MINUTE, statistic="Maximum"
                            ),
                        ],
                        [storage.queue.metric_approximate_age_of_oldest_message(period=MINUTE, statistic="Maximum")],
                    ),
                ],
                [
                    graph(
                        "Lambda: calls | duration p99 (ms)",
                        [f.metric_invocations(period=MINUTE, label=name) for name, f in functions.items()],
                        [
                            f.metric_duration(period=MINUTE, statistic="p99", label=name)
                            for name, f in functions.items()
                        ],
                    ),
                    graph(
                        "Lambda: errors | throttles",
                        [f.metric_errors(period=MINUTE, label=name) for name, f in functions.items()],
                        [f.metric_throttles(period=MINUTE, label=name) for name, f in functions.items()],
                    ),
                ],
                [
                    graph(
                        "Table: write units | read units",
                        [table.metric_consumed_write_capacity_units(period=MINUTE, statistic="Sum")],
                        [table.metric_consumed_read_capacity_units(period=MINUTE, statistic="Sum")],
                    ),
                    graph(
                        "Items: accepted, rejected, warned | duplicates, conflicts, dated ahead",
                        [own_metric(namespace, metric) for metric in (ACCEPTED, REJECTED, WARNED)],
                        [own_metric(namespace, metric) for metric in (DUPLICATES, CONFLICTS, AHEAD)],
                    ),
                ],
                [
                    graph(
                        "Sessions: ended | sweep lag (s)",
                        [own_metric(namespace, SESSIONS_ENDED)],
                        [own_metric(namespace, SWEEP_LAG)],
                    ),
                ],
            ],
        )
