"""The service's own CloudWatch metrics: each is named here once, and travels in a log line that is written anyway.

Such a log line is in CloudWatch's embedded metric format (EMF), so a metric costs no call. Its namespace is the stack's
name (POWERTOOLS_METRICS_NAMESPACE), its one dimension the service that counts. If no namespace is set, as on a laptop,
the line has the counts and is not a metric.
"""

import os
from collections.abc import Mapping
from typing import Any, Literal

from aws_lambda_powertools.metrics import EphemeralMetrics
from msgspec import Struct

NAMESPACE_VARIABLE = "POWERTOOLS_METRICS_NAMESPACE"

type Service = Literal["validate", "process", "timeout"]


class Metric(Struct, frozen=True):
    """A metric as CloudWatch names it; `name` is its field in the log line."""

    name: str
    unit: Literal["Count", "Seconds"]
    service: Service


ACCEPTED = Metric("accepted", "Count", "validate")
REJECTED = Metric("rejected", "Count", "validate")
WARNED = Metric("warned", "Count", "validate")
DUPLICATES = Metric("duplicates", "Count", "process")
CONFLICTS = Metric("conflicts", "Count", "process")
AHEAD = Metric("ahead", "Count", "process")
SESSIONS_ENDED = Metric("sessions_ended", "Count", "timeout")
SWEEP_LAG = Metric("sweep_lag_seconds", "Seconds", "timeout")
METRICS = (ACCEPTED, REJECTED, WARNED, DUPLICATES, CONFLICTS, AHEAD, SESSIONS_ENDED, SWEEP_LAG)


def metric_fields(values: Mapping[Metric, float]) -> dict[str, Any]:
    """The fields of a log line that publish `values`, all of one service: `extra` of powertools' Logger."""
    namespace = os.environ.get(NAMESPACE_VARIABLE)
    if not namespace:
        return {metric.name: value for metric, value in values.items()}
    (service,) = {metric.service for metric in values}
    metrics = EphemeralMetrics(namespace=namespace, service=service)
    for metric, value in values.items():
        metrics.add_metric(name=metric.name, unit=metric.unit, value=value)
    return dict(metrics.serialize_metric_set())
