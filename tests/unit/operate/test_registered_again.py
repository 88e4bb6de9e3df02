"""An app that is registered again after it was removed: no credential of before lets anyone in."""

import pytest

from functions.http.gate import CLIENT_SCOPES, KEY_SCOPES
from functions.operate.registry.credentials import issue_client, issue_key
from functions.operate.registry.registration import remove
from functions.store.rows.credentials import Credential
from tests.unit.operate.desk import NOW_US, POOL, Desk


def left_over(desk: Desk, kind: str) -> Credential:
    """A credential of a removed app, as one that the index did not show when the app was removed."""
    app = desk.register().app
    remove(desk.registry, desk.pool, app, user_pool_id=POOL, now_us=NOW_US)
    if kind == "key":
        return issue_key(desk.registry, app, now_us=NOW_US).credential
    return issue_client(desk.registry, desk.pool, app, user_pool_id=POOL, now_us=NOW_US).credential


@pytest.mark.parametrize(("kind", "scopes"), [("key", KEY_SCOPES), ("client", CLIENT_SCOPES)])
def test_a_credential_that_outlived_its_app_is_revoked_when_the_app_comes_back(
    desk: Desk, kind: str, scopes: frozenset[str]
) -> None:
    old = left_over(desk, kind)
    assert (old.revoked_us, old.scopes) == (None, scopes)
    (row,) = [row for row in desk.table.items.values() if row.get("name") == "Fractions"]
    again = desk.register("Again", app_id=str(row["app"])).app
    states = {each.id: each.revoked_us for each in desk.registry.credentials(again)}
    assert states[old.id] == NOW_US
    assert [revoked_us for revoked_us in states.values() if revoked_us is None] == [None, None]
    assert len(desk.pool.clients) == 1
