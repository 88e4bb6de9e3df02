"""What AWS is asked for, written out in full: each function, queue, schedule, source of messages, expiry and alarm.

One stack with every optional part, in which each setting has a value of its own, so that one which does not reach its
function, or reaches the wrong one, is seen.
"""

import re
from typing import Any, NamedTuple

from infra.config import Config
from infra.front_door.settings import FrontDoorSettings
from tests.infra.chosen import CHOSEN
from tests.infra.conftest import Synthesised
from tests.infra.names import bare

DAY_S = 86_400
OF_EVERY_FUNCTION = {"POWERTOOLS_LOG_LEVEL": "INFO", "POWERTOOLS_METRICS_NAMESPACE": "Whole"}
TABLES = {"TABLE_NAME": "StorageTable", "REGISTRY_TABLE_NAME": "StorageRegistry"}
IDLE = {"IDLE_MINUTES": "31.5", "HEARTBEAT_MINUTES": "6.5"}
INSIGHTS = {
    "IDLING_GAP_MINUTES": "11.5",
    "IDLING_INACTIVE_SECONDS": "301",
    "SHOPPING_LESSONS": "4",
    "SHOPPING_MINUTES": "12.5",
}
RETENTION = {"RETENTION_DAYS": "401"}


class Function(NamedTuple):
    """`environment`: a resource stands there by its construct's name."""

    memory_mb: int
    timeout_s: int
    environment: dict[str, str]
    concurrency: int | None = None
    scratch_mb: int | None = None


FUNCTIONS = {
    "authorize": Function(
        1024,
        10,
        {
            "REGISTRY_TABLE_NAME": "StorageRegistry",
            "USER_POOL_ID": "CredentialsPool",
            "CONSOLE_CLIENT_ID": "CredentialsPoolConsole",
            "ORIGIN_SECRET": "",
        },
    ),
    "validate": Function(1769, 29, {"TABLE_NAME": "StorageTable", "QUEUE_URL": "StorageQueue"}),
    "process": Function(
        1769,
        90,
        {
            **TABLES,
            **IDLE,
            **RETENTION,
            "BUCKET_NAME": "StorageArchive",
            "BUS_NAME": "StorageBus",
            "PLAIN_NOTICES": "True",
            "QUEUE_URL": "StorageQueue",
            "DEAD_LETTERS_URL": "StorageDeadLetters",
            "DELIVERIES_URL": "StorageDeliverQueue",
        },
        concurrency=41,
    ),
    "timeout": Function(
        1769,
        55,
        {
            **TABLES,
            **IDLE,
            **INSIGHTS,
            **RETENTION,
            "QUEUE_URL": "StorageQueue",
            "BUS_NAME": "StorageBus",
            "PLAIN_NOTICES": "True",
            "MARGIN_SECONDS": "60.0",
            "SWEEP_INVOCATIONS": "9",
        },
        concurrency=6,
    ),
    "query": Function(
        1769,
        29,
        {
            **TABLES,
            **IDLE,
            **INSIGHTS,
            **RETENTION,
            "QUEUE_URL": "StorageQueue",
            "DEAD_LETTERS_URL": "StorageDeadLetters",
            "CONSOLE_CLIENT_ID": "CredentialsPoolConsole",
            "LOGIN_URL": "https://caliper-….auth.AWS::Region.amazoncognito.com/oauth2/authorize",
            "CORS_ORIGINS": "https://app.example.org",
            "AUDIT_GROUP": "AuditLog",
            "BUCKET_NAME": "StorageArchive",
            "SECURITY_CONTACT": "mailto:security@example.org",
        },
        concurrency=31,
    ),
    "manage": Function(
        1024,
        29,
        {
            **TABLES,
            "DELIVERIES_URL": "StorageDeliverQueue",
            "PERSON_REQUESTS_URL": "StoragePersonRequests",
            "AUDIT_GROUP": "AuditLog",
            "ALLOW_LOOPBACK": "False",
        },
    ),
    "privacy": Function(
        3008,
        900,
        {
            **TABLES,
            **IDLE,
            **RETENTION,
            "BUCKET_NAME": "StorageArchive",
            "BUS_NAME": "StorageBus",
            "PLAIN_NOTICES": "False",
            "QUEUE_URL": "",
            "DEAD_LETTERS_URL": "StorageDeadLetters",
            "DELIVERIES_URL": "",
            "REQUESTS_URL": "StoragePersonRequests",
            "LAKE_BUCKET": "LakeBucket",
            "LAKE_QUEUE_URL": "LakeQueue",
            "DATABASE": "whole",
            "MEMORY": "1200MB",
        },
        scratch_mb=4096,
    ),
    "deliver": Function(
        512,
        60,
        {
            **TABLES,
            "BUCKET_NAME": "StorageArchive",
            "DELIVERIES_URL": "StorageDeliverQueue",
            "GIVEN_UP_URL": "StorageDeliverDeadLetters",
            "BUS_NAME": "StorageBus",
            "ALLOW_LOOPBACK": "False",
        },
    ),
    "backup": Function(512, 60, {"REGISTRY_TABLE_NAME": "StorageRegistry", "BUCKET_NAME": "StorageArchive"}),
    "importer": Function(
        1769,
        900,
        {
            **TABLES,
            **RETENTION,
            "QUEUE_URL": "StorageQueue",
            "NOTIFICATIONS_URL": "ImporterQueue",
            "BUCKET_NAME": "StorageArchive",
        },
        scratch_mb=1024,
    ),
    "intake": Function(
        512,
        30,
        {
            "REGISTRY_TABLE_NAME": "StorageRegistry",
            "QUEUE_URL": "StorageQueue",
            "CANVAS_APP": "https://canvas.example.edu",
        },
    ),
    "canary": Function(
        256, 180, {"VALIDATE_FUNCTION": "ValidateFunction", "QUERY_FUNCTION": "QueryFunction", "LOOKS": "45"}
    ),
    "lake": Function(
        3008,
        840,
        {
            **TABLES,
            **IDLE,
            "ARCHIVE_BUCKET": "StorageArchive",
            "LAKE_BUCKET": "LakeBucket",
            "LAKE_QUEUE_URL": "LakeQueue",
            "DATABASE": "whole",
            "MEMORY": "1200MB",
            "THREADS": "2",
        },
        scratch_mb=4096,
    ),
}


