"""Who may do what, written out in full: each function by resource, and who else is admitted to what.

A right that is missing shows on AWS alone, because no emulator asks for one; a right too many shows nowhere.
"""

from collections import defaultdict
from typing import Any

from tests.infra.conftest import Synthesised
from tests.infra.names import bare, named
from tests.infra.test_permissions import listed
from tests.infra.test_template_in_full import properties, resources

TAKES = "sqs: ChangeMessageVisibility DeleteMessage GetQueueAttributes GetQueueUrl ReceiveMessage"
# By function and resource; `of` names the partitions of a table that it is bound to, each as a pattern or exactly.
RIGHTS = {
    "authorize": {
        "StorageRegistry": "dynamodb: BatchGetItem",
        "StorageRegistry of U#*": "dynamodb: BatchWriteItem",
    },
    "backup": {
        "StorageRegistry": "dynamodb: Scan",
        "StorageArchive/registry/*": "s3: PutObject",
    },
    "canary": {
        "QueryFunction": "lambda: InvokeFunction",
        "ValidateFunction": "lambda: InvokeFunction",
    },
    "deliver": {
        "StorageDeliverQueue": f"{TAKES} SendMessage",
        "StorageRegistry": "dynamodb: Query",
        "StorageRegistry of *#H": "dynamodb: PutItem",
        "StorageTable": "dynamodb: BatchWriteItem",
        "StorageArchive/archive/*": "s3: GetObject",
        "StorageArchive": "s3: ListBucket",
        "StorageDeliverDeadLetters": "sqs: SendMessage",
        "StorageBus": "events: PutEvents",
    },
    "importer": {
        "ImporterQueue": f"{TAKES} SendMessage",
        "StorageArchive/import/*": "s3: GetObject",
        "StorageArchive/archive/*": "s3: GetObject PutObject",
        "StorageArchive/imported/*": "s3: GetObject PutObject",
        "StorageArchive": "s3: ListBucket",
        "StorageQueue": "sqs: GetQueueAttributes SendMessage",
        "StorageTable": "dynamodb: BatchGetItem",
        "StorageRegistry": "dynamodb: Query",
    },
    "intake": {
        "IntakeQueue": TAKES,
        "StorageQueue": "sqs: SendMessage",
        "StorageRegistry": "dynamodb: BatchGetItem",
    },
    "lake": {
        "StorageArchive/archive/*": "s3: GetObject",
        "LakeBucket/*": "s3: DeleteObject GetObject PutObject",
        "LakeBucket": "s3: ListBucket",
        "LakeQueue": "sqs: DeleteMessage ReceiveMessage",
        "glue:catalog": "glue: CreateTable GetTable UpdateTable",
        "glue:database/whole": "glue: CreateTable GetTable UpdateTable",
        "glue:table/whole/*": "glue: CreateTable GetTable UpdateTable",
        "StorageRegistry/index/by_id": "dynamodb: Query",
        "StorageTable/index/by_id": "dynamodb: Query",
        "StorageRegistry of APPS LAKE *#H *#P#* GONE#*": "dynamodb: BatchGetItem",
        "StorageRegistry of GONE#*": "dynamodb: Query",
        "StorageRegistry of LAKE": "dynamodb: PutItem",
    },
    "manage": {
        "AuditLog": "logs: CreateLogStream PutLogEvents",
        "StorageRegistry": "dynamodb: BatchGetItem Query",
        "StorageTable": "dynamodb: Query",
        "StorageRegistry of *#H *#P#*": "dynamodb: PutItem",
        "StorageRegistry of ALARMS": "dynamodb: BatchWriteItem",
        "StorageDeliverQueue": "sqs: SendMessage",
        "StoragePersonRequests": "sqs: SendMessage",
        "StorageTable of *#P": "dynamodb: PutItem",
        "StorageRegistry of AUDIT exactly": "dynamodb: PutItem",
    },
    "privacy": {
        "StoragePersonRequests": f"{TAKES} SendMessage",
        "StorageTable": "dynamodb: BatchGetItem BatchWriteItem PutItem Query UpdateItem",
        "StorageTable/index/by_id": "dynamodb: Query",
        "StorageRegistry of APPS LAKE GONE#* *#P#*": "dynamodb: BatchGetItem",
        "StorageRegistry of GONE#* APPS *#P#*": "dynamodb: Query",
        "StorageRegistry of GONE#* *#P#* *#O#*": "dynamodb: BatchWriteItem",
        "StorageRegistry of LAKE GONE#* *#P#*": "dynamodb: PutItem",
        "StorageArchive": "s3: ListBucket ListBucketVersions",
        "StorageArchive/archive/*": "s3: DeleteObjectVersion GetObject GetObjectVersion PutObject",
        "StorageArchive/erasures/*": "s3: GetObject PutObject",
        "StorageArchive/exports/*": "s3: DeleteObjectVersion PutObject",
        "StorageArchive/import/*": "s3: DeleteObjectVersion GetObject GetObjectVersion",
        "StorageArchive/imported/*": "s3: DeleteObjectVersion GetObject GetObjectVersion PutObject",
        "StorageDeadLetters": "sqs: ChangeMessageVisibility DeleteMessage ReceiveMessage SendMessage",
        "StorageBus": "events: PutEvents",
        "LakeBucket/*": "s3: DeleteObject GetObject PutObject",
        "LakeBucket": "s3: ListBucket",
        "LakeQueue": "sqs: SendMessage",
        "glue:catalog": "glue: GetTable UpdateTable",
        "glue:database/whole": "glue: GetTable UpdateTable",
        "glue:table/whole/*": "glue: GetTable UpdateTable",
    },
    "process": {
        "StorageQueue": TAKES,
        "StorageTable": "dynamodb: BatchGetItem BatchWriteItem PutItem UpdateItem",
        "StorageRegistry": "dynamodb: BatchGetItem",
        "StorageRegistry of GONE#*": "dynamodb: Query",
        "StorageTable/index/by_id": "dynamodb: Query",
        "StorageArchive/archive/*": "s3: GetObject PutObject",
        "StorageDeadLetters": "sqs: SendMessage",
        "StorageDeliverQueue": "sqs: SendMessage",
        "StorageBus": "events: PutEvents",
    },
    "query": {
        "AuditLog": "logs: CreateLogStream PutLogEvents",
        "StorageRegistry": "dynamodb: BatchGetItem Query",
        "StorageTable": "dynamodb: BatchGetItem Query",
        "StorageRegistry/index/by_id": "dynamodb: Query",
        "StorageTable/index/by_due": "dynamodb: Query",
        "StorageTable/index/by_id": "dynamodb: Query",
        "StorageDeadLetters": "sqs: GetQueueAttributes ReceiveMessage",
        "StorageQueue": "sqs: GetQueueAttributes",
        "StorageArchive/exports/*": "s3: GetObject",
        "StorageRegistry of AUDIT exactly": "dynamodb: PutItem",
    },
    "timeout": {
        "StorageTable": "dynamodb: BatchGetItem BatchWriteItem PutItem Query",
        "StorageTable/index/by_due": "dynamodb: Query",
        "StorageTable/index/by_id": "dynamodb: Query Scan",
        "StorageRegistry": "dynamodb: BatchGetItem Query",
        "StorageRegistry of LAKE": "dynamodb: PutItem",
        "StorageQueue": "sqs: GetQueueAttributes SendMessage",
        "StorageBus": "events: PutEvents",
        "TimeoutFunction": "lambda: InvokeFunction",
    },
    "validate": {
        "StorageQueue": "sqs: SendMessage",
        "StorageTable/index/by_id": "dynamodb: Query",
        "StorageTable": "dynamodb: BatchGetItem UpdateItem",
    },
}
GLUE = "arn:AWS::Partition:glue:AWS::Region:AWS::AccountId:"
API = "arn:AWS::Partition:execute-api:AWS::Region:AWS::AccountId:ApiHttpApi"
# Who calls which function, and on behalf of what.
CALLERS = {
    ("AuthorizeFunction", "apigateway", f"{API}/authorizers/ApiHttpApiCached"),
    ("AuthorizeFunction", "apigateway", f"{API}/authorizers/ApiHttpApiUncached"),
    ("ValidateFunction", "apigateway", f"{API}/*/*/*"),
    ("QueryFunction", "apigateway", f"{API}/*/*/*"),
    ("QueryFunction", "apigateway", f"{API}/*/*"),  # `$default`
    ("ManageFunction", "apigateway", f"{API}/*/*/*"),
    ("TimeoutFunction", "events", "TimeoutEachMinute"),
    ("BackupFunction", "events", "BackupEachDay"),
    ("PrivacyFunction", "events", "PrivacyExpire"),
    ("CanaryFunction", "events", "CanaryEveryFiveMinutes"),
    ("LakeLambdaFunction", "events", "LakeLambdaFeed"),
    ("LakeLambdaFunction", "events", "LakeLambdaMaintain"),
}
OF_THIS_ACCOUNT = {"StringEquals": {"aws:SourceAccount": "AWS::AccountId"}}
# By resource: who else may do what there, and under which condition.
ADMITTED = {
    "ImporterQueue": [("s3.amazonaws.com", ["sqs:SendMessage"], OF_THIS_ACCOUNT)],
    "LakeQueue": [("s3.amazonaws.com", ["sqs:SendMessage"], OF_THIS_ACCOUNT)],
    "IntakeQueue": [
        (
            "arn:AWS::Partition:iam::636161780776:root",  # Canvas
            ["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"],
            None,
        )
    ],
    "MonitoringAlarms": [("cloudwatch.amazonaws.com", ["sns:Publish"], OF_THIS_ACCOUNT)],
    "SenderAlarms": [("events.amazonaws.com", ["sns:Publish"], None)],
}
POLICIES = {"AWS::SQS::QueuePolicy": "Queues", "AWS::S3::BucketPolicy": "Bucket", "AWS::SNS::TopicPolicy": "Topics"}


