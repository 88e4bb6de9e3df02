"""S3 tells queues of new objects. Set on the bucket itself: CDK's own way needs a Lambda beside it."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs


def notify(bucket: s3.Bucket, queue: sqs.Queue, *, prefix: str) -> None:
    """Let S3 send `queue` a message for each new object of `bucket` below `prefix`. Prefixes must not overlap."""
    permission = queue.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("s3.amazonaws.com")],
            actions=["sqs:SendMessage"],
            resources=[queue.queue_arn],
            # Not the bucket's ARN: the bucket needs the policy first, so the policy cannot need the bucket.
            conditions={"StringEquals": {"aws:SourceAccount": cdk.Stack.of(queue).account}},
        )
    )
    resource = bucket.node.default_child
    assert isinstance(resource, s3.CfnBucket)
    assert permission.policy_dependable is not None
    resource.node.add_dependency(permission.policy_dependable)
    present = resource.notification_configuration
    assert present is None or isinstance(present, s3.CfnBucket.NotificationConfigurationProperty)
    others = present.queue_configurations if present is not None else None
    resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
        queue_configurations=[
            *(others if isinstance(others, list) else []),
            s3.CfnBucket.QueueConfigurationProperty(
                event="s3:ObjectCreated:*",
                queue=queue.queue_arn,
                filter=s3.CfnBucket.NotificationFilterProperty(
                    s3_key=s3.CfnBucket.S3KeyFilterProperty(
                        rules=[s3.CfnBucket.FilterRuleProperty(name="prefix", value=prefix)]
                    )
                ),
            ),
        ]
    )
