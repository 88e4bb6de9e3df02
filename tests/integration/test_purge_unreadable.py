"""`make purge` says which events it cannot read, so that an operator knows what it did not judge."""

from typing import Any

import pytest

from functions.core import packing
from functions.operate.connection import StackConnection
from functions.store import keys
from functions.store.dynamodb.table import DynamoTable
from functions.store.rows.credentials import Credential
from tests.aws import TABLE
from tests.integration.mended import OWN, everything, message
from tests.integration.test_erase import ADA, store
from tests.integration.test_purge_command import FROM, TO, key, purge
from tests.payloads import Payloads

pytestmark = pytest.mark.slow
__all__ = ["key"]  # a fixture


def of_ada(job: str, seed: int, **how: Any) -> Any:
    return message(Payloads(seed).question_started(ADA), job=job * 22, **how)


def test_an_event_that_cannot_be_read_is_told_of_by_the_dry_run_and_by_the_purge(
    connection: StackConnection, key: Credential, capsys: pytest.CaptureFixture[str]
) -> None:
    store(connection, of_ada("l", 7, credential=key.id))
    store(connection, of_ada("o", 8))
    pk = keys.learner_pk(OWN.tenant, ADA)
    rows = {place: row for place, row in everything(connection).items() if place[0] == pk and "body" in row}
    (place,) = [place for place, row in rows.items() if "credential" not in row]
    table = DynamoTable(connection.client("dynamodb"), TABLE)
    table.put_all([{**rows[place], "body": packing.compress(b"no JSON")}])
    span = ["--from", FROM, "--to", TO]
    purge(connection, key, *span)
    dry = capsys.readouterr()
    assert f"{place[1]} cannot be read" in dry.err
    purge(connection, key, *span, "--no-wait", "--code", dry.out.rpartition("CODE=")[2].strip())
    assert f"{place[1]} cannot be read" in capsys.readouterr().err
