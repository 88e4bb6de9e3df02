"""Apps as rows of the registry: all in one partition, found by tenant."""

from functions.core.apps import App
from functions.core.privacy.keeping import Keeping
from functions.core.sessions.timeouts import Schedule
from functions.core.usage.budgets import KINDS, Budget
from functions.store import keys
from functions.store.dynamodb.attributes import number, text, texts
from functions.store.dynamodb.row import Key, Row
from functions.store.dynamodb.table import VERSION

REMOVED = "removed_us"


def app_key(tenant: str) -> Key:
    """Where the app of a tenant lies."""
    return keys.APPS, tenant


def app_row(app: App, *, created_us: int, version: int) -> Row:
    """`app` as it is written."""
    row: Row = {
        keys.PK: keys.APPS,
        keys.SK: app.tenant,
        "app": app.app_id,
        "name": app.name,
        "edapps": list(app.edapps),
        "strict": app.strict,
        "house": app.house,
        "caliper_1_0": app.caliper_1_0,
        "auto_attach": app.auto_attach,
        "signed_by": app.signed_by,
        "signed_issuer": app.signed_issuer,
        **{f"budget_{name}": getattr(app.budget, name) for name in KINDS},
        "created_us": created_us,
        VERSION: version,
    }
    for name, schedule in (("idle", app.idle), ("heartbeat", app.heartbeat)):
        if schedule:
            row[name] = [f"{since_us} {minutes!r}" for since_us, minutes in schedule]
    if app.unique_ids:
        row["unique_ids"] = True
    keeping = app.keeping
    for name, days in (("retention_days", keeping.table_days), ("archive_days", keeping.archive_days)):
        if days:
            row[name] = days
    if keeping.left_out:
        row["left_out"] = list(keeping.left_out)
    if keeping.pseudonymous:
        row["pseudonymous"] = True
    return row


def is_removed(row: Row) -> bool:
    """Whether the app was removed. Its row stays, so that its id and the time of the removal are known."""
    return REMOVED in row


def app_of(row: Row) -> App:
    """The app that `app_row` wrote; one registered before bodies could be signed signs none."""
    return App(
        app_id=text(row, "app"),
        tenant=text(row, keys.SK),
        name=text(row, "name"),
        edapps=texts(row, "edapps"),
        strict=row["strict"] is True,
        house=text(row, "house"),
        caliper_1_0=row["caliper_1_0"] is True,
        auto_attach=row["auto_attach"] is True,
        signed_by=text(row, "signed_by") if "signed_by" in row else "",
        signed_issuer=text(row, "signed_issuer") if "signed_issuer" in row else "",
        budget=Budget(**{name: number(row, f"budget_{name}") for name in KINDS if f"budget_{name}" in row}),
        idle=_schedule(row, "idle"),
        heartbeat=_schedule(row, "heartbeat"),
        unique_ids=row.get("unique_ids") is True,
        keeping=Keeping(
            table_days=number(row, "retention_days") if "retention_days" in row else 0,
            archive_days=number(row, "archive_days") if "archive_days" in row else 0,
            left_out=texts(row, "left_out") if "left_out" in row else (),
            pseudonymous=row.get("pseudonymous") is True,
        ),
    )


def is_app(row: Row) -> bool:
    """Whether this is the row of an app."""
    return row[keys.PK] == keys.APPS


def _schedule(row: Row, name: str) -> Schedule:
    """Timeouts as `valid from (µs), minutes`; none if the app has the stack's."""
    written = texts(row, name) if name in row else ()
    return tuple((int(since), float(minutes)) for since, _, minutes in (entry.partition(" ") for entry in written))
