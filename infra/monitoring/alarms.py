"""What calls an operator: alarms on what loses or delays events, and the topic that they are published to."""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from functions.settings import UNREADABLE_RECEIVES
from infra.api import Api
from infra.lambdas.importer import Importer
from infra.lambdas.intake import Intake
from infra.monitoring.dashboard import Dashboard
from infra.monitoring.log_metrics import count_refused_by_app, failures_logged
from infra.monitoring.topic import alarm_topic
from infra.storage import MAX_RECEIVES, Storage

MINUTE = cdk.Duration.minutes(1)
FIVE_MINUTES = cdk.Duration.minutes(5)
QUARTER_HOUR = cdk.Duration.minutes(15)
OLDEST_MESSAGE_SECONDS = 300  # a healthy queue is empty within a window and one batch: seconds
# A function logged an error and carried on. No caller waits for its answer, so only its log has the failure.
PARTIAL_FAILURES = {
    "process": "process rejected events that it could not store, could not read or store a message, or could not "
    "publish notices of new sessions. Its log group has the reason, at level ERROR.",
    "timeout": "timeout could not read some timelines or rows: their sessions stay open and are tried again, after 15 "
    "minutes at first, after a day in the end. Its log group has the names of the errors, at level ERROR.",
}

RAISED = {
    "canary": "The canary's event was not taken, or could not be read back: events of all apps may be stuck. Its log "
    "group says at which step; `make trace ID=…` follows the event.",
}


def _messages_in(queue: sqs.IQueue) -> cloudwatch.Metric:
    return queue.metric_approximate_number_of_messages_visible(period=MINUTE, statistic="Maximum")


def _age_of_oldest_in(queue: sqs.IQueue) -> cloudwatch.Metric:
    return queue.metric_approximate_age_of_oldest_message(period=MINUTE, statistic="Maximum")


class Monitoring(Construct):
    """Alarms go to `topic`, and from there to `alarm_email` if it is given."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        api: Api,
        storage: Storage,
        functions: Mapping[str, lambda_.Function],
        alarm_email: str,
        importer: Importer,
        intake: Intake | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.topic = alarm_topic(self, alarm_email)
        self._action = actions.SnsAction(self.topic)

        server_errors = api.http_api.metric_server_error(period=FIVE_MINUTES, statistic="Sum")
        self._alarm(
            "DeadLetters",
            _messages_in(storage.dead_letters),
            1,
            f"A message failed {MAX_RECEIVES} times, or could not be read in {UNREADABLE_RECEIVES}: `make dlq` tells "
            "why, `make redrive` puts it back once that is mended.",
        )
        self._alarm(
            "OldestMessage",
            _age_of_oldest_in(storage.queue),
            OLDEST_MESSAGE_SECONDS,
            "Events wait in the queue: process is throttled, failing or too slow. Sessions close later by as much.",
            periods=3,
        )
        self._alarm(
            "DeliverDeadLetters",
            _messages_in(storage.given_up_deliveries),
            1,
            "What was stored could not be delivered to a webhook for three days, or its target is gone and the webhook "
            "disabled: docs/webhooks.md tells how to send it again.",
        )
        self._alarm(
            "ServerErrors", server_errors, 1, "The API answered 5xx: look at the logs of validate, query and manage."
        )
        self._alarm(
            "SweepsMissing",
            functions["timeout"].metric_invocations(period=FIVE_MINUTES, statistic="Sum"),
            1,
            "timeout has not run for five minutes: no session ends. Look whether its EventBridge rule is enabled, and "
            "may invoke it.",
            missing=True,
        )
        self._alarm(
            "ImporterDeadLetters",
            _messages_in(importer.dead_letters),
            1,
            "A dropped file was not imported in several runs: the log group of importer says why. Once that is mended, "
            "drop it again; it goes on from where it stopped.",
        )
        self._alarm(
            "PersonRequestDeadLetters",
            _messages_in(storage.person_request_dead_letters),
            1,
            "An erasure or a copy that was asked for by a route was not done in several runs: the log group of privacy "
            "says why. Once that is mended, ask for it again, or run `make erase`.",
        )
        if intake is not None:
            self._watch_intake(intake)
        if "canary" in functions:
            self._alarm(
                "CanaryMissing",
                functions["canary"].metric_invocations(period=QUARTER_HOUR, statistic="Sum"),
                1,
                "canary has not run for a quarter of an hour. Look whether its EventBridge rule is enabled.",
                missing=True,
            )
        for name, function in functions.items():
            self._alarm(
                f"{name.capitalize()}Errors",
                function.metric_errors(period=FIVE_MINUTES, statistic="Sum"),
                1,
                RAISED.get(name, f"{name} raised or ran out of time: its log group has the exception."),
            )
            self._alarm(
                f"{name.capitalize()}Throttles",
                function.metric_throttles(period=FIVE_MINUTES, statistic="Sum"),
                1,
                f"{name} was throttled: the account's Lambda concurrency is used up.",
            )
        for name, meaning in PARTIAL_FAILURES.items():
            self._alarm(
                f"{name.capitalize()}PartialFailures",
                failures_logged(self, name, functions[name], period=FIVE_MINUTES),
                1,
                meaning,
            )
        count_refused_by_app(self, functions["validate"])
        Dashboard(self, "Dashboard", api=api, storage=storage, functions=functions)

    def _watch_intake(self, intake: Intake) -> None:
        self._alarm(
            "IntakeDeadLetters",
            _messages_in(intake.dead_letters),
            1,
            "A message of Canvas was not taken in many hours. The runbook says how to put it back into its queue.",
        )
        self._alarm(
            "IntakeOldestMessage",
            _age_of_oldest_in(intake.queue),
            OLDEST_MESSAGE_SECONDS,
            "Events of Canvas wait in the intake queue. The log group of intake says why, such as an app that is not "
            "registered.",
            periods=3,
        )

    def _alarm(
        self,
        name: str,
        metric: cloudwatch.Metric,
        threshold: float,
        description: str,
        *,
        periods: int = 1,
        missing: bool = False,
    ) -> None:
        """An alarm on `threshold` and more, or with `missing` on less than it, no data included."""
        more, less = (
            cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
        )
        no_data = cloudwatch.TreatMissingData
        cloudwatch.Alarm(
            self,
            name,
            metric=metric,
            threshold=threshold,
            evaluation_periods=periods,
            datapoints_to_alarm=periods,
            comparison_operator=less if missing else more,
            treat_missing_data=no_data.BREACHING if missing else no_data.NOT_BREACHING,
            alarm_description=description,
        ).add_alarm_action(self._action)
