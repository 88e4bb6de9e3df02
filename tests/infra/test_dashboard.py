"""What the dashboard draws: each graph by its sides, each line with its metric and what it is of."""

import json
from typing import Any

from tests.infra.conftest import Synthesised
from tests.infra.names import named
from tests.infra.test_template_in_full import properties

FUNCTIONS = (
    *("authorize", "validate", "process", "timeout", "query", "backup", "importer", "manage", "deliver", "privacy"),
    *("intake", "canary"),
)


def lines_of(metrics: list[list[Any]]) -> dict[str, list[str]]:
    """The lines of a graph by their side: metric, statistic and what it is of; each is drawn by the minute."""
    lines: dict[str, list[str]] = {"left": [], "right": []}
    for namespace, name, _, source, options in metrics:
        assert options["period"] == 60
        lines[options.get("yAxis", "left")].append(
            f"{namespace.removeprefix('AWS/')} {name} {options['stat']} of {source}"
            + (f" as {options['label']}" if "label" in options else "")
        )
    return lines


def by_function(metric: str, statistic: str) -> list[str]:
    """A line for each function that is watched."""
    return [f"Lambda {metric} {statistic} of {name.capitalize()}Function as {name}" for name in FUNCTIONS]


def own(service: str, *names: str, statistic: str = "Sum") -> list[str]:
    """Lines of the service's own metrics."""
    return [f"Whole {name} {statistic} of {service} as {name}" for name in names]


def test_the_dashboard_draws_what_an_event_passes_from_the_api_to_its_session(whole: Synthesised) -> None:
    (dashboard,) = properties(whole, "AWS::CloudWatch::Dashboard").values()
    widgets = json.loads(named(dashboard["DashboardBody"]))["widgets"]
    assert [(widget["x"], widget["y"], widget["width"]) for widget in widgets] == [
        (0, 0, 12), (12, 0, 12), (0, 6, 12), (12, 6, 12), (0, 12, 12), (12, 12, 12), (0, 18, 12),
    ]  # fmt: skip
    assert [lines_of(widget["properties"]["metrics"]) for widget in widgets] == [
        {
            "left": [f"ApiGateway {name} Sum of ApiHttpApi" for name in ("Count", "4xx", "5xx")],
            "right": ["ApiGateway Latency p99 of ApiHttpApi"],
        },
        {
            "left": [
                "SQS NumberOfMessagesSent Sum of StorageQueue.QueueName",
                "SQS ApproximateNumberOfMessagesVisible Maximum of StorageQueue.QueueName",
                "SQS ApproximateNumberOfMessagesVisible Maximum of StorageDeadLetters.QueueName",
            ],
            "right": ["SQS ApproximateAgeOfOldestMessage Maximum of StorageQueue.QueueName"],
        },
        {"left": by_function("Invocations", "Sum"), "right": by_function("Duration", "p99")},
        {"left": by_function("Errors", "Sum"), "right": by_function("Throttles", "Sum")},
        {
            "left": ["DynamoDB ConsumedWriteCapacityUnits Sum of StorageTable"],
            "right": ["DynamoDB ConsumedReadCapacityUnits Sum of StorageTable"],
        },
        {
            "left": own("validate", "accepted", "rejected", "warned"),
            "right": own("process", "duplicates", "conflicts", "ahead"),
        },
        {
            "left": own("timeout", "sessions_ended"),
            "right": own("timeout", "sweep_lag_seconds", statistic="Maximum"),
        },
    ]
    titles = [widget["properties"]["title"] for widget in widgets]
    assert all(titles)
    assert len(set(titles)) == len(widgets)
