"""The wiring diagram, in the order in which an event travels: API → validate → queue → process → table and archive;
beside it the sweep (`timeout`), the reads (`query`), the copy of the registry (`backup`) and the alarms.
"""

import aws_cdk as cdk
from constructs import Construct

from infra.api import Api
from infra.config import Config
from infra.credentials import Credentials
from infra.lambdas.authorize import Authorize
from infra.lambdas.backup import Backup
from infra.lambdas.package import Package
from infra.lambdas.process import Process
from infra.lambdas.query import Query
from infra.lambdas.sign_in_link import SignInLink
from infra.lambdas.timeout import Timeout
from infra.lambdas.validate import Validate
from infra.monitoring import Monitoring
from infra.storage import Storage


class CaliperStack(cdk.Stack):
    """Everything the service is, once."""

    def __init__(self, scope: Construct, construct_id: str, *, config: Config, env: cdk.Environment) -> None:
        super().__init__(
            scope,
            construct_id,
            env=env,
            # Where table, archive and pool are kept, the queue with its messages and the API's address would be lost.
            termination_protection=not config.local,
            description="Takes in Caliper Analytics events; keeps them in DynamoDB and S3; times out idle sessions",
        )
        package = Package.for_stage(local=config.local)
        storage = Storage(self, "Storage", retained=not config.local, registry_moved=config.registry_moved)
        credentials = Credentials(self, "Credentials", config=config)

        authorize = Authorize(self, "Authorize", package=package, storage=storage, credentials=credentials)
        validate = Validate(self, "Validate", package=package, storage=storage)
        process = Process(self, "Process", package=package, storage=storage, config=config)
        timeout = Timeout(self, "Timeout", package=package, storage=storage, config=config)
        backup = Backup(self, "Backup", package=package, storage=storage)
        query = Query(self, "Query", package=package, storage=storage, config=config)

        sign_in_link = SignInLink(self, "SignInLink", package=package, storage=storage) if config.local else None

        api = Api(
            self,
            "Api",
            authorize=authorize.function,
            validate=validate.function,
            query=query.function,
            sign_in_link=sign_in_link.function if sign_in_link else None,
            token_url=credentials.token_url,
            config=config,
        )
        # After the API, because the login page leads back to its address.
        console = credentials.console_client(api.url)
        authorize.function.add_environment("CONSOLE_CLIENT_ID", console.user_pool_client_id)
        query.function.add_environment("CONSOLE_CLIENT_ID", console.user_pool_client_id)
        query.function.add_environment("LOGIN_URL", credentials.login_url)
        monitoring = Monitoring(
            self,
            "Monitoring",
            api=api,
            storage=storage,
            functions={
                "authorize": authorize.function,
                "validate": validate.function,
                "process": process.function,
                "timeout": timeout.function,
                "query": query.function,
                "backup": backup.function,
            },
            alarm_email=config.alarm_email,
        )
        self._outputs(
            {
                "ApiUrl": api.url,
                "ApiId": api.api_id,
                "TokenUrl": f"{api.url}/oauth2/token",
                "TableName": storage.table.table_name,
                "RegistryTableName": storage.registry_in_use.table_name,
                **({} if config.registry_moved else {"RegistryMovesTo": storage.registry.table_name}),
                "BucketName": storage.bucket.bucket_name,
                "QueueUrl": storage.queue.queue_url,
                "QueueName": storage.queue.queue_name,
                "DeadLetterQueueUrl": storage.dead_letters.queue_url,
                "DeadLetterQueueName": storage.dead_letters.queue_name,
                "ConsoleUrl": f"{api.url}/console",
                "ConsoleClientId": console.user_pool_client_id,
                "UserPoolId": credentials.pool.user_pool_id,
                "BusName": storage.bus.event_bus_name,
                "AlarmTopicArn": monitoring.topic.topic_arn,
                "RetentionDays": str(config.retention_days),
                "IdleMinutes": str(config.idle_minutes),
                "HeartbeatMinutes": str(config.heartbeat_minutes),
                "Next": f"make app STACK={construct_id} NAME=my-app",
            }
        )

    def _outputs(self, outputs: dict[str, str]) -> None:
        for name, value in outputs.items():
            cdk.CfnOutput(self, name, value=value)
