"""Links to copies of what is kept of a person are signed as every region of AWS asks for."""

from urllib.parse import parse_qs, urlsplit

import pytest

from functions.core.times import MINUTE_US
from functions.http.gate import ADMIN
from functions.query import handler as query
from functions.store.erasure.exports import LINK_S
from functions.store.erasure.requests import PersonRequest, request_row
from tests.payloads import APP
from tests.unit.query.world import NINE_US, World, app_of, principal_of


def test_a_link_is_signed_by_version_4_with_the_functions_own_session(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"):
        monkeypatch.setenv(f"AWS_{name}", "of-the-function")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-south-2")
    monkeypatch.setenv("TABLE_NAME", "table")
    monkeypatch.setenv("BUCKET_NAME", "bucket")
    query.open_dependencies.cache_clear()
    try:
        link = urlsplit(query.open_dependencies().open_exports().link("exports/1.zip"))
    finally:
        query.open_dependencies.cache_clear()
    signed = parse_qs(link.query)
    assert signed["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert signed["X-Amz-Security-Token"] == ["of-the-function"]
    assert signed["X-Amz-Expires"] == [str(LINK_S)]
    assert "/eu-south-2/s3/" in signed["X-Amz-Credential"][0]


class Linked:
    """A bucket that makes links."""

    def link(self, key: str) -> str:
        return f"https://bucket.example/{key}"


@pytest.mark.parametrize("took_hours", [0, 5])  # the file is kept from when it was made, not from when it was asked for
@pytest.mark.parametrize(
    ("hours", "links"),
    [(0, ["https://bucket.example/exports/r1.zip"]), (23, ["https://bucket.example/exports/r1.zip"]), (24, [])],
)
def test_a_copy_has_a_link_for_as_long_as_its_file_is_kept(took_hours: int, hours: int, links: list[str]) -> None:
    world = World()
    world.principal, world.open_exports = principal_of(APP, ADMIN), Linked
    done = PersonRequest(
        id="r1", tenant=app_of(APP).tenant, kind="export", asked_us=NINE_US - took_hours * 60 * MINUTE_US,
        changed_us=NINE_US, state="done",
        counts={"events.ndjson": 3}, file="exports/r1.zip",
    )  # fmt: skip
    world.table.put_all([request_row(done)])
    world.now_us = NINE_US + hours * 60 * MINUTE_US
    answer = world.get("/person-exports", id="r1")
    assert (answer["state"], answer["counts"]) == ("done", {"events.ndjson": 3})
    assert ([answer["url"]] if "url" in answer else []) == links