def bound_to(statement: dict[str, Any]) -> str:
    """The partitions that a statement is bound to."""
    if "Condition" not in statement:
        return ""
    ((operator, condition),) = statement["Condition"].items()
    ((key, partitions),) = condition.items()
    assert key == "dynamodb:LeadingKeys"
    exactly = {"ForAllValues:StringLike": "", "ForAllValues:StringEquals": " exactly"}[operator]
    return f" of {' '.join(partitions)}{exactly}"


def rights_of_roles(whole: Synthesised) -> dict[str, dict[str, set[str]]]:
    """By role and resource, every action that is allowed."""
    rights: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for policy in properties(whole, "AWS::IAM::Policy").values():
        (role,) = (named(role) for role in policy["Roles"])
        for statement in policy["PolicyDocument"]["Statement"]:
            assert statement["Effect"] == "Allow"
            for resource in listed(named(statement["Resource"])):
                place = resource.replace(GLUE, "glue:") + bound_to(statement)
                rights[role][place] |= {*listed(statement["Action"])}
    return rights


def written(actions: set[str]) -> str:
    """Actions of one service, in the form of the table."""
    (service,) = {action.partition(":")[0] for action in actions}
    return f"{service}: {' '.join(sorted(action.partition(':')[2] for action in actions))}"


