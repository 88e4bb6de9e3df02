"""What the resources are made with, written out in full: tables, buckets, the pool, the API, the lake, log filters.

Those that have tables of their own are elsewhere: functions, queues, schedules, expiries and alarms in
test_template_in_full, rights in test_rights_in_full. Texts for people are left out.
"""

import json
from typing import Any

import pytest

from functions.http.paths import gateway_routes
from tests.infra.conftest import Synthesised
from tests.infra.names import named
from tests.infra.test_template_in_full import properties, resources

LAMBDA = "arn:AWS::Partition:apigateway:AWS::Region:lambda"
RESOURCES: dict[str, dict[str, Any]] = {
    "AWS::DynamoDB::Table": {
        "StorageTable": {
            "AttributeDefinitions": [
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
                {"AttributeName": "ref", "AttributeType": "S"},
                {"AttributeName": "shard", "AttributeType": "S"},
                {"AttributeName": "due", "AttributeType": "S"},
            ],
            "BillingMode": "PAY_PER_REQUEST",
            "DeletionProtectionEnabled": True,
            "GlobalSecondaryIndexes": [
                {
                    "IndexName": "by_id",
                    "KeySchema": [{"AttributeName": "ref", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                },
                {
                    "IndexName": "by_due",
                    "KeySchema": [
                        {"AttributeName": "shard", "KeyType": "HASH"},
                        {"AttributeName": "due", "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                },
            ],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
            "TableClass": "STANDARD_INFREQUENT_ACCESS",
            "TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True},
        },
        "StorageRegistry": {
            "AttributeDefinitions": [
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
                {"AttributeName": "ref", "AttributeType": "S"},
            ],
            "BillingMode": "PAY_PER_REQUEST",
            "DeletionProtectionEnabled": True,
            "GlobalSecondaryIndexes": [
                {
                    "IndexName": "by_id",
                    "KeySchema": [{"AttributeName": "ref", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                }
            ],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
            "TableClass": "STANDARD",
        },
    },
    "AWS::S3::Bucket": {
        "StorageArchive": {
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
            },
            "NotificationConfiguration": {
                "QueueConfigurations": [
                    {
                        "Event": "s3:ObjectCreated:*",
                        "Filter": {"S3Key": {"Rules": [{"Name": "prefix", "Value": "import/"}]}},
                        "Queue": "ImporterQueue",
                    },
                    {
                        "Event": "s3:ObjectCreated:*",
                        "Filter": {"S3Key": {"Rules": [{"Name": "prefix", "Value": "archive/"}]}},
                        "Queue": "LakeQueue",
                    },
                ]
            },
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
            "VersioningConfiguration": {"Status": "Enabled"},
        },
        "LakeBucket": {
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
            },
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
        },
    },
    "AWS::Events::EventBus": {
        "StorageBus": {"Name": "WholeStorageBus541B507F"},
    },
    "AWS::Cognito::UserPool": {
        "CredentialsPool": {
            "AccountRecoverySetting": {"RecoveryMechanisms": [{"Name": "verified_email", "Priority": 1}]},
            "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True},
            "DeletionProtection": "ACTIVE",
            "EnabledMfas": ["SOFTWARE_TOKEN_MFA"],
            "MfaConfiguration": "ON",
            "Policies": {
                "PasswordPolicy": {
                    "MinimumLength": 16,
                    "RequireLowercase": True,
                    "RequireNumbers": True,
                    "RequireSymbols": True,
                    "RequireUppercase": True,
                }
            },
        },
    },
    "AWS::Cognito::UserPoolResourceServer": {
        "CredentialsPoolCaliperv1p1": {
            "Identifier": "https://purl.imsglobal.org/spec/caliper/v1p1/scope",
            "Name": "caliper-v1p1",
            "Scopes": [
                {"ScopeName": "admin"},
                {"ScopeName": "event.create"},
                {"ScopeName": "webhook.create"},
                {"ScopeName": "webhook.readonly"},
            ],
            "UserPoolId": "CredentialsPool",
        },
        "CredentialsPoolCaliperv1p2": {
            "Identifier": "https://purl.imsglobal.org/spec/caliper/v1p2/scope",
            "Name": "caliper-v1p2",
            "Scopes": [
                {"ScopeName": "events.write"},
                {"ScopeName": "events.readonly"},
                {"ScopeName": "webhooks.write"},
                {"ScopeName": "webhooks.readonly"},
                {"ScopeName": "people.write"},
                {"ScopeName": "admin"},
            ],
            "UserPoolId": "CredentialsPool",
        },
    },
    "AWS::Cognito::UserPoolDomain": {
        "CredentialsPoolDomain": {"Domain": "caliper-…", "UserPoolId": "CredentialsPool"},
    },
    "AWS::Cognito::UserPoolClient": {
        "CredentialsPoolConsole": {
            "AccessTokenValidity": 30,
            "AllowedOAuthFlows": ["code"],
            "AllowedOAuthFlowsUserPoolClient": True,
            "AllowedOAuthScopes": ["openid"],
            "CallbackURLs": ["ApiHttpApi.ApiEndpoint/console"],
            "ClientName": "console",
            "EnableTokenRevocation": True,
            "GenerateSecret": False,
            "IdTokenValidity": 30,
            "LogoutURLs": ["ApiHttpApi.ApiEndpoint/console"],
            "PreventUserExistenceErrors": "ENABLED",
            "RefreshTokenValidity": 60,
            "SupportedIdentityProviders": ["COGNITO"],
            "TokenValidityUnits": {"AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "minutes"},
            "UserPoolId": "CredentialsPool",
        },
    },
    "AWS::Logs::MetricFilter": {
        "ProcessFunctionLogProcessFailures": {
            "FilterPattern": '{ ($.level = "ERROR") && ($.service = "process") }',
            "LogGroupName": "ProcessFunctionLog",
            "MetricTransformations": [
                {"MetricName": "ProcessFailures", "MetricNamespace": "Whole", "MetricValue": "1"}
            ],
        },
        "TimeoutFunctionLogTimeoutFailures": {
            "FilterPattern": '{ ($.level = "ERROR") && ($.service = "timeout") }',
            "LogGroupName": "TimeoutFunctionLog",
            "MetricTransformations": [
                {"MetricName": "TimeoutFailures", "MetricNamespace": "Whole", "MetricValue": "1"}
            ],
        },
        "MonitoringOverBudget": {
            "FilterPattern": '{ $.message = "over budget" }',
            "LogGroupName": "ValidateFunctionLog",
            "MetricTransformations": [
                {
                    "Dimensions": [{"Key": "app", "Value": "$.app"}],
                    "MetricName": "OverBudget",
                    "MetricNamespace": "Whole",
                    "MetricValue": "1",
                }
            ],
        },
    },
    "AWS::Lambda::EventInvokeConfig": {
        "TimeoutFunctionEventInvokeConfig": {
            "FunctionName": "TimeoutFunction",
            "MaximumEventAgeInSeconds": 60,
            "MaximumRetryAttempts": 0,
            "Qualifier": "$LATEST",
        },
        "CanaryFunctionEventInvokeConfig": {
            "FunctionName": "CanaryFunction",
            "MaximumEventAgeInSeconds": 300,
            "MaximumRetryAttempts": 0,
            "Qualifier": "$LATEST",
        },
        "LakeLambdaFunctionEventInvokeConfig": {
            "FunctionName": "LakeLambdaFunction",
            "MaximumEventAgeInSeconds": 300,
            "MaximumRetryAttempts": 0,
            "Qualifier": "$LATEST",
        },
    },
    "AWS::Glue::Database": {
        "LakeDatabase": {"CatalogId": "AWS::AccountId", "DatabaseInput": {"Name": "whole"}},
    },
    "AWS::Athena::WorkGroup": {
        "LakeWorkGroup": {
            "Name": "Whole-lake",
            "RecursiveDeleteOption": True,
            "WorkGroupConfiguration": {
                "BytesScannedCutoffPerQuery": 99000000000,
                "EnforceWorkGroupConfiguration": True,
                "EngineVersion": {"SelectedEngineVersion": "Athena engine version 3"},
                "PublishCloudWatchMetricsEnabled": True,
                "ResultConfiguration": {
                    "EncryptionConfiguration": {"EncryptionOption": "SSE_S3"},
                    "OutputLocation": "s3://LakeBucket/athena/",
                },
            },
        },
    },
    "AWS::ApiGatewayV2::Api": {
        "ApiHttpApi": {
            "CorsConfiguration": {
                "AllowHeaders": ["authorization", "content-type", "x-request-id"],
                "AllowMethods": ["GET", "HEAD", "POST", "PUT", "DELETE"],
                "AllowOrigins": ["https://app.example.org"],
                "ExposeHeaders": ["link", "retry-after", "www-authenticate"],
                "MaxAge": 3600,
            },
            "DisableExecuteApiEndpoint": False,
            "Name": "Whole",
            "ProtocolType": "HTTP",
        },
    },
    "AWS::ApiGatewayV2::Integration": {
        "ApiHttpApiDefaultRouteToAnything": {
            "ApiId": "ApiHttpApi",
            "IntegrationType": "AWS_PROXY",
            "IntegrationUri": "QueryFunction",
            "PayloadFormatVersion": "2.0",
        },
        "ApiHttpApiGETToQuery": {
            "ApiId": "ApiHttpApi",
            "IntegrationType": "AWS_PROXY",
            "IntegrationUri": "QueryFunction",
            "PayloadFormatVersion": "2.0",
        },
        "ApiHttpApiPOSTToValidate": {
            "ApiId": "ApiHttpApi",
            "IntegrationType": "AWS_PROXY",
            "IntegrationUri": "ValidateFunction",
            "PayloadFormatVersion": "2.0",
        },
        "ApiHttpApiPOSToauth2tokenToToken": {
            "ApiId": "ApiHttpApi",
            "IntegrationMethod": "POST",
            "IntegrationType": "HTTP_PROXY",
            "IntegrationUri": "https://caliper-….auth.AWS::Region.amazoncognito.com/oauth2/token",
            "PayloadFormatVersion": "1.0",
        },
        "ApiHttpApiPUTaliasesToManage": {
            "ApiId": "ApiHttpApi",
            "IntegrationType": "AWS_PROXY",
            "IntegrationUri": "ManageFunction",
            "PayloadFormatVersion": "2.0",
        },
    },
    "AWS::ApiGatewayV2::Authorizer": {
        "ApiHttpApiCached": {
            "ApiId": "ApiHttpApi",
            "AuthorizerPayloadFormatVersion": "2.0",
            "AuthorizerResultTtlInSeconds": 60,
            "AuthorizerType": "REQUEST",
            "AuthorizerUri": f"{LAMBDA}:path/2015-03-31/functions/AuthorizeFunction/invocations",
            "EnableSimpleResponses": True,
            "IdentitySource": ["$request.header.Authorization"],
            "Name": "Whole-cached",
        },
        "ApiHttpApiUncached": {
            "ApiId": "ApiHttpApi",
            "AuthorizerPayloadFormatVersion": "2.0",
            "AuthorizerResultTtlInSeconds": 0,
            "AuthorizerType": "REQUEST",
            "AuthorizerUri": f"{LAMBDA}:path/2015-03-31/functions/AuthorizeFunction/invocations",
            "EnableSimpleResponses": True,
            "IdentitySource": [],
            "Name": "Whole-uncached",
        },
    },
    "AWS::ApiGatewayV2::Stage": {
        "ApiStage": {
            "AccessLogSettings": {"DestinationArn": "ApiAccessLog"},
            "ApiId": "ApiHttpApi",
            "AutoDeploy": True,
            "DefaultRouteSettings": {"ThrottlingBurstLimit": 2002, "ThrottlingRateLimit": 1001},
            "StageName": "$default",
        },
    },
    "AWS::SNS::Subscription": {
        "MonitoringAlarmsalarmsexampleorg": {
            "Endpoint": "alarms@example.org",
            "Protocol": "email",
            "TopicArn": "MonitoringAlarms",
        },
    },
}
OUTPUTS = {
    "LakeBucketName": "LakeBucket",
    "LakeQueueUrl": "LakeQueue",
    "LakeDatabase": "whole",
    "LakeWorkGroup": "Whole-lake",
    "LakeFunctionName": "LakeLambdaFunction",
    "ApiUrl": "ApiHttpApi.ApiEndpoint",
    "ApiId": "ApiHttpApi",
    "TokenUrl": "ApiHttpApi.ApiEndpoint/oauth2/token",
    "TableName": "StorageTable",
    "RegistryTableName": "StorageRegistry",
    "BucketName": "StorageArchive",
    "QueueUrl": "StorageQueue",
    "QueueName": "StorageQueue.QueueName",
    "DeadLetterQueueUrl": "StorageDeadLetters",
    "DeadLetterQueueName": "StorageDeadLetters.QueueName",
    "DeliverQueueUrl": "StorageDeliverQueue",
    "DeliverDeadLetterQueueUrl": "StorageDeliverDeadLetters",
    "IntakeQueueUrl": "IntakeQueue",
    "ConsoleUrl": "ApiHttpApi.ApiEndpoint/console",
    "ConsoleClientId": "CredentialsPoolConsole",
    "UserPoolId": "CredentialsPool",
    "AuditLogGroup": "AuditLog",
    "BusName": "StorageBus",
    "AlarmTopicArn": "MonitoringAlarms",
    "SenderAlarmsTopicArn": "SenderAlarms",
    "TableClass": "STANDARD_INFREQUENT_ACCESS",
    "RetentionDays": "401",
    "IdleMinutes": "31.5",
    "HeartbeatMinutes": "6.5",
    "InsightThresholds": '{"idling_gap_minutes": 11.5, "idling_inactive_seconds": 301, '
    '"shopping_lessons": 4, "shopping_minutes": 12.5}',
    "Next": "make app STACK=Whole NAME=my-app",
}

TEXTS = {
    *("Description", "ScopeDescription", "InviteMessageTemplate", "EmailVerificationMessage"),
    *("EmailVerificationSubject", "SmsVerificationMessage", "VerificationMessageTemplate"),
}
ELSEWHERE = {"LifecycleConfiguration", "RouteSettings", "Format"}
INTEGRATIONS = {
    "validate": "ApiHttpApiPOSTToValidate",
    "query": "ApiHttpApiGETToQuery",
    "manage": "ApiHttpApiPUTaliasesToManage",
    "user pool": "ApiHttpApiPOSToauth2tokenToToken",
}
AUTHORIZERS = {
    "header": ("CUSTOM", "ApiHttpApiCached"),
    "path": ("CUSTOM", "ApiHttpApiUncached"),
    "none": ("NONE", None),
}


def without_texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_texts(part) for key, part in value.items() if key not in TEXTS | ELSEWHERE}
    return [without_texts(part) for part in value] if isinstance(value, list) else value


@pytest.mark.parametrize("kind", RESOURCES)
def test_each_resource_is_made_with_the_properties_of_the_table(whole: Synthesised, kind: str) -> None:
    made_with = {
        name: without_texts(named(resource.get("Properties", {}))) for name, resource in resources(whole, kind).items()
    }
    assert made_with == RESOURCES[kind]


def test_each_output_tells_operators_what_the_table_says(whole: Synthesised) -> None:
    assert {name: named(output["Value"]) for name, output in whole.template["Outputs"].items()} == OUTPUTS


def test_each_route_leads_to_the_function_that_answers_it_past_the_authorizer_of_its_credential(
    whole: Synthesised,
) -> None:
    routes = {
        route["RouteKey"]: (
            named(route["Target"]),
            (route["AuthorizationType"], named(route["AuthorizerId"]) if "AuthorizerId" in route else None),
        )
        for route in properties(whole, "AWS::ApiGatewayV2::Route").values()
    }
    assert routes == {
        f"{method} {route.template}": (f"integrations/{INTEGRATIONS[route.answered_by]}", AUTHORIZERS[route.credential])
        for route in gateway_routes()
        for method in route.methods
    } | {"$default": ("integrations/ApiHttpApiDefaultRouteToAnything", ("NONE", None))}


def test_a_route_that_anybody_may_call_is_throttled_by_itself(whole: Synthesised) -> None:
    (stage,) = properties(whole, "AWS::ApiGatewayV2::Stage").values()
    settings = stage["RouteSettings"].values()
    assert len(settings) > 5
    assert [limits for limits in settings if limits != {"ThrottlingRateLimit": 20, "ThrottlingBurstLimit": 40}] == []


def test_each_function_runs_on_arm64_with_its_asset_and_logs_json_from_warnings_of_the_system_on(
    whole: Synthesised,
) -> None:
    functions = properties(whole, "AWS::Lambda::Function")
    shared, of_the_lake = (functions[name]["Code"] for name in ("ValidateFunction", "LakeLambdaFunction"))
    assert shared != of_the_lake
    for name, function in functions.items():
        assert function["Code"] == (of_the_lake if name in ("LakeLambdaFunction", "PrivacyFunction") else shared)
        assert (function["Architectures"], function["Runtime"]) == (["arm64"], "python3.13")
        logging = function["LoggingConfig"]
        assert (logging["LogFormat"], logging["SystemLogLevel"]) == ("JSON", "WARN")


def test_every_log_but_that_of_reads_about_people_goes_with_the_stack(whole: Synthesised) -> None:
    policies = {
        name: (group["DeletionPolicy"], group["UpdateReplacePolicy"])
        for name, group in resources(whole, "AWS::Logs::LogGroup").items()
    }
    assert policies.pop("AuditLog") == ("Retain", "Retain")
    assert set(policies.values()) == {("Delete", "Delete")}


def test_the_access_log_tells_what_was_asked_by_whom_and_how_it_went(whole: Synthesised) -> None:
    (stage,) = properties(whole, "AWS::ApiGatewayV2::Stage").values()
    assert json.loads(stage["AccessLogSettings"]["Format"]) == {
        "requestId": "$context.requestId",
        "app": "$context.authorizer.app",
        "credential": "$context.authorizer.credential",
        "time": "$context.requestTime",
        "route": "$context.routeKey",
        "method": "$context.httpMethod",
        "status": "$context.status",
        "ms": "$context.responseLatency",
        "integrationMs": "$context.integrationLatency",
        "bytes": "$context.responseLength",
        "error": "$context.error.message",
        "authorizerError": "$context.authorizer.error",
        "integrationError": "$context.integrationErrorMessage",
    }
