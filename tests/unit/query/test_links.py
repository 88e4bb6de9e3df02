"""Links to copies of what is kept of a person are signed as every region of AWS asks for."""

from urllib.parse import parse_qs, urlsplit

import pytest

from functions.query import handler as query
from functions.store.erasure.exports import LINK_S


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
