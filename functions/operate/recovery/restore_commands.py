"""The commands that bring a lost table back under its own name, and those that copy and move the registry.

A backup of DynamoDB comes first: it has every row. Without one, the registry is filled from its newest copy in the
bucket, and the events table is rebuilt from the archive.
"""

import argparse
from typing import Any

from functions.core.times import format_time
from functions.operate.errors import RecoveryError
from functions.operate.operator import Operator
from functions.operate.outcome import Outcome
from functions.operate.recovery import tables
from functions.operate.recovery.tables import TableDesign
from functions.operate.replaying.commands import rebuild_into
from functions.store.copies.registry import RegistryCopies, is_registry_row, rows_to_copy, scan
from functions.store.dynamodb.row import Row, key_of
from functions.store.dynamodb.table import DynamoTable
from functions.store.rows.apps import is_app


def restore_events(operator: Operator, _options: argparse.Namespace) -> Outcome:
    """The events table from DynamoDB's backup, else from the archive."""
    name = operator.connection.table
    restored = _restored_from_backup(operator, name, tables.EVENTS)
    if restored is not None:
        return restored
    counts = rebuild_into(operator, name, anew=True)
    return Outcome(
        data={"table": name, "from": "archive"} | counts._asdict(),
        text=f"{counts}\n{name} is back, rebuilt from the archive.",
    )


def restore_registry(operator: Operator, _options: argparse.Namespace) -> Outcome:
    """The registry's table from DynamoDB's backup, else from the newest copy in the bucket."""
    name = operator.connection.registry_table
    copies = RegistryCopies(operator.connection.client("s3"), operator.connection.bucket)
    dynamodb = operator.connection.client("dynamodb")
    if tables.newest_backup(dynamodb, name) is None and not copies.keys() and not tables.exists(dynamodb, name):
        raise RecoveryError(
            f"There is neither a backup of {name} nor a copy in the bucket. Deploy again with another stack name, and "
            "register the apps anew."
        )
    restored = _restored_from_backup(operator, name, tables.REGISTRY)
    if restored is not None:
        return restored
    key = copies.keys()[-1]
    rows = list(copies.read(key))
    DynamoTable(dynamodb, name).put_all(rows)
    tables.safeguard(dynamodb, name, tables.REGISTRY, protected=not operator.connection.is_local)
    return Outcome(
        data={"table": name, "from": key, "rows": len(rows)},
        text=f"{name} is back, with {len(rows)} rows of {key}. Keys that were made or revoked after that are not in "
        "it: see `make apps` and `make keys APP=…`.",
    )


def copy_registry(operator: Operator, _options: argparse.Namespace) -> Outcome:
    """Copy the registry into the bucket, as the function `backup` does each day."""
    rows = rows_to_copy(operator.connection.client("dynamodb"), operator.connection.registry_table)
    copies = RegistryCopies(operator.connection.client("s3"), operator.connection.bucket)
    key = copies.write(rows, now_us=operator.clock())
    return Outcome(data={"key": key, "rows": len(rows)}, text=f"{len(rows)} rows in {key}.")


def move_registry(operator: Operator, _options: argparse.Namespace) -> Outcome:
    """Copy the registry from the events table, where earlier versions kept it, into its own table.

    It may be repeated. Rows that its own table has already are left as they are.
    """
    connection = operator.connection
    name = connection.registry_moves_to or connection.registry_table
    if name == connection.table:
        raise RecoveryError("This version has no table for the registry: deploy the new version first.")
    dynamodb = connection.client("dynamodb")
    registry = DynamoTable(dynamodb, name)
    moved = apps = 0

    def put(rows: list[Row]) -> int:
        held = registry.get_all(map(key_of, rows))
        new = [row for row in rows if key_of(row) not in held]
        registry.put_all(new)
        return len(new)

    page: list[Row] = []
    for seen, row in enumerate(scan(dynamodb, connection.table), 1):
        if seen % 100_000 == 0:
            operator.progress.note(f"{seen} rows of {connection.table} read")
        if is_registry_row(row):
            page.append(row)
            apps += is_app(row)
        if len(page) == 100:
            moved += put(page)
            page = []
    moved += put(page)
    text = (
        f"{moved} rows are in {name} now, of {apps} apps. The old ones stay in {connection.table}; nothing reads them."
    )
    if connection.registry_moves_to:
        text += " Deploy again without `registry_moved=false`: then the stack reads the new table."
    return Outcome(data={"table": name, "rows": moved, "apps": apps}, text=text)


def _restored_from_backup(operator: Operator, name: str, design: TableDesign) -> Outcome | None:
    """The outcome if a backup was restored. If there is none, an empty table is created, and it is None."""
    connection = operator.connection
    dynamodb: Any = connection.client("dynamodb")
    if tables.exists(dynamodb, name):
        if tables.holds_rows(dynamodb, name):
            raise RecoveryError(
                f"{name} is there and holds rows, so it is not restored. If rows are missing, see `make replay`; if "
                f"its rebuild was stopped, go on with `make rebuild INTO={name} RESUME=1`."
            )
        return None
    backup = tables.newest_backup(dynamodb, name)
    if backup is None:
        operator.progress.note(f"There is no backup of {name}: creating it empty.")
        table_class = connection.table_class if design is tables.EVENTS else "STANDARD"
        tables.create(dynamodb, name, design, table_class=table_class, key_arn=connection.customer_key_arn)
        return None
    made_at = format_time(backup.made_us)
    operator.progress.note(f"Restoring the backup of {name} of {made_at}. This may take from minutes to hours.")
    tables.restore(dynamodb, name, backup, key_arn=connection.customer_key_arn)
    tables.safeguard(dynamodb, name, design, protected=not connection.is_local)
    text = f"{name} is back, from the backup of {made_at}."
    if not backup.system:
        text += f" It was made by hand, so later rows are missing: `make replay FROM={made_at[:10]} TO=<today>`."
    return Outcome(data={"table": name, "from": backup.arn, "backupMade": made_at}, text=text)
