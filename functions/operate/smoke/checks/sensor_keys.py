"""The sensor key: taken in each way that sensors present it, and refused soon after it was revoked."""

from collections.abc import Iterator

from functions.http.paths import INGEST
from functions.operate.registry.credentials import revoke
from functions.operate.smoke.report import Finding, compared
from functions.operate.smoke.trial import Trial, basic
from functions.store.dynamodb.table import DynamoTable
from functions.store.registry import Registry

REVOKED_SECONDS = 70  # the gateway remembers an answer for 60
LOOK_SECONDS = 5.0


def ways(trial: Trial) -> Iterator[Finding]:
    key = trial.app.sensor_key
    presented = (
        ("the bare key", INGEST.template, key),
        ("the key as Bearer", INGEST.template, f"Bearer {key}"),
        ("the key as Basic", INGEST.template, basic("smoke", key)),
        ("the key, a slash at the end", f"{INGEST.template}/", key),
        ("the key in the path", f"/k/{key}", ""),
        ("the key in the path, a slash at the end", f"/k/{key}/", ""),
    )
    for what, path, authorization in presented:
        yield compared(what, "200", str(trial.send(trial.event(), path=path, authorization=authorization)))


def revocation(trial: Trial) -> Iterator[Finding]:
    """The last of the checks: from here on the key is worth nothing."""
    registry = Registry(DynamoTable(trial.connection.client("dynamodb"), trial.connection.registry_table))
    key = registry.find_key([trial.app.sensor_key])
    what, expected = "a revoked key", f"401 within {REVOKED_SECONDS} s"
    if key is None:
        yield compared(what, expected, "the key is not registered", holds=False)
        return
    revoke(
        registry,
        trial.connection.client("cognito-idp"),
        key,
        user_pool_id=trial.connection.user_pool_id,
        now_us=trial.now_us(),
    )
    began_us = trial.now_us()

    def refused() -> bool:
        return trial.ask("GET", INGEST.template, authorization=trial.app.sensor_key).status == 401

    got = trial.wait(refused, seconds=REVOKED_SECONDS, every=LOOK_SECONDS)
    seconds = (trial.now_us() - began_us) / 1e6
    yield compared(what, expected, f"{'401' if got else 'still taken'} after {seconds:.0f} s", holds=got)
