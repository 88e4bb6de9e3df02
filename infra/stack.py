"""The wiring diagram, in the order in which an event travels: API → validate → queue → process → table and archive;
beside it the sweep (`timeout`), the reads (`query`), the changes (`manage`), what is sent on (`deliver`), requests
about people (`privacy`), the copy of the registry (`backup`) and the alarms. `intake`, if Canvas sends through a queue,
stands beside validate; `canary`, if it is wanted, sends and reads as an app does.
"""

import json

import aws_cdk as cdk
from constructs import Construct

from infra.api import Api
from infra.audit import Audit
from infra.config import Config
from infra.credentials import Credentials
from infra.data_protection.customer_key import customer_key, let_use
from infra.front_door.edge import OriginSecret
from infra.lake import Lake
from infra.lambdas.authorize import Authorize
from infra.lambdas.backup import Backup
from infra.lambdas.canary import Canary
from infra.lambdas.function import Function
from infra.lambdas.importer import Importer
from infra.lambdas.intake import Intake
from infra.lambdas.lake import LakeLambda
from infra.lambdas.people.privacy import Privacy
from infra.lambdas.process import Process
from infra.lambdas.query import Query
from infra.lambdas.sign_in_link import SignInLink
from infra.lambdas.timeout import Timeout
from infra.lambdas.validate import Validate
from infra.lambdas.webhooks.deliver import Deliver
from infra.lambdas.webhooks.manage import Manage
from infra.monitoring.alarms import Monitoring
from infra.monitoring.sender_alarms import sender_alarms_topic
from infra.packaging.asset_contents import LAKE
from infra.packaging.package import Package
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
        key = customer_key(self, config)
        storage = Storage(
            self,
            "Storage",
            retained=not config.local,
            registry_moved=config.registry_moved,
            window_seconds=config.batching_window_seconds,
            table_class="STANDARD" if config.local else config.table_class,
            key=key,
        )
        credentials = Credentials(self, "Credentials", config=config)

        origin_secret = OriginSecret(self, "Origin") if config.web_acl_arn else None
        authorize = Authorize(
            self,
            "Authorize",
            package=package,
            storage=storage,
            credentials=credentials,
            origin_secret=origin_secret.value if origin_secret else "",
        )
        validate = Validate(self, "Validate", package=package, storage=storage)
        process = Process(self, "Process", package=package, storage=storage, config=config)
        timeout = Timeout(self, "Timeout", package=package, storage=storage, config=config)
        backup = Backup(self, "Backup", package=package, storage=storage)
        importer = Importer(self, "Importer", package=package, storage=storage, config=config)
        deliver = Deliver(self, "Deliver", package=package, storage=storage, config=config)
        audit = Audit(self, "Audit", storage=storage, retained=not config.local)
        manage = Manage(self, "Manage", package=package, storage=storage, audit=audit, config=config)
        query = Query(self, "Query", package=package, storage=storage, audit=audit, config=config)

        lake = Lake(self, "Lake", storage=storage, config=config, key=key) if config.lake else None
        lake_package = Package.for_stage(local=config.local, contents=LAKE)
        privacy = Privacy(self, "Privacy", package=lake_package, storage=storage, lake=lake, config=config)

        intake = (
            Intake(self, "Intake", package=package, storage=storage, canvas_app=config.canvas_app)
            if config.canvas_app
            else None
        )
        canary = (
            Canary(self, "Canary", package=package, validate=validate.function, query=query.function)
            if config.canary
            else None
        )
        sign_in_link = SignInLink(self, "SignInLink", package=package, storage=storage) if config.local else None

        api = Api(
            self,
            "Api",
            authorize=authorize.function,
            validate=validate.function,
            query=query.function,
            manage=manage.function,
            sign_in_link=sign_in_link.function if sign_in_link else None,
            token_url=credentials.token_url,
            config=config,
            origin_secret=origin_secret,
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
                "importer": importer.function,
                "manage": manage.function,
                "deliver": deliver.function,
                "privacy": privacy.function,
                **({"intake": intake.function} if intake else {}),
                **({"canary": canary.function} if canary else {}),
            },
            intake=intake,
            importer=importer,
            alarm_email=config.alarm_email,
        )
        if lake:
            self._lake(lake, lake_package, storage, config, monitoring)
        if key is not None:
            let_use((part for part in self.node.find_all() if isinstance(part, Function)), key)
        self._outputs(
            {
                "ApiUrl": api.url,
                "ApiId": api.api_id,
                **({"DomainTarget": api.domain_target} if api.domain_target else {}),
                "TokenUrl": f"{api.url}/oauth2/token",
                "TableName": storage.table.table_name,
                "RegistryTableName": storage.registry_in_use.table_name,
                **({} if config.registry_moved else {"RegistryMovesTo": storage.registry.table_name}),
                "BucketName": storage.bucket.bucket_name,
                "QueueUrl": storage.queue.queue_url,
                "QueueName": storage.queue.queue_name,
                "DeadLetterQueueUrl": storage.dead_letters.queue_url,
                "DeadLetterQueueName": storage.dead_letters.queue_name,
                "DeliverQueueUrl": storage.deliveries.queue_url,
                "DeliverDeadLetterQueueUrl": storage.given_up_deliveries.queue_url,
                **({"IntakeQueueUrl": intake.queue.queue_url} if intake else {}),
                "ConsoleUrl": f"{api.url}/console",
                "ConsoleClientId": console.user_pool_client_id,
                "UserPoolId": credentials.pool.user_pool_id,
                "AuditLogGroup": audit.group.log_group_name,
                "BusName": storage.bus.event_bus_name,
                "AlarmTopicArn": monitoring.topic.topic_arn,
                "SenderAlarmsTopicArn": sender_alarms_topic(self, storage.bus).topic_arn,
                **({"CustomerKeyArn": key.key_arn} if key is not None else {}),
                "TableClass": "STANDARD" if config.local else config.table_class,
                "RetentionDays": str(config.retention_days),
                "IdleMinutes": str(config.idle_minutes),
                "HeartbeatMinutes": str(config.heartbeat_minutes),
                "InsightThresholds": json.dumps(config.insight_thresholds()),
                "Next": f"make app STACK={construct_id} NAME=my-app",
            }
        )

    def _lake(self, lake: Lake, package: Package, storage: Storage, config: Config, monitoring: Monitoring) -> None:
        lake_function = LakeLambda(self, "LakeLambda", package=package, storage=storage, lake=lake, config=config)
        lake.alarm(monitoring.topic, lake_function.function)
        self._outputs(
            {
                "LakeBucketName": lake.bucket.bucket_name,
                "LakeQueueUrl": lake.queue.queue_url,
                "LakeDatabase": lake.database_name,
                "LakeWorkGroup": lake.workgroup.name,
                "LakeFunctionName": lake_function.function.function_name,
            }
        )

    def _outputs(self, outputs: dict[str, str]) -> None:
        for name, value in outputs.items():
            cdk.CfnOutput(self, name, value=value)
