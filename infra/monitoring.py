"""What an operator watches: alarms on what loses or delays events, a dashboard in the order of an event's path."""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.api import Api
from infra.storage import Storage

MINUTE = cdk.Duration.minutes(1)
FIVE_MINUTES = cdk.Duration.minutes(5)
OLDEST_MESSAGE_SECONDS = 300  # a healthy queue is empty within a window and one batch: seconds
# What a function has logged as an error and gone on after: nobody waits for its answer, so nobody else would notice.
WENT_ON = {
    "process": "process set events apart into quarantine, could not read or store a message, or could not tell "
    "subscribers of new sessions: its log group says which, at level ERROR.",
    "timeout": "timeout put sessions off that it could not read: they stay open and are tried again, after 15 minutes "
    "at first, after a day in the end. Its log group has the names of the errors, at level ERROR.",
}


class Monitoring(Construct):
    """Alarms go to `topic`; subscribe whoever is on call."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        api: Api,
        storage: Storage,
        functions: Mapping[str, lambda_.Function],
    ) -> None:
        super().__init__(scope, construct_id)
        self.topic = sns.Topic(self, "Alarms", enforce_ssl=True)
        self._action = actions.SnsAction(self.topic)

        dead = storage.dead_letters.metric_approximate_number_of_messages_visible(period=MINUTE, statistic="Maximum")
        oldest = storage.queue.metric_approximate_age_of_oldest_message(period=MINUTE, statistic="Maximum")
        server_errors = api.http_api.metric_server_error(period=FIVE_MINUTES, statistic="Sum")
        self._alarm(
            "DeadLetters",
            dead,
            1,
            "A message failed 5 times. The dead-letter runbook: read why in the log of process, then redrive.",
        )
        self._alarm(
            "OldestMessage",
            oldest,
            OLDEST_MESSAGE_SECONDS,
            "Events wait in the queue: process is throttled, failing or too slow. Sessions close later by as much.",
            periods=3,
        )
        self._alarm("ServerErrors", server_errors, 1, "The API answered 5xx: look at the logs of validate and query.")
        for name, function in functions.items():
            self._alarm(
                f"{name.capitalize()}Errors",
                function.metric_errors(period=FIVE_MINUTES, statistic="Sum"),
                1,
                f"{name} raised or ran out of time: its log group has the exception.",
            )
            self._alarm(
                f"{name.capitalize()}Throttles",
                function.metric_throttles(period=FIVE_MINUTES, statistic="Sum"),
                1,
                f"{name} was throttled: the account's Lambda concurrency is used up.",
            )
        for name, meaning in WENT_ON.items():
            self._alarm(f"{name.capitalize()}WentOn", self._logged(name, functions[name]), 1, meaning)
        self._dashboard(api, storage, functions, dead, oldest, server_errors)

    def _logged(self, name: str, function: lambda_.Function) -> cloudwatch.Metric:
        """How many errors the function's own code logged; what it raised is another's (Lambda's lines name no service).

        In a namespace of the stack's own: several may live in one account.
        """
        ours = [logs.FilterPattern.string_value("$.level", "=", "ERROR")]
        ours.append(logs.FilterPattern.string_value("$.service", "=", name))
        found = function.log_group.add_metric_filter(
            f"{name.capitalize()}LoggedErrors",
            filter_pattern=logs.FilterPattern.all(*ours),
            metric_namespace=cdk.Stack.of(self).stack_name,
            metric_name=f"{name.capitalize()}LoggedErrors",
        )
        return found.metric(period=FIVE_MINUTES, statistic="Sum")

    def _alarm(
        self, name: str, metric: cloudwatch.Metric, threshold: float, description: str, *, periods: int = 1
    ) -> None:
        cloudwatch.Alarm(
            self,
            name,
            metric=metric,
            threshold=threshold,
            evaluation_periods=periods,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=description,
        ).add_alarm_action(self._action)

    def _dashboard(
        self,
        api: Api,
        storage: Storage,
        functions: Mapping[str, lambda_.Function],
        dead: cloudwatch.Metric,
        oldest: cloudwatch.Metric,
        server_errors: cloudwatch.Metric,
    ) -> None:
        def graph(title: str, left: list[cloudwatch.Metric], right: list[cloudwatch.Metric]) -> cloudwatch.GraphWidget:
            return cloudwatch.GraphWidget(title=title, left=left, right=right, width=12)

        table = storage.table
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            widgets=[
                [
                    graph(
                        "API: requests | latency p99",
                        [
                            api.http_api.metric_count(period=MINUTE, statistic="Sum"),
                            api.http_api.metric_client_error(period=MINUTE, statistic="Sum"),
                            server_errors,
                        ],
                        [api.http_api.metric_latency(period=MINUTE, statistic="p99")],
                    ),
                    graph(
                        "Queue: sent, waiting, dead | age of the oldest (s)",
                        [
                            storage.queue.metric_number_of_messages_sent(period=MINUTE, statistic="Sum"),
                            storage.queue.metric_approximate_number_of_messages_visible(period=MINUTE),
                            dead,
                        ],
                        [oldest],
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
                ],
            ],
        )
