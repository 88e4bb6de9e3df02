"""Metrics that CloudWatch reads off log lines."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.lambdas.function import namespace_of


def failures_logged(
    scope: Construct, name: str, function: lambda_.Function, *, period: cdk.Duration
) -> cloudwatch.Metric:
    """How many errors the function's own code logged. Exceptions that it raised are not among them: Lambda logs those
    itself, without a service.

    A filter counts every such line, also one that is added later; a metric in the lines would have to be in each.
    """
    ours = [logs.FilterPattern.string_value("$.level", "=", "ERROR")]
    ours.append(logs.FilterPattern.string_value("$.service", "=", name))
    filtered = function.log_group.add_metric_filter(
        f"{name.capitalize()}Failures",
        filter_pattern=logs.FilterPattern.all(*ours),
        metric_namespace=namespace_of(scope),
        metric_name=f"{name.capitalize()}Failures",
    )
    return filtered.metric(period=period, statistic="Sum")


def count_refused_by_app(scope: Construct, validate: lambda_.Function) -> None:
    """How many requests of each app were refused because it was over its budget."""
    logs.CfnMetricFilter(
        scope,
        "OverBudget",
        log_group_name=validate.log_group.log_group_name,
        filter_pattern='{ $.message = "over budget" }',
        metric_transformations=[
            logs.CfnMetricFilter.MetricTransformationProperty(
                metric_namespace=namespace_of(scope),
                metric_name="OverBudget",
                metric_value="1",
                dimensions=[logs.CfnMetricFilter.DimensionProperty(key="app", value="$.app")],
            )
        ],
    )