def in_order(actions: str) -> str:
    service, *verbs = actions.split()
    return " ".join([service, *sorted(verbs)])


def test_each_function_may_do_what_the_table_says_where_it_says_and_write_its_own_log(whole: Synthesised) -> None:
    by_role, held = rights_of_roles(whole), {}
    for construct, function in properties(whole, "AWS::Lambda::Function").items():
        rights = {place: written(actions) for place, actions in by_role.pop(named(function["Role"])).items()}
        assert rights.pop(f"{construct}Log") == "logs: CreateLogStream PutLogEvents"
        assert named(function["LoggingConfig"]["LogGroup"]) == f"{construct}Log"
        held[function["Handler"].split(".")[1]] = rights
    assert held == {
        name: {place: in_order(actions) for place, actions in rights.items()} for name, rights in RIGHTS.items()
    }
    assert by_role == {}


def test_a_role_is_lambdas_to_assume_and_no_one_elses(whole: Synthesised) -> None:
    roles = properties(whole, "AWS::IAM::Role")
    assert len(roles) == len(RIGHTS)
    for role in roles.values():
        assert role.keys() == {"AssumeRolePolicyDocument"}
        assert role["AssumeRolePolicyDocument"]["Statement"] == [
            {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
        ]


def test_each_function_is_called_by_whom_the_table_names(whole: Synthesised) -> None:
    permissions = resources(whole, "AWS::Lambda::Permission").values()
    assert {permission["Properties"]["Action"] for permission in permissions} == {"lambda:InvokeFunction"}
    callers = [
        (
            named(permission["Properties"]["FunctionName"]),
            permission["Properties"]["Principal"].removesuffix(".amazonaws.com"),
            named(permission["Properties"]["SourceArn"]),
        )
        for permission in permissions
    ]
    assert set(callers) == CALLERS


def test_queues_buckets_and_topics_admit_others_only_as_the_table_says_and_no_one_without_tls(
    whole: Synthesised,
) -> None:
    admitted: dict[str, list[Any]] = {}
    guarded = set()
    for kind, field in POLICIES.items():
        for policy in properties(whole, kind).values():
            (resource,) = listed(named(policy[field]))
            refusal, *others = policy["PolicyDocument"]["Statement"]
            guarded.add(resource)
            assert (refusal["Effect"], refusal["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
            assert refusal["Principal"] in ("*", {"AWS": "*"})
            assert named(listed(refusal["Resource"])[0]) == resource
            for other in others:
                assert (other["Effect"], named(other["Resource"])) == ("Allow", resource)
                (principal,) = other["Principal"].values()
                condition = named(other["Condition"]) if "Condition" in other else None
                admitted.setdefault(resource, []).append((named(principal), listed(other["Action"]), condition))
    assert admitted == ADMITTED
    kinds = ("AWS::SQS::Queue", "AWS::S3::Bucket", "AWS::SNS::Topic")
    assert guarded == {bare(name) for kind in kinds for name in of_kind(whole, kind)}


def of_kind(whole: Synthesised, kind: str) -> list[str]:
    return [name for name, resource in whole.template["Resources"].items() if resource["Type"] == kind]
