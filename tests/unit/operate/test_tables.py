"""What DynamoDB is asked for a table that is created, restored or safeguarded: in full, and no more than it lacks."""

from types import SimpleNamespace
from typing import Any

import pytest

from functions.operate.recovery import tables
from functions.operate.recovery.tables import Backup, TableDesign
from functions.store import keys
from tests.unit.operate.smoke.clients import Asked

pytestmark = pytest.mark.slow

KEY = "arn:aws:kms:eu-west-2:123456789012:key/k"
ENCRYPTED = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY}
READS = {"describe_time_to_live", "describe_table", "describe_continuous_backups"}


class TooNew(Exception):
    """A table so new that AWS makes no backups of it."""


class DynamoDB:
    """One table and its settings; refuses backups for a while."""

    exceptions = SimpleNamespace(ResourceNotFoundException=LookupError, ContinuousBackupsUnavailableException=TooNew)

    def __init__(
        self,
        *,
        ttl: str = "DISABLED",
        attribute: str = "",
        protected: bool = False,
        pitr: str = "DISABLED",
        new: int = 0,
    ) -> None:
        self.ttl, self.attribute, self.protected, self.pitr, self.new = ttl, attribute, protected, pitr, new
        self.waits: list[tuple[str, dict[str, Any]]] = []
        self.rows: list[str] = []

    def create_table(self, **_: Any) -> None: ...
    def restore_table_from_backup(self, **_: Any) -> None: ...
    def update_time_to_live(self, **_: Any) -> None: ...
    def update_table(self, **_: Any) -> None: ...

    def update_continuous_backups(self, **_: Any) -> None:
        self.new -= 1
        if self.new >= 0:
            raise TooNew

    def get_waiter(self, name: str) -> Any:
        return SimpleNamespace(wait=lambda **request: self.waits.append((name, request)))

    def describe_time_to_live(self, **_: Any) -> Any:
        named = {"AttributeName": self.attribute} if self.attribute else {}
        return {"TimeToLiveDescription": {"TimeToLiveStatus": self.ttl, **named}}

    def describe_table(self, **_: Any) -> Any:
        return {"Table": {"DeletionProtectionEnabled": True} if self.protected else {}}

    def describe_continuous_backups(self, **_: Any) -> Any:
        recovery = {"PointInTimeRecoveryStatus": self.pitr} if self.pitr else None
        described = {} if recovery is None else {"PointInTimeRecoveryDescription": recovery}
        return {"ContinuousBackupsDescription": described}

    def scan(self, **_: Any) -> Any:
        return {"Items": [{keys.PK: {"S": pk}} for pk in self.rows]}


def requests_for(dynamodb: DynamoDB, what: Any, *arguments: Any, **options: Any) -> list[tuple[str, dict[str, Any]]]:
    """What was asked, but for what only reads."""
    client = Asked("dynamodb", dynamodb)
    what(client, "the-table", *arguments, **options)
    return [request for request in client.requests if request[0] not in READS]


def index(name: str, partition: str, sort: str) -> dict[str, Any]:
    schema = [{"AttributeName": partition, "KeyType": "HASH"}]
    schema += [{"AttributeName": sort, "KeyType": "RANGE"}] if sort else []
    return {"IndexName": name, "KeySchema": schema, "Projection": {"ProjectionType": "KEYS_ONLY"}}


@pytest.mark.parametrize("design", [tables.EVENTS, tables.REGISTRY])
@pytest.mark.parametrize("table_class", ["STANDARD", "STANDARD_INFREQUENT_ACCESS"])
@pytest.mark.parametrize("key_arn", ["", KEY])
def test_a_table_is_created_by_its_design_and_waited_for(design: TableDesign, table_class: str, key_arn: str) -> None:
    dynamodb = DynamoDB()
    ((operation, request),) = requests_for(dynamodb, tables.create, design, table_class=table_class, key_arn=key_arn)
    assert operation == "create_table"
    attributes = {attribute["AttributeName"] for attribute in request.pop("AttributeDefinitions")}
    assert attributes == {name for named in ("", *design.indexes) for name in keys.KEY_NAMES[named] if name}
    assert request == {
        "TableName": "the-table",
        "BillingMode": "PAY_PER_REQUEST",
        "TableClass": table_class,
        "KeySchema": index("", *keys.KEY_NAMES[""])["KeySchema"],
        "GlobalSecondaryIndexes": [index(name, *keys.KEY_NAMES[name]) for name in design.indexes],
        **({"SSESpecification": ENCRYPTED} if key_arn else {}),
    }
    assert dynamodb.waits == [("table_exists", {"TableName": "the-table"})]


