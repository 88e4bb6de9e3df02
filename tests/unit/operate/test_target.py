"""Which stack a command acts on, and what it says where there is none."""

import json
from pathlib import Path

import pytest

from functions.operate.target import OUTPUTS, Target, TargetError


def endpoint_file(folder: Path, **changes: str | None) -> Path:
    values: dict[str, str | None] = {name: f"the {name}" for name in OUTPUTS}
    values |= {"aws_endpoint_url": "http://127.0.0.1:4599", "region": "eu-west-2"} | changes
    target = folder / "endpoint.json"
    target.write_text(json.dumps({name: value for name, value in values.items() if value is not None}))
    return target


def test_the_local_stack_is_read_from_its_endpoint_file(tmp_path: Path) -> None:
    target = Target.local(endpoint_file(tmp_path))
    assert (target.table, target.user_pool_id) == ("the table", "the user_pool_id")


def test_the_clients_of_the_local_stack_cannot_reach_aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-a-real-account")
    client = Target.local(endpoint_file(tmp_path)).client("dynamodb")
    assert client.meta.endpoint_url == "http://127.0.0.1:4599"
    assert client.meta.region_name == "eu-west-2"
    assert client._request_signer._credentials.access_key == "local"


def test_a_missing_local_stack_is_said_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="make up"):
        Target.local(tmp_path / "endpoint.json")
    with pytest.raises(TargetError, match=r"lacks user_pool_id.*make up"):
        Target.local(endpoint_file(tmp_path, user_pool_id=None))