class Queue(NamedTuple):
    """`gives_up`: to which queue, after how many receives. No name for how long it hides: 30 s, SQS's default."""

    kept_days: int
    hides_s: int | None = None
    gives_up: tuple[str, int] | None = None
    most_bytes: int | None = None


QUEUES = {
    "StorageQueue": Queue(7, 6 * 90 + 3, ("StorageDeadLetters", 20), 1_048_576),
    "StorageDeadLetters": Queue(14, None, None, 1_048_576),
    "StorageDeliverQueue": Queue(4, 360, ("StorageDeliverDeadLetters", 20)),
    "StorageDeliverDeadLetters": Queue(14, 30),
    "StoragePersonRequests": Queue(2, 960, ("StoragePersonRequestDeadLetters", 5)),
    "StoragePersonRequestDeadLetters": Queue(4, 30),
    "ImporterQueue": Queue(7, 900, ("ImporterDeadLetters", 5)),
    "ImporterDeadLetters": Queue(14),
    "IntakeQueue": Queue(7, 6 * 30 + 2, ("IntakeDeadLetters", 200), 1_048_576),
    "IntakeDeadLetters": Queue(14, None, None, 1_048_576),
    "LakeQueue": Queue(14, 900, ("LakeDeadLetters", 5)),
    "LakeDeadLetters": Queue(14),
}
# By queue: the function that takes from it, messages in a batch, seconds of the window, workers, answers for each.
SOURCES = {
    "StorageQueue": ("ProcessFunction", 500, 3, 40, True),
    "StorageDeliverQueue": ("DeliverFunction", 10, None, 10, True),
    "ImporterQueue": ("ImporterFunction", 1, None, 2, False),
    "StoragePersonRequests": ("PrivacyFunction", 1, None, 2, False),
    "IntakeQueue": ("IntakeFunction", 100, 2, None, True),
}
# By function and schedule: how often a failed call is repeated, how old it may be, and its input.
SCHEDULES: dict[tuple[str, str], tuple[int | None, int | None, str | None]] = {
    ("TimeoutFunction", "rate(1 minute)"): (0, 60, None),
    ("BackupFunction", "rate(1 day)"): (None, None, None),
    ("PrivacyFunction", "cron(41 2 * * ? *)"): (0, None, '{"task":"expire"}'),
    ("CanaryFunction", "rate(5 minutes)"): (0, 300, None),
    ("LakeLambdaFunction", "rate(55 minutes)"): (0, None, '{"task":"feed"}'),
    ("LakeLambdaFunction", "cron(17 3 * * ? *)"): (0, None, '{"task":"maintain"}'),
}
EXPIRIES: dict[str, list[dict[str, Any]]] = {
    "StorageArchive": [
        {
            "Id": "superseded",
            "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
        },
        {"Id": "registry-copies", "Prefix": "registry/", "ExpirationInDays": 400},
        {"Id": "dropped-files", "Prefix": "import/", "ExpirationInDays": 30},
        {"Id": "import-answers", "Prefix": "imported/", "ExpirationInDays": 30},
        {
            "Id": "copies-for-people",
            "Prefix": "exports/",
            "ExpirationInDays": 1,
            "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
        },
        {
            "Id": "archive-cools",
            "Prefix": "archive/",
            # The only class of Glacier that is read at once: a rebuild reads the archive without restoring it first.
            "Transitions": [{"StorageClass": "GLACIER_IR", "TransitionInDays": 90}],
        },
    ],
    "LakeBucket": [
        {"Id": "answers", "Prefix": "athena/", "ExpirationInDays": 7},
        {"Id": "parts", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}},
    ],
}
# Of the optional parts; those of every deployment are in test_alarms. Metric, source, statistic, threshold, period,
# periods, comparison, missing data.
MORE, LESS = "GreaterThanOrEqualToThreshold", "LessThanThreshold"
VISIBLE, AGE = "AWS/SQS ApproximateNumberOfMessagesVisible", "AWS/SQS ApproximateAgeOfOldestMessage"
ALARMS = {
    "MonitoringIntakeDeadLetters": (VISIBLE, "IntakeDeadLetters", "Maximum", 1, 60, 1, MORE, "notBreaching"),
    "MonitoringIntakeOldestMessage": (AGE, "IntakeQueue", "Maximum", 300, 60, 3, MORE, "notBreaching"),
    "MonitoringIntakeErrors": ("AWS/Lambda Errors", "IntakeFunction", "Sum", 1, 300, 1, MORE, "notBreaching"),
    "MonitoringIntakeThrottles": ("AWS/Lambda Throttles", "IntakeFunction", "Sum", 1, 300, 1, MORE, "notBreaching"),
    "MonitoringCanaryErrors": ("AWS/Lambda Errors", "CanaryFunction", "Sum", 1, 300, 1, MORE, "notBreaching"),
    "MonitoringCanaryThrottles": ("AWS/Lambda Throttles", "CanaryFunction", "Sum", 1, 300, 1, MORE, "notBreaching"),
    "MonitoringCanaryMissing": ("AWS/Lambda Invocations", "CanaryFunction", "Sum", 1, 900, 1, LESS, "breaching"),
    "LakeDeadLettersAlarm": (VISIBLE, "LakeDeadLetters", "Maximum", 1, 3600, 1, MORE, "notBreaching"),
    "LakeOldestAlarm": (AGE, "LakeQueue", "Maximum", 6 * 3600, 3600, 1, MORE, "notBreaching"),
    "LakeErrorsAlarm": ("AWS/Lambda Errors", "LakeLambdaFunction", "Sum", 1, 3600, 1, MORE, "notBreaching"),
}


