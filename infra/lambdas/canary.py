"""`canary`, if it is wanted: every five minutes sends a synthetic event and reads it back."""

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from functions.canary.settings import CanarySettings
from infra.lambdas.function import Function
from infra.packaging.package import Package

EVERY = cdk.Duration.minutes(5)
LOOKS = 45  # of 2 seconds: longer than a cold start of everything, the batching window and a first delivery


class Canary(Construct):
    """It may call the two functions that answer the API, and nothing else."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        package: Package,
        validate: lambda_.Function,
        query: lambda_.Function,
    ) -> None:
        super().__init__(scope, construct_id)
        self.function = Function(
            self,
            "Function",
            name="canary",
            description="Sends a synthetic event and reads it back",
            package=package,
            settings=CanarySettings(
                validate_function=validate.function_name, query_function=query.function_name, looks=LOOKS
            ),
            memory_mb=256,  # mostly waits
            timeout=cdk.Duration.minutes(3),
        )
        self.function.configure_async_invoke(retry_attempts=0, max_event_age=EVERY)  # the next round comes anyway
        events.Rule(
            self,
            "EveryFiveMinutes",
            description="The rounds of the canary",
            schedule=events.Schedule.rate(EVERY),
            targets=[targets.LambdaFunction(self.function, retry_attempts=0, max_event_age=EVERY)],
        )
        self.function.allow("lambda:InvokeFunction", on=[validate.function_arn, query.function_arn])