def test_a_table_has_the_standard_class_and_aws_own_key_if_nothing_else_is_said() -> None:
    ((_, request),) = requests_for(DynamoDB(), tables.create, tables.EVENTS)
    assert request["TableClass"] == "STANDARD"
    assert "SSESpecification" not in request
    assert {attribute["AttributeType"] for attribute in request["AttributeDefinitions"]} == {"S"}


@pytest.mark.parametrize("key_arn", ["", KEY])
def test_a_backup_is_restored_under_its_name_and_waited_for_up_to_a_day(key_arn: str) -> None:
    dynamodb = DynamoDB()
    backup = Backup(arn="arn:aws:dynamodb:eu-west-2:123456789012:table/t/backup/1", made_us=1, system=True)
    assert requests_for(dynamodb, tables.restore, backup, key_arn=key_arn) == [
        (
            "restore_table_from_backup",
            {
                "TargetTableName": "the-table",
                "BackupArn": backup.arn,
                **({"SSESpecificationOverride": ENCRYPTED} if key_arn else {}),
            },
        )
    ]
    ((name, wait),) = dynamodb.waits
    assert (name, wait["TableName"]) == ("table_exists", "the-table")
    assert wait["WaiterConfig"]["Delay"] * wait["WaiterConfig"]["MaxAttempts"] == 24 * 60 * 60


EXPIRY = (
    "update_time_to_live",
    {"TableName": "the-table", "TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True}},
)
PROTECTION = ("update_table", {"TableName": "the-table", "DeletionProtectionEnabled": True})
RECOVERY = (
    "update_continuous_backups",
    {"TableName": "the-table", "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}},
)
WHOLE: dict[str, Any] = {"ttl": "ENABLED", "attribute": "expires", "protected": True, "pitr": "ENABLED"}


@pytest.mark.parametrize(
    ("lacking", "requests"),
    [
        ({}, []),
        ({"ttl": "ENABLING"}, []),
        ({"ttl": "DISABLED"}, [EXPIRY]),
        ({"ttl": "DISABLED", "attribute": ""}, [EXPIRY]),
        ({"attribute": "other"}, [EXPIRY]),
        ({"protected": False}, [PROTECTION]),
        ({"pitr": "DISABLED"}, [RECOVERY]),
        ({"pitr": ""}, [RECOVERY]),
        ({"ttl": "DISABLED", "protected": False, "pitr": "DISABLED"}, [EXPIRY, PROTECTION, RECOVERY]),
    ],
)
def test_a_table_is_given_what_it_lacks(lacking: dict[str, Any], requests: list[Any]) -> None:
    assert requests_for(DynamoDB(**WHOLE | lacking), tables.safeguard, tables.EVENTS, protected=True) == requests


def test_a_registry_does_not_expire_and_a_laptops_table_is_not_protected() -> None:
    bare = DynamoDB()
    assert requests_for(bare, tables.safeguard, tables.REGISTRY, protected=True) == [PROTECTION, RECOVERY]
    assert requests_for(bare, tables.safeguard, tables.EVENTS, protected=False) == [EXPIRY, RECOVERY]


@pytest.mark.parametrize(("new", "pauses"), [(0, 0), (3, 3), (19, 19)])
def test_backups_of_a_new_table_are_waited_for(new: int, pauses: int) -> None:
    slept: list[float] = []
    sent = requests_for(DynamoDB(new=new), tables.safeguard, tables.REGISTRY, protected=False, pause=slept.append)
    assert sent == [RECOVERY] * (pauses + 1)
    assert slept == [15.0] * pauses


def test_backups_that_do_not_come_in_five_minutes_are_an_error() -> None:
    slept: list[float] = []
    with pytest.raises(TooNew):
        requests_for(DynamoDB(new=20), tables.safeguard, tables.REGISTRY, protected=False, pause=slept.append)
    assert len(slept) == 19


@pytest.mark.parametrize(("rows", "holds"), [([], False), (["LAG", "LAG"], False), (["LAG", "E"], True), (["E"], True)])
def test_rows_about_the_backlog_do_not_count(rows: list[str], holds: bool) -> None:
    dynamodb = DynamoDB()
    dynamodb.rows = rows
    client = Asked("dynamodb", dynamodb)
    assert tables.holds_rows(client, "the-table") is holds
    assert client.requests == [("scan", {"TableName": "the-table", "Limit": 200, "ProjectionExpression": "pk"})]