def named(value: Any) -> Any:
    """A value of the template in which each resource goes by its construct's name."""
    if isinstance(value, dict):
        if "Ref" in value:
            reference = str(value["Ref"])
            return reference if reference.startswith("AWS::") else bare(reference)
        if "Fn::GetAtt" in value:
            return bare(value["Fn::GetAtt"][0])
        if "Fn::Join" in value:
            joint, parts = value["Fn::Join"]
            return joint.join(str(named(part)) for part in parts)
        return "…"
    return value


def resources(whole: Synthesised, kind: str) -> dict[str, dict[str, Any]]:
    """By construct, those of the lake included; custom resources of the CDK's own aside."""
    return {
        bare(name): resource
        for name, resource in whole.template["Resources"].items()
        if resource["Type"] == kind and not name.startswith(("CustomS3AutoDelete", "BucketNotificationsHandler"))
    }


def properties(whole: Synthesised, kind: str) -> dict[str, dict[str, Any]]:
    return {name: resource["Properties"] for name, resource in resources(whole, kind).items()}


def test_every_setting_that_a_function_or_queue_may_get_has_a_value_of_its_own() -> None:
    of_other_tests = {"stage", "table_class", "lake", "registry_moved"}
    of_no_function = {*FrontDoorSettings.model_fields, "customer_key"}
    assert set(Config.model_fields) - of_other_tests - of_no_function == set(CHOSEN)
    assert [name for name, value in CHOSEN.items() if Config.model_fields[name].default == value] == []


def test_each_function_has_its_memory_time_and_environment(whole: Synthesised) -> None:
    functions: dict[str, Function] = {}
    for values in properties(whole, "AWS::Lambda::Function").values():
        name = values["Handler"].split(".")[1]
        environment = {key: named(value) for key, value in values["Environment"]["Variables"].items()}
        assert environment.pop("POWERTOOLS_SERVICE_NAME") == name
        assert {key: environment.pop(key) for key in OF_EVERY_FUNCTION} == OF_EVERY_FUNCTION
        functions[name] = Function(
            memory_mb=values["MemorySize"],
            timeout_s=values["Timeout"],
            environment=environment,
            concurrency=values.get("ReservedConcurrentExecutions"),
            scratch_mb=values.get("EphemeralStorage", {}).get("Size"),
        )
    assert functions == FUNCTIONS


def test_each_queue_keeps_hides_and_gives_up_as_its_function_needs(whole: Synthesised) -> None:
    queues: dict[str, Queue] = {}
    for name, values in properties(whole, "AWS::SQS::Queue").items():
        assert values["SqsManagedSseEnabled"] is True
        redrive = values.get("RedrivePolicy")
        queues[name] = Queue(
            kept_days=values["MessageRetentionPeriod"] // DAY_S,
            hides_s=values.get("VisibilityTimeout"),
            gives_up=redrive and (named(redrive["deadLetterTargetArn"]), redrive["maxReceiveCount"]),
            most_bytes=values.get("MaximumMessageSize"),
        )
    assert queues == QUEUES


def test_what_a_queue_gives_up_outlasts_what_it_keeps(whole: Synthesised) -> None:
    """SQS counts the age of a dead letter from when it was first sent."""
    given_up = [(queue, QUEUES[queue.gives_up[0]]) for queue in QUEUES.values() if queue.gives_up]
    assert len(given_up) == 6
    for queue, dead_letters in given_up:
        assert dead_letters.kept_days >= queue.kept_days


def test_each_queue_feeds_its_function_in_batches_of_its_size(whole: Synthesised) -> None:
    sources = {
        named(values["EventSourceArn"]): (
            named(values["FunctionName"]),
            values["BatchSize"],
            values.get("MaximumBatchingWindowInSeconds"),
            values.get("ScalingConfig", {}).get("MaximumConcurrency"),
            values.get("FunctionResponseTypes") == ["ReportBatchItemFailures"],
        )
        for values in properties(whole, "AWS::Lambda::EventSourceMapping").values()
    }
    assert sources == SOURCES


def test_each_schedule_calls_its_function(whole: Synthesised) -> None:
    schedules: dict[tuple[str, str], tuple[int | None, int | None, str | None]] = {}
    for values in properties(whole, "AWS::Events::Rule").values():
        assert values["State"] == "ENABLED"
        (target,) = values["Targets"]
        if "ScheduleExpression" not in values:
            continue
        retry = target.get("RetryPolicy", {})
        schedules[named(target["Arn"]), values["ScheduleExpression"]] = (
            retry.get("MaximumRetryAttempts"),
            retry.get("MaximumEventAgeInSeconds"),
            target.get("Input"),
        )
    assert schedules == SCHEDULES


def test_the_notices_of_senders_alarms_alone_go_to_the_topic_of_their_owners(whole: Synthesised) -> None:
    rules = [values for values in properties(whole, "AWS::Events::Rule").values() if "EventPattern" in values]
    (rule,) = rules
    assert rule["EventPattern"] == {"source": ["caliper"], "detail-type": ["SenderAlarm"]}
    assert [named(target["Arn"]) for target in rule["Targets"]] == ["SenderAlarms"]


def test_each_object_expires_when_it_may_and_not_before(whole: Synthesised) -> None:
    rules = {
        name: [{key: value for key, value in rule.items() if key != "Status"} for rule in enabled(values)]
        for name, values in properties(whole, "AWS::S3::Bucket").items()
    }
    assert rules == EXPIRIES


def enabled(bucket: dict[str, Any]) -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = bucket["LifecycleConfiguration"]["Rules"]
    assert {rule["Status"] for rule in rules} == {"Enabled"}
    return rules


def test_each_log_expires(whole: Synthesised) -> None:
    days = {name: values["RetentionInDays"] for name, values in properties(whole, "AWS::Logs::LogGroup").items()}
    assert {name for name, kept in days.items() if kept != 30} == {"AuditLog"}
    assert days["AuditLog"] == 365


def test_what_is_kept_when_the_stack_goes_cannot_be_deleted_by_itself(whole: Synthesised) -> None:
    kinds = ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::Cognito::UserPool")
    kept = {name: resource for kind in kinds for name, resource in resources(whole, kind).items()}
    assert {
        name: (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) for name, resource in kept.items()
    } == dict.fromkeys(
        ("StorageTable", "StorageRegistry", "StorageArchive", "LakeBucket", "CredentialsPool"), ("Retain", "Retain")
    )
    tables = properties(whole, "AWS::DynamoDB::Table")
    assert {name: table["DeletionProtectionEnabled"] for name, table in tables.items()} == {
        "StorageTable": True,
        "StorageRegistry": True,
    }
    assert kept["CredentialsPool"]["Properties"]["DeletionProtection"] == "ACTIVE"


def test_each_alarm_of_an_optional_part_is_as_it_must_be(whole: Synthesised) -> None:
    alarms = {}
    for name, values in properties(whole, "AWS::CloudWatch::Alarm").items():
        (topic,) = values["AlarmActions"]
        assert named(topic) == "MonitoringAlarms"
        assert values.get("DatapointsToAlarm", values["EvaluationPeriods"]) == values["EvaluationPeriods"]
        if not re.search("Intake|Canary|^Lake", name):
            continue
        (dimension,) = values["Dimensions"]
        alarms[name] = (
            f"{values['Namespace']} {values['MetricName']}",
            named(dimension["Value"]),
            values["Statistic"],
            values["Threshold"],
            values["Period"],
            values["EvaluationPeriods"],
            values["ComparisonOperator"],
            values["TreatMissingData"],
        )
    assert alarms == ALARMS


def test_the_pool_admits_people_by_invitation_with_long_passwords(whole: Synthesised) -> None:
    (pool,) = properties(whole, "AWS::Cognito::UserPool").values()
    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    assert (pool["MfaConfiguration"], pool["EnabledMfas"]) == ("ON", ["SOFTWARE_TOKEN_MFA"])
    assert pool["AccountRecoverySetting"]["RecoveryMechanisms"] == [{"Name": "verified_email", "Priority": 1}]
    assert pool["Policies"]["PasswordPolicy"] == {
        "MinimumLength": 16,
        "RequireLowercase": True,
        "RequireUppercase": True,
        "RequireNumbers": True,
        "RequireSymbols": True,
    }


def test_the_console_signs_people_in_by_code_and_for_half_an_hour(whole: Synthesised) -> None:
    (client,) = properties(whole, "AWS::Cognito::UserPoolClient").values()
    assert client["GenerateSecret"] is False
    assert client["AllowedOAuthFlows"] == ["code"]
    assert client["AllowedOAuthScopes"] == ["openid"]
    assert client["SupportedIdentityProviders"] == ["COGNITO"]
    assert client["PreventUserExistenceErrors"] == "ENABLED"
    assert client["EnableTokenRevocation"] is True
    validity = {name: client[f"{name}Validity"] for name in ("AccessToken", "IdToken", "RefreshToken")}
    assert validity == {"AccessToken": 30, "IdToken": 30, "RefreshToken": 60}
    assert set(client["TokenValidityUnits"].values()) == {"minutes"}
    assert client["CallbackURLs"] == client["LogoutURLs"]
    assert [named(url) for url in client["CallbackURLs"]] == ["ApiHttpApi/console"]


def test_of_the_two_authorizers_one_keeps_its_answer_for_a_minute_and_one_for_no_time(whole: Synthesised) -> None:
    authorizers = properties(whole, "AWS::ApiGatewayV2::Authorizer")
    kept = {
        name: (values["AuthorizerResultTtlInSeconds"], values["IdentitySource"]) for name, values in authorizers.items()
    }
    assert kept == {
        "ApiHttpApiCached": (60, ["$request.header.Authorization"]),
        "ApiHttpApiUncached": (0, []),
    }
    for values in authorizers.values():
        assert (values["AuthorizerType"], values["AuthorizerPayloadFormatVersion"]) == ("REQUEST", "2.0")
        assert values["EnableSimpleResponses"] is True
